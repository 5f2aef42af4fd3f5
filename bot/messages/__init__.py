"""Every sentence the bot says, in Korean and English, one file an area. Short, warm, concrete; no exclamation marks."""

from bot.messages import asking, drafts, editing, examples, feedback, home, knowing, operating, privacy, reviewing

AREAS = (asking, drafts, editing, examples, feedback, home, knowing, operating, privacy, reviewing)
SENTENCES: dict[str, tuple[str, str]] = {key: pair for area in AREAS for key, pair in area.SENTENCES.items()}


def say(language: str, key: str, **values: object) -> str:
    """The sentence `key` in the reader's language."""
    korean, english = SENTENCES[key]
    return (english if language == "en" else korean).format(**values)
