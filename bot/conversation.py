"""A request in, the prompts it is drafted from out; one that refines a draft goes on with that draft's conversation."""

from sqlmodel import Session, col, select

from bot.refining import readable
from curation.house import House, Prompts
from db.errors import InputError
from db.queries import of_thread
from db.tables import Draft, Message, Request


def conversation(session: Session, house: House, request: Request, room: int) -> Prompts:
    """System, request, then each version with the wish that followed it; both prompts differ in the system turn alone.

    `room` is bytes of all turns together, and a text never has more tokens than bytes. Where they are more, the oldest
    versions are left out; the request, the newest version and the wish always stay. Errors: InputError.
    """
    prompts = house.prompts(request.task, request.language, request.fields)
    if request.refines is None:
        return prompts
    before = refined(session, request)
    turns = [
        *before.short_prompt[1:],
        {"role": "assistant", "content": before.text},
        {"role": "user", "content": request.text},
    ]
    turns = fitting(turns, room)
    return Prompts([prompts.short[0], *turns], [prompts.long[0], *turns])


def refined(session: Session, request: Request) -> Draft:
    """The draft to be changed; if that one was stopped or failed, the newest before it. Errors: InputError."""
    number = request.refines
    while number is not None:
        row = session.get_one(Request, number)
        if readable(session, row):
            return session.get_one(Draft, number)
        number = row.regenerates or row.refines
    here = of_thread(request.team_id, request.channel_id, request.thread_ts)
    before = select(Draft).join(Request, col(Request.id) == col(Draft.id)).where(here, col(Request.id) < request.id)
    for draft in session.exec(before.order_by(col(Draft.id).desc())):
        if draft.messages:
            return draft
    raise InputError("The draft that was to be changed was never finished. Ask again with a topic.")


def fitting(turns: list[Message], room: int) -> list[Message]:
    """The turns without the oldest versions (each with the wish that followed it) until they fit."""
    kept = list(turns)
    while len(kept) > 3 and sum(len(turn["content"].encode()) for turn in kept) > room:
        del kept[1:3]
    return kept
