"""A person's message in, the text it brings out: its words as Markdown, or what stands in the file attached to it."""

import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlparse

import httpx
from slack_sdk import WebClient

from bot.text import plain
from curation.documents import LARGEST, TEXTS, WORD, Unreadable, text_of

Json = dict[str, Any]
FETCHING = 2.0  # seconds; whoever pressed waits for the ack
SUFFIX = {"text": ".txt", "markdown": ".md", "docx": WORD}  # of snippets, which have no name with an ending
MARKS = {"code": "`", "strike": "~~", "italic": "_", "bold": "**"}  # from the inside out


def brought(client: WebClient, message: Json) -> tuple[str, str]:
    """The text of a message and its way, "reply" or "file". Errors: Unreadable, "away" if it could not be fetched in time."""
    files = [file for file in message.get("files") or [] if isinstance(file, dict)]
    if not files:
        return words(message), "reply"
    file = next((file for file in files if name_of(file).lower().endswith((*TEXTS, WORD))), files[0])
    return text_of(name_of(file), fetched(client, file)), "file"


def name_of(file: Json) -> str:
    name = str(file.get("name") or file.get("title") or "")
    return name if "." in name else name + SUFFIX.get(str(file.get("filetype")), "")


def fetched(client: WebClient, file: Json) -> bytes:
    """The bytes of a file in Slack. Our token goes to Slack alone. Errors: Unreadable."""
    name, url = name_of(file), str(file.get("url_private_download") or "")
    if not name.lower().endswith((*TEXTS, WORD)) or file.get("is_external") or not ours(client, url):
        raise Unreadable("kind", name)
    if int(file.get("size") or 0) > LARGEST:
        raise Unreadable("large", name)
    until, raw = time.monotonic() + FETCHING, bytearray()
    headers = {"Authorization": f"Bearer {client.token}"}
    way: Json = {"headers": headers, "timeout": FETCHING, "follow_redirects": True}
    try:
        with httpx.stream("GET", url, proxy=client.proxy, **way) as answer:
            answer.raise_for_status()
            for piece in answer.iter_bytes():
                raw += piece
                if len(raw) > LARGEST:
                    raise Unreadable("large", name)
                if time.monotonic() > until:
                    raise Unreadable("away", name)
    except httpx.HTTPError as error:
        raise Unreadable("away", name) from error
    return bytes(raw)


def ours(client: WebClient, url: str) -> bool:
    """Whether an address is Slack's (or of the Slack we are told to use)."""
    there, api = urlparse(url), urlparse(client.base_url)
    if (there.scheme, there.netloc) == (api.scheme, api.netloc):
        return True
    return there.scheme == "https" and (there.hostname or "").endswith(".slack.com")


def words(message: Json) -> str:
    """A message as Markdown. Its plain text has lost what kind of list stood there; its rich text knows."""
    rich = [block for block in message.get("blocks") or [] if block.get("type") == "rich_text"]
    if not rich:
        return plain(str(message.get("text", "")))
    out = ""
    for piece in (piece for block in rich for element in block["elements"] for piece in markdown(element)):
        out += piece if not out or out.endswith("\n") else f"\n{piece}"
    return out.strip()


def markdown(element: Json) -> Iterator[str]:
    """One part of a rich text: a paragraph, a quote, code, or each line of a list."""
    parts = element.get("elements", [])
    match element.get("type"):
        case "rich_text_list":
            indent, first = "  " * int(element.get("indent") or 0), int(element.get("offset") or 0) + 1
            for number, item in enumerate(parts, first):
                mark = f"{number}." if element.get("style") == "ordered" else "-"
                yield f"{indent}{mark} {inline(item.get('elements', []))}"
        case "rich_text_preformatted":
            yield f"```\n{inline(parts)}\n```"
        case "rich_text_quote":
            yield "\n".join(f"> {line}" for line in inline(parts).split("\n"))
        case _:
            yield inline(parts)


def inline(parts: list[Json]) -> str:
    return "".join(spelled(part) for part in parts)


def spelled(part: Json) -> str:
    """A run of text with its marks; nobody is named."""
    text = str(part.get("text") or "")
    match part.get("type"):
        case "text":
            core = text.strip()
            for mark in (sign for style, sign in MARKS.items() if (part.get("style") or {}).get(style) and core):
                core = f"{mark}{core}{mark}"
            return text.replace(text.strip(), core, 1) if core else text
        case "link":
            url = str(part.get("url", "")).removeprefix("mailto:")
            return f"[{text}]({url})" if text and not url.rstrip("/").endswith(text.rstrip("/")) else text or url
        case "emoji":
            codes = str(part.get("unicode") or "")
            return "".join(chr(int(c, 16)) for c in codes.split("-")) if codes else f":{part.get('name')}:"
        case "date":
            return str(part.get("fallback") or "")
        case _:
            return ""
