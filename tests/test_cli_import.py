"""`flywheel import` as people see it: what came in and what did not, and nothing in a name or a word steers the terminal."""

from pathlib import Path

from tests.test_cli import Flywheel, flywheel
from tests.test_importers import message_line

__all__ = ["flywheel"]


def test_given_a_folder_when_imported_dry_and_then_truly_then_the_same_is_told_and_only_then_done(
    flywheel: Flywheel, tmp_path: Path
) -> None:
    posts = tmp_path / "posts" / "sns"
    posts.mkdir(parents=True)
    (posts / "a.md").write_bytes("# 여름 음료\n문의 010-1234-5678".encode("cp949"))
    (posts / "b.pdf").write_bytes(b"%PDF-1.7")
    told = flywheel("import", "posts", "--dry-run", "--json").json()
    assert (told["file"], told["accepted"], told["duplicates"], told["encoding"]) == ("posts", 1, 0, "cp949")
    assert (told["by_task_and_language"], told["masked"]) == ({"sns/ko": 1}, {"PHONE": 1})
    assert [(row["file"], row["row"]) for row in told["rejected"]] == [("sns/b.pdf", 1)]
    assert flywheel("status", "--json").json()["reviews"]["pending"] == 0
    shown = flywheel("import", "posts", "--dry-run").out
    assert all(word in shown for word in ("1 would be accepted", "sns/ko", "PHONE masked", "cp949", "sns/b.pdf"))
    assert flywheel("import", "posts", "--json").json() == {**told, "dry_run": False}
    assert flywheel("import", "posts", "--json").json()["duplicates"] == 1
    assert flywheel("status", "--json").json()["reviews"]["pending"] == 1


def test_given_names_and_words_that_would_steer_a_terminal_when_shown_then_they_are_only_read(
    flywheel: Flywheel, tmp_path: Path
) -> None:
    name = "[red]\x1b[2J\u202egpj.jsonl"
    bad = message_line("a", "b", task="[/bold]\x1b]0;x\x07" + "길" * 500)
    (tmp_path / name).write_text(bad * 30)
    ran = flywheel("import", name)
    assert ran.code == 0 and "[red]" in ran.out and "and 10 more" in ran.out and "[/bold]" in ran.out
    gone = flywheel("import", name.replace("gpj", "none"))
    assert gone.code == 1 and "[red]" in gone.err
    said = ran.out + ran.err + gone.out + gone.err
    assert "\x1b" not in said and "\u202e" not in said and "\x07" not in said and "길" * 100 not in said
