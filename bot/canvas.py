"""A draft in, a canvas for one person to edit out, and what they made of it back.

Slack rewrites the Markdown of a canvas. What it reads back right after creating is kept as the baseline, so that a
person's own changes can be told from Slack's (`curation.threeway`).
"""

import html
import logging
import re
import time
from threading import Lock

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from sqlalchemy import Engine
from sqlmodel import col, select

from bot.standing import TROUBLE, code, impatient
from bot.text import ZERO_WIDTH, safe
from db.session import transaction
from db.tables import Canvas, Draft, Person

log = logging.getLogger("flywheel.bot")

OPENING = 1.5  # seconds for all calls together: after them the click's trigger still has to open a form
READING = 2.0  # seconds; the click waits for its ack
ASK_AGAIN = 24 * 3600.0  # seconds until a workspace without canvases is asked again
NOT_HERE = {
    "canvas_disabled_user_team",
    "free_teams_cannot_create_non_tabbed_canvases",
    "restricted_action",
    "failed_to_update_user_ids",
    "enterprise_is_restricted",
    "not_allowed_token_type",
    "missing_scope",
    "unknown_method",
}
ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")
MENTION = re.compile(r"!\[\]\([@#][A-Z0-9]+\)")


class Canvases:
    """Opens canvases, and remembers where there are none. One for a process."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._none_until: dict[str, float] = {}  # by workspace
        self._doors: dict[tuple[int, int | None], Lock] = {}  # by draft and person: of two presses one creates

    def open(self, client: WebClient, draft: Draft, who: Person, title: str) -> Canvas | None:
        """This person's canvas of this draft, made if there is none; None if it can't be had here, or not quickly."""
        until = time.monotonic() + OPENING
        if self._none_until.get(who.team_id, 0.0) > time.monotonic():
            return None
        door = self._doors.setdefault((draft.id, who.id), Lock())
        if not door.acquire(timeout=OPENING):
            return None
        try:
            return self._standing(client, draft, who, until) or self._made(client, draft, who, title, until)
        except TROUBLE as error:
            if code(error) in NOT_HERE:
                self._none_until[who.team_id] = time.monotonic() + ASK_AGAIN
            log.info("draft %s: no canvas could be opened (%s)", draft.id, code(error))
            return None
        finally:
            door.release()

    def _standing(self, client: WebClient, draft: Draft, who: Person, until: float) -> Canvas | None:
        wanted = select(Canvas).where(Canvas.draft_id == draft.id, Canvas.person_id == who.id, Canvas.baseline != "")
        with transaction(self._engine) as session:
            row = session.exec(wanted.order_by(col(Canvas.id).desc()).limit(1)).first()
        try:
            if row:
                read(within(client, until), row.canvas_id)
        except SlackApiError as error:
            if code(error) != "canvas_not_found":
                raise
            return None  # somebody deleted it in Slack
        return row

    def _made(self, client: WebClient, draft: Draft, who: Person, title: str, until: float) -> Canvas:
        """Until access is given nobody sees it: one that got stuck half-way is in nobody's way."""
        # An empty label before an address is how a canvas mentions people.
        markdown = safe(draft.text).replace("![](", f"!{ZERO_WIDTH}[](")
        content = {"type": "markdown", "markdown": markdown}
        canvas_id = str(within(client, until).canvases_create(title=title, document_content=content)["canvas_id"])
        baseline = read(within(client, until), canvas_id)
        within(client, until).canvases_access_set(canvas_id=canvas_id, access_level="write", user_ids=[who.user_id])
        row = Canvas(draft_id=draft.id, person_id=who.id or 0, canvas_id=canvas_id, baseline=baseline)
        with transaction(self._engine) as session:
            session.add(row)
        return row


def within(client: WebClient, until: float) -> WebClient:
    """The same client for one quick call: it waits no longer than this moment (monotonic seconds), and tries once."""
    made = impatient(client)
    made.timeout = max(0.1, until - time.monotonic())  # type: ignore[assignment]  # urllib takes parts of seconds
    return made


def read(client: WebClient, canvas_id: str) -> str:
    """What stands in a canvas, without Slack's escapes and without mentions. Errors: TROUBLE."""
    content = str(client.canvases_getContent(canvas_id=canvas_id)["content"])
    return MENTION.sub("", ESCAPED.sub(r"\1", html.unescape(content)))


def link(client: WebClient, row: Canvas) -> str:
    """Where a canvas opens. Errors: TROUBLE."""
    return str(client.files_info(file=row.canvas_id)["file"]["permalink"])
