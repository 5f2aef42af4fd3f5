"""When to train, with what, and how strict the gate is; from the environment."""

from typing import Literal

from pydantic import Field

from db.settings import Environment

Method = Literal[
    "lora", "qlora", "rslora", "dora", "pissa", "adalora", "ia3", "bottleneck", "prefix", "ptuning", "prompt", "full"
]


class TrainSettings(Environment):
    """LoRA defaults follow common practice (rank 16, alpha 32, 2e-4, 3 epochs); None picks the base model's own best."""

    train_after: int = Field(
        100, alias="FLYWHEEL_TRAIN_AFTER", ge=1, description="new approved examples that start a training"
    )
    rank: int = Field(16, alias="FLYWHEEL_LORA_RANK", ge=1, description="LoRA rank")
    alpha: int = Field(32, alias="FLYWHEEL_LORA_ALPHA", ge=1, description="LoRA scale")
    dropout: float = Field(0.05, alias="FLYWHEEL_LORA_DROPOUT", ge=0, lt=1, description="LoRA dropout")
    learning_rate: float | None = Field(
        None, alias="FLYWHEEL_LEARNING_RATE", gt=0, description="peak rate; empty: 2e-4, tiny: its own"
    )
    epochs: float | None = Field(
        None, alias="FLYWHEEL_EPOCHS", gt=0, description="passes over the data; empty: 3, tiny: its own"
    )
    warmup: float = Field(
        0.05, alias="FLYWHEEL_WARMUP", ge=0, lt=1, description="share of the steps in which the rate rises to its peak"
    )
    batch: int | None = Field(
        None, alias="FLYWHEEL_BATCH", ge=1, description="examples a step; empty: 4, tiny: its own"
    )
    patience: int = Field(
        2,
        alias="FLYWHEEL_PATIENCE",
        ge=0,
        description="rounds without progress that end a training of 200 texts or more",
    )
    preference: Literal["auto", "off", "dpo", "kto"] = Field(
        "auto",
        alias="FLYWHEEL_PREFERENCE",
        description="a second pass: dpo on edits, kto on thumbs, auto by what there is",
    )
    preference_after: int = Field(
        50, alias="FLYWHEEL_PREFERENCE_AFTER", ge=2, description="edits, or thumbs of the rarer kind, that are worth it"
    )
    max_length: int = Field(
        2048, alias="FLYWHEEL_MAX_LENGTH", ge=64, description="tokens of prompt and answer together"
    )
    method: Method = Field(
        "lora", alias="FLYWHEEL_METHOD", description="how to train; only what ends as LoRA runs on a model server"
    )
    virtual_tokens: int = Field(
        20, alias="FLYWHEEL_VIRTUAL_TOKENS", ge=1, description="of the methods that learn a prompt"
    )
    seed: int = Field(7, alias="FLYWHEEL_SEED", description="seed of trainings and evaluations")
    train_timeout: int = Field(
        6 * 3600, alias="FLYWHEEL_TRAIN_TIMEOUT", ge=60, description="seconds after which a training is stopped"
    )
    max_tokens: int = Field(512, alias="FLYWHEEL_MAX_TOKENS", ge=16, description="longest draft, in tokens")
    temperature: float = Field(0.0, alias="FLYWHEEL_TEMPERATURE", ge=0, le=2, description="0 writes the likeliest text")
    min_heldout: int = Field(
        15, alias="FLYWHEEL_MIN_HELDOUT", ge=2, description="fewer held-out examples: no promotion"
    )
    confidence: float = Field(
        0.95, alias="FLYWHEEL_CONFIDENCE", gt=0.5, lt=1, description="one-sided level of the gate's lower bounds"
    )
    every_seconds: int = Field(
        5, alias="FLYWHEEL_EVERY_SECONDS", ge=1, description="how often the trainer looks for work"
    )
