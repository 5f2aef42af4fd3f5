"""A record's fields and a query in, whether it is found out: every word (a "quoted phrase", a prefix*) occurs, no -word does.

No stemming and no order of relevance, unlike Elasticsearch.
"""

import hashlib
import json
import re
from collections.abc import Iterator
from typing import Any

_TERM = re.compile(r'(-?)(?:"([^"]+)"|(\S+))')


def text_match(fields: str, field: str | None, query: str) -> bool:
    """SQL function. `fields`: the record's, as JSON; `field`: the one to look at, or None for all."""
    told = json.loads(fields or "{}")
    text = "\n".join(_texts(told.get(field) if field else told)).casefold()
    return all(_occurs(text, phrase, word) != bool(minus) for minus, phrase, word in _TERM.findall(query.casefold()))


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            yield from _texts(part)


def _occurs(text: str, phrase: str, word: str) -> bool:
    if phrase:
        return phrase in text
    stem = re.escape(word.rstrip("*").strip('"'))
    return re.search(rf"(?<!\w){stem}" + ("" if word.endswith("*") else r"(?!\w)"), text) is not None


def shuffle_key(seed: str, record: str) -> str:
    """SQL function: everybody's own, stable order, as Argilla asks it of Elasticsearch."""
    return hashlib.md5(f"{seed}{record}".encode()).hexdigest()
