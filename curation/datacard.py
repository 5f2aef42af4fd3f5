"""Numbers of a dataset in, its card out: README.md as model hubs read it, Korean beside English, without names or texts."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, StrictUndefined

if TYPE_CHECKING:
    from curation.dataset.facts import Facts

HERE = Path(__file__).parent
Written = Mapping[str, Mapping[str, str]]
SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"))
KOREAN = {
    "human": "사람이 쓴 글",
    "edited": "사람이 고친 초안",
    "accepted": "그대로 쓴 초안",
    "edits and acceptances in Slack": "슬랙에서 고치거나 그대로 쓴 글",
    "messages in Slack": "슬랙 메시지",
    "files": "가져온 파일",
    "copy of a text that is in": "든 글과 거의 같음",
    "belongs to both sides of the split": "학습과 평가 양쪽에 걸림",
    "people disagree about it": "사람마다 평가가 갈림",
    "rejected": "검토에서 빠짐",
    "refused": "검토 도구가 받지 않음",
    "pending": "검토 전",
    "pushed": "검토 중",
    "disputed": "검토자 의견이 갈림",
    "withdrawn": "철회됨",
}


def card(about: "Facts", written: Written) -> str:
    """`written` holds the data files: {form: {split: path}}."""
    kept = about.manifest
    languages = sorted({name.rpartition("/")[2] for name in kept["by_task_and_language"]})
    body = _filled(
        "datacard.md.jinja",
        about=about,
        kept={"edition": None, **kept, "forms": {**dict.fromkeys(NO_ROWS, 0), **kept["forms"]}},
        said=lambda name: f"{KOREAN[name]} {name}" if name in KOREAN else name,
        listed=listed,
        percent=lambda share: f"{share:.0%}",
    )
    return f"{_head(written, languages, sum(kept['forms'].values()))}\n{body}"


def part_card(whole: str, task: str, written: Written, languages: Sequence[str], rows: int) -> str:
    """The card of a folder that holds one task of a dataset: the same, with a head of its own and a note."""
    note = f"이 폴더에는 전체 가운데 `{task}` 과제만 있습니다. · Of all that is told here this folder holds `{task}` alone."
    return f"{_head(written, languages, rows)}\n> {note}\n{whole.split('---', 2)[2]}"


def _head(written: Written, languages: Sequence[str], rows: int) -> str:
    """What machines read."""
    size = next((name for most, name in SIZES if rows < most), "n>1M")
    return _filled("datacard_head.yaml.jinja", written=written, languages=languages, size=size)


def _filled(template: str, **values: Any) -> str:
    page = Environment(trim_blocks=True, lstrip_blocks=True, undefined=StrictUndefined, keep_trailing_newline=True)
    return page.from_string(HERE.joinpath(template).read_text(encoding="utf-8")).render(values)


NO_ROWS = [f"{form}/{split}" for form in ("sft", "preference", "thumbs") for split in ("train", "heldout")]


def listed(numbers: Iterable[int], most: int = 20) -> str:
    """The first of the numbers in words, and how many more there are."""
    found = sorted(numbers)
    return ", ".join(map(str, found[:most])) + (f" … +{len(found) - most}" if len(found) > most else "")
