"""What operators read of a training: its card, its details, and questions before something is done."""

from collections.abc import Iterable, Sequence

from bot.blocks.pieces import Block, button, context, section, text_of
from bot.messages import say
from bot.outcome import Outcome, Pair, Score
from bot.steering import Plan
from bot.text import safe
from curation.house import House

LANGUAGES = ("ko", "en")  # of the operators' channel
UNITS = {"checklist": (100, 0), "log_likelihood": (1, 2), "chrf": (1, 1), "repetition": (100, 1), "length": (1, 0)}
ON_CARD = ("checklist", "log_likelihood", "repetition")  # what the gate looks at; the rest stands in the details
MOST, LINE = 2900, 110  # characters of a section; of a text before or after


def both(key: str, **values: object) -> str:
    """A few words in the two languages of the channel."""
    return " · ".join(say(language, key, **values) for language in LANGUAGES)


def title(outcome: Outcome) -> str:
    return both(outcome.ending, version=outcome.version)


def card(outcome: Outcome, pairs: Sequence[Pair]) -> list[Block]:
    """News of a training; while what it put in service serves, it can be rolled back from here."""
    reasons = [] if outcome.ending == "promoted" else [r for language in LANGUAGES for r in outcome.reasons[language]]
    listed = "\n".join(f"• {safe(reason)}" for reason in reasons)
    blocks = [section(f"*{title(outcome)}*\n{listed}"[:MOST].strip())]
    scores = [f"{both(f'score_{s.name}')}  {change(s)}" for s in outcome.scores if s.name in ON_CARD]
    blocks += [section("\n".join(scores))] if scores else []
    blocks += [context(learnt(outcome, language)) for language in LANGUAGES]
    blocks += [section(pair_text(pair, pair.task, LANGUAGES)) for pair in pairs]
    undo = both_button("adapter_rollback", "rollback", Plan(outcome.placed).value(), "rollback_sure", "danger")
    look = both_button("adapter_details", "details", str(outcome.evaluation_id))
    return [*blocks, {"type": "actions", "elements": [undo, look] if outcome.ending == "promoted" else [look]}]


def failed(words: str, run_id: int) -> list[Block]:
    """News of a training that failed."""
    again = both_button("wheel_train", "train_again", str(run_id), "train_again_sure")
    return [section(words[:MOST]), {"type": "actions", "elements": [again]}]


def taken_back(words: str, plan: Plan) -> list[Block]:
    """News of texts taken back that what serves has learnt from."""
    undo = both_button("adapter_rollback", "rollback", plan.value(), "rollback_sure", "danger")
    return [section(words[:MOST]), {"type": "actions", "elements": [undo]}]


def undone(shown: Sequence[Block], line: str, action_id: str) -> list[Block]:
    """A card once its button was pressed: who did it stands there instead."""
    kept = []
    for block in shown:
        left = [e for e in block.get("elements", []) if e.get("action_id") != action_id]
        if block["type"] != "actions":
            kept.append(block)
        elif left:
            kept.append({**block, "elements": left})
    return [*kept, context(line)]


def question(language: str, words: str, action_id: str, key: str, value: str) -> list[Block]:
    """What would happen, and the button that does it."""
    made = button(language, action_id, key, value, "danger" if action_id == "adapter_rollback" else "primary")
    made["confirm"] = confirm(
        say(language, key), say(language, f"{key}_sure"), say(language, "yes"), say(language, "no")
    )
    return [section(words[:MOST]), {"type": "actions", "elements": [made]}]


def confirm(title: str, words: str, yes: str, no: str) -> Block:
    return {"title": text_of(title), "text": text_of(words), "confirm": text_of(yes), "deny": text_of(no)}


def both_button(action_id: str, key: str, value: str, sure: str = "", style: str = "") -> Block:
    made: Block = {"type": "button", "action_id": action_id, "text": text_of(both(key)), "value": value}
    if sure:
        made["confirm"] = confirm(both(key), "\n".join(say(one, sure) for one in LANGUAGES), both("yes"), both("no"))
    return {**made, "style": style} if style else made


def details(language: str, outcome: Outcome, pairs: Sequence[Pair], house: House) -> Block:
    """Reasons, scores by task and language, texts before and after, and the ids that `/flywheel trace` takes."""
    reasons = "\n".join(f"• {safe(reason)}" for reason in outcome.reasons[language])
    blocks = [
        section(f"*{say(language, outcome.ending, version=outcome.version)}*\n{reasons}"[:MOST]),
        context(learnt(outcome, language)),
        *score_table(language, say(language, "all_texts", n=outcome.n), outcome.scores),
    ]
    for name, scores in outcome.groups.items():
        blocks += score_table(language, named(language, name, house), scores)
    blocks += [section(pair_text(pair, named(language, pair.task, house), (language,))) for pair in pairs]
    blocks.append(context(safe(" · ".join(f"{kind} {number}" for kind, number in outcome.trace.items()))))
    return {
        "type": "modal",
        "callback_id": "adapter_details",
        "title": text_of(say(language, "details_of", version=outcome.version)),
        "close": text_of(say(language, "close")),
        "blocks": blocks[:100],
    }


def score_table(language: str, name: str, scores: Iterable[Score]) -> list[Block]:
    """A name, and under it one line a score."""
    lines = [f"{say(language, f'score_{score.name}')}  {change(score)}" for score in scores]
    return [section("\n".join([f"*{safe(name)}*", *lines])[:MOST])] if lines else []


def named(language: str, name: str, house: House) -> str:
    """A task or a language as people call it."""
    if name in house.tasks:
        return house.tasks[name].name[language]
    return say(language, f"in_{name}") if name in LANGUAGES else name


def change(score: Score) -> str:
    """ "62 → 76 (+14 [+9, +19])"."""
    factor, digits = UNITS[score.name]
    old, new = (f"{factor * value:.{digits}f}" for value in (score.champion, score.challenger))
    mean, low, high = (f"{factor * value:+.{digits}f}" for value in (score.mean, score.low, score.high))
    return f"{old} → {new} ({mean} [{low}, {high}])"


def learnt(outcome: Outcome, language: str) -> str:
    """How many texts it learnt from, of which kinds, and how long it took."""
    kinds = ", ".join(say(language, f"from_{origin}", n=n) for origin, n in sorted(outcome.learnt.items()) if n)
    total = say(language, "learnt", n=sum(outcome.learnt.values())) + (f" ({kinds})" if kinds else "")
    minutes, seconds = divmod(round(outcome.seconds), 60)
    took = say(language, "minutes", n=minutes) if minutes else say(language, "seconds", n=seconds)
    return f"{total} · {took}" if outcome.seconds else total


def pair_text(pair: Pair, name: str, languages: Sequence[str]) -> str:
    """One request's draft before and after, a line each."""
    factor, digits = UNITS["checklist"]
    old, new, score = (" · ".join(say(one, key) for one in languages) for key in ("before", "after", "score_checklist"))
    head = f"*{safe(name)}* · {score} {factor * pair.change:+.{digits}f}"
    return f"{head}\n>{old}: {safe(cut(pair.before))}\n>{new}: {safe(cut(pair.after))}"


def cut(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= LINE else line[: LINE - 1].rstrip() + "…"
