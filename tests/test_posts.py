"""A folder of posts as agencies have them: title and text of each come in, whatever else lies there is named or passed over."""

import io
import os
import unicodedata
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine

from curation.house import House
from curation.importers import ImportReport, import_file
from curation.webpage import title_and_text
from db.errors import InputError
from tests.test_documents import bomb, word
from tests.test_importers import stored

BODY = "시원한 음료를 준비했습니다.\n\n- 오전 8시 개점"
Folder = Callable[[dict[str, bytes | str]], Path]


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    def made(files: dict[str, bytes | str]) -> Path:
        for name, content in files.items():
            path = tmp_path / "글 모음" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.encode() if isinstance(content, str) else content)
        return tmp_path / "글 모음"

    return made


def refused(report: ImportReport) -> dict[str, str]:
    return {row["file"]: row["reason"] for row in report.rejected}


PAGE = """<!DOCTYPE html><html><head><title>겨울 축제 | 온빛기획</title><style>p {}</style></head><body>
<nav>메뉴</nav><article><h1>겨울  <b>축제</b></h1><p>12월에 <b>열립</b>니다.<br>오세요 &amp; 즐기세요</p><!-- 지움 -->
<h2>시간</h2><ol><li><p>아침</p></li><li>저녁</li></ol><table><tr><td>가</td><td>나</td></tr></table></article>
<script>document.write("x")</script><footer>ⓒ</footer></body></html>"""
KINDS: dict[str, tuple[bytes | str, str, str]] = {
    "heading.md": (f"# 여름 음료 #\n\n{BODY}\n", "여름 음료", BODY),
    "underlined.markdown": (f"여름 음료\n=====\n\n{BODY}", "여름 음료", BODY),
    "front.md": (
        f"---\ntitle: 2024\ndate: 2024-13-45\ntags: [a, b]\n---\n\n# 소제목\n{BODY}",
        "2024",
        f"# 소제목\n{BODY}",
    ),
    "twice.md": (f'---\r\n제목: "여름: 음료"\r\n---\r\n# 여름: 음료\r\n{BODY}', "여름: 음료", BODY),
    "rule.md": (f"---\n\n{BODY}\n\n---\n", "rule", f"---\n\n{BODY}\n\n---"),
    "2024_여름-음료.txt": (BODY.encode("cp949"), "2024 여름 음료", BODY),
    unicodedata.normalize("NFD", "가을.txt"): (BODY, "가을", BODY),
    "page.html": (
        PAGE,
        "겨울 축제",
        "12월에 열립니다.\n오세요 & 즐기세요\n\n## 시간\n\n1. 아침\n\n1. 저녁\n\n| 가 | 나 |",
    ),
    "piece.htm": ("<h2>소제목</h2><p>글</p>".encode("utf-16"), "piece", "## 소제목\n\n글"),
    "titled.docx": (
        word(("여름 음료", "Title"), ("시원합니다.", ""), ("소제목", "Heading 2")),
        "여름 음료",
        "시원합니다.\n\n## 소제목",
    ),
    "bare.docx": (word(("시원합니다.", "")), "bare", "시원합니다."),
}


@pytest.mark.parametrize("name", KINDS)
def test_given_a_post_of_any_kind_when_imported_then_its_title_is_the_topic_and_its_body_the_text(
    sqlite_engine: Engine, house: House, folder: Folder, name: str
) -> None:
    content, title, text = KINDS[name]
    report = import_file(sqlite_engine, folder({name: content}), house)
    assert (report.accepted, report.rejected) == (1, [])
    [review] = stored(sqlite_engine)
    assert (review.fields, review.proposed) == ({"topic": title}, text)
    assert (review.language, review.origin, review.state) == ("ko", "human", "pending")
    prompts = house.prompts(review.task, "ko", {"topic": title})
    assert (review.short_prompt, review.long_prompt) == (prompts.short, prompts.long)


def test_given_posts_that_say_their_task_or_language_when_imported_then_that_counts_before_folder_and_option(
    sqlite_engine: Engine, house: House, folder: Folder
) -> None:
    english = "We are open from eight."
    posts = folder(
        {
            "a.md": f"# 하나\n{BODY}",
            "b.md": f"---\ntask: 블로그 글\nlanguage: en-US\n---\n# 둘\n{BODY}",
            "SNS/c.md": f"# Summer\n{english}",
            "블로그/2024/d.md": f"# 제안서 쓰는 법\n{BODY}",
            "블로그/e.md": f"---\ntask: reply\n---\n# 다섯\n{BODY}",
            "f.md": "---\ntask: ../../etc\n---\n# 여섯\n글",
            "g.md": "---\nlang: klingon\n---\n# 일곱\n글",
            "h.md": "---\n[a: b: c\n---\n# 여덟\n글",
        }
    )
    report = import_file(sqlite_engine, posts, house, task="persona")
    assert {r.fields["topic"]: (r.task, r.language) for r in stored(sqlite_engine)} == {
        "하나": ("persona", "ko"),
        "둘": ("blog", "en"),
        "Summer": ("sns", "en"),
        "제안서 쓰는 법": ("blog", "ko"),
        "다섯": ("reply", "ko"),
    }
    assert report.by_task_and_language == {"blog/en": 1, "blog/ko": 1, "persona/ko": 1, "reply/ko": 1, "sns/en": 1}
    assert [reason[:16] for reason in refused(report).values()] == [
        "unknown task '..",
        "unknown language",
        "the lines betwee",
    ]
    import_file(sqlite_engine, folder({"i.md": f"# 가을 축제 제안서\n{BODY}"}), house)
    assert stored(sqlite_engine)[-1].task == "proposal"


def test_given_links_hidden_files_and_fakes_when_imported_then_none_is_followed_and_each_is_named(
    sqlite_engine: Engine, house: House, folder: Folder, tmp_path: Path
) -> None:
    posts = folder(
        {
            "good.md": f"# 제목\n{BODY}",
            ".hidden.md": "# 비밀\n비밀",
            ".git/x.md": "# 비밀\n비밀",
            "~$good.docx": b"lock",
            "bomb.docx": bomb(),
            "fake.docx": b"MZ\x90\x00",
            "fake.md": b"%PDF-1.7",
            "page.md": PAGE,
            "fake.html": b"\x89PNG\r\n",
            "bare.html": "표식이 없는 글",
            "endless.html": "<!--" * 200_000,
            "empty.md": "# 제목뿐",
            "table.csv": "input,output\na,b\n",
            "zero.md": "# 제목\n글\0자",
            "[red]\x1b[2J.md": b"\xff\xff",
        }
    )
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "secret.md").write_text("# 밖\n밖의 글")
    (posts / "link.md").symlink_to(tmp_path / "outside" / "secret.md")
    (posts / "linked").symlink_to(tmp_path / "outside", target_is_directory=True)
    (posts / "loop").symlink_to(posts, target_is_directory=True)
    os.mkfifo(posts / "pipe.md")
    report = import_file(sqlite_engine, posts, house)
    assert [r.proposed for r in stored(sqlite_engine)] == [BODY]
    assert {name: reason[:12] for name, reason in refused(report).items()} == {
        "[red]\x1b[2J.md": "no text in a",
        "bare.html": "there is no ",
        "bomb.docx": "larger than ",
        "empty.md": "the request ",
        "endless.html": "there is no ",
        "fake.docx": "no Word docu",
        "fake.html": "no text in a",
        "fake.md": "no text in a",
        "link.md": "a link, and ",
        "linked": "a link, and ",
        "loop": "a link, and ",
        "page.md": "no text in a",
        "pipe.md": "no plain fil",
        "table.csv": "a post is .m",
        "zero.md": "no text in a",
    }


def test_given_a_folder_when_imported_again_moved_or_empty_then_nothing_is_added(
    sqlite_engine: Engine, house: House, folder: Folder
) -> None:
    posts = folder({"a.md": f"# 하나\n{BODY}", "sub/b.txt": BODY.encode("cp949"), "sub/c.docx": word(("글", ""))})
    report = import_file(sqlite_engine, posts, house, approved=True)
    assert (report.accepted, report.encoding, report.file) == (3, "cp949, utf-8", "글 모음")
    (posts / "a.md").rename(posts / "sub" / "z.md")
    again = import_file(sqlite_engine, posts, house)
    assert (again.accepted, again.duplicates) == (0, 3)
    (posts / "empty").mkdir()
    with pytest.raises(InputError, match="There are no posts in"):
        import_file(sqlite_engine, posts / "empty", house)
    hub = folder({"hub/README.md": "---\nconfigs: []\n---\n# texts\n글", "hub/data/sft-train.parquet": b"PAR1"}) / "hub"
    with pytest.raises(InputError, match="a dataset for model hubs"):
        import_file(sqlite_engine, hub, house)
    assert len(stored(sqlite_engine)) == 3


def test_given_a_damaged_word_file_when_read_then_it_is_refused_and_no_error_of_a_library_comes_through(
    sqlite_engine: Engine, house: House, folder: Folder
) -> None:
    whole = word(("제목", "Title"), ("글", ""))
    files: dict[str, bytes | str] = {f"cut{n}.docx": whole[:n] for n in range(0, len(whole), 4000)}
    for name in zipfile.ZipFile(io.BytesIO(whole)).namelist():
        out = io.BytesIO()
        with zipfile.ZipFile(io.BytesIO(whole)) as old, zipfile.ZipFile(out, "w") as new:
            for part in old.namelist():
                if part != name:
                    new.writestr(part, old.read(part))
        files[f"without-{name.replace('/', '-')}.docx"] = out.getvalue()
    damaged = bytearray(whole)
    damaged[len(whole) // 3 :: 997] = bytes(len(damaged[len(whole) // 3 :: 997]))
    files["damaged.docx"] = bytes(damaged)
    report = import_file(sqlite_engine, folder(files), house, dry_run=True)
    assert report.accepted + report.duplicates + len(report.rejected) == len(files)
    assert set(refused(report).values()) <= {"no Word document, whatever its name says", "there is no text in it"}


VISIBLE = st.characters(exclude_categories=["C"], exclude_characters="<>&")


@given(st.lists(st.text(VISIBLE, min_size=1), min_size=1, max_size=5))
def test_given_any_paragraphs_when_read_from_a_page_then_their_words_come_out_in_order(texts: list[str]) -> None:
    page = "<html><body>" + "".join(f"<div><p>{text}</p></div>" for text in texts) + "</body></html>"
    assert title_and_text(page)[1].split() == [word for text in texts for word in text.split()]
