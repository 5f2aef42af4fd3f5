"""A dataset's JSON lines in, the layout of model hubs out, for `datasets.load_dataset`: a card, Parquet files, pictures."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from curation.datacard import card
from curation.datapictures import Drawn, draw_lengths, draw_topics
from curation.dataset.choose import Chosen
from curation.dataset.facts import Facts
from curation.dataset.files import read
from curation.dataset.forms import FILES, PREFERENCE, SFT, THUMBS

COLUMNS = {  # as TRL reads them; a list of turns each, but for the label
    SFT: ("prompt", "completion"),
    PREFERENCE: ("prompt", "chosen", "rejected"),
    THUMBS: ("prompt", "completion", "label"),
}
ROW_GROUP = 1000


def write_hub(folder: Path, source: Path, about: Facts, chosen: Chosen) -> None:
    """Fill a fresh folder. The same texts give the same bytes with the same versions of the libraries."""
    (folder / "pictures").mkdir(parents=True)
    written = write_data(folder, {key: read(source, [name]) for key, name in FILES.items()})
    texts = sorted(
        Drawn(e.task, e.split, e.language, str(e.fields.get("topic", "")), e.completion) for e in chosen.kept
    )
    draw_lengths(folder / "pictures" / "lengths.png", texts)
    draw_topics(folder / "pictures" / "topics.png", texts)
    (folder / "README.md").write_text(card(about, written), encoding="utf-8")


def write_data(folder: Path, rows: dict[tuple[str, str], list[dict[str, Any]]]) -> dict[str, dict[str, str]]:
    """A Parquet file for every form and split that has rows; returns their paths: {form: {split: path}}."""
    written: dict[str, dict[str, str]] = {}
    for (form, split), found in rows.items():
        if found:
            path = f"data/{form}-{split}.parquet"
            (folder / path).parent.mkdir(exist_ok=True)
            _parquet(folder / path, form, found)
            written.setdefault(form, {})[split] = path
    return written


def _parquet(path: Path, form: str, rows: Sequence[dict[str, Any]]) -> None:
    import datasets  # takes a second to load

    datasets.disable_progress_bars()
    turns = datasets.List({"role": datasets.Value("string"), "content": datasets.Value("string")})
    features = {name: datasets.Value("bool") if name == "label" else turns for name in COLUMNS[form]}
    columns = {name: [row[name] for row in rows] for name in features}
    table = datasets.Dataset.from_dict(columns, features=datasets.Features(features))
    # Named here, so that neither the size of the texts nor a newer library decides.
    table.to_parquet(path, batch_size=ROW_GROUP, version="2.6")
