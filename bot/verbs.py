"""What somebody says to the bot in; the `/flywheel` verb it is out, since slash commands don't work in threads."""

import re
from collections.abc import Collection

WORDS = {
    "help": ("help", "도움말", "도움", "?"),
    "form": ("form", "양식"),
    "status": ("status", "상태"),
    "trace": ("trace", "추적"),
    "privacy": ("privacy", "개인정보"),
    "train": ("train", "학습"),
    "promote": ("promote", "승격"),
    "rollback": ("rollback", "되돌리기"),
}
FOLLOWED = {  # what may follow; anything else is a topic that begins with the word
    "trace": re.compile(r"(?:[a-z]+:)?v?\d+"),
    "privacy": re.compile(r"on|off|delete"),
    "promote": re.compile(r"(?:v?\d+|adapter-[0-9a-f]+)(?: \S+)?"),
}


def verb_of(text: str, tasks: Collection[str]) -> tuple[str, str] | None:
    """Verb and rest, if the text is exactly that: "status report blog post" is a topic."""
    word, _, rest = text.strip().casefold().partition(" ")
    rest = rest.strip()
    for verb, words in WORDS.items():
        if word in words:
            fits = rest in tasks if verb == "rollback" else verb in FOLLOWED and FOLLOWED[verb].fullmatch(rest)
            return (verb, rest) if not rest or fits else None
    return None
