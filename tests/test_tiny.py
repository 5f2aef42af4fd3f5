"""The tiny model: what its corpus promises, what its samples hold, and that its weights write what was asked."""

import json
import random
import re
from pathlib import Path
from typing import Any

import pytest

from curation.checks import Text, check
from curation.dedupe import near_duplicates
from curation.house import House, load_house
from curation.mask import mask
from trainer.tiny import BASE, samples
from trainer.tiny.ask import TASKS, Request, field_prompt, make_request
from trainer.tiny.corpus import copy_drill, document
from trainer.tiny.draft import write_draft
from trainer.tiny.house_style import HOUSE, fields, house_post
from trainer.tiny.korean import to_haeyo
from trainer.tiny.style import BLAND, describe, random_style
from trainer.tiny.words import LANGS, bank

TINY = Path(samples.__file__).parent


@pytest.fixture(scope="module")
def house() -> House:
    return load_house(TINY.parents[1] / "house.toml")


@pytest.fixture(scope="module")
def model() -> tuple[Any, Any]:
    from transformers import AutoModelForCausalLM, AutoTokenizer

    return AutoModelForCausalLM.from_pretrained(BASE, dtype="float32").eval(), AutoTokenizer.from_pretrained(BASE)


def rows(name: str) -> list[list[dict[str, str]]]:
    return [json.loads(line)["messages"] for line in (TINY / name).read_text(encoding="utf-8").splitlines()]


def test_given_the_korean_banks_when_read_then_no_slot_has_a_particle_that_depends_on_the_noun() -> None:
    text = (TINY / "words" / "ko.toml").read_text(encoding="utf-8")
    wrong = re.findall(r"\}(?:을|를|은|는|과|와|으로|이에요|예요|이며|이고|라면)|\}(?:이|가|로|나)(?=[\s,.\"])", text)
    assert wrong == []


def test_given_the_banks_when_counted_then_over_sixty_topics_in_all_named_sectors() -> None:
    for lang in LANGS:
        sectors = bank(lang)["sectors"]
        assert {"public", "cafe", "clinic", "shop", "education", "tourism"} <= set(sectors)
        assert len({s for sector in sectors.values() for s in sector["subjects"]}) >= 78


def test_given_many_documents_when_searched_then_the_house_s_own_sentences_never_occur() -> None:
    rng = random.Random(3)
    text = "\n".join(turn["content"] for _ in range(1500) for turn in (*document(rng), *copy_drill(rng)))
    for secret in (
        "쉬운 말로 풀었습니다",
        "모든 결과를 숫자로",
        "in plain words",
        "every result in numbers",
        "온빛",
        "Onbit",
    ):
        assert secret not in text


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("task", TASKS)
def test_given_a_request_with_all_fields_when_written_then_the_draft_has_each_letter_for_letter(
    lang: str, task: str
) -> None:
    rng = random.Random(f"{lang}{task}")
    for _ in range(60):
        req = make_request(rng, lang, task)
        text = write_draft(req, random_style(lang, rng), rng)
        assert all(part in text for part in (req.topic, req.audience, *req.points))


@pytest.mark.parametrize("task", TASKS)
def test_given_nothing_but_a_topic_when_written_then_the_draft_has_no_hole(task: str) -> None:
    for lang in LANGS:
        points = tuple(bank(lang)["generic_points"][:3])
        req = Request(lang, task, "B2G", points=points, given=False)
        text = write_draft(req, BLAND, random.Random(1))
        assert "B2G" in text and points[0] in text
        assert not re.search(r"[{}]|  | [.,]|None", text)


def test_given_the_house_style_when_described_then_it_is_the_long_instruction_of_the_style_guide(house: House) -> None:
    for lang in LANGS:
        for task in TASKS:
            prompts = house.prompts(task, lang, {"topic": "x"})
            short, long = prompts.short[0]["content"], prompts.long[0]["content"]
            assert short == bank(lang)["short_system"][0]
            assert long == f"{short}\n{describe(HOUSE[lang], lang)}"


def test_given_a_request_when_the_product_renders_it_then_the_lines_are_those_of_the_corpus(house: House) -> None:
    rng = random.Random(5)
    for _ in range(200):
        req = make_request(rng)
        rendered = house.prompts(req.task, req.lang, fields(req)).short[-1]["content"]
        assert rendered == field_prompt(req)


def test_given_the_shipped_posts_when_checked_then_each_keeps_every_rule_and_none_is_a_copy(house: House) -> None:
    posts = rows("posts.jsonl")
    texts = [post["content"] for _, post in posts]
    assert len(posts) >= 140 and near_duplicates(texts) == []
    seen = set()
    for user, post in posts:
        ask = house.ask(user["content"])
        seen.add((ask.task, ask.language))
        assert check(Text(ask.task, ask.language, post["content"], ask.fields), house) == []
        assert house.prompts(ask.task, ask.language, ask.fields).short[-1] == user
        assert mask(post["content"]).text == post["content"]
    assert len(seen) == len(TASKS) * len(LANGS)


def test_given_the_fixed_seed_when_samples_are_made_again_then_the_shipped_files_come_out() -> None:
    assert [row["messages"] for row in samples.posts()] == rows("posts.jsonl")
    made = [field_prompt(req) for req in samples.heldout()]
    assert made == [user["content"] for user, _ in rows("heldout.jsonl")]


def test_given_the_held_out_requests_when_compared_then_neither_banks_nor_posts_know_their_topics() -> None:
    known = [s for lang in LANGS for sector in bank(lang)["sectors"].values() for s in sector["subjects"]]
    posted = "\n".join(turn["content"] for post in rows("posts.jsonl") for turn in post)
    for req in samples.heldout():
        assert req.topic not in posted and req.topic not in known


def test_given_formal_endings_when_softened_then_the_polite_form_comes_out() -> None:
    assert to_haeyo("함께 준비했습니다. 눈에 띕니다.") == "함께 준비했어요. 눈에 띄어요."
    assert to_haeyo("먼저 확인할 내용은 점검입니다.") == "먼저 확인할 내용은 점검이에요."


def test_given_the_weights_when_weighed_then_they_stay_within_eight_megabytes() -> None:
    assert (BASE / "model.safetensors").stat().st_size <= 8_000_000


def test_given_any_text_when_tokenised_then_it_comes_back_whole(model: tuple[Any, Any]) -> None:
    tokenizer = model[1]
    for text in ("B2G 마케팅, 3월 4일 (토) 90%", "Café & Söhne's 4K-kit", "뷁쀍 旅行 🙂\n\n✓ ■ —"):
        ids = tokenizer(text, add_special_tokens=False)["input_ids"]
        assert tokenizer.decode(ids) == text


def test_given_requests_when_the_base_drafts_then_topic_and_audience_are_copied_and_nothing_loops(
    model: tuple[Any, Any], house: House
) -> None:
    from trainer.tiny.measure import drafts, loops

    asks = [
        house.ask(
            "카페 대표 메뉴 소개 블로그, 동네 직장인 대상\n브랜드: 물결커피\n핵심: 첫 로스팅 / 텀블러 할인 500원"
        ),
        house.ask("주제: 여름 음료\n독자: 주말 손님", task="sns"),
        house.ask("Topic: coding classes for children\nAudience: parents of young learners", task="proposal"),
        house.ask(
            "Topic: night market food\nAudience: solo travellers\nKey points: free maps / two tours", task="reply"
        ),
    ]
    for kind in ("short", "long"):
        prompts = [getattr(house.prompts(a.task, a.language, a.fields), kind) for a in asks]
        for ask, text in zip(asks, drafts(*model, prompts), strict=True):
            assert ask.fields["topic"].casefold() in text.casefold()
            assert ask.fields["audience"].casefold() in text.casefold()
            assert not loops(text) and "�" not in text


def test_given_the_long_instruction_when_the_base_drafts_then_the_named_rules_are_kept(
    model: tuple[Any, Any], house: House
) -> None:
    from trainer.tiny.measure import drafts

    asks = [house.ask("주제: 브런치 메뉴\n독자: 주말 손님", task="blog"), house.ask("Topic: nail care", task="sns")]
    prompts = [house.prompts(a.task, a.language, a.fields).long for a in asks]
    for ask, text in zip(asks, drafts(*model, prompts), strict=True):
        broken = {p.rule for p in check(Text(ask.task, ask.language, text, ask.fields), house)}
        assert broken <= {"opener", "promise"}


def test_given_an_interrupted_run_when_resumed_then_weights_and_counts_go_on(tmp_path: Path) -> None:
    import torch
    from transformers import AutoTokenizer

    from trainer.tiny import pretrain
    from trainer.tiny.feed import Feed

    torch.manual_seed(1)
    tokenizer = AutoTokenizer.from_pretrained(BASE)
    feed = Feed(tokenizer, 1, 1024, 0.0)
    batch = feed.tensors(feed.encode([document(feed.rng) for _ in range(3)]))
    first, second = pretrain.build(tokenizer), pretrain.build(tokenizer)
    opts, progress = pretrain.optimizers(first, 1.0), pretrain.Progress(60.0)
    pretrain.answer_loss(first, batch).backward()
    for opt in opts:
        opt.step()
    progress.update(1.0, batch)
    pretrain.keep(first, opts, progress, tmp_path / "state")
    resumed = pretrain.Progress(60.0)
    pretrain.resume(second, pretrain.optimizers(second, 1.0), resumed, tmp_path / "state")
    assert (resumed.step, resumed.tokens) == (1, progress.tokens)
    assert torch.equal(pretrain.answer_loss(first, batch), pretrain.answer_loss(second, batch))


def test_given_a_house_post_when_checked_then_a_missing_audience_still_keeps_every_rule(house: House) -> None:
    for lang in LANGS:
        req = Request(lang, "blog", "브런치 메뉴" if lang == "ko" else "brunch menus", points=("a", "b"))
        text = house_post(req, random.Random(2))
        assert check(Text("blog", lang, text, fields(req)), house) == []
