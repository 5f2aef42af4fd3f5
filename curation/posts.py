"""A folder of posts in (Markdown, text, HTML, Word), a row for each out: its title asks, its text answers.

Only plain files inside the folder are read: links are named and not followed, hidden files are passed over.
"""

import os
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import yaml

from curation.asking import language_of
from curation.documents import LARGEST, PAGES, TEXTS, WORD, Unreadable, checked, plain, word
from curation.files import Row, Source, filled, quoted
from curation.house import House
from curation.webpage import title_and_text
from db.errors import InputError

FRONT = re.compile(r"---[ \t]*\n(?P<yaml>.*?\n)??---[ \t]*(?:\n|\Z)", re.DOTALL)
HASHES, UNDERLINE = re.compile(r"#{1,6}[ \t]+"), re.compile(r"(?:=+|-{3,})[ \t]*")
LANGUAGE = re.compile(r"(?P<code>ko|en)(?:rean|glish)?(?:[-_]\w+)*", re.IGNORECASE)
SAID = {"title": ("title", "제목"), "task": ("task", "작업"), "language": ("language", "lang", "언어")}
WHY = {
    "kind": "a post is .md, .txt, .html or .docx; bring a table in by itself",
    "large": f"larger than {LARGEST // 1024 // 1024} MB",
    "not_text": "no text in a known encoding, whatever its name says; save it as UTF-8",
    "not_word": "no Word document, whatever its name says",
    "empty": "there is no text in it",
    "long": "too long for one text",
}


@dataclass(frozen=True)
class Post:
    """What stands in a post, and what it says of itself; `encoding` is empty where its format fixes it."""

    text: str
    title: str = ""
    task: str = ""
    language: str = ""
    encoding: str = ""


def read_posts(folder: Path, house: House) -> Source:
    """A row for each file in a folder and its subfolders. Errors: InputError if there is none, or a folder can't be read."""
    files = sorted(files_in(folder))
    if not files:
        raise InputError(f"There are no posts in {folder}. They should end in .md, .txt, .html or .docx.")
    if any(path.suffix == ".parquet" for path in files):
        raise InputError(f"{folder} is a dataset for model hubs. Import JSONL or CSV, or a folder of posts alone.")
    encodings = Counter[str]()
    return Source(_rows(folder, files, names_of_tasks(house), encodings), len(files), encodings)


def files_in(folder: Path) -> Iterator[Path]:
    """All that is not hidden; a link to a folder counts as a file."""

    def refuse(error: OSError) -> None:
        raise InputError(f"{error.filename} can't be read ({error.strerror}). Check its rights.")

    for here, folders, names in os.walk(folder, onerror=refuse):
        names += [name for name in folders if Path(here, name).is_symlink()]
        folders[:] = [name for name in folders if not name.startswith(".")]
        yield from (Path(here, name) for name in names if not name.startswith((".", "~$")))  # Word's own lock: ~$


def names_of_tasks(house: House) -> dict[str, str]:
    """Tasks by what people may call them."""
    called = {
        task: [task, *kind.name.model_dump().values(), *kind.keywords.ko, *kind.keywords.en]
        for task, kind in house.tasks.items()
    }
    return {name.casefold(): task for task, names in called.items() for name in names}


def _rows(folder: Path, files: list[Path], tasks: Mapping[str, str], encodings: Counter[str]) -> Iterator[Row]:
    for path in files:
        inside = path.relative_to(folder)
        row = Row(spelled(inside.as_posix()), 1)
        try:
            post = read(path)
            encodings.update([post.encoding] if post.encoding else [])
            yield filled(_asked(row, post, inside, tasks))
        except OSError as error:
            yield replace(row, reason=f"can't be read ({error.strerror})")
        except InputError as error:
            yield replace(row, reason=WHY[error.why] if isinstance(error, Unreadable) else str(error))


def _asked(row: Row, post: Post, inside: Path, tasks: Mapping[str, str]) -> Row:
    """The task is what the post says, else the nearest folder called like one. Errors: InputError for other languages."""
    language = LANGUAGE.fullmatch(post.language or language_of(post.text))
    if language is None:
        raise InputError(f"unknown language {quoted(post.language)}; use ko or en")
    folders = [spelled(name).casefold() for name in reversed(inside.parts[:-1])]
    task = tasks.get(post.task.casefold(), post.task) or next((tasks[name] for name in folders if name in tasks), None)
    title = post.title or re.sub(r"[\s_-]+", " ", spelled(inside.stem)).strip()
    return replace(row, request=title, answer=post.text, task=task, language=language["code"].lower())


def spelled(name: str) -> str:
    """A file's name as people type it: some systems take the letters of Hangul apart, or hold bytes that are no text."""
    return unicodedata.normalize("NFC", name.encode(errors="replace").decode())


def read(path: Path) -> Post:
    """What stands in one file. Errors: InputError, Unreadable, OSError."""
    if path.is_symlink():
        raise InputError("a link, and links are not followed")
    if not path.is_file():
        raise InputError("no plain file")
    name, kind = path.name, path.suffix.lower()
    with path.open("rb") as file:
        raw = file.read(LARGEST + 1)
    if kind == WORD:
        return headed(checked(name, word(name, raw)), Post(""))
    if kind not in (*TEXTS, *PAGES):
        raise Unreadable("kind", name)
    source, encoding = plain(name, raw)
    if kind in PAGES:
        title, text = title_and_text(source)
        return Post(checked(name, text), title, encoding=encoding)
    return headed(*fronted(checked(name, source), encoding))


def fronted(text: str, encoding: str) -> tuple[str, Post]:
    """The text below its front matter, and what that says. Errors: InputError if it is no YAML."""
    found = FRONT.match(text)
    try:
        # BaseLoader makes nothing but strings, lists and tables of what stands there.
        said = yaml.load(found["yaml"] or "", Loader=yaml.BaseLoader) if found else None
    except (yaml.YAMLError, RecursionError) as error:
        raise InputError("the lines between --- and --- at the top are no YAML") from error
    if found is None or not isinstance(said, dict):
        return text, Post("", encoding=encoding)
    values = {
        field: next((v for name in names if isinstance(v := said.get(name), str)), "") for field, names in SAID.items()
    }
    return text[found.end() :], Post("", encoding=encoding, **values)


def headed(text: str, post: Post) -> Post:
    """The post with its text; a heading in its first line is its title, unless that is known to be another."""
    first, _, rest = text.strip().partition("\n")
    below, _, after = rest.partition("\n")
    title = ""
    if hashes := HASHES.match(first):
        title = first[hashes.end() :].strip().rstrip("#").strip()
    elif UNDERLINE.fullmatch(below):
        title, rest = first.strip(), after
    if not title or post.title not in ("", title):
        return replace(post, text=text.strip())
    return replace(post, text=rest.strip(), title=title)
