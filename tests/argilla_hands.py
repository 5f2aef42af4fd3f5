"""What a person's hands do at Argilla's own web page, in a real browser."""

from typing import Any


def log_in(page: Any, url: str, name: str, password: str) -> None:
    """Sign in at an Argilla server's page."""
    page.goto(f"{url}/sign-in")
    page.locator("input").nth(0).fill(name)
    page.locator("input").nth(1).fill(password)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda now: "sign-in" not in now)
