"""The App Home: one page for one person."""

from bot.blocks import privacy
from bot.blocks.pieces import Block, button, context, section, text_of
from bot.home import DraftLine, EditLine, Home, Wheel
from bot.messages import say
from bot.text import safe
from curation.house import House

TOPIC, NOTE, TASKS = 60, 300, 20  # characters of a topic, of a reviewer's note; tasks listed


def home(page: Home, house: House, notice: str = "") -> Block:
    """The view for views.publish. `notice` says what a press here has just done."""
    language = page.language
    ask = button(language, "home_draft", "home_draft", "home", "primary")
    blocks = [
        *([context(safe(notice))] if notice else []),
        section(say(language, "home_hello")),
        {"type": "actions", "elements": [ask]},
        *part(language, "home_drafts", [draft_line(language, house, line) for line in page.drafts], "home_no_drafts"),
        *part(language, "home_edits", [edit_line(language, line) for line in page.edits], "home_no_edits"),
        *header(language, "home_serving"),
        section(serving(page, house)),
        context(wheel(language, page.wheel)),
        *header(language, "home_privacy"),
        *privacy.switch(language, page.consent, page.guest),
        context(say(language, "home_help")),
    ]
    return {"type": "home", "blocks": blocks}


def header(language: str, key: str) -> list[Block]:
    return [{"type": "divider"}, {"type": "header", "text": text_of(say(language, key))}]


def part(language: str, title: str, lines: list[str], empty: str) -> list[Block]:
    """A title, and its lines or what stands there while there are none."""
    return [*header(language, title), *([section(line) for line in lines] or [context(say(language, empty))])]


def draft_line(language: str, house: House, line: DraftLine) -> str:
    version = say(language, "home_version", n=line.version) if line.version > 1 else ""
    mark = say(language, f"home_{line.mark}") if line.mark else ""
    shown = [titled(line.topic, line.url), task_name(house, line.task, language), version, mark]
    return " · ".join(bit for bit in shown if bit)


def edit_line(language: str, line: EditLine) -> str:
    note = safe(cut(line.note, NOTE)) or say(language, "no_note")
    return f"{titled(line.topic, line.url)} · {say(language, f'home_{line.state}', note=note, version=line.version)}"


def titled(topic: str, url: str) -> str:
    """A topic on one line, as a link to where it stands."""
    words = safe(cut(topic, TOPIC)) or "…"
    return f"<{url}|{words.replace('|', '¦')}>" if url else f"*{words}*"


def cut(text: str, most: int) -> str:
    line = " ".join(text.split())
    return line if len(line) <= most else line[: most - 1].rstrip() + "…"


def task_name(house: House, task: str, language: str) -> str:
    return safe(house.tasks[task].name[language] if task in house.tasks else task)


def serving(page: Home, house: House) -> str:
    """One line a task: who writes it."""
    lines = []
    for task, version in list(page.serving.items())[:TASKS]:
        voice = say(page.language, "our_voice", version=version) if version else say(page.language, "base_model")
        name = task_name(house, task, page.language)
        lines.append(f"{name[:1].upper()}{name[1:]}: {voice}"[:140])
    return "\n".join(lines)


def wheel(language: str, page: Wheel) -> str:
    """How the wheel stands, in one line."""
    parts = [say(language, "home_fresh", fresh=page.fresh, needed=page.needed)]
    if page.training:
        parts.append(say(language, "home_training"))
    if page.version:
        parts.append(say(language, "home_promoted" if page.promoted else "home_not_promoted", version=page.version))
    return " · ".join(parts)
