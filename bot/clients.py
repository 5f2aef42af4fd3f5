"""A workspace's id in, the Web API client that speaks for us there out."""

from slack_sdk import WebClient


class Clients:
    """One client for every workspace the app is installed in; with a token in the settings there is one for all."""

    def __init__(self, only: WebClient) -> None:
        self._only = only

    def of(self, team_id: str, enterprise_id: str = "") -> WebClient:
        """The client of a workspace; "" is the house's own, where reviewers and operators read."""
        return self._only
