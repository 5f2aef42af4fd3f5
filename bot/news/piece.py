"""One piece of news: what is told, where, and the key under which it is remembered for ever."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, String, cast, literal
from sqlmodel import col, select

from bot.blocks import pieces
from db.tables import Event


@dataclass(frozen=True)
class Piece:
    """One message to send; `key` stands in the message's metadata too."""

    key: str
    team_id: str  # "": the house's own workspace
    channel: str
    thread_ts: str
    since: datetime  # it can't have been told before
    text: str
    shown: list[pieces.Block]
    person_id: int = 0  # whose text it is about: their App Home shows it too
    waits: bool = False  # while its channel refuses it; else what Slack refuses for good is given up


def untold(*key: object) -> ColumnElement[bool]:
    """Whether nobody was told yet under the key that these words and columns make."""
    made: ColumnElement[str] = literal("told")
    for part in key:
        made = made + literal(":") + (literal(part) if isinstance(part, str) else cast(part, String))
    return ~select(Event.id).where(col(Event.id) == made).exists()
