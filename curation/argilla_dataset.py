"""The dataset reviewers work in: what it asks, shows and explains, made from the style guide; found again by its name."""

from collections.abc import Sequence
from typing import Any

from curation.argilla_place import Place
from curation.argilla_server import Refusal, Server
from curation.argilla_words import GUIDELINES, TITLES
from curation.house import House
from db.errors import DeskError

NAME = "drafts"
QUEUE = "page=1&status=pending&sort=metadata.priority.desc~record.inserted_at.asc"  # Argilla's own order is by chance
GUIDELINES_MOST = 10_000  # characters; the server refuses more
QUALITY = [1, 2, 3, 4, 5]
QUESTIONS = ("verdict", "edited", "reasons", "quality", "note")


def find(server: Server) -> Place | None:
    """The dataset, if the server has it. Errors: DeskError, also where a dataset of that name is another one."""
    found = _row(server, _workspace(server))
    if found is None or found["status"] != "ready":
        return None
    asked = server.ask("GET", f"/datasets/{found['id']}/questions")["items"]
    questions = {question["name"]: question["id"] for question in asked}
    if missing := [name for name in QUESTIONS if name not in questions]:
        raise DeskError(
            f"The dataset {NAME!r} in Argilla lacks the question {missing[0]!r}, so it is not ours. "
            "Rename it there; ours is then made by itself."
        )
    return Place(server, found["id"], questions)


def create(server: Server, house: House) -> Place:
    """Make the dataset, and its workspace if there is none. Only one process may do so at a time. Errors: DeskError."""
    import argilla

    workspace = _workspace(server) or server.ask("POST", "/workspaces", json={"name": server.workspace})["id"]
    if half := _row(server, workspace):  # whoever made it was stopped midway
        server.ask("DELETE", f"/datasets/{half['id']}")
    with server.told():
        made = argilla.Dataset(NAME, server.workspace, settings(house, server.client), server.client).create()
    return Place(server, str(made.id), {question.name: str(question.id) for question in made.settings.questions})


def explain(place: Place, house: House) -> None:
    """The guidelines follow the style guide. Errors: DeskError."""
    wanted = guidelines(house)
    if place.now()["guidelines"] != wanted:
        try:
            place.server.ask("PATCH", f"/datasets/{place.id}", json={"guidelines": wanted})
        except Refusal as refusal:
            raise DeskError(f"Argilla refused the guidelines ({refusal}). Shorten the style guide.") from refusal


def queue(place: Place) -> str:
    """The page where reviewers begin: what teaches most first, the oldest of equals first."""
    return f"{place.server.url}/dataset/{place.id}/annotation-mode?{QUEUE}"


def settings(house: House, client: Any) -> Any:
    """The SDK's Settings of the dataset. One answer completes a record: further opinions are asked by further records."""
    import argilla as rg

    reasons = {name: f"{texts['ko']} · {texts['en']}" for name, texts in house.guide.reasons.items()}
    verdicts = {"approve": "승인 · Approve", "reject": "빼기 · Leave out"}

    def titled(name: str, account: str = "client") -> dict[str, Any]:
        return {"name": name, "title": TITLES[name], account: client}

    return rg.Settings(
        guidelines=guidelines(house),
        fields=[
            rg.ChatField(**titled("prompt", "_client"), required=True),
            rg.TextField(**titled("notes"), required=False, use_markdown=True),
            rg.TextField(**titled("change"), required=True, use_markdown=True),
            rg.TextField(**titled("draft"), required=False),
        ],
        questions=[
            rg.LabelQuestion(**titled("verdict"), labels=verdicts, required=True),
            rg.TextQuestion(**titled("edited"), required=False),
            rg.MultiLabelQuestion(**titled("reasons"), labels=reasons, required=False),
            rg.RatingQuestion(**titled("quality"), values=QUALITY, required=False),
            rg.TextQuestion(**titled("note"), required=False),
        ],
        metadata=[
            rg.FloatMetadataProperty(**titled("priority")),
            rg.TermsMetadataProperty(**titled("task")),
            rg.TermsMetadataProperty(**titled("language")),
            rg.TermsMetadataProperty(**titled("signal")),
            rg.FloatMetadataProperty(**titled("edit")),
            rg.TermsMetadataProperty(**titled("adapter")),
            rg.TermsMetadataProperty(**titled("flags")),
            rg.IntegerMetadataProperty(**titled("opinion")),
            rg.IntegerMetadataProperty(**titled("review")),
            rg.TermsMetadataProperty(**titled("shown"), visible_for_annotators=False),
        ],
        distribution=rg.TaskDistribution(min_submitted=1),
    )


def guidelines(house: House) -> str:
    """What reviewers decide and how, in both languages, with each task's checklist and the reasons to leave a text out."""
    parts = [_part(house, language) for language in ("ko", "en")]
    return "\n\n---\n\n".join(parts)[:GUIDELINES_MOST]


def _part(house: House, language: str) -> str:
    words, guide = GUIDELINES[language], house.guide
    tasks = [
        f"- **{task.name[language]}**: " + ", ".join(guide.rules[name].label[language] for name in task.rules)
        for task in house.tasks.values()
    ]
    reasons = ", ".join(texts[language] for texts in guide.reasons.values())
    brand = {"brand": guide.brand.name[language], "tone": guide.brand.tone[language]}
    sections: Sequence[str] = (
        words["what"].format(**brand),
        words["checklist"] + "\n" + "\n".join(tasks),
        *([f"{words['reasons']} {reasons}"] if reasons else []),
        words["keys"].format(queue=f"?{QUEUE}"),
    )
    return "\n\n".join(sections)


def _workspace(server: Server) -> str | None:
    listed = server.ask("GET", "/me/workspaces")["items"]
    return next((row["id"] for row in listed if row["name"] == server.workspace), None)


def _row(server: Server, workspace: str | None) -> dict[str, Any] | None:
    listed = server.ask("GET", "/me/datasets")["items"]
    return next((row for row in listed if (row["name"], row["workspace_id"]) == (NAME, workspace)), None)
