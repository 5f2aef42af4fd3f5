"""Two people who asked, edited and taught, for tests of what is left when one of them is forgotten (`pytest_plugins`)."""

import json
import tempfile
from pathlib import Path

import pytest
from sqlalchemy import Engine

from db.artifacts import Artifacts
from db.session import transaction
from db.tables import Canvas
from tests import rows
from tests.lived import OTHERS, OURS, drafted, edited, requested, taught


@pytest.fixture
def lived(engine: Engine, artifacts: Artifacts) -> dict[str, int]:
    """Two people who asked, edited and taught; each also had a hand in the other's drafts."""
    with transaction(engine) as session, tempfile.TemporaryDirectory() as folder:
        made = Path(folder)
        mina, junho = rows.known(session, "U0MINA"), rows.known(session, "U0JUNHO")
        mine, theirs = requested(session, mina, OURS), requested(session, junho, OTHERS)
        my_draft, their_draft = drafted(session, mine, OURS), drafted(session, theirs, OTHERS)
        examples = [
            taught(session, edited(session, my_draft, mina, OURS), OURS),
            taught(session, edited(session, my_draft, junho, OURS), OURS, "heldout"),  # his wording of her draft
            taught(session, edited(session, their_draft, mina, OURS), OURS),  # her wording of his draft
            taught(session, edited(session, their_draft, junho, OTHERS), OTHERS),
        ]
        again = requested(
            session, junho, OURS, source="regenerate", regenerates=mine.id
        )  # her words, asked again by him
        drafted(session, again, OURS)
        drafted(session, requested(session, junho, OURS, source="refine", refines=again.id), OURS)
        brought = rows.review(session, person_id=mina.id, proposed=f"{OURS} 공지", fields={"topic": OURS}, source=OURS)
        rows.review(
            session, person_id=junho.id, author_id=mina.id, proposed=f"{OURS} 인사"
        )  # her message, brought by him
        session.add(Canvas(draft_id=my_draft.id, person_id=mina.id or 0, canvas_id="F1", baseline=f"{OURS} 초안"))
        waiting = requested(session, mina, OURS, state="queued")
        side = {"text": f"{OURS} 답", "chrf": 0.5}
        items = [{"example": e.id, "champion": dict(side), "challenger": dict(side)} for e in examples[:3]]
        other = {"example": examples[3].id, "champion": {"text": OTHERS}, "challenger": {"text": OTHERS}}
        for split in ("train", "heldout"):
            lines = [json.dumps({"completion": e.completion}, ensure_ascii=False) for e in examples if e.split == split]
            made.joinpath(f"{split}.jsonl").write_text("\n".join(lines), encoding="utf-8")
        dataset = rows.dataset(session, *examples, name=artifacts.put("dataset", made))
        run = rows.run(session, dataset, state="done", through_example_id=examples[-1].id)
        rows.promotion(session, rows.evaluation(session, rows.adapter(session, run), items=[*items, other]))
    return {"mina": mina.id or 0, "junho": junho.id or 0, "waiting": waiting.id or 0, "brought": brought.id or 0}
