"""What Slack takes as an app manifest: its published schema (version 2), as far as an app like ours uses it.

Lengths, keys and counts from slackapi/manifest-schema and docs.slack.dev/reference/app-manifest.
"""

from typing import Any

Json = dict[str, Any]


def text(most: int, least: int = 1, **more: str) -> Json:
    return {"type": "string", "minLength": least, "maxLength": most, **more}


def list_of(items: Json, most: int, **more: Any) -> Json:
    return {"type": "array", "items": items, "maxItems": most, **more}


def exactly(required: tuple[str, ...] = (), **properties: Json) -> Json:
    return {
        "type": "object",
        "additionalProperties": False,
        "required": list(required),
        "properties": properties,
    }


FLAG: Json = {"type": "boolean"}
NUMBER: Json = {"type": "integer"}
URL = text(3500, pattern="^https?://")
NAMES = list_of(text(50), 255)
EVENTS = list_of(text(50), 100, uniqueItems=True)

DISPLAY = exactly(
    ("name",),
    name=text(35),
    description=text(140),
    background_color=text(7, 4, pattern="^#[0-9a-fA-F]{3}([0-9a-fA-F]{3})?$"),
    long_description=text(4000, 175),
)
COMMAND = exactly(
    ("command", "description"),
    command=text(32, 2, pattern="^/"),
    url=text(3000, pattern="^https?://"),
    description=text(2000),
    usage_hint=text(1000),
    should_escape=FLAG,
)
SHORTCUT = exactly(
    ("name", "type", "callback_id", "description"),
    name=text(24),
    type={"enum": ["message", "global"]},
    callback_id=text(255),
    description=text(150),
)
PROMPT = exactly(("title", "message"), title={"type": "string"}, message={"type": "string"})
FEATURES = exactly(
    app_home=exactly(home_tab_enabled=FLAG, messages_tab_enabled=FLAG, messages_tab_read_only_enabled=FLAG),
    bot_user=exactly(("display_name",), display_name=text(80), always_online=FLAG),
    agent_view=exactly(agent_description=text(300), suggested_prompts=list_of(PROMPT, 4)),
    slash_commands=list_of(COMMAND, 50, minItems=1),
    shortcuts=list_of(SHORTCUT, 10, minItems=1),
)
SETTINGS = exactly(
    event_subscriptions=exactly(request_url=URL, bot_events=EVENTS, user_events=EVENTS),
    interactivity=exactly(("is_enabled",), is_enabled=FLAG, request_url=URL, message_menu_options_url=URL),
    org_deploy_enabled=FLAG,
    socket_mode_enabled=FLAG,
    token_rotation_enabled=FLAG,
)
OAUTH = exactly(
    redirect_urls=list_of(text(2500), 1000, uniqueItems=True),
    scopes=exactly(bot=NAMES, bot_optional=NAMES, user=NAMES, user_optional=NAMES),
)
MANIFEST = exactly(
    ("display_information",),
    _metadata=exactly(major_version=NUMBER, minor_version=NUMBER),
    display_information=DISPLAY,
    features=FEATURES,
    oauth_config=OAUTH,
    settings=SETTINGS,
)
