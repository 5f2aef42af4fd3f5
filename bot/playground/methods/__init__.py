"""In: a Web API method's name. Out: what it needs, how often it may be called and the function that does it."""

from bot.playground.methods import assistant, chat, conversations, files, people, reactions, streams, views
from bot.playground.methods.spec import Method

METHODS: dict[str, Method] = {
    **assistant.METHODS,
    **chat.METHODS,
    **conversations.METHODS,
    **files.METHODS,
    **people.METHODS,
    **reactions.METHODS,
    **streams.METHODS,
    **views.METHODS,
}

__all__ = ["METHODS", "Method"]
