"""Files of past texts as people have them: good rows come in, bad ones are named with their line, fakes are refused."""

import gzip
import tracemalloc

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
    assert {row["file"] for row in report.rejected} == {"posts.csv"}
    assert [(r.proposed, r.task) for r in stored(sqlite_engine)] == [
        ("하나\n둘\n셋", "blog"),
        ('=HYPERLINK("http://x")', "sns"),
    ]


def test_given_a_quote_in_the_wrong_place_when_imported_then_its_row_alone_is_lost(
    sqlite_engine: Engine, house: House, write: Write
) -> None:
    body = 'a,하나\n"b"c,둘\nd,셋\n"e"f,"넷\n안의 줄, 쉼표까지\n끝"\ng,"다섯\n여섯"\n' + "h" * 2_000_001 + "\ni,일곱\n"
    report = import_file(sqlite_engine, write("posts.csv", "input,output\n" + body), house)
    assert [r.proposed for r in stored(sqlite_engine)] == ["하나", "셋", "다섯\n여섯", "일곱"]
    assert [(row["row"], row["reason"][:26]) for row in report.rejected] == [
        (3, "broken CSV up to line 3: '"),
        (5, "broken CSV up to line 7: '"),
        (10, "broken CSV up to line 10: "),
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp949", "utf-16", "utf-16-le", "utf-16-be"])
def test_given_file_as_an_office_program_saves_it_when_imported_then_the_texts_are_the_same(
    sqlite_engine: Engine, house: House, write: Write, encoding: str
) -> None:
    path = write("posts.csv", CSV.replace("\n", "\r\n").encode(encoding))
    report = import_file(sqlite_engine, path, house, task="sns")
    assert (counted(report), report.encoding) == ((2, 0, []), encoding)
    first, second = stored(sqlite_engine)
    assert (first.task, first.proposed.split()) == ("blog", ["안녕하세요", "가격", "3,000원"])
    assert (second.task, second.proposed) == ("sns", '따뜻한 "축제" 글')


@pytest.mark.parametrize("encoding", ["utf-8", "cp949"])
def test_given_a_row_with_bytes_of_another_encoding_when_imported_then_that_row_is_named_and_the_others_come_in(
    sqlite_engine: Engine, house: House, write: Write, encoding: str
) -> None:
    lines = [message_line(f"주제 {i}", f"글 {i}").encode(encoding) for i in range(4)]
    lines[2] = lines[2].replace("글".encode(encoding), b"\xff\x80")
    report = import_file(sqlite_engine, write("posts.jsonl", b"".join(lines)), house)
    assert (counted(report), report.encoding) == ((3, 0, [3]), encoding)
    assert "bytes of another encoding" in report.rejected[0]["reason"]
    assert [r.proposed for r in stored(sqlite_engine)] == ["글 0", "글 1", "글 3"]


def test_given_formulas_escapes_and_paths_when_imported_then_they_are_texts_like_any_other(
    sqlite_engine: Engine, house: House, write: Write
) -> None:
    texts = [
        "=CMD|' /C calc'!A0",
        "+1",
        "@SUM(A1)",
        "-2",
        "\x1b[2J\x07지움",
        "../../etc/passwd",
        "{{7*7}} ${HOME} $(id)",
    ]
    path = write("posts.jsonl", "".join(message_line(text, text) for text in texts))
    assert counted(import_file(sqlite_engine, path, house)) == (len(texts), 0, [])
    assert [r.proposed for r in stored(sqlite_engine)] == texts


WHOLE = {
    "empty.csv": (b"", "is empty"),
    "empty.jsonl": (b"\n \n", "is empty"),
    "columns.csv": (b"question,answer\na,b\n", "must name the columns input,output"),
    "twice.csv": (b"input,output,input\na,b,c\n", "must name the columns input,output"),
    "list.json": (b'[\n{"messages": []}]', "one JSON list"),
    "semicolons.csv": (b"input;output\na;b\n", "must name the columns input,output"),
    "packed.jsonl": (gzip.compress(b"{}"), "gzip archive; unpack it"),
    "sheet.csv": (b"PK\x03\x04rest", "save it as CSV"),
    "page.csv": (b"\n<!DOCTYPE html><html></html>", "is a web page"),
    "rich.csv": (b"{\\rtf1 input,output}", "rich text file"),
    "program.csv": (b"\x7fELF\x02\x01\x01\x00", "is no text file"),
    "windows.csv": (b"MZ\x90\x00\x03\x00\x00\x00" * 20, "is no text file"),
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


def test_given_a_file_far_larger_than_a_part_of_it_when_read_then_memory_holds_only_the_part(
    sqlite_engine: Engine, house: House, write: Write
) -> None:
    rows = "".join(message_line(f"주제 {i}", "글" * 30_000, task="none") for i in range(400))
    path = write("large.jsonl", rows)
    size = len(rows.encode())
    del rows
    tracemalloc.start()
    report = import_file(sqlite_engine, path, house)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(report.rejected) == 400
    assert most < size / 10
