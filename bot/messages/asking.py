"""Asking for a draft, and for its next version."""

SENTENCES: dict[str, tuple[str, str]] = {
    "help": (
        "글의 주제를 적어 저를 불러 주세요. 예: `@초안봇 여름 음료 블로그, 동네 직장인 대상`\n"
        "`/draft 주제`, `/draft`만 (양식), 저에게 보내는 메시지도 됩니다.\n"
        "초안 스레드에 답글로 '조금 짧게', '가격 추가'처럼 적으면 새 버전을 씁니다. '그만'이라고 적으면 멈춥니다.\n"
        "상태는 `/flywheel status`, 지난 길은 `/flywheel trace 번호`, 내 글의 쓰임은 `/flywheel privacy`. "
        "스레드에서는 저를 부르고 `상태`, `추적 12`, `개인정보`, `양식`이라고 적어 주세요.",
        "Mention me with a topic, for example `@draftbot summer drinks blog post, for office workers`.\n"
        "`/draft topic`, `/draft` alone (a form) and direct messages work too.\n"
        "Reply in a draft's thread, as in 'shorter' or 'add prices', for the next version. 'stop' stops it.\n"
        "`/flywheel status` and `/flywheel trace NUMBER` look inside, `/flywheel privacy` says what is kept. "
        "In threads mention me with `status`, `trace 12`, `privacy` or `form`.",
    ),
    "no_topic": ("무엇에 대해 쓸까요? 주제를 함께 적어 주세요.", "What should I write about? Add a topic."),
    "form_title": ("초안 부탁하기", "Ask for a draft"),
    "form_send": ("부탁하기", "Ask"),
    "form_points": ("한 줄에 하나씩 적어 주세요.", "One a line."),
    "form_language": ("초안의 언어", "Language of the draft"),
    "in_ko": ("한국어", "Korean"),
    "in_en": ("영어", "English"),
    "form_here": (
        "양식에 적어 주시면 그대로 초안을 쓸게요.",
        "Fill in the form, and I will write from it.",
    ),
    "form_open": ("양식 열기", "Open the form"),
    "file_hint": (
        "고친 글이라면, 그 메시지의 더 보기 메뉴에서 '고친 글로 쓰기'를 눌러 주세요. 다르게 써 드리길 바라시면 "
        "답글로 적어 주세요.",
        "If this is your version, choose 'Use as edited version' in that message's menu. For another draft, say in a "
        "reply what should change.",
    ),
    "nothing_to_stop": (
        "멈출 초안이 없어요. 쓰고 있는 초안은 부탁한 분이나 운영자가 멈출 수 있어요.",
        "There is nothing to stop. A draft under way can be stopped by the person who asked, or by an operator.",
    ),
}
