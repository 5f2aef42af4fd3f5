"""Operators' commands and buttons."""

SENTENCES: dict[str, tuple[str, str]] = {
    "status": (
        "요청 {requests} · 초안 {drafts} · 검토 대기 {pending} · 배운 글 {examples} · 학습 {runs}회\n서비스 중: {serving}",
        "{requests} requests · {drafts} drafts · {pending} in review · {examples} examples · {runs} trainings\n"
        "Serving: {serving}",
    ),
    "operators_only": (
        "이 일은 운영자만 할 수 있어요. 운영자에게 부탁해 주세요.",
        "Only operators may do this. Please ask one.",
    ),
    "rolled_back": ("되돌렸어요: {tasks}", "Rolled back: {tasks}"),
    "nothing_to_roll_back": (
        "기본 모델이 쓰고 있어서 되돌릴 것이 없어요.",
        "The base model is writing already; there is nothing to roll back.",
    ),
    "serves_no_more": ("v{version}은 지금 쓰이지 않아요.", "v{version} is not in service now."),
    "unknown_task": ("`{text}`라는 글은 없어요. 되는 것: {tasks}", "There is no `{text}`. Try one of: {tasks}"),
    "unknown_trace": (
        "`{text}`에 맞는 것이 없어요. 예: `12` (초안), `example:7`, `v3`",
        "There is no `{text}`. Try `12` (a draft), `example:7` or `v3`.",
    ),
    "unknown": (
        "`{text}` 명령은 모릅니다. `/flywheel help` 를 봐 주세요.",
        "I don't know `{text}`. See `/flywheel help`.",
    ),
    "rollback": ("되돌리기", "Roll back"),
    "rollback_sure": ("이전 버전으로 돌아갈까요?", "Go back to the version before?"),
    "yes": ("네", "Yes"),
    "no": ("아니요", "No"),
}
