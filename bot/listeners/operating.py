"""/flywheel and the buttons of operators. Slack does not send a command or a click twice: rows are written before the ack."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from slack_bolt import Ack, App, BoltContext, Respond
from slack_sdk import WebClient
from sqlmodel import Session

from bot.blocks import verdicts
from bot.blocks.pieces import Block
from bot.intake import Office, new_event
from bot.listeners.privacy import privacy_answer
from bot.listeners.sender import Body, key_of, language_of, number_of
from bot.looking import LONGEST, help_lines, status_lines, trace_lines
from bot.messages import say
from bot.outcome import outcome_of, pairs_of
from bot.proposals import PROPOSALS, moved
from bot.steering import ask_training, plan_of, steer, why_not
from bot.text import plain, safe
from db.session import transaction
from db.tables import Evaluation


@dataclass(frozen=True)
class Reply:
    """What one person reads, with blocks where there is something to press; `only_me`: nobody else is to see it."""

    text: str
    blocks: list[Block] | None = None
    only_me: bool = True


def register(app: App, office: Office) -> None:
    """Listen to /flywheel and to the operators' buttons."""

    @app.command("/flywheel")
    def flywheel(ack: Ack, command: dict[str, Any], context: BoltContext) -> None:
        verb, _, rest = plain(command.get("text", "")).partition(" ")
        if verb == "privacy":
            words, shown = privacy_answer(office, rest, context)
            ack(text=words, blocks=shown, response_type="ephemeral")
            return
        reply = answer(office, verb or "help", rest.strip(), str(context.user_id), language_of(office, context))
        ack(text=reply.text, blocks=reply.blocks, response_type="ephemeral")

    @app.action("adapter_promote")
    @app.action("adapter_rollback")
    def steered(ack: Ack, body: Body, action: Body, context: BoltContext, client: WebClient, respond: Respond) -> None:
        user, language, plan = str(context.user_id), language_of(office, context), plan_of(action["value"])

        def act(session: Session) -> tuple[str, bool]:
            moves = steer(session, office.house, plan, user)
            key = "rolled_back" if plan.version is None else "put_in_service"
            if not moves:
                return why_not(session, plan, language), False
            return say(language, key, moves=moved(office, moves, language)), True

        press(office, ack, body, context, client, respond, act)

    @app.action("wheel_train")
    def train(ack: Ack, body: Body, action: Body, context: BoltContext, client: WebClient, respond: Respond) -> None:
        user, language = str(context.user_id), language_of(office, context)

        def act(session: Session) -> tuple[str, bool]:
            key = ask_training(session, number_of(action["value"]), user)
            return say(language, key), key == "train_kept"

        press(office, ack, body, context, client, respond, act)

    @app.action("adapter_details")
    def details(ack: Ack, body: Body, action: Body, context: BoltContext, client: WebClient) -> None:
        language = language_of(office, context)
        with transaction(office.engine) as session:
            row = session.get_one(Evaluation, number_of(action["value"]))
            outcome, pairs = outcome_of(session, row), pairs_of(session, row, imported=False)
        client.views_open(trigger_id=body["trigger_id"], view=verdicts.details(language, outcome, pairs, office.house))
        ack()


def press(
    office: Office,
    ack: Ack,
    body: Body,
    context: BoltContext,
    client: WebClient,
    respond: Respond,
    act: Callable[[Session], tuple[str, bool]],
) -> None:
    """Do once what an operator confirmed; where the button was stands who did it, or the person alone reads why not."""
    user, language = str(context.user_id), language_of(office, context)
    if refused := office.no_operator(user):
        words, done = say(language, refused), False
    else:
        with transaction(office.engine) as session:
            first = new_event(session, f"click:{key_of(body)}")
            words, done = act(session) if first else ("", False)
    ack()
    line = safe(f"{words} · <@{user}>", allow=[user])
    if not done:
        if words:
            respond(text=safe(words), response_type="ephemeral", replace_original=False)
    elif not body["container"].get("is_ephemeral"):  # a card in the operators' channel
        card = body["message"]
        left = verdicts.undone(card["blocks"], line, body["actions"][0]["action_id"])
        client.chat_update(channel=str(context.channel_id), ts=card["ts"], text=line, blocks=left)
    else:
        respond(text=line, replace_original=True)


def answer(office: Office, verb: str, rest: str, user: str, language: str) -> Reply:
    """What one person reads after `/flywheel VERB REST`, or after `@bot VERB REST`; safe to be sent as it is."""
    if verb in PROPOSALS and (refused := office.no_operator(user)):
        return Reply(say(language, refused))
    if verb == "help":
        return Reply(help_lines(office, user, language), only_me=False)
    if verb == "status":
        return Reply(status_lines(office, language), only_me=False)
    if verb == "trace":
        return Reply(trace_lines(office, rest, language), only_me=False)
    if propose := PROPOSALS.get(verb):
        with transaction(office.engine) as session:
            made = propose(session, office, rest, language)
        shown = verdicts.question(language, made.words, made.action_id, verb, made.value) if made.action_id else None
        return Reply(made.words, shown)
    return Reply(say(language, "unknown", text=safe(verb[:LONGEST])))
