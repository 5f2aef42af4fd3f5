"""In: what changed in the workspace. Out: the change on every open page that may see it."""

import asyncio
from typing import Any

Json = dict[str, Any]


class Live:
    """The open pages, each a queue of changes for one acting person. Only for use on the server's own loop."""

    def __init__(self) -> None:
        self._pages: dict[asyncio.Queue[Json], str] = {}

    def open(self, person: str) -> asyncio.Queue[Json]:
        page: asyncio.Queue[Json] = asyncio.Queue()
        self._pages[page] = person
        return page

    def close(self, page: asyncio.Queue[Json]) -> None:
        self._pages.pop(page, None)

    def tell(self, kind: str, body: Json, only: str = "") -> None:
        """Puts a change on every page, or only on those of one person (id)."""
        for page, person in self._pages.items():
            if not only or only == person:
                page.put_nowait({"kind": kind, **body})
