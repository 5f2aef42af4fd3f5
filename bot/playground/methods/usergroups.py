"""In: calls about user groups. Out: who is in the workspace's one group, S0OPERATORS."""

from typing import Any

from bot.playground.local import LocalSlack
from bot.playground.methods.spec import Method
from bot.playground.refusal import Refusal

Json = dict[str, Any]
GROUP = "S0OPERATORS"


def users_list(slack: LocalSlack, args: Json) -> Json:
    if args["usergroup"] != GROUP:
        raise Refusal("no_such_subteam")
    return {"users": [p.id for p in slack.workspace.people.values() if p.name in slack.switches.operators]}


METHODS = {
    "usergroups.users.list": Method(users_list, ("usergroup",), ("include_disabled", "team_id"), "tier2"),
}
