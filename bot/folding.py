"""A draft with a newer version in, one line in its place out; and the whole of it again when somebody unfolds it."""

from slack_sdk import WebClient
from sqlalchemy import Engine
from sqlmodel import Session, col, select

from bot.blocks import drafts
from bot.delivery import NOTICE, Answer
from bot.messages import say
from bot.text import safe
from curation.house import House
from db.queries import adapter_version
from db.session import transaction
from db.tables import Draft, Part, Request


def grey_line(engine: Engine, house: House, request: Request, draft: Draft) -> str:
    """The grey line under a draft: task, voice, version, number; with the toy model a word about it."""
    language = request.language
    with transaction(engine) as session:
        voice = adapter_version(session, draft.adapter_id)
    words = [
        house.tasks[request.task].name[language],
        say(language, "our_voice", version=voice) if voice else say(language, "base_model"),
        *([say(language, "version", n=request.version)] if request.version > 1 else []),
        say(language, "draft_number", id=draft.id),
        *([say(language, "toy")] if draft.base_model == "tiny" else []),
    ]
    return " · ".join(words)


def fold(answer: Answer) -> None:
    """The version before this answer becomes one line a message; again is harmless. Errors: bot.standing.TROUBLE."""
    request = answer.request
    before = request.regenerates or request.refines
    if request.version < 2 or not before:
        return
    with transaction(answer.engine) as session:
        older, draft, places = session.get_one(Request, before), session.get(Draft, before), stands(session, before)
    if draft is None:  # it was stopped
        return
    for number, ts in enumerate(places):
        line, blocks = drafts.folded(draft.text, older.version, before, older.language, number, len(places))
        answer.client.chat_update(channel=older.channel_id, ts=ts, text=line, blocks=blocks)


def unfold(client: WebClient, engine: Engine, house: House, draft_id: int) -> None:
    """A folded draft as it was, with its buttons. Errors: bot.standing.TROUBLE."""
    with transaction(engine) as session:
        request, draft = session.get_one(Request, draft_id), session.get_one(Draft, draft_id)
        places = stands(session, draft_id)
    foot = drafts.finished(draft_id, request.language, grey_line(engine, house, request, draft))
    shown = drafts.laid(draft.text, Answer(client, engine, request).head, foot)
    for ts, (text, blocks) in zip(places, shown, strict=False):
        client.chat_update(channel=request.channel_id, ts=ts, text=safe(text)[:NOTICE], blocks=blocks)


def stands(session: Session, request_id: int) -> list[str]:
    """The messages of a finished answer, in order."""
    return list(session.exec(select(Part.ts).where(Part.request_id == request_id).order_by(col(Part.number))))
