"""Asking for a draft."""

SENTENCES: dict[str, tuple[str, str]] = {
    "help": (
        "글의 주제를 적어 저를 불러 주세요. 예: `@초안봇 여름 음료 블로그, 동네 직장인 대상`\n`/draft 주제` 나 저에게 보내는 "
        "메시지도 됩니다. 상태는 `/flywheel status`, 지난 길은 `/flywheel trace 번호`.",
        "Mention me with a topic, for example `@draftbot summer drinks blog post, for office workers`.\n"
        "`/draft topic` and direct messages work too. `/flywheel status` and `/flywheel trace NUMBER` look inside.",
    ),
    "no_topic": ("무엇에 대해 쓸까요? 주제를 함께 적어 주세요.", "What should I write about? Add a topic."),
}
