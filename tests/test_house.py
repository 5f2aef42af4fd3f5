"""The style guide: the shipped one holds, a wrong one is refused with its line and key, and prompts are made from it."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from curation.guide import LANGUAGES
from curation.house import SHIPPED, House, load_house
from db.errors import SettingsError

TEXT = SHIPPED.read_text(encoding="utf-8")
Write = Callable[[bytes], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def made(content: bytes) -> Path:
        path = tmp_path / "mine.toml"
        path.write_bytes(content)
        return path

    return made


def line_with(text: str, start: str) -> int:
    return next(i for i, line in enumerate(text.splitlines(), 1) if line.startswith(start))


def test_given_shipped_guide_when_read_then_five_tasks_stand_in_both_languages(house: House) -> None:
    assert list(house.tasks) == ["blog", "persona", "reply", "proposal", "sns"]
    for name, task in house.tasks.items():
        assert {"topic", "audience", "points"} <= set(task.fields) and "length" in task.rules
        for language in LANGUAGES:
            assert len(task.long[language]) > 5 * len(task.short[language])
            assert task.name[language] and task.keywords[language]
            assert bool(task.platforms[language]) == (name == "sns")


@pytest.mark.parametrize("language", LANGUAGES)
def test_given_fields_when_prompted_then_one_labelled_line_each_in_the_order_of_the_guide(
    house: House, language: str
) -> None:
    fields = {"points": ["가격", "예약"], "audience": "직장인", "topic": "여름 음료", "tone": ""}
    for task in house.tasks:
        prompts = house.prompts(task, language, fields)
        labels = [house.guide.fields[name][language] for name in ("task", "topic", "audience", "points")]
        values = [house.tasks[task].name[language], "여름 음료", "직장인", "가격 / 예약"]
        for turns, system in ((prompts.short, house.tasks[task].short), (prompts.long, house.tasks[task].long)):
            assert [turn["role"] for turn in turns] == ["system", "user"]
            assert turns[0]["content"] == system[language].strip()
            lines = turns[1]["content"].splitlines()
            assert lines == [f"{label}: {value}" for label, value in zip(labels, values, strict=True)]


WRONG = {
    "unknown key": ("[brand]\n", '[brand]\ncolour = "red"\n', 'colour = "red"', "brand.colour"),
    "wrong type": ("count = 3\n", 'count = "three"\n', 'count = "three"', "rules.hashtags.count"),
    "missing language": (
        'tone = { ko = "차분하고 또렷한 습니다체", en = "calm, plain and formal" }',
        'tone = { ko = "습니다체" }',
        'tone = { ko = "습니다체" }',
        "brand.tone.en",
    ),
    "missing instruction": (
        'long.en = """\nYou are',
        'note.en = """\nYou are',
        "[tasks.blog]",
        "tasks.blog.long.en",
    ),
    "unknown kind": ('kind = "last_line"', 'kind = "lastline"', 'kind = "lastline"', "rules.sign_off.kind"),
    "rule that is not there": ('rules = ["greeting", "title"', 'rules = ["greting", "title"', "rules = [", "greting"),
    "field that is not there": ('fields = ["topic"', 'fields = ["topik"', 'fields = ["topik"', "topik"),
    "slot of no field": (
        'value = { ko = "{topic} 이야기를',
        'value = { ko = "{topik} 이야기를',
        'value = { ko = "{topik}',
        "rules.opener.value",
    ),
    "bad pattern": ('ko = "제목: .+"', 'ko = "제목: (.+"', "[rules.title]", "rules.title"),
    "value of another shape": (
        'value = ["topic", "audience"]',
        'value = { ko = "topic", en = "topic" }',
        "[rules.copies]",
        "rules.copies",
    ),
    "heading list half text": (
        'en = ["The question", "Key points", "Next step"]',
        'en = "The question"',
        'value = { ko = ["함께',
        "rules.headings.value.en",
    ),
    "headings in one language": (
        ', en = ["The question", "Key points", "Next step"]',
        "",
        "[rules.headings]",
        "rules.headings",
    ),
    "longest before shortest": (
        "{ ko = [150, 1200]",
        "{ ko = [1200, 150]",
        "length = { ko = [1200, 150]",
        "tasks.reply.length",
    ),
}


@pytest.mark.parametrize("mistake", WRONG)
def test_given_wrong_guide_when_read_then_error_names_file_line_and_key(write: Write, mistake: str) -> None:
    old, new, start, key = WRONG[mistake]
    assert old in TEXT
    text = TEXT.replace(old, new, 1)
    with pytest.raises(SettingsError) as error:
        load_house(write(text.encode()))
    said = str(error.value)
    assert "mine.toml" in said and key in said and said.endswith("Correct it there.")
    assert f"line {line_with(text, start)}:" in said


def test_given_text_block_with_lines_like_tables_and_keys_when_wrong_below_then_line_is_still_right(
    write: Write,
) -> None:
    text = TEXT.replace('long.ko = """\n', 'long.ko = """\n[rules.greeting]\ncount = 1\n', 1)
    text = text.replace('platforms = { ko = ["인스타그램"', 'platforms = { kr = ["인스타그램"')
    with pytest.raises(SettingsError, match=rf"line {line_with(text, 'platforms')}: tasks\.sns\.platforms\.kr"):
        load_house(write(text.encode()))


@pytest.mark.parametrize("broken", ['name = { ko = "온빛기획" en = "x" }', "name = 온빛", 'name = "x"\nname = "y"'])
def test_given_no_toml_when_read_then_error_names_the_line(write: Write, broken: str) -> None:
    with pytest.raises(SettingsError, match=rf"mine\.toml: not valid TOML: .*line {3 + broken.count(chr(10))}"):
        load_house(write(f"# mine\n[brand]\n{broken}\n[terms]\n".encode()))


def test_given_no_readable_file_when_loaded_then_sentence_says_what_to_do(write: Write, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"nowhere\.toml does not exist\. Set FLYWHEEL_HOUSE"):
        load_house(tmp_path / "nowhere.toml")
    with pytest.raises(SettingsError, match="can't be read"):
        load_house(tmp_path)
    with pytest.raises(SettingsError, match=r"not UTF-8 text\. Save it as UTF-8"):
        load_house(write(TEXT.encode("cp949", "ignore")))


def test_given_guide_saved_with_bom_and_windows_lines_when_read_then_it_is_the_same(write: Write, house: House) -> None:
    assert load_house(write(b"\xef\xbb\xbf" + TEXT.replace("\n", "\r\n").encode())).guide == house.guide


def test_given_several_guides_when_loaded_then_argument_beats_setting_beats_folder_beats_shipped(
    write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def named(brand: str) -> bytes:
        return re.sub(r'(?m)^name = \{ ko = "온빛기획"', f'name = {{ ko = "{brand}"', TEXT, count=1).encode()

    given = write(named("하나"))
    (tmp_path / "set.toml").write_bytes(named("둘"))
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("FLYWHEEL_HOUSE", raising=False)
    assert load_house().guide.brand.name.ko == "온빛기획"
    (tmp_path / "house.toml").write_bytes(named("셋"))
    assert load_house().guide.brand.name.ko == "셋"
    monkeypatch.setenv("FLYWHEEL_HOUSE", str(tmp_path / "set.toml"))
    assert load_house().guide.brand.name.ko == "둘"
    assert load_house(given).guide.brand.name.ko == "하나"
