"""A seed in, as many invented posts as wanted out: in one house's frame, some of them edited copies of earlier ones."""

import random

HEAD = "안녕하세요, 온빛기획입니다. 오늘도 가게를 여는 모든 분께 도움이 될 이야기를 준비했습니다.\n\n"
FOOT = "\n\n지금 온빛기획에 편하게 문의해 주세요. 첫 상담은 무료이며 하루 안에 답을 드립니다.\n— 온빛기획 드림"
TAILS = ("은", "는", "이", "가", "을", "를", "에", "에서", "으로", "도", "와", "까지")
COPIES = 0.05  # share of texts that are copies with 1 to 10% of their characters changed


def posts(count: int, seed: int = 1) -> tuple[list[str], list[tuple[int, int]]]:
    """Texts of about 700 characters, and the places (original, copy) of the copies among them."""
    draw = random.Random(seed)
    letters = [chr(code) for code in draw.sample(range(0xAC00, 0xD7A3), 600)]
    words = ["".join(draw.choices(letters, k=draw.randint(2, 4))) for _ in range(6000)]

    def sentence(most: int) -> str:
        return " ".join(draw.choice(words) + draw.choice(TAILS) for _ in range(draw.randint(5, most))) + "."

    phrases = [sentence(9) for _ in range(60)]  # of the house: three of them in every post
    texts: list[str] = []
    copies: list[tuple[int, int]] = []
    for place in range(count):
        if texts and draw.random() < COPIES:
            of = draw.randrange(len(texts))
            copies.append((of, place))
            texts.append(_edited(texts[of], letters, draw))
        else:
            own = [sentence(9) for _ in range(draw.randint(8, 16))]
            own[2:2] = draw.sample(phrases, 3)
            texts.append(HEAD + " ".join(own) + FOOT)
    return texts, copies


def _edited(text: str, letters: list[str], draw: random.Random) -> str:
    """Pairs of characters in random places become others."""
    body = list(text)
    for _ in range(max(1, int(len(body) * draw.uniform(0.01, 0.1)) // 2)):
        at = draw.randrange(len(body) - 2)
        body[at : at + 2] = draw.choice(letters) + draw.choice(letters)
    return "".join(body)
