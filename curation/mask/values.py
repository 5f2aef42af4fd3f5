"""A value found in, whether it can be one out; and the one form all its spellings share."""

import re
from collections.abc import Callable
from datetime import date
from ipaddress import ip_address

from curation.mask.flat import PLAIN

SPOKEN = str.maketrans("공영일이삼사오육륙칠팔구", "001234566789")
ENGLISH = {
    w: str(i) for i, w in enumerate(["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"])
} | {"oh": "0"}


def plain(value: str, kind: str) -> str:
    """The same for all ways to write one value: "+82 10-1234-5678" and "공일공 …" are 010 1234 5678."""
    value = value.translate(PLAIN)
    if kind == "PHONE":
        words = re.sub(r"[a-z]+", lambda word: ENGLISH.get(word[0], ""), value.lower()).translate(SPOKEN)
        digits = re.sub(r"\D", "", words)
        return re.sub(r"^(?:00)?82(?:0(?=\d{9,10}$)|(?=\d{9,10}$))", "0", digits)
    if kind == "EMAIL":
        spoken = re.sub(r"\s*(?:[(\[{]at[)\]}]|골뱅이|@|\bat\b)\s*", "@", value.lower())
        return re.sub(r"\s*(?:[(\[{]dot[)\]}]|\bdot\b|점|닷|\.)\s*", ".", spoken)
    if kind in ("CARD", "KR_RRN", "BUSINESS_NO", "ACCOUNT"):
        return re.sub(r"[-. ]", "", value).upper()
    return " ".join(value.split())


def luhn(value: str) -> bool:
    """Whether the digits pass the card checksum (ISO/IEC 7812-1)."""
    digits = [int(c) for c in value if c.isdigit()]
    doubled = [d if i % 2 == 0 else sum(divmod(d * 2, 10)) for i, d in enumerate(reversed(digits))]
    return 13 <= len(digits) <= 19 and sum(doubled) % 10 == 0


def resident(value: str) -> bool:
    """Whether 13 digits are a resident number: with a separator, or with its old checksum (bar codes fail)."""
    digits = [int(c) for c in value if c.isdigit()]
    weights = (2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5)
    total = sum(w * d for w, d in zip(weights, digits[:12], strict=False))
    return not value.isdigit() or (11 - total % 11) % 10 == digits[12]


def account(value: str) -> bool:
    """Whether there are enough digits for a bank account (a date has eight)."""
    return sum(c.isdigit() for c in value) >= 10


def abroad(value: str) -> bool:
    """Whether a number that begins with + can be dialled."""
    import phonenumbers

    try:
        return phonenumbers.is_possible_number(phonenumbers.parse(value))
    except phonenumbers.NumberParseException:
        return False


def address(value: str) -> bool:
    """Whether it is an address of the internet, version 4 or 6, and not just "this machine"."""
    try:
        return not (ip_address(value).is_loopback or ip_address(value).is_unspecified)
    except ValueError:
        return False


def birthday(value: str) -> bool:
    """Whether all-digit dates are dates at all: 19900305 or 900305."""
    if not value.isdigit():
        return True
    try:
        return bool(date(2000, int(value[-4:-2]), int(value[-2:])))
    except ValueError:
        return False


def password(value: str) -> bool:
    """Whether it may be a secret and no date or plain word: letters and digits or signs together, or six digits."""
    return not re.fullmatch(r"\d{1,3}|\d{4}[-./]\d\d?[-./]\d\d?|\W*[A-Za-z]+\W*", value)


VALID: dict[str, Callable[[str], bool]] = {
    "luhn": luhn,
    "resident": resident,
    "account": account,
    "abroad": abroad,
    "address": address,
    "birthday": birthday,
    "password": password,
}
