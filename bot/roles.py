"""The id of Slack's user group of operators in, who is in it out; Slack's word is good for a minute."""

import logging
import time

from bot.canvas import within
from bot.clients import Clients
from bot.standing import TROUBLE, code

log = logging.getLogger("flywheel.bot")
FRESH, PATIENCE = 60.0, 1.5  # seconds Slack's word is believed, and waited for: a command is to be acked within three


class Group:
    """The members of a user group of the house's own workspace."""

    def __init__(self, clients: Clients, group_id: str) -> None:
        self.clients, self.group_id = clients, group_id
        self._known: tuple[float, frozenset[str]] = (0.0, frozenset())

    def members(self) -> frozenset[str] | None:
        """User ids; None where Slack can't tell. No group is set: nobody."""
        if not self.group_id:
            return frozenset()
        until, members = self._known
        now = time.monotonic()
        if now < until:
            return members
        try:
            client = within(self.clients.of(""), now + PATIENCE)
            members = frozenset(client.usergroups_users_list(usergroup=self.group_id)["users"])
        except TROUBLE as error:
            log.warning("the user group of operators is not known (%s)", code(error))
            return None
        self._known = (now + FRESH, members)
        return members
