"""The HTML of a saved page in, its title and its text as Markdown out; nothing is fetched and no script is run."""

import re
from itertools import chain

from bs4 import BeautifulSoup
from bs4.element import NavigableString, Tag

MARKUP = re.compile(r"<[a-z!/?]", re.IGNORECASE)
ASIDE = {"script", "style", "noscript", "template", "title", "nav", "header", "footer", "aside", "button", "iframe"}
ASIDE |= {"object", "svg", "select", "textarea"}
BLOCKS = {
    "p",
    "div",
    "section",
    "article",
    "main",
    "ul",
    "ol",
    "table",
    "blockquote",
    "pre",
    "figure",
    "dl",
    "dt",
    "dd",
}
BEFORE = dict.fromkeys(BLOCKS, "\n\n") | {f"h{level}": f"\n\n{'#' * level} " for level in range(1, 7)}
BEFORE |= {"li": "\n- ", "br": "\n", "hr": "\n\n", "tr": "\n", "td": "| ", "th": "| "}
AFTER = dict.fromkeys([*BLOCKS, "h1", "h2", "h3", "h4", "h5", "h6"], "\n\n") | {"tr": "|", "td": " ", "th": " "}


def title_and_text(html: str) -> tuple[str, str]:
    """The first heading (else the page's <title>, else empty), and the text of its article, main part or body.

    Both are empty if there is no markup at all.
    """
    if not MARKUP.search(html):
        return "", ""
    page = BeautifulSoup(html, "lxml")
    root = page.find("article") or page.find("main") or page.body or page
    heading = root.find("h1")
    named = heading or page.title
    return " ".join(named.get_text().split()) if named else "", written(root, heading)


def written(root: Tag, but: Tag | None) -> str:
    """Markdown of an element without one in it. In one pass over the tree, since large pages are deep and wide."""
    out: list[str] = []
    inside, hidden, kept = [root], 0, 0  # open elements; how many of them are not shown; how many keep their spaces
    for node in chain(root.descendants, [root]):  # the root once more: what is open then is closed
        while len(inside) > 1 and inside[-1] is not node.parent:
            closed = inside.pop()
            hidden, kept = hidden - _unseen(closed, but), kept - (closed.name == "pre")
            out.append("" if hidden else AFTER.get(closed.name, ""))
        if isinstance(node, Tag) and node is not root:
            inside.append(node)
            hidden, kept = hidden + _unseen(node, but), kept + (node.name == "pre")
            out.append("" if hidden else _mark(node))
        elif type(node) is NavigableString and not hidden:  # not a comment, which is one of its kinds
            out.append(node if kept else re.sub(r"\s+", " ", node))
    lines = "\n".join(line.strip() for line in "".join(out).split("\n"))
    lines = re.sub(r"(?m)^(-|1\.|#{1,6})\n+(?=\S)", r"\1 ", lines)  # a paragraph inside a list's item
    return re.sub(r"\n{3,}", "\n\n", lines).strip()


def _unseen(tag: Tag, but: Tag | None) -> bool:
    return tag.name in ASIDE or tag is but


def _mark(tag: Tag) -> str:
    if tag.name == "li" and tag.parent is not None and tag.parent.name == "ol":
        return "\n1. "
    return BEFORE.get(tag.name, "")
