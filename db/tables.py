"""The ring, one table a station, in the order the wheel turns; each row holds its predecessor's key.

    Request -> Draft -> Feedback -> Review -> Example -> Dataset -> Run -> Adapter -> Evaluation -> Promotion -> (next) Draft

A row without a successor is the work list; unique keys give one successor per row. Only Request, Review and Run carry a
state, because a worker or an outside system owns them; all else is append-only. Serving = the newest Promotion of a task.
"""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Column, Index, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

Message = dict[str, str]  # {"role": "system" | "user" | "assistant", "content": text}


def now() -> datetime:
    """The present moment, zone-aware: columns take and give UTC on both databases."""
    return datetime.now(UTC)


def one_of(column: str, *values: str) -> CheckConstraint:
    """A check in the database itself: `column` is one of `values`."""
    listed = ", ".join(f"'{v}'" for v in values)
    return CheckConstraint(f"{column} IN ({listed})", name=f"{column}_known")


def json_column(nullable: bool = False) -> Any:
    return Column(JSON, nullable=nullable)


def text_column(nullable: bool = False) -> Any:
    return Column(Text, nullable=nullable)


# SQLite would give the id of a deleted newest row to the next one, and old Slack messages name drafts by id.
ONCE = {"sqlite_autoincrement": True}


class Person(SQLModel, table=True):
    """Somebody who talks to the bot, keyed as Slack keys people."""

    __table_args__ = (
        UniqueConstraint("enterprise_id", "team_id", "user_id", name="person_once"),
        one_of("language", "ko", "en"),
        one_of("role", "member", "reviewer", "operator"),
        one_of("consent", "unasked", "granted", "declined"),
        ONCE,
    )
    id: int | None = Field(default=None, primary_key=True)
    enterprise_id: str = ""
    team_id: str
    user_id: str
    language: str = "ko"
    role: str = "member"
    consent: str = "unasked"
    guest: bool | None = None  # None: Slack was not asked yet, and nothing is learnt from this person until it was
    created_at: datetime = Field(default_factory=now)


class Channel(SQLModel, table=True):
    """What Slack told us of a channel: whether people of another company are in it."""

    __table_args__ = (UniqueConstraint("team_id", "channel_id", name="channel_once"),)
    id: int | None = Field(default=None, primary_key=True)
    team_id: str
    channel_id: str
    external: bool
    asked_at: datetime = Field(default_factory=now)


class Event(SQLModel, table=True):
    """An outside event already taken (Slack's event_id, or team:channel:ts of a message)."""

    id: str = Field(primary_key=True)
    taken_at: datetime = Field(default_factory=now)


class Audit(SQLModel, table=True):
    """Who did what to which row, and why."""

    id: int | None = Field(default=None, primary_key=True)
    at: datetime = Field(default_factory=now)
    actor: str
    action: str
    subject: str = Field(index=True)  # "adapter:7"
    note: str = Field(default="", sa_column=text_column())


class Request(SQLModel, table=True):
    """Somebody asked for a draft. Owned by a worker while it is claimed."""

    __table_args__ = (
        one_of("language", "ko", "en"),
        one_of("source", "mention", "dm", "command", "form", "refine", "regenerate", "cli", "api"),
        one_of("state", "queued", "drafting", "done", "failed", "cancelled"),
        Index("request_waiting", "state", "claimed_until"),
        ONCE,
    )
    id: int | None = Field(default=None, primary_key=True)
    person_id: int = Field(foreign_key="person.id", index=True)
    key: str = Field(unique=True)  # idempotency key: team:channel:ts, or trigger id, or a uuid from the terminal
    source: str
    task: str = Field(index=True)
    language: str
    text: str = Field(sa_column=text_column())  # exactly as typed
    fields: dict[str, Any] = Field(sa_column=json_column())  # {"topic": str, "audience": str, "points": [str], ...}
    team_id: str = ""
    channel_id: str = ""
    thread_ts: str = ""
    collect: bool = True  # False: Slack Connect or a person who declined; draft, but keep nothing for learning
    regenerates: int | None = Field(default=None, foreign_key="request.id")  # the same again
    refines: int | None = Field(default=None, foreign_key="request.id")  # that draft, changed as `text` says
    version: int = 1  # among the drafts of its chain
    state: str = "queued"
    claimed_by: str | None = None
    claimed_until: datetime | None = None
    attempts: int = 0
    error: str | None = Field(default=None, sa_column=text_column(nullable=True))
    message_ts: str | None = None  # where the answer stands in Slack, once posted; its parts are in Part
    created_at: datetime = Field(default_factory=now)


class Draft(SQLModel, table=True):
    """The answer to one request. Its id is the request's id, so a Slack message can name it before it is written."""

    __table_args__ = (one_of("instruction", "long", "short"),)
    id: int = Field(primary_key=True, foreign_key="request.id")
    messages: list[Message] = Field(sa_column=json_column())  # exactly what was sent
    short_prompt: list[Message] = Field(sa_column=json_column())  # what an adapter is trained and served with
    long_prompt: list[Message] = Field(sa_column=json_column())  # what the bare base model is served with
    instruction: str  # which of the two was sent
    adapter_id: int | None = Field(default=None, foreign_key="adapter.id", index=True)  # None: the bare base model
    base_model: str
    runtime: str
    sampling: dict[str, Any] = Field(sa_column=json_column())  # trainer.runtime.Sampling as a dict
    text: str = Field(sa_column=text_column())
    stop: str  # "end", "length", "loop"
    tokens: int
    seconds: float
    first_token_seconds: float
    created_at: datetime = Field(default_factory=now)


class Part(SQLModel, table=True):
    """Where a part of an answer stands in Slack: a long draft takes several messages."""

    __table_args__ = (
        UniqueConstraint("request_id", "number", name="part_once"),
        UniqueConstraint("channel_id", "ts", name="part_place"),
        ONCE,
    )
    id: int | None = Field(default=None, primary_key=True)
    request_id: int = Field(foreign_key="request.id")
    number: int  # from 0
    channel_id: str
    ts: str


class Canvas(SQLModel, table=True):
    """A draft opened as a canvas for one person to edit."""

    __table_args__ = (ONCE,)
    id: int | None = Field(default=None, primary_key=True)
    draft_id: int = Field(foreign_key="draft.id", index=True)
    person_id: int = Field(foreign_key="person.id", index=True)
    canvas_id: str = Field(unique=True)
    baseline: str = Field(sa_column=text_column())  # as Slack read it back at once: it rewrites Markdown
    created_at: datetime = Field(default_factory=now)


class Feedback(SQLModel, table=True):
    """One signal of one person about one draft, as it came; `db.votes.vote` tells what a person's votes come to."""

    __table_args__ = (
        one_of(
            "kind",
            "up",
            "down",
            "unvote",
            "unvote_up",
            "unvote_down",
            "reason",
            "accept",
            "edit",
            "regenerate",
            "refine",
        ),
        one_of("way", "button", "reaction", "form", "canvas", "reply", "file"),
        one_of("change", "none", "cosmetic", "substantive"),
        CheckConstraint("kind <> 'edit' OR text IS NOT NULL", name="edit_has_text"),
        Index("feedback_of_draft", "draft_id", "person_id", "id"),
        ONCE,
    )
    id: int | None = Field(default=None, primary_key=True)
    draft_id: int = Field(foreign_key="draft.id")
    person_id: int = Field(foreign_key="person.id", index=True)
    key: str = Field(unique=True)  # idempotency key made of Slack's own ids
    kind: str
    way: str = "button"  # how it came
    text: str | None = Field(default=None, sa_column=text_column(nullable=True))  # the edited text, exactly as typed
    reason: str = Field(default="", sa_column=text_column())  # in the person's own words
    reasons: list[str] = Field(default_factory=list, sa_column=json_column())  # names of the chips chosen
    edit_share: float | None = None  # normalised edit distance in characters, 0..1
    word_share: float | None = None  # the same in words
    change: str | None = None  # of an edit: "none", "cosmetic" (spaces, punctuation, case) or "substantive"
    acted_at: datetime = Field(default_factory=now)  # Slack's own time of the act: events come in any order
    created_at: datetime = Field(default_factory=now)


class Review(SQLModel, table=True):
    """A masked text people decide on: a person's edit, a draft used as is, or an imported post."""

    __table_args__ = (
        one_of("origin", "human", "edited", "accepted"),
        one_of("language", "ko", "en"),
        one_of("state", "pending", "pushed", "refused", "disputed", "approved", "rejected", "withdrawn"),
        ONCE,
    )
    id: int | None = Field(default=None, primary_key=True)
    feedback_id: int | None = Field(default=None, foreign_key="feedback.id", unique=True)  # None: imported
    key: str = Field(unique=True)  # "feedback:12", "import:<hash>", "message:T:C:ts": the same again adds nothing
    person_id: int | None = Field(
        default=None, foreign_key="person.id", index=True
    )  # who brought a message as an example
    author_id: int | None = Field(default=None, foreign_key="person.id", index=True)  # who wrote that message
    origin: str
    task: str
    language: str
    fields: dict[str, Any] = Field(sa_column=json_column())
    short_prompt: list[Message] = Field(sa_column=json_column())
    long_prompt: list[Message] = Field(sa_column=json_column())
    draft: str | None = Field(default=None, sa_column=text_column(nullable=True))  # what the model wrote, masked
    proposed: str = Field(sa_column=text_column())  # what the person made of it, masked
    source: str = ""  # family hint: thread, file
    priority: float = 0.0  # 0..1, how much a decision on it would teach; the desk shows the highest first
    opinions: int = 1  # how many reviewers must agree
    flags: list[str] = Field(default_factory=list, sa_column=json_column())  # what reviewers should know: "copy:87"
    state: str = Field(default="pending", index=True)
    external_id: str | None = None  # the desk's own key of the record
    text: str | None = Field(default=None, sa_column=text_column(nullable=True))  # final text once approved
    decided_by: str = ""
    decided_at: datetime | None = None
    note: str = Field(default="", sa_column=text_column())
    created_at: datetime = Field(default_factory=now)


class Decision(SQLModel, table=True):
    """What one reviewer said about one review, copied from the desk (desks forget; we do not)."""

    __table_args__ = (one_of("verdict", "approve", "reject"), ONCE)
    id: int | None = Field(default=None, primary_key=True)
    review_id: int = Field(foreign_key="review.id", index=True)
    key: str = Field(unique=True)  # one word as it was said: the click's own key, or response id and time of its edit
    response: str = ""  # the desk's own id of the word, the same through all edits of it
    reviewer: str
    verdict: str
    text: str | None = Field(default=None, sa_column=text_column(nullable=True))  # the reviewer's own wording
    note: str = Field(default="", sa_column=text_column())
    quality: int | None = None  # 1..5
    reasons: list[str] = Field(default_factory=list, sa_column=json_column())  # names of the style guide's reasons
    decided_at: datetime = Field(default_factory=now)
    withdrawn_at: datetime | None = None  # the reviewer took it back, or it left the desk


class Example(SQLModel, table=True):
    """An approved text with the prompts it answers; the family's hash decides train or held-out, for ever.

    A text changed by its reviewers later is another row with the next `revision`; the newest one of a review counts.
    """

    __table_args__ = (
        UniqueConstraint("review_id", "revision", name="example_revision"),
        one_of("origin", "human", "edited", "accepted"),
        one_of("language", "ko", "en"),
        one_of("split", "train", "heldout"),
        ONCE,
    )
    id: int | None = Field(default=None, primary_key=True)
    review_id: int = Field(foreign_key="review.id", index=True)
    revision: int = 1
    task: str = Field(index=True)
    language: str
    origin: str
    fields: dict[str, Any] = Field(sa_column=json_column())
    short_prompt: list[Message] = Field(sa_column=json_column())
    long_prompt: list[Message] = Field(sa_column=json_column())
    completion: str = Field(sa_column=text_column())
    family: str = Field(index=True)
    split: str
    created_at: datetime = Field(default_factory=now)


class Dataset(SQLModel, table=True):
    """A frozen set of examples; its name is the hash of its bytes."""

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(unique=True)
    train: int
    heldout: int
    manifest: dict[str, Any] = Field(sa_column=json_column())
    created_at: datetime = Field(default_factory=now)


class DatasetItem(SQLModel, table=True):
    """Which example stands in which dataset."""

    dataset_id: int = Field(foreign_key="dataset.id", primary_key=True)
    example_id: int = Field(foreign_key="example.id", primary_key=True)


class DatasetDraft(SQLModel, table=True):
    """Which draft stands in which dataset with what people voted on it."""

    dataset_id: int = Field(foreign_key="dataset.id", primary_key=True)
    draft_id: int = Field(foreign_key="draft.id", primary_key=True)


class Run(SQLModel, table=True):
    """One training. `sequence` is unique: of several trainers that see the same work, one starts it."""

    __table_args__ = (one_of("state", "queued", "running", "done", "failed"),)
    id: int | None = Field(default=None, primary_key=True)
    sequence: int = Field(unique=True)
    dataset_id: int = Field(foreign_key="dataset.id", index=True)
    through_example_id: int  # the newest example known when the run was made: the trigger counts from here
    trigger: str  # "approvals", "operator"
    spec: dict[str, Any] = Field(sa_column=json_column())  # trainer.recipes.spec.RunSpec as a dict
    state: str = Field(default="queued", index=True)
    claimed_by: str | None = None
    claimed_until: datetime | None = None
    attempts: int = 0
    progress: dict[str, Any] | None = Field(default=None, sa_column=json_column(nullable=True))
    result: dict[str, Any] | None = Field(default=None, sa_column=json_column(nullable=True))
    error: str | None = Field(default=None, sa_column=text_column(nullable=True))
    created_at: datetime = Field(default_factory=now)
    finished_at: datetime | None = None


class Adapter(SQLModel, table=True):
    """A trained LoRA adapter; its name is the hash of its files and is never used again."""

    id: int | None = Field(default=None, primary_key=True)
    run_id: int = Field(foreign_key="run.id", unique=True)
    name: str = Field(unique=True)
    version: int = Field(unique=True)  # what people see: v12
    base_model: str
    method: str
    created_at: datetime = Field(default_factory=now)


class Evaluation(SQLModel, table=True):
    """Challenger against champion on the same held-out examples, through the live runtime."""

    __table_args__ = (UniqueConstraint("number", name="evaluation_number"),)
    id: int | None = Field(default=None, primary_key=True)
    adapter_id: int = Field(foreign_key="adapter.id", unique=True)
    champion_id: int | None = Field(default=None, foreign_key="adapter.id")  # None: the bare base model
    dataset_id: int = Field(foreign_key="dataset.id")
    items: list[dict[str, Any]] = Field(sa_column=json_column())  # per example: id, texts, log-likelihoods, scores
    summary: dict[str, Any] = Field(sa_column=json_column())  # per score: champion, challenger, difference, interval
    verdict: dict[str, Any] = Field(sa_column=json_column())  # {"promote": bool, "reasons": [text]}
    number: int | None = None  # of the try at the gate: each spends error budget, and no two the same
    receipt: dict[str, Any] | None = Field(default=None, sa_column=json_column(nullable=True))  # trainer.receipts
    created_at: datetime = Field(default_factory=now)


class Promotion(SQLModel, table=True):
    """From here on this adapter serves this task; a rollback is another row."""

    __table_args__ = (
        UniqueConstraint("evaluation_id", "task", name="promoted_once"),
        one_of("kind", "promote", "rollback"),
        Index("promotion_newest", "task", "id"),
    )
    id: int | None = Field(default=None, primary_key=True)
    evaluation_id: int | None = Field(default=None, foreign_key="evaluation.id")  # None: an operator's word
    adapter_id: int | None = Field(default=None, foreign_key="adapter.id")  # None: back to the bare base model
    task: str
    kind: str = "promote"
    actor: str
    reason: str = Field(default="", sa_column=text_column())
    created_at: datetime = Field(default_factory=now)
