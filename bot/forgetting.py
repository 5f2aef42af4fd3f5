"""A person or an example in, their words gone: rows in one transaction, then files, review cards and canvases.

What comes after the transaction is repeated by the trainer's next turn, but for canvases: those are tried once.
"""

import logging
from collections.abc import Iterable

from slack_sdk import WebClient
from sqlalchemy import Engine

from bot.standing import TROUBLE, code
from curation.forget import Forgotten, clear_cards, sweep
from curation.house import House
from curation.slack_desk import SlackDesk
from db.artifacts import Artifacts
from db.errors import DeskError
from db.settings import Settings

log = logging.getLogger("flywheel.bot")


def tidy(engine: Engine, house: House, settings: Settings, client: WebClient | None) -> None:
    """What rows say is gone goes from dataset files and from the review channel too."""
    sweep(engine, Artifacts(settings.home))
    if client and settings.review_channel:
        try:
            clear_cards(engine, SlackDesk(client, settings.review_channel, house))
        except DeskError as error:
            log.warning("cards of withdrawn texts wait for the next turn: %s", error)


def close_canvases(client: WebClient, canvases: Iterable[str]) -> None:
    """Delete canvases in Slack, where it lets us."""
    for canvas in canvases:
        try:
            client.canvases_delete(canvas_id=canvas)
        except TROUBLE as error:
            log.warning("canvas %s could not be deleted (%s)", canvas, code(error))


def receipt(gone: Forgotten) -> dict[str, object]:
    """What a person is told of it: counts, and the versions that learnt already."""
    return {**gone.counts, "adapters": ", ".join(gone.adapters), "n": gone.taught}
