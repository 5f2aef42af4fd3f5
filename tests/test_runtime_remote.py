"""Drafts from an OpenAI-compatible server: whole, once, stopped at will, whatever the server does on the way."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from db.errors import Cancelled, DeadlineExceeded, RuntimeAway, RuntimeFailure, SettingsError
from db.settings import Settings
from tests.model_server import WORDS, Answer, ModelServer, model_server
from trainer.runtime import Completion, Order, Sampling
from trainer.runtime.choice import open_runtime
from trainer.runtime.remote import RemoteRuntime, trouble

ASK = [{"role": "system", "content": "You write."}, {"role": "user", "content": "여름 음료"}]
TEXT = "".join(WORDS)


@pytest.fixture
def server() -> Iterator[ModelServer]:
    with model_server() as made:
        yield made


@pytest.fixture
def runtime(server: ModelServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[RemoteRuntime]:
    monkeypatch.setattr(trouble, "LONGEST_WAIT", 0.05)  # the pauses between tries are not the point
    made = RemoteRuntime(server.url, "house-model")
    yield made
    made.close()


def test_given_an_order_when_drafted_then_the_pieces_are_the_text_and_the_server_was_asked_exactly_that(
    server: ModelServer, runtime: RemoteRuntime
) -> None:
    stream = runtime.stream(Order(ASK, sampling=Sampling(5, 0.7, 0.9, 80)))
    pieces = list(stream)
    made = stream.result()
    assert "".join(pieces) == made.text == TEXT and len(pieces) == len(WORDS)
    assert (made.stop, made.tokens) == ("end", 42) and 0 < made.first_token_seconds <= made.seconds
    (asked,) = server.asked
    assert asked["messages"] == ASK and asked["stream"] is True
    assert [asked[k] for k in ("model", "seed", "temperature", "top_p", "max_tokens")] == [
        "house-model",
        5,
        0.7,
        0.9,
        80,
    ]
    assert list(stream) == [], "whoever iterates again comes to an end"


def test_given_a_serving_adapter_when_drafted_then_the_model_asked_for_is_the_adapter(
    server: ModelServer, runtime: RemoteRuntime, tmp_path: Path
) -> None:
    with pytest.raises(RuntimeFailure, match="does not serve lora-9f"):
        runtime.load("lora-9f", tmp_path)
    server.models.append("lora-9f")
    assert runtime.adapters() == ["lora-9f"]
    runtime.load("lora-9f", tmp_path)
    assert runtime.stream(Order(ASK, "lora-9f")).result().text == TEXT
    assert server.asked[-1]["model"] == "lora-9f"


def test_given_a_server_that_shows_its_words_one_by_one_when_drafted_then_they_are_passed_on_at_once(
    server: ModelServer, runtime: RemoteRuntime
) -> None:
    server.script.append(Answer(pause=0.1))
    began, seen = time.monotonic(), []
    for _ in runtime.stream(Order(ASK)):
        seen.append(time.monotonic() - began)
    assert seen[0] < seen[-1] / 2, "the first is seen long before the last"


@pytest.mark.parametrize(
    "trouble",
    [
        Answer(status=500),
        Answer(status=503, retry_after="30"),
        Answer(status=429, retry_after="1"),
        Answer(cut_after=0),
        Answer(cut_after=4),
        Answer(finish=None),
        Answer(words=tuple(WORDS[:3]), trouble="engine died"),
    ],
    ids=lambda answer: f"{answer.status}-{answer.cut_after}-{answer.finish}-{answer.trouble}",
)
def test_given_a_server_that_fails_on_the_way_when_drafted_then_it_is_begun_anew_and_nothing_is_shown_twice(
    server: ModelServer, runtime: RemoteRuntime, trouble: Answer
) -> None:
    server.script.extend([trouble, trouble])
    stream = runtime.stream(Order(ASK))
    assert "".join(stream) == stream.result().text == TEXT
    assert len(server.asked) == 3


def test_given_other_words_after_a_cut_when_drafted_then_the_result_is_the_whole_second_text(
    server: ModelServer, runtime: RemoteRuntime
) -> None:
    server.script.extend(
        [Answer(words=("이건 ", "버려집니다 ", "끝"), cut_after=2), Answer(words=("새 ", "글입니다."))]
    )
    assert runtime.stream(Order(ASK)).result().text == "새 글입니다."


def test_given_a_server_that_never_recovers_when_drafted_then_it_is_away_and_was_asked_three_times(
    server: ModelServer, runtime: RemoteRuntime
) -> None:
    server.script.extend([Answer(status=503)] * 9)
    with pytest.raises(RuntimeAway, match=r"answers HTTP 503\. Check that it runs"):
        runtime.stream(Order(ASK)).result()
    assert len(server.asked) == 3


def test_given_no_server_at_all_when_drafted_then_it_is_away_and_the_sentence_names_the_address() -> None:
    runtime = RemoteRuntime("http://127.0.0.1:9/v1", "house-model")
    with pytest.raises(RuntimeAway, match=r"http://127\.0\.0\.1:9/v1 can't be reached"):
        runtime.stream(Order(ASK)).result()
    runtime.close()


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (Answer(status=400), "may be too long"),
        (Answer(status=404), "has no model house-model"),
        (Answer(status=403), "FLYWHEEL_RUNTIME_API_KEY"),
        (Answer(finish="content_filter"), "content_filter"),
    ],
)
def test_given_a_refusal_when_drafted_then_it_is_told_at_once_and_not_asked_again(
    server: ModelServer, runtime: RemoteRuntime, answer: Answer, said: str
) -> None:
    server.script.append(answer)
    with pytest.raises(RuntimeFailure, match=said) as refused:
        runtime.stream(Order(ASK)).result()
    assert not isinstance(refused.value, RuntimeAway) and len(server.asked) == 1


def test_given_a_key_when_the_server_wants_one_then_it_is_sent_and_a_wrong_one_is_named(server: ModelServer) -> None:
    server.key = "sk-right"
    for key, right in (("sk-right", True), ("sk-wrong", False)):
        runtime = RemoteRuntime(server.url, "house-model", key)
        stream = runtime.stream(Order(ASK))
        if right:
            assert stream.result().text == TEXT
        else:
            with pytest.raises(RuntimeFailure, match="FLYWHEEL_RUNTIME_API_KEY") as refused:
                stream.result()
            assert "sk-wrong" not in str(refused.value)
        runtime.close()


def test_given_a_draft_cut_for_length_when_drafted_then_the_stop_says_so_and_chunks_are_counted_without_usage(
    server: ModelServer, runtime: RemoteRuntime
) -> None:
    server.script.append(Answer(finish="length", usage=False))
    made = runtime.stream(Order(ASK)).result()
    assert (made.stop, made.tokens) == ("length", len(WORDS))


@pytest.mark.parametrize("silent", [0.05, 60.0], ids=["writing", "silent"])
def test_given_a_draft_under_way_when_stopped_then_it_ends_at_once_here_and_at_the_server(
    server: ModelServer, runtime: RemoteRuntime, silent: float
) -> None:
    server.script.append(Answer(words=tuple(WORDS * 50), pause=silent))
    cancel = threading.Event()
    stream = runtime.stream(Order(ASK, cancel=cancel))
    threading.Timer(0.3, cancel.set).start()
    began = time.monotonic()
    with pytest.raises(Cancelled):
        stream.result()
    assert time.monotonic() - began < 5 and list(stream)[-1:] != [None]
    end = time.monotonic() + 5
    while server.given_up != 1 and time.monotonic() < end:
        time.sleep(0.02)
    assert server.given_up == 1, "the server need not write on"


def test_given_a_deadline_when_it_passes_then_the_draft_ends_with_a_sentence_also_between_two_tries(
    server: ModelServer, runtime: RemoteRuntime
) -> None:
    server.script.append(Answer(pause=60.0))
    with pytest.raises(DeadlineExceeded, match=r"longer than 0\.3 seconds"):
        runtime.stream(Order(ASK, deadline_seconds=0.3)).result()


def test_given_a_runtime_that_closes_when_drafts_are_under_way_then_nobody_waits_in_vain(server: ModelServer) -> None:
    runtime = RemoteRuntime(server.url, "house-model")
    server.script.append(Answer(pause=60.0))
    stream = runtime.stream(Order(ASK))
    threading.Timer(0.2, runtime.close).start()
    assert list(stream) == []
    with pytest.raises(RuntimeFailure, match="leaving"):
        stream.result()


def test_given_many_orders_at_once_when_drafted_then_each_gets_its_own_text(
    server: ModelServer, runtime: RemoteRuntime
) -> None:
    server.script.extend([Answer(words=(f"글 {n} ", "끝."), pause=0.05) for n in range(40)])
    with ThreadPoolExecutor(40) as pool:
        texts = list(pool.map(lambda _: runtime.stream(Order(ASK)).result().text, range(40)))
    assert sorted(texts) == sorted(f"글 {n} 끝." for n in range(40))


def test_given_texts_to_score_when_asked_then_it_says_which_runtime_can(runtime: RemoteRuntime) -> None:
    with pytest.raises(RuntimeFailure, match="FLYWHEEL_RUNTIME=local"):
        runtime.score([Completion(ASK, "글")])


def test_given_the_settings_when_a_model_server_is_chosen_then_it_needs_an_address(server: ModelServer) -> None:
    with pytest.raises(SettingsError, match="FLYWHEEL_RUNTIME_URL"):
        open_runtime(Settings(runtime="openai"))
    runtime = open_runtime(Settings(runtime="openai", runtime_url=server.url, base_model="house-model"))
    assert (runtime.name, runtime.base_model) == ("openai", "house-model")
    assert runtime.stream(Order(ASK)).result().text == TEXT
    runtime.close()
