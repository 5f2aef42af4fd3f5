"""A local Slack: Web API, Socket Mode and a page, strict where Slack is strict; for demo, tests and play."""
