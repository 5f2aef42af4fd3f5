"""The shipped manifests: Slack takes them, they are one app on two transports, and they ask for what the code needs."""

import ast
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot import scopes
from bot.playground.seed import COMMANDS, SHORTCUTS
from bot.playground.server import Playground
from tests.manifest_rules import MANIFEST

Json = dict[str, Any]
ROOT = Path(__file__).parents[1]
NAMES = ("manifest.yaml", "manifest-http.yaml")
HELPERS = {"chat_stream": ("chat_startStream", "chat_appendStream", "chat_stopStream")}
UPLOAD = ("files_getUploadURLExternal", "files_completeUploadExternal")
HELPERS["files_upload_v2"] = UPLOAD
OUTSIDE = {"apps.connections.open", "oauth.v2.access", "auth.test"}  # for these the bot's token needs no scope


def manifest(name: str) -> Json:
    made: Json = yaml.safe_load((ROOT / name).read_text(encoding="utf-8"))
    return made


def wrong(made: Json) -> list[str]:
    return [error.json_path for error in Draft202012Validator(MANIFEST).iter_errors(made)]


@pytest.mark.parametrize("name", NAMES)
def test_given_a_shipped_manifest_when_checked_by_slacks_rules_then_nothing_is_wrong(name: str) -> None:
    assert wrong(manifest(name)) == []


def test_given_a_manifest_that_breaks_a_rule_when_checked_then_it_is_found() -> None:
    good = manifest(NAMES[0])
    broken = {
        "$.display_information.name": "x" * 36,
        "$.display_information.description": "x" * 141,
        "$.display_information.long_description": "x" * 174,
        "$.features.shortcuts[0].name": "x" * 25,
        "$.features.shortcuts[1].callback_id": "x" * 256,
        "$.features.slash_commands[0].command": "draft",
        "$.features.slash_commands[0].usage_hint": "x" * 1001,
        "$.features.slash_commands[1].description": "x" * 2001,
        "$.features.agent_view.agent_description": "x" * 301,
        "$.features.agent_view.suggested_prompts": good["features"]["agent_view"]["suggested_prompts"] * 2,
        "$.settings.interactivity.is_enabled": "yes",
        "$.settings.event_subscriptions.bot_events": ["app_mention", "app_mention"],
    }
    for path, value in broken.items():
        made: Any = deepcopy(good)
        keys: list[Any] = [int(k) if k.isdigit() else k for k in path[2:].replace("[", ".").replace("]", "").split(".")]
        place = made
        for key in keys[:-1]:
            place = place[key]
        place[keys[-1]] = value
        assert wrong(made) == [path]
    assert wrong({**good, "event_subscriptions": {}}) == ["$"]


def test_given_both_manifests_when_compared_then_they_differ_in_the_transport_alone() -> None:
    socket, http = manifest(NAMES[0]), manifest(NAMES[1])
    assert socket["settings"]["socket_mode_enabled"] and not http["settings"]["socket_mode_enabled"]
    urls = [http["settings"][part].pop("request_url") for part in ("event_subscriptions", "interactivity")]
    urls += [command.pop("url") for command in http["features"]["slash_commands"]]
    assert set(urls) == {"https://example.com/slack/events"}
    assert http["oauth_config"].pop("redirect_urls") == ["https://example.com/slack/oauth_redirect"]
    http["settings"]["socket_mode_enabled"] = True
    assert socket == http


def test_given_the_manifest_when_compared_with_the_scopes_then_neither_has_more() -> None:
    made = manifest(NAMES[0])
    assert made["oauth_config"]["scopes"] == {"bot": list(scopes.BOT)}
    assert set(made["settings"]["event_subscriptions"]["bot_events"]) == set(scopes.EVENTS)
    assert not made["settings"]["token_rotation_enabled"] and made["settings"]["org_deploy_enabled"]
    assert made["features"]["app_home"] == {
        "home_tab_enabled": True,
        "messages_tab_enabled": True,
        "messages_tab_read_only_enabled": False,
    }


def calls(name: str) -> Iterator[str]:
    """Everything in a module that names a method of the Web API client."""
    for node in ast.walk(ast.parse((ROOT / name).read_text(encoding="utf-8"))):
        found = node.attr if isinstance(node, ast.Attribute) else node.value if isinstance(node, ast.Constant) else ""
        if (
            isinstance(found, str)
            and "_" in found
            and not found.startswith("_")
            and callable(getattr(WebClient, found, 0))
        ):
            yield from HELPERS.get(found, (found,))
        if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "api_call" and node.args:
            yield ast.literal_eval(node.args[0]).replace(".", "_")


def modules() -> list[str]:
    """Our own code: the local Slack and the demo's people are not the app."""
    files = [*ROOT.glob("bot/**/*.py"), *ROOT.glob("curation/*.py"), *ROOT.glob("trainer/*.py")]
    return [str(f.relative_to(ROOT)) for f in files if not {"playground", "demo"} & set(f.relative_to(ROOT).parts)]


def test_given_the_code_when_read_then_every_method_it_calls_has_its_scope() -> None:
    called = {found.replace("_", ".") for name in modules() for found in calls(name) if found != "api_call"}
    assert {"chat.postMessage", "views.open", "conversations.replies"} <= called
    assert called - OUTSIDE - scopes.METHODS.keys() - scopes.OPTIONAL.keys() == set()


def test_given_the_listeners_when_read_then_their_events_commands_and_shortcuts_are_in_the_manifest() -> None:
    made, heard = manifest(NAMES[0]), {"event": set[str](), "command": set[str](), "shortcut": set[str]()}
    for file in (ROOT / "bot" / "app.py", *ROOT.glob("bot/listeners/*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            verb = getattr(node.func, "attr", "") if isinstance(node, ast.Call) else ""
            if isinstance(node, ast.Call) and verb in heard and getattr(node.func.value, "id", "") == "app":  # type: ignore[attr-defined]
                first = node.args[0]
                if isinstance(first, ast.Constant):
                    heard[verb].add(str(first.value))
                elif isinstance(first, ast.Dict):
                    heard[verb].add(ast.literal_eval(first)["callback_id"])
    subscribed = {event.partition(".")[0] for event in made["settings"]["event_subscriptions"]["bot_events"]}
    assert heard["event"] <= subscribed
    assert heard["command"] == {c["command"] for c in made["features"]["slash_commands"]} == set(COMMANDS)
    assert heard["shortcut"] == {s["callback_id"] for s in made["features"]["shortcuts"]} == set(SHORTCUTS)
    names = {s["callback_id"]: s["name"] for s in made["features"]["shortcuts"]}
    assert names == {callback: shown["en"] for callback, shown in SHORTCUTS.items()}


def test_given_a_scope_that_was_not_granted_when_used_then_slack_names_what_is_needed() -> None:
    with Playground.start(withheld_scopes=["chat:write", "im:history"]) as slack:
        client = WebClient(slack.bot_token, base_url=slack.api_url)
        direct = client.conversations_open(users="U0MINA")["channel"]["id"]
        granted = client.auth_test().headers["x-oauth-scopes"].split(",")
        assert set(granted) == {*scopes.BOT, "usergroups:read"} - {"chat:write", "im:history"}
        client.conversations_history(channel="C0CHOAN")
        for call, needed in (
            (lambda: client.chat_postMessage(channel="C0CHOAN", text="x"), "chat:write"),
            (lambda: client.conversations_history(channel=direct), "im:history"),
            (lambda: client.conversations_join(channel="C0CHOAN"), "channels:join"),
        ):
            with pytest.raises(SlackApiError) as refused:
                call()
            answer = refused.value.response
            assert (answer["error"], answer["needed"]) == ("missing_scope", needed)
            assert answer["provided"].split(",") == granted
