"""In: a Web API method's name. Out: what it needs, how often it may be called and the function that does it."""

from bot.playground.methods import (
    assistant,
    canvases,
    chat,
    conversations,
    files,
    oauth,
    people,
    reactions,
    streams,
    usergroups,
    views,
)
from bot.playground.methods.spec import Method

METHODS: dict[str, Method] = {
    **assistant.METHODS,
    **canvases.METHODS,
    **chat.METHODS,
    **conversations.METHODS,
    **files.METHODS,
    **oauth.METHODS,
    **people.METHODS,
    **reactions.METHODS,
    **streams.METHODS,
    **usergroups.METHODS,
    **views.METHODS,
}

__all__ = ["METHODS", "Method"]
