"""Votes, their reasons, and the draft as a file."""

SENTENCES: dict[str, tuple[str, str]] = {
    "why_title": ("어디가 아쉬웠나요?", "What was missing?"),
    "why_ask": (
        "아쉬운 점을 알려 주시면 다음 글이 좋아집니다.",
        "Tell us what was missing, and the next one is better.",
    ),
    "why": ("이유 알려 주기", "Tell us why"),
    "why_chips": ("해당하는 것을 골라 주세요", "Choose what applies"),
    "why_words": ("덧붙일 말", "In your own words"),
    "send": ("보내기", "Send"),
    "file_failed": (
        "파일을 만들지 못했어요. 잠시 뒤 다시 눌러 주세요.",
        "The file could not be made. Please press again in a moment.",
    ),
    "edits_per_draft": ("쓰인 초안 한 편에 손질 {n}번", "{n} repairs for each draft that was used"),
    "votes": ("좋아요 {up} · 아쉬워요 {down}", "{up} votes for · {down} against"),
    "file_title": ("초안 #{id}", "Draft #{id}"),
}
