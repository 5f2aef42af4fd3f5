"""Files of past texts as people have them: good rows come in, bad ones are named with their line, fakes are refused."""

import gzip

import pytest
from sqlalchemy import Engine

from curation.house import House
from curation.importers import import_file
from db.errors import InputError
from tests.test_importers import Write, counted, message_line, stored, write

__all__ = ["write"]

CSV = 'input,output,task\n"여름 음료, 직장인 대상","안녕하세요\n가격 3,000원",blog\n겨울 축제,"따뜻한 ""축제"" 글",\n'

BAD_LINES = [
    ("{bad", "not valid JSON"),
    ("[" * 100_000, "not usable JSON"),
    ('{"text": "x"}', '"messages"'),
    ('{"messages": [{"role": "user", "content": "x"}]}', "must end with a user turn"),
    ('{"messages": [{"role": "bot", "content": "x"}]}', "unknown role 'bot'"),
    ('{"messages": [{"role": "user", "content": ["x"]}]}', 'a text in "content"'),
    (message_line("x", " ").strip(), "is empty"),
    (message_line("x", "y", task="press").strip(), "unknown task 'press'"),
    (message_line("x", "y", task=7).strip(), "name of a task"),
    (message_line("x", "y" * 100_001).strip(), "longer than 100,000"),
    ('{"messages":[{"role":"user","content":"a\\ud800"},{"role":"assistant","content":"b"}]}', "half a character"),
]


def test_given_malformed_rows_when_imported_then_each_is_named_and_the_good_ones_between_are_kept(
    engine: Engine, house: House, write: Write
) -> None:
    lines = [
        part for i, (bad, _) in enumerate(BAD_LINES) for part in (bad + "\n", message_line(f"주제 {i}", f"글 {i}"))
    ]
    report = import_file(engine, write("mixed.jsonl", "\n" + "".join(lines)), house)
    assert counted(report) == (len(BAD_LINES), 0, [2 + 2 * i for i in range(len(BAD_LINES))])
    for row, (_, reason) in zip(report.rejected, BAD_LINES, strict=True):
        assert reason in row["reason"]
    assert [r.proposed for r in stored(engine)] == [f"글 {i}" for i in range(len(BAD_LINES))]


def test_given_csv_with_line_breaks_in_cells_when_imported_then_rows_are_named_by_physical_line(
    sqlite_engine: Engine, house: House, write: Write
) -> None:
    body = (
        'a,"하나\n둘\n셋",blog\nb,c\n\n,"빈 요청",\nd,'
        + "x" * 100_001
        + ',\n"e","=HYPERLINK(""http://x"")",sns\n"f,g\n'
    )
    report = import_file(sqlite_engine, write("posts.csv", "Input , OUTPUT,task\n" + body), house)
    assert [(row["row"], row["reason"][:14]) for row in report.rejected] == [
        (5, "has 2 cells wh"),
        (7, "the request or"),
        (8, "longer than 10"),
        (10, "broken CSV fro"),
    ]
    assert [(r.proposed, r.task) for r in stored(sqlite_engine)] == [
        ("하나\n둘\n셋", "blog"),
        ('=HYPERLINK("http://x")', "sns"),
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp949", "utf-16"])
def test_given_file_as_an_office_program_saves_it_when_imported_then_the_texts_are_the_same(
    sqlite_engine: Engine, house: House, write: Write, encoding: str
) -> None:
    path = write("posts.csv", CSV.replace("\n", "\r\n").encode(encoding))
    assert counted(import_file(sqlite_engine, path, house, task="sns")) == (2, 0, [])
    first, second = stored(sqlite_engine)
    assert (first.task, first.proposed.split()) == ("blog", ["안녕하세요", "가격", "3,000원"])
    assert (second.task, second.proposed) == ("sns", '따뜻한 "축제" 글')


WHOLE = {
    "empty.csv": (b"", "is empty"),
    "empty.jsonl": (b"\n \n", "is empty"),
    "columns.csv": (b"question,answer\na,b\n", "must name the columns input,output"),
    "semicolons.csv": (b"input;output\na;b\n", "must name the columns input,output"),
    "packed.jsonl": (gzip.compress(b"{}"), "gzip archive; unpack it"),
    "sheet.csv": (b"PK\x03\x04rest", "save it as CSV"),
    "page.csv": (b"\n<!DOCTYPE html><html></html>", "is a web page"),
    "picture.jsonl": (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "is no text file"),
    "noise.csv": (bytes(range(255, 0, -1)) * 9, r"encoding .* could not be told\. Save it as UTF-8"),
    "posts.txt": (b"input,output\na,b\n", r"should end in \.jsonl or \.csv"),
}


@pytest.mark.parametrize("name", WHOLE)
def test_given_file_that_is_not_what_its_name_says_when_imported_then_refused_whole_in_one_sentence(
    sqlite_engine: Engine, house: House, write: Write, name: str
) -> None:
    content, sentence = WHOLE[name]
    with pytest.raises(InputError, match=sentence) as error:
        import_file(sqlite_engine, write(name, content), house)
    assert str(error.value).startswith(name) or name in str(error.value)
    assert stored(sqlite_engine) == []
