"""What the app may do in Slack: which scope a method needs and which an event. The manifests ask for these and no more.

From the reference page of each method and event at docs.slack.dev.
"""

PLACES = ("channels", "groups", "im")  # public and private channels, direct messages


def anywhere(what: str) -> tuple[str, ...]:
    """A scope for each kind of channel; a call needs the one of the channel it names."""
    return tuple(f"{place}:{what}" for place in PLACES)


METHODS: dict[str, tuple[str, ...]] = {  # of several scopes that of the channel's kind counts; none: any token will do
    "assistant.threads.setStatus": ("assistant:write",),
    "assistant.threads.setSuggestedPrompts": ("assistant:write",),
    "auth.test": (),
    "canvases.access.set": ("canvases:write",),
    "canvases.create": ("canvases:write",),
    "canvases.delete": ("canvases:write",),
    "canvases.getContent": ("canvases:read",),
    "chat.appendStream": ("chat:write",),
    "chat.delete": ("chat:write",),
    "chat.postEphemeral": ("chat:write",),
    "chat.postMessage": ("chat:write",),
    "chat.startStream": ("chat:write",),
    "chat.stopStream": ("chat:write",),
    "chat.update": ("chat:write",),
    "conversations.history": anywhere("history"),
    "conversations.info": anywhere("read"),
    "conversations.members": anywhere("read"),
    "conversations.open": ("im:write",),
    "conversations.replies": anywhere("history"),
    "files.completeUploadExternal": ("files:write",),
    "files.getUploadURLExternal": ("files:write",),
    "files.info": ("files:read",),
    "reactions.add": ("reactions:write",),
    "reactions.get": ("reactions:read",),
    "reactions.remove": ("reactions:write",),
    "users.info": ("users:read",),
    "views.open": (),
    "views.publish": (),
    "views.push": (),
    "views.update": (),
}
EVENTS: dict[str, tuple[str, ...]] = {
    "app_home_opened": (),
    "app_mention": ("app_mentions:read",),
    "app_uninstalled": (),
    "message.channels": ("channels:history",),
    "message.groups": ("groups:history",),
    "message.im": ("im:history",),
    "reaction_added": ("reactions:read",),
    "reaction_removed": ("reactions:read",),
    "tokens_revoked": (),
}
OPTIONAL: dict[str, tuple[str, ...]] = {"usergroups.users.list": ("usergroups:read",)}  # FLYWHEEL_OPERATORS_GROUP
BOT = tuple(sorted({scope for needed in (*METHODS.values(), *EVENTS.values()) for scope in needed} | {"commands"}))
