"""What the bot serves over HTTP: Slack's events in HTTP mode, and the installation into further workspaces."""
