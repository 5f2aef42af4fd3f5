"""The question about learning, the switch, and what is kept in plain words."""

from bot.blocks.pieces import Block, button, section, text_of
from bot.messages import say

DETAILS = ("what", "who", "why", "until", "after", "never")


def consent(language: str) -> list[Block]:
    """What is kept and why, once for each person."""
    return [
        section(say(language, "consent")),
        {
            "type": "actions",
            "elements": [
                button(language, "consent_yes", "consent_yes", "granted", "primary"),
                button(language, "consent_no", "consent_no", "declined"),
                button(language, "consent_details", "consent_details", "details"),
            ],
        },
    ]


def details(language: str) -> Block:
    """The form that says what is kept, for whom, until when, and how to take it back."""
    return {
        "type": "modal",
        "callback_id": "consent_details",
        "title": text_of(say(language, "details_title")),
        "close": text_of(say(language, "close")),
        "blocks": [section(say(language, f"details_{name}")) for name in DETAILS],
    }


def state(language: str, consent: str, guest: bool) -> str:
    """How it stands with this person's texts, in one line."""
    return say(language, "privacy_guest" if guest else f"privacy_{consent}")


def switch(language: str, consent: str, guest: bool) -> list[Block]:
    """How it stands, and the buttons that change it. A guest has nothing to switch."""
    other = ("privacy_on", "granted") if consent == "declined" else ("privacy_off", "declined")
    choices = [] if guest else [button(language, other[0], other[0], other[1])]
    read = button(language, "consent_details", "details_title", "details")
    return [
        section(state(language, consent, guest)),
        {"type": "actions", "elements": [*choices, read, delete(language)]},
    ]


def delete_question(language: str) -> list[Block]:
    """What deleting does, and the button that does it."""
    return [section(say(language, "delete_ask")), {"type": "actions", "elements": [delete(language)]}]


def delete(language: str) -> Block:
    """Deletes a person's texts, once they are sure."""
    made = button(language, "privacy_delete", "privacy_delete", "delete", "danger")
    made["confirm"] = {
        "title": text_of(say(language, "delete_title")),
        "text": text_of(say(language, "delete_sure")),
        "confirm": text_of(say(language, "delete_yes")),
        "deny": text_of(say(language, "delete_no")),
        "style": "danger",
    }
    return made
