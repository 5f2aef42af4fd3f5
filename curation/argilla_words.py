"""What reviewers read on Argilla's pages, in both languages."""

TITLES = {
    "prompt": "요청 · Request",
    "notes": "알아둘 점 · Good to know",
    "change": "이 글을 판정하세요 · Decide on this text",
    "draft": "봇의 초안 · The bot's draft",
    "verdict": "판정 · Verdict",
    "edited": "최종 글 (고칠 곳만 고치세요) · Final text (change what needs it)",
    "reasons": "이유 · Reasons",
    "quality": "품질 1–5 · Quality 1–5",
    "note": "글쓴이에게 한마디 · A word to the author",
    "priority": "우선순위 · Priority",
    "task": "작업 · Task",
    "language": "언어 · Language",
    "signal": "온 길 · Signal",
    "edit": "고친 양 · Edit size",
    "adapter": "초안을 쓴 모델 · Drafted by",
    "flags": "살펴볼 것 · Flags",
    "opinion": "몇 번째 의견 · Which opinion",
    "review": "검토 번호 · Review",
    "shown": "shown",
}

GUIDELINES = {
    "ko": {
        "what": (
            "## 무엇을 판정하나요\n"
            "이 글로 {brand}의 초안 모델을 가르쳐도 되는지 정합니다. 말투: {tone}.\n\n"
            "- **승인**: 그대로 내보내도 좋은 글입니다. 조금 아쉬우면 **최종 글**을 고친 뒤 승인하세요. 고친 글로 가르칩니다.\n"
            "- **빼기**: 고쳐도 쓰기 어려운 글입니다. **이유**를 고르면 글쓴이가 왜 빠졌는지 압니다.\n"
            "- **Discard(건너뛰기)**: 판정이 아닙니다. 다른 검토자가 봅니다.\n\n"
            "초록은 사람이 새로 쓴 말, 빨강은 지운 말입니다. 이름과 번호는 `[PERSON_1]`처럼 가려져 있으니 그대로 두세요. "
            "어떤 글은 두 사람이 보고, 의견이 갈리면 세 번째 사람이 정합니다."
        ),
        "checklist": "### 작업별 체크리스트",
        "reasons": "**이유**:",
        "keys": (
            "**키**: 숫자 `1` 승인 · `2` 빼기 → `Enter` 제출. `Backspace` 건너뛰기, `←` `→` 앞뒤 글. "
            "[여기서 시작하세요]({queue}): 배울 것이 많은 글이 앞에 옵니다."
        ),
    },
    "en": {
        "what": (
            "## What you decide\n"
            "Whether this text may teach {brand}'s drafting model. Voice: {tone}.\n\n"
            "- **Approve**: it can go out as it is. If it nearly can, change the **final text** first: your wording teaches.\n"
            "- **Leave out**: no small change would save it. Choose **reasons**: the author reads them.\n"
            "- **Discard** skips the text, and somebody else is asked. It is no verdict.\n\n"
            "Green words are new, red ones were struck. Names and numbers are masked as `[PERSON_1]`; leave them so. "
            "Some texts are shown to two people, and where they disagree a third decides."
        ),
        "checklist": "### Checklist of each task",
        "reasons": "**Reasons**:",
        "keys": (
            "**Keys**: `1` approve · `2` leave out → `Enter` submits. `Backspace` skips, `←` `→` go back and forth. "
            "[Begin here]({queue}): what teaches most comes first."
        ),
    },
}

NOTES = {
    "ko": {
        "copy": "비슷한 글이 이미 있습니다 ({n}%)", "masked": "가린 것: {kind} {n}개",
        "broken": "체크리스트에서 어긋남: {rules}",
        "wording": "살펴볼 말: {words}", "clean": "체크리스트를 모두 지켰습니다.",
        "second": "두 번째 의견을 구합니다.", "disputed": "의견이 갈렸습니다. 정해 주세요.",
        "approve": "승인", "reject": "빼기", "unchanged": "고치지 않고 그대로 쓴 초안입니다.",
        "imported": "가져온 글입니다. 초안이 없습니다.", "rewritten": "거의 새로 쓴 글입니다. 초안은 아래에 있습니다.",
    },
    "en": {
        "copy": "A similar text is there already ({n}%)", "masked": "Masked: {kind} × {n}",
        "broken": "Off the checklist: {rules}",
        "wording": "Look at the wording: {words}", "clean": "Everything on the checklist is kept.",
        "second": "A second opinion is wanted.", "disputed": "Reviewers disagree. Please decide.",
        "approve": "Approve", "reject": "Leave out", "unchanged": "The draft, used as it was.",
        "imported": "An imported text; there was no draft.", "rewritten": "Almost written anew; the draft stands below.",
    },
}  # fmt: skip
