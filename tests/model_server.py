"""A small OpenAI-compatible server for tests: each answer follows a script, and it notes what was asked and given up."""

import asyncio
import json
import socket
import threading
import time
from collections import deque
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response, StreamingResponse

Json = dict[str, Any]
WORDS = ["여름 ", "음료를 ", "마시면 ", "시원합니다. ", "Cold drinks are ", "welcome. ", "👍🏽", " 끝."]


@dataclass(frozen=True)
class Answer:
    """One answer: its words, seconds before each, and what goes wrong."""

    words: tuple[str, ...] = tuple(WORDS)
    pause: float = 0.0
    status: int = 200
    retry_after: str = ""
    cut_after: int | None = None  # words, then the connection breaks
    finish: str | None = "stop"  # None: the stream ends well, but without saying why
    usage: bool = True
    trouble: str = ""  # an error event in the middle of the stream


@dataclass
class ModelServer:
    """Answers in the order of `script`, then the usual one; `asked` holds the requests' bodies."""

    url: str = ""
    models: list[str] = field(default_factory=lambda: ["house-model"])
    key: str = ""
    script: deque[Answer] = field(default_factory=deque)
    asked: list[Json] = field(default_factory=list)
    given_up: int = 0  # answers whose reader went away

    def app(self) -> FastAPI:
        app = FastAPI()

        @app.get("/v1/models")
        async def models() -> Json:
            return {
                "object": "list",
                "data": [{"id": m, "object": "model", "created": 0, "owned_by": "us"} for m in self.models],
            }

        @app.post("/v1/chat/completions")
        async def complete(request: Request) -> Response:
            body = await request.json()
            if self.key and request.headers.get("authorization") != f"Bearer {self.key}":
                return JSONResponse({"error": {"message": "no such key", "type": "auth"}}, 401)
            self.asked.append(body)
            if body["model"] not in self.models:
                return JSONResponse({"error": {"message": "no such model", "type": "not_found"}}, 404)
            answer = self.script.popleft() if self.script else Answer()
            if answer.status != 200:
                headers = {"Retry-After": answer.retry_after} if answer.retry_after else {}
                return JSONResponse({"error": {"message": "not now", "type": "server"}}, answer.status, headers)
            return StreamingResponse(self._words(answer, body), media_type="text/event-stream")

        return app

    async def _words(self, answer: Answer, body: Json) -> AsyncIterator[str]:
        def event(**more: Any) -> str:
            chunk = {"id": "1", "object": "chat.completion.chunk", "created": 0, "model": body["model"], **more}
            return f"data: {json.dumps(chunk)}\n\n"

        def said(delta: Json, finish: str | None = None) -> str:
            return event(choices=[{"index": 0, "delta": delta, "finish_reason": finish}])

        try:
            yield said({"role": "assistant", "content": ""})
            for number, word in enumerate(answer.words):
                if number == answer.cut_after:
                    raise ConnectionResetError("the power went out")
                await asyncio.sleep(answer.pause)
                yield said({"content": word})
            if answer.trouble:
                yield f"data: {json.dumps({'error': {'message': answer.trouble, 'type': 'server', 'code': 500}})}\n\n"
                return
            if answer.finish:
                yield said({}, answer.finish)
            if answer.usage:
                yield event(choices=[], usage={"prompt_tokens": 5, "completion_tokens": 42, "total_tokens": 47})
            yield "data: [DONE]\n\n"
        except asyncio.CancelledError:
            self.given_up += 1
            raise


@contextmanager
def model_server(**more: Any) -> Iterator[ModelServer]:
    """A running server on a free port."""
    made = ModelServer(**more)
    listening = socket.create_server(("127.0.0.1", 0))
    made.url = f"http://127.0.0.1:{listening.getsockname()[1]}/v1"
    server = uvicorn.Server(uvicorn.Config(made.app(), log_level="critical", timeout_graceful_shutdown=1))
    thread = threading.Thread(target=lambda: asyncio.run(server.serve(sockets=[listening])), daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        yield made
    finally:
        server.should_exit = True
        thread.join()
