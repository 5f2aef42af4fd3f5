"""A reply in a draft's thread in, the request for its next version out; what wishes for none is told apart."""

import re
from collections.abc import Sequence

from sqlmodel import Session

from bot.feedback import record
from bot.intake import Asked, known, queued, willing
from curation.asking import language_of, wanted_language
from db.people import person
from db.tables import Draft, Request

STOP = frozenset({"stop", "cancel", "그만", "그만해", "멈춰", "멈춰줘", "취소", "취소해줘", "중지"})
EMOJI = re.compile(r":[\w+'-]+:")
# Courtesies, alone or several: they ask for nothing.
COURTESY = re.compile(
    r"(?<!\w)(?:(?:정말|너무|진짜|참|다들)\s+|감사(?:합니다|해요|드립니다|드려요)?|고맙(?:습니다|네요)|고마워요?|땡큐"
    r"|수고(?:하셨습니다|했어요|하셨어요|하세요)?|네네?|넵|넹|예|응|ㅇㅋ|ㅇㅇ|ㄱㅅ|ㄳ|오케이|알겠(?:습니다|어요)"
    r"|좋(?:아요|네요|습니다)|굿|확인(?:했습니다|했어요|했어)?|[ㅋㅎㅠㅜ]+"
    r"|(?:many\s+)?thanks?(?:\s+(?:you|a\s+lot|so\s+much|very\s+much))*|thx|ty|cheers|ok(?:ay)?|great|good|nice|perfect"
    r"|cool|lovely|awesome|wow|well\s+done|good\s+job|got\s+it|(?:(?:it\s+)?looks|sounds)\s+(?:good|great)|lgtm"
    r"|yes|yep|yeah|sure|no\s+problem)+(?!\w)",
    re.IGNORECASE,
)
BETWEEN = re.compile(r"[\W_]+")


def stops(text: str) -> bool:
    """Whether a reply asks to stop."""
    return BETWEEN.sub("", text).casefold() in STOP


def asks_nothing(text: str) -> bool:
    """Whether a reply only thanks, agrees or smiles."""
    return not BETWEEN.sub("", COURTESY.sub(" ", EMOJI.sub(" ", text)))


def about_us(rows: Sequence[Request], asked: Asked) -> bool:
    """Whether a thread was begun for us: its first message asked for a draft, or is one."""
    root = f"{asked.team_id}:{asked.channel_id}:{asked.thread_ts}"
    return any(row.key == root or row.message_ts == asked.thread_ts for row in rows)


def refine(session: Session, asked: Asked, rows: Sequence[Request]) -> Request | None:
    """The newest version of a thread's draft (`rows`, see `in_thread`), changed as the reply says.

    A version still under way counts: the queue keeps the order. None if this reply is known already, or if there is none.
    """
    newest = next((row for row in rows if row.state in ("queued", "drafting") or readable(session, row)), None)
    if newest is None or known(session, asked.key):
        return None
    spoken = language_of(asked.text)
    who = person(session, asked.team_id, asked.user_id, enterprise_id=asked.enterprise_id, language=spoken)
    row = Request(
        person_id=who.id or 0,
        key=asked.key,
        source="refine",
        task=newest.task,
        language=wanted_language(asked.text)[0] or newest.language,
        text=asked.text,
        fields=newest.fields,
        team_id=asked.team_id,
        channel_id=asked.channel_id,
        thread_ts=asked.thread_ts,
        collect=newest.collect and willing(who) and not asked.external,
        refines=newest.id,
        version=1 + max(row.version for row in rows),
    )
    if queued(session, row) is None:
        return None
    if readable(session, newest):
        record(session, newest.id or 0, who, "refine", f"refine:{asked.key}", way="reply")
    return row


def readable(session: Session, request: Request) -> bool:
    """Whether a request has a draft whose words were not forgotten."""
    draft = session.get(Draft, request.id)
    return draft is not None and bool(draft.messages)
