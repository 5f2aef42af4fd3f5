"""The Runtime on any OpenAI-compatible server: messages go out over HTTP, a growing draft comes in.

One event loop in a thread of its own reads all answers, so a stop or a deadline ends a draft at once, also where the server
is silent. What fails on the way is begun anew a few times; what was shown already is not shown twice.
"""

import asyncio
import threading
from collections.abc import Coroutine, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Any, TypeVar

import openai
from tenacity import AsyncRetrying, retry_if_exception, stop_after_attempt

from db.errors import RuntimeFailure
from trainer.runtime import Completion, Order, Stop
from trainer.runtime.remote.draft import Draft
from trainer.runtime.remote.trouble import CutOff, failure, passing, pause

T = TypeVar("T")
TRIES = 3
CONNECT, SILENT = 10.0, 120.0  # seconds until there is a connection; between two signs of life
LOOK = 0.05  # seconds between two looks whether somebody pressed stop
STOPS: dict[str, Stop] = {"stop": "end", "length": "length"}


class RemoteRuntime:
    """Drafts by chat completions. A draft's model is its adapter's name, else the base model's."""

    name = "openai"

    def __init__(self, url: str, base_model: str, api_key: str = "") -> None:
        """`url` ends with /v1 on most servers."""
        self.url, self.base_model = url, base_model
        timeout = openai.Timeout(SILENT, connect=CONNECT)
        # The SDK's own retries are off: it would begin a draft anew where we can't see it.
        self._client = openai.AsyncOpenAI(base_url=url, api_key=api_key or "none", timeout=timeout, max_retries=0)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="model-server", daemon=True)
        self._thread.start()
        self._open: set[Draft] = set()

    def stream(self, order: Order) -> Draft:
        stream = Draft(order)
        self._run(self._follow(stream))
        return stream

    def score(self, completions: Sequence[Completion], adapter: str | None = None) -> list[float]:
        """Errors: RuntimeFailure always; chat completions tell no likelihood of a given text."""
        raise RuntimeFailure("A model server does not score texts. Run the trainer with FLYWHEEL_RUNTIME=local.")

    def adapters(self) -> list[str]:
        """Names the server answers to, but for the base model's. Errors: RuntimeFailure."""
        return sorted(set(self._run(self._models()).result()) - {self.base_model})

    def load(self, name: str, folder: Path) -> None:
        """Errors: RuntimeFailure if the server does not answer to that name; it loads its adapters itself."""
        if name not in self.adapters():
            raise RuntimeFailure(f"The model server at {self.url} does not serve {name}. Load it there by that name.")

    def drop(self, name: str) -> None:
        """Nothing is held here: the server keeps its adapters."""

    def close(self) -> None:
        self._run(self._end()).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _run(self, work: Coroutine[Any, Any, T]) -> Future[T]:
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    async def _end(self) -> None:
        for stream in list(self._open):
            stream.fail(RuntimeFailure("The bot is leaving; the draft is written by the next one."))
        tasks = asyncio.all_tasks(self._loop) - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._client.close()

    async def _models(self) -> list[str]:
        try:
            return [model.id async for model in self._client.models.list()]
        except Exception as error:
            raise failure(error, self.url, "") from error

    async def _follow(self, stream: Draft) -> None:
        """Have it written, and end it early if nobody wants it any more."""
        self._open.add(stream)
        writing = asyncio.ensure_future(self._write(stream))
        try:
            while not (await asyncio.wait({writing}, timeout=LOOK))[0]:
                if error := stream.unwanted():
                    stream.fail(error)
                    return
        finally:
            writing.cancel()
            self._open.discard(stream)

    async def _write(self, stream: Draft) -> None:
        model = stream.order.adapter or self.base_model
        tries = AsyncRetrying(
            stop=stop_after_attempt(TRIES), wait=pause, retry=retry_if_exception(passing), reraise=True
        )
        try:
            await tries(self._once, stream, model)
        except Exception as error:  # the edge of this thread: whoever waits for the draft is told
            stream.fail(failure(error, self.url, model))

    async def _once(self, stream: Draft, model: str) -> None:
        stream.restart()
        drawn = stream.order.sampling
        create: Any = self._client.chat.completions.create  # its overloads know no variable model
        answer = await create(
            model=model,
            messages=list(stream.order.messages),
            stream=True,
            stream_options={"include_usage": True},
            seed=drawn.seed,
            temperature=drawn.temperature,
            top_p=drawn.top_p,
            max_tokens=drawn.max_tokens,
        )
        stop, tokens = "", None
        try:
            async with answer:
                async for chunk in answer:
                    for choice in chunk.choices:
                        if choice.delta.content:
                            stream.add(choice.delta.content)
                        stop = choice.finish_reason or stop
                    tokens = chunk.usage.completion_tokens if chunk.usage else tokens
        except openai.APIError:
            raise
        except Exception as error:  # whatever else breaks the reading, of whichever HTTP library below
            raise CutOff from error
        if not stop:
            raise CutOff
        if stop not in STOPS:
            raise RuntimeFailure(
                f"The model server ended the draft for a reason of its own ({stop}). Ask in other words."
            )
        stream.finish(STOPS[stop], tokens)
