"""In: canvases.* calls and a person's typing. Out: canvases, whose Markdown is not quite the one that was sent.

Arguments, errors and limits: Slack's reference pages of canvases.*. What is rewritten was seen on the real service: marks
of lists and of bold text, blank lines, spaces at the ends of lines; read back, signs come escaped.
"""

import html
import re
import secrets
from typing import Any

from bot.playground.compose import escape
from bot.playground.local import LocalSlack
from bot.playground.methods.spec import Method
from bot.playground.refusal import Refusal
from bot.playground.workspace import Person

Json = dict[str, Any]
MARKDOWN_CHARACTERS = 1_048_576
MOST_AT_ONCE = 20
LEVELS = ("read", "write", "owner")
REWRITINGS = (
    (re.compile(r"\r\n?"), "\n"),
    (re.compile(r"[ \t]+$", re.MULTILINE), ""),
    (re.compile(r"^(\s*)[-+] ", re.MULTILINE), r"\1* "),
    (re.compile(r"__(?=\S)(.+?)(?<=\S)__"), r"**\1**"),
    (re.compile(r"\n{3,}"), "\n\n"),
)


def rewritten(markdown: str) -> str:
    """The text as a canvas keeps and shows it."""
    text = html.unescape(markdown)
    for pattern, becomes in REWRITINGS:
        text = pattern.sub(becomes, text)
    return text.strip("\n")


def read_back(text: str) -> str:
    """The text as the API gives it."""
    return re.sub(r"(?<=\w)_(?=\w)", r"\\_", escape(text)) + "\n"


def create(slack: LocalSlack, args: Json) -> Json:
    on(slack)
    content = args.get("document_content") or {"type": "markdown", "markdown": ""}
    if not isinstance(content, dict) or content.get("type") != "markdown" or content.keys() != {"type", "markdown"}:
        raise Refusal("invalid_arguments", "must be of type markdown [json-pointer:/document_content]")
    if not isinstance(content["markdown"], str) or len(content["markdown"]) > MARKDOWN_CHARACTERS:
        raise Refusal("canvas_creation_failed")
    canvas_id, title = f"F{secrets.token_hex(5).upper()}", args.get("title") or "Untitled"
    who = slack.workspace.identity
    members = slack.workspace.find_channel(args["channel_id"]).members if args.get("channel_id") else ()
    access = dict.fromkeys(members, "write")
    slack.workspace.canvases[canvas_id] = {"text": rewritten(content["markdown"]), "access": access}
    slack.workspace.files[canvas_id] = {
        "id": canvas_id,
        "name": title,
        "title": title,
        "mimetype": "application/vnd.slack-docs",
        "filetype": "quip",
        "mode": "quip",
        "user": who.bot_user,
        "permalink": f"{slack.base}/docs/{who.team_id}/{canvas_id}",
    }
    return {"canvas_id": canvas_id}


def set_access(slack: LocalSlack, args: Json) -> Json:
    on(slack)
    canvas, level = find(slack, args["canvas_id"]), args["access_level"]
    users, channels = listed(args.get("user_ids")), listed(args.get("channel_ids"))
    if bool(users) == bool(channels):
        raise Refusal("invalid_parameters")
    if level not in LEVELS or (channels and level == "owner") or len([*users, *channels]) > MOST_AT_ONCE:
        raise Refusal("invalid_arguments", "unknown access_level, or too many ids")
    for user in users:
        canvas["access"][slack.workspace.find_person(user).id] = level
    for ref in channels:
        channel = slack.workspace.find_channel(ref)
        if channel.user:  # access by channel is for regular channels
            raise Refusal("invalid_arguments", "not a regular channel [json-pointer:/channel_ids]")
        canvas["access"].update(dict.fromkeys(channel.members, level))
    return {}


def get_content(slack: LocalSlack, args: Json) -> Json:
    on(slack)
    if (args.get("content_type") or "markdown") != "markdown":
        raise Refusal("invalid_arguments", "only markdown is known here [json-pointer:/content_type]")
    return {"content": read_back(find(slack, args["canvas_id"])["text"])}


def delete(slack: LocalSlack, args: Json) -> Json:
    on(slack)
    find(slack, args["canvas_id"])
    del slack.workspace.canvases[args["canvas_id"]], slack.workspace.files[args["canvas_id"]]
    return {}


def seen(slack: LocalSlack, person: Person, canvas_id: str) -> str:
    """What a person reads in a canvas. Errors: Refusal canvas_not_found, also for one they may not see."""
    canvas = find(slack, canvas_id)
    if person.id not in canvas["access"]:
        raise Refusal("canvas_not_found")
    return str(canvas["text"])


def typed(slack: LocalSlack, person: Person, canvas_id: str, text: str) -> Json:
    """A person's typing. Errors: Refusal canvas_not_found, restricted_action for one they may only read."""
    seen(slack, person, canvas_id)
    canvas = find(slack, canvas_id)
    if canvas["access"][person.id] == "read":
        raise Refusal("restricted_action")
    canvas["text"] = rewritten(escape(text))
    return {}


def on(slack: LocalSlack) -> None:
    """Errors: Refusal canvas_disabled_user_team."""
    if not slack.switches.canvases:
        raise Refusal("canvas_disabled_user_team")


def find(slack: LocalSlack, canvas_id: str) -> Json:
    if canvas_id not in slack.workspace.canvases:
        raise Refusal("canvas_not_found")
    return slack.workspace.canvases[canvas_id]


def listed(value: Any) -> list[str]:
    return [part for part in str(value or "").split(",") if part]


METHODS = {
    "canvases.create": Method(create, (), ("title", "document_content", "channel_id"), "tier2"),
    "canvases.access.set": Method(set_access, ("canvas_id", "access_level"), ("user_ids", "channel_ids")),
    "canvases.getContent": Method(get_content, ("canvas_id",), ("content_type",)),
    "canvases.delete": Method(delete, ("canvas_id",)),
}
