"""The hand-written word banks: in, a language; out, its bank, and unusual words and phrases made from it."""

from __future__ import annotations

import random
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

Bank = dict[str, Any]
LANGS = ("ko", "en")


@cache
def bank(lang: str) -> Bank:
    """Words, sentences and sectors of a language, as in `ko.toml` and `en.toml`."""
    text = (Path(__file__).parent / f"{lang}.toml").read_text(encoding="utf-8")
    found: Bank = tomllib.loads(text)
    return {**found, "everyday": found["everyday"].split(), "syllables": found.get("syllables", "").split()}


@cache
def known_words(lang: str) -> list[str]:
    """Every word of the noun phrases: raw material for unusual phrases."""
    b = bank(lang)
    phrases = [p for s in b["sectors"].values() for kind in ("subjects", "audiences", "points") for p in s[kind]]
    return sorted({w for p in phrases for w in p.split()} | set(b["things"]) | set(b["everyday"]))


@cache
def rare_syllables() -> list[str]:
    """The 2,350 Hangul syllables of KS X 1001, also those that no bank uses."""
    return [bytes((high, low)).decode("euc-kr") for high in range(0xB0, 0xC9) for low in range(0xA1, 0xFF)]


def pseudo_word(lang: str, rng: random.Random) -> str:
    """An invented word, so that names and nouns stay an open class."""
    b = bank(lang)
    if lang == "ko":
        pool = rare_syllables() if rng.random() < 0.2 else b["syllables"]
        return "".join(rng.choice(pool) for _ in range(rng.choice((2, 2, 3, 3, 4))))
    parts = (b["onsets"], b["vowels"], b["codas"])
    return "".join(rng.choice(part) for _ in range(rng.choice((1, 2, 2, 3))) for part in parts)


def blend(lang: str, rng: random.Random) -> str:
    """A new word from pieces of real ones: its parts are familiar, their order is not."""
    one, two = rng.sample(known_words(lang), 2)
    if lang == "ko":
        return "".join(rng.sample(one + two, min(len(one + two), rng.randint(2, 4))))
    return one[: rng.randint(2, 5)] + two[-rng.randint(2, 5) :]


def short_form(rng: random.Random) -> str:
    """Capitals, digits and signs as in B2G, 4K, AI, 2.5D, R&D."""
    letters, digits = "ABCDEFGHIKLMNOPRSTUVWX", "0123456789"
    one, two = (rng.choice(letters) for _ in range(2))
    n = rng.choice(digits[1:])
    return rng.choice((one + two, one + two + rng.choice(letters), f"{one}{n}{two}", f"{n}{one}", f"{one}{n}",
                       f"{one}&{two}", f"{one}-{n}{rng.choice(digits)}", f"{one + two}{n}"))  # fmt: skip


def dressed(lang: str, word: str, rng: random.Random) -> str:
    """A word with a capital, a hyphen, an apostrophe, a number or a counter."""
    kind, n = rng.random(), rng.choice((rng.randint(1, 9), rng.randint(10, 99), rng.randint(100, 2999)))
    if lang == "ko":
        return f"{n}{rng.choice('개명일년월층회권종번')}" if kind < 0.5 else f"{word}·{rng.choice(known_words(lang))}"
    if kind < 0.5:
        return word.capitalize()
    other = rng.choice(known_words(lang)).split()[0]
    return f"{word}-{other}" if kind < 0.75 else f"{word}'s" if kind < 0.85 else str(n)


def odd_word(lang: str, rng: random.Random) -> str:
    """A known word, a blend, an invention, a short form or a word of the other language."""
    kind = rng.random()
    if kind < 0.40:
        return rng.choice(known_words(lang))
    if kind < 0.66:
        return blend(lang, rng)
    if kind < 0.82:
        return pseudo_word(lang, rng)
    if kind < 0.89:
        return short_form(rng)
    if kind < 0.97 or lang == "en":
        return dressed(lang, rng.choice(known_words(lang)), rng)
    return rng.choice((blend, pseudo_word))("en", rng).capitalize()


def odd_phrase(lang: str, rng: random.Random) -> str:
    """Unrelated words in a row: only copying can get this right."""
    return " ".join(odd_word(lang, rng) for _ in range(rng.choice((1, 2, 2, 2, 3, 3, 4, 5))))


def brand_name(lang: str, rng: random.Random) -> str:
    """A made-up client name, with or without a business word."""
    kind, tail = rng.random(), rng.choice(bank(lang)["name_tails"])
    if lang == "ko" and kind < 0.1:
        return pseudo_word("en", rng).capitalize()
    word = blend(lang, rng) if kind < 0.4 else pseudo_word(lang, rng)
    name = word.capitalize() if lang == "en" else word
    if rng.random() < 0.5:
        return f"{name} {tail}"
    return name if lang == "en" or rng.random() < 0.5 else name + tail


def agency_name(lang: str, rng: random.Random) -> str:
    """A made-up agency name."""
    word = blend(lang, rng) if rng.random() < 0.3 else pseudo_word(lang, rng)
    tail = rng.choice(bank(lang)["agency_tails"])
    return f"{word}{tail}" if lang == "ko" else f"{word.capitalize()} {tail}"
