"""Adapters by name in; the base model's layers changed row by row in the forward passes that follow.

PEFT can mix adapters in a batch too; hooks of our own do it in two thirds of the time (docs/benchmarks.md), leave the base
model as it is, and make loading and dropping a matter of a dictionary.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from torch import Tensor, nn

from trainer.runtime.local.effects import Effect, LowRank
from trainer.runtime.local.model import Model


@dataclass(frozen=True)
class Worn:
    """A read adapter: what it does to which layers, and what it says before every prompt."""

    effects: dict[str, Effect] = field(default_factory=dict)  # by layer
    soft: Tensor | None = None  # (tokens, hidden): prompt tuning, p-tuning
    prefix: tuple[tuple[Tensor, Tensor], ...] = ()  # per layer keys and values, each (heads, tokens, width)


BARE = Worn()


class Adapters:
    """The loaded adapters of one model. `wear` says which row wears which in the forward passes that follow."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self.modules: dict[str, nn.Module] = dict(model.net.named_modules())
        self._hooked: set[str] = set()
        self._loaded: dict[str, Worn] = {}
        self._rows = 0
        self._groups: list[tuple[dict[str, Effect], Tensor | None]] = []

    def put_on(self, name: str, worn: Worn) -> None:
        """Make a read adapter usable under its name."""
        self._loaded[name] = worn

    def take_off(self, name: str) -> None:
        """Forget an adapter; nobody may be wearing it."""
        self._loaded.pop(name, None)

    def free(self) -> None:
        """Let the base model's layers and all adapters go."""
        self.modules, self._loaded, self._groups = {}, {}, []

    def worn(self, name: str | None) -> Worn:
        """The adapter of a row; nothing at all for the bare base model."""
        return BARE if name is None else self._loaded[name]

    def wear(self, adapters: Sequence[str | None]) -> None:
        """Set each row's adapter; None is the bare base model."""
        self._rows, self._groups = len(adapters), []
        for name in dict.fromkeys(adapters):
            effects = self.worn(name).effects
            if effects:
                self._hook(effects)  # here, in the thread that runs the model: hooks can't come in the middle of a pass
                rows = [i for i, other in enumerate(adapters) if other == name]
                everybody = len(rows) == len(adapters)
                self._groups.append((effects, None if everybody else self._model.tensor(rows)))

    def _hook(self, layers: Iterable[str]) -> None:
        for layer in set(layers) - self._hooked:
            self.modules[layer].register_forward_hook(self._changing(layer))
            self._hooked.add(layer)

    def _changing(self, layer: str) -> Any:
        def add(module: nn.Module, inputs: tuple[Tensor, ...], output: Tensor) -> None:
            for effects, rows in self._groups:
                if (effect := effects.get(layer)) is None:
                    continue
                if rows is None:
                    output.add_(effect.change(module, inputs[0], output))
                    continue
                # Some models run rows and tokens together on their way (a mixture's shared expert).
                taken = inputs[0].reshape(self._rows, -1, inputs[0].shape[-1])[rows]
                whole = output.view(self._rows, -1, output.shape[-1])
                # LoRA, by far the commonest, needs no copy of what came out.
                given = whole if isinstance(effect, LowRank) else whole[rows]
                whole.index_add_(0, rows, effect.change(module, taken, given))

        return add
