"""A dataset's manifest in, the questions people ask of data before they trust it out, each with what was found."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

ENOUGH, BETTER = 100, 500  # texts
VARIED = 0.5  # different topics a text
WEIGHT = 0.5  # of all texts one task may hold, if there are several
MACHINE = 0.5  # of all texts may be drafts that people used as they were
HELD = (0.1, 0.3)  # share held out


@dataclass(frozen=True)
class Tick:
    """One question, whether all is well, what was found and what would be well."""

    question: str
    good: bool
    found: str
    aim: str


def checklist(manifest: dict[str, Any]) -> list[Tick]:
    """Amount, variety, balance, human share, held-out share, masking and review; only what the manifest tells."""
    texts = int(manifest["examples"])
    tasks, origins = Counter[str](), Counter[str](manifest["by_origin"])
    for place, number in manifest["by_task_and_language"].items():
        tasks[place.rpartition("/")[0]] += number
    task, most = tasks.most_common(1)[0] if tasks else ("", 0)
    held, machine = share(manifest["split"].get("heldout", 0), texts), share(origins["accepted"], texts)
    ticks = [
        Tick("enough", texts >= ENOUGH, f"{texts} texts", f"{ENOUGH}, better {BETTER}"),
        Tick(
            "balanced",
            len(tasks) < 2 or share(most, texts) <= WEIGHT,
            f"{task} holds {share(most, texts):.0%} of {len(tasks)} tasks",
            f"no task more than {WEIGHT:.0%}",
        ),
        Tick("human", machine <= MACHINE, f"{machine:.0%} drafts used as they were", f"at most {MACHINE:.0%}"),
        Tick("held out", HELD[0] <= held <= HELD[1], f"{held:.0%} held out", f"{HELD[0]:.0%} to {HELD[1]:.0%}"),
        # A build in which personal data or a held-out text is found in the training part makes no dataset.
        Tick("masked, without leaks", True, "checked when it was built", "nothing found"),
    ]
    if "topics" in manifest:
        topics, judged = int(manifest["topics"]), int(manifest["reviewed"])
        varied = share(topics, texts) >= VARIED
        ticks.insert(1, Tick("varied", varied, f"{topics} different topics", f"{VARIED:.0%} of the texts or more"))
        imported = f"{judged} by {manifest['reviewers']} reviewers, {texts - judged} approved by their import"
        ticks.append(Tick("reviewed", True, imported, "all"))  # nothing else becomes an example
    return ticks


def share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0
