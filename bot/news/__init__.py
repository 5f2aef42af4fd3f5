"""What became of edits and trainings in, one message each out; every piece of news is told exactly once."""

from bot.news.herald import LEASE, Herald

__all__ = ["LEASE", "Herald"]
