"""Examples in, a frozen dataset out. `build` freezes one, `show` and `diff` tell what is in it and what became new."""

from curation.dataset.build import build
from curation.dataset.checklist import Tick, checklist
from curation.dataset.choose import Chosen, choose
from curation.dataset.diff import Diff, diff, named
from curation.dataset.show import show

__all__ = ["Chosen", "Diff", "Tick", "build", "checklist", "choose", "diff", "named", "show"]
