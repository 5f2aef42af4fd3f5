"""What happens between two steps of a training: progress is told, checkpoints are saved and sealed, SIGTERM is obeyed."""

import math
import signal
import sys
import time
from pathlib import Path
from typing import Any

from safetensors.torch import load_file, save_file
from transformers import TrainerCallback

from trainer.recipes.checkpoints import seal
from trainer.recipes.reasons import DivergedError
from trainer.recipes.spec import RunSpec, TrainStep


class Watch(TrainerCallback):  # type: ignore[misc]
    """Prints one progress line a step; saves now and then and on SIGTERM; stops on a broken loss."""

    def __init__(self, spec: RunSpec) -> None:
        self.began = time.monotonic()
        self.saved = self.began
        self.stopped = False
        self._every = spec.save_seconds
        signal.signal(signal.SIGTERM, lambda *_: setattr(self, "stopped", True))

    def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> Any:
        last = state.global_step >= state.max_steps
        if self.stopped and not last:
            control.should_save = control.should_training_stop = True
        elif not last and time.monotonic() - self.saved >= self._every:
            control.should_save = True
        return control

    def on_save(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        seal(Path(args.output_dir) / f"checkpoint-{state.global_step}")
        self.saved = time.monotonic()

    def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **kwargs: Any) -> None:
        loss = (logs or {}).get("loss")
        if loss is None:
            return
        if not math.isfinite(loss):
            raise DivergedError
        step = TrainStep(state.global_step, state.max_steps, loss, time.monotonic() - self.began)
        sys.stdout.write(step.line() + "\n")
        sys.stdout.flush()


class Patience(TrainerCallback):  # type: ignore[misc]
    """Ends a training whose validation loss has not fallen for some rounds, and brings the best weights back.

    The best are kept on disk beside the checkpoints, so that a resumed training knows them too.
    """

    def __init__(self, spec: RunSpec, folder: Path) -> None:
        self._rounds = spec.patience
        self._best = folder / "best.safetensors"
        self._values: list[float] = []

    def on_evaluate(self, args: Any, state: Any, control: Any, model: Any = None, **kwargs: Any) -> Any:
        self._values = [entry["eval_loss"] for entry in state.log_history if "eval_loss" in entry]
        best = min(range(len(self._values)), key=self._values.__getitem__)
        if best == len(self._values) - 1:
            trained = {n: p.detach().cpu().contiguous() for n, p in model.named_parameters() if p.requires_grad}
            temporary = self._best.with_suffix(".part")
            save_file(trained, temporary)
            temporary.replace(self._best)
        elif len(self._values) - 1 - best >= self._rounds:
            control.should_training_stop = True
        return control

    def on_train_end(self, args: Any, state: Any, control: Any, model: Any = None, **kwargs: Any) -> None:
        if self._best.exists():
            model.load_state_dict(load_file(self._best), strict=False)
