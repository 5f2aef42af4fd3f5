"""Files as people attach them: the text in them, whatever their encoding, or a clear word that there is none."""

import io
import zipfile

import pytest
from docx import Document

from curation.documents import LARGEST, Unreadable, text_of

TEXT = "# 여름 음료\n\n- 오전 8시 개점\n\n시원한 “음료”를 알립니다."


def word(*paragraphs: tuple[str, str]) -> bytes:
    made = Document()
    for text, style in paragraphs:
        made.add_paragraph(text, style=style or None)
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp949", "utf-16"])
@pytest.mark.parametrize("name", ["글.md", "TEXT.TXT"])
def test_given_a_text_file_of_any_encoding_when_read_then_it_is_the_text(name: str, encoding: str) -> None:
    assert text_of(name, TEXT.replace("\n", "\r\n").encode(encoding)) == TEXT


def test_given_a_word_file_when_read_then_headings_lists_and_tables_are_markdown() -> None:
    made = Document(io.BytesIO(word(("여름 음료", "Heading 2"), ("오전 8시", "List Bullet"), ("할인", "List Bullet"))))
    made.add_paragraph("끝까지\n시원하게")
    cells = made.add_table(2, 2).rows
    for row, texts in zip(cells, (("메뉴", "값"), ("차", "5,000원")), strict=True):
        for cell, text in zip(row.cells, texts, strict=True):
            cell.text = text
    out = io.BytesIO()
    made.save(out)
    expected = (
        "## 여름 음료\n\n- 오전 8시\n- 할인\n\n끝까지\n시원하게\n\n| 메뉴 | 값 |\n| --- | --- |\n| 차 | 5,000원 |"
    )
    assert text_of("글.docx", out.getvalue()) == expected


def test_given_markdown_pasted_into_word_when_read_then_it_comes_back_line_by_line() -> None:
    assert text_of("글.docx", word(*((line, "") for line in TEXT.split("\n")))) == TEXT


def bomb() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", b"0" * (30 * 1024 * 1024))
    return out.getvalue()


@pytest.mark.parametrize(
    ("name", "raw", "why"),
    [
        ("글.pdf", b"%PDF-1.7", "kind"),
        ("글", b"text", "kind"),
        ("글.txt", b"%PDF-1.7 ...", "not_text"),
        ("글.md", word(("글", "")), "not_text"),
        ("글.md", b"\n<!DOCTYPE html><html>sign in</html>", "not_text"),
        ("글.txt", b"MZ\x00\x01\x02\x00\x00", "not_text"),
        ("글.docx", b"only text", "not_word"),
        ("글.docx", b"PK\x03\x04 broken", "not_word"),
        ("글.docx", bomb(), "large"),
        ("글.docx", word(("", "")), "empty"),
        ("글.md", b" \n\t ", "empty"),
        ("글.txt", b"x" * (LARGEST + 1), "large"),
        ("글.txt", b"x" * 100_001, "long"),
    ],
)
def test_given_a_file_that_gives_no_text_when_read_then_why_is_said(name: str, raw: bytes, why: str) -> None:
    with pytest.raises(Unreadable) as refused:
        text_of(name, raw)
    assert refused.value.why == why
