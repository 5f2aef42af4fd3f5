"""Operators' commands and buttons."""

SENTENCES: dict[str, tuple[str, str]] = {
    "status": (
        "요청 {requests} · 초안 {drafts} · 검토 대기 {pending} · 배운 글 {examples} · 학습 {runs}회\n서비스 중: {serving}",
        "{requests} requests · {drafts} drafts · {pending} in review · {examples} examples · {runs} trainings\n"
        "Serving: {serving}",
    ),
    "next_missing": (
        "다음 학습까지 통과한 글이 {n}편 더 필요해요.",
        "{n} more approved texts start the next training.",
    ),
    "next_soon": ("다음 학습이 곧 시작돼요.", "The next training is about to begin."),
    "help_operators": (
        "운영자는 `/flywheel train` (지금 학습), `/flywheel promote v3 [글 종류]`, "
        "`/flywheel rollback [글 종류]`도 쓸 수 있어요. 먼저 무엇이 바뀌는지 보여 드려요.",
        "Operators may also use `/flywheel train` (now), `/flywheel promote v3 [TASK]` and `/flywheel rollback [TASK]`. "
        "You see first what would change.",
    ),
    "operators_only": (
        "이 일은 운영자만 할 수 있어요. 운영자에게 부탁해 주세요.",
        "Only operators may do this. Please ask one.",
    ),
    "operators_unknown": (
        "누가 운영자인지 지금은 Slack이 알려 주지 않아요. 잠시 뒤에 다시 해 주세요.",
        "Slack can't tell just now who the operators are. Please try again in a while.",
    ),
    "would_change": ("이렇게 바뀝니다:", "This would change:"),
    "gate_promoted": ("평가에서는 더 나았어요.", "The comparison found it better."),
    "gate_not_promoted": (
        "평가에서는 더 낫지 않았어요. 이유: {reasons}",
        "The comparison did not find it better: {reasons}",
    ),
    "gate_unasked": ("아직 평가하지 않은 버전이에요.", "It was not compared yet."),
    "rolled_back": ("되돌렸어요: {moves}", "Rolled back: {moves}"),
    "nothing_to_roll_back": (
        "기본 모델이 쓰고 있어서 되돌릴 것이 없어요.",
        "The base model is writing already; there is nothing to roll back.",
    ),
    "serves_already": ("이미 v{version} 버전이 쓰고 있어요.", "v{version} is writing already."),
    "serves_no_more": (
        "그 사이에 쓰는 버전이 바뀌었어요. 바꾸지 않았습니다.",
        "What serves has changed meanwhile. Nothing was done.",
    ),
    "version_barred": (
        "v{version} 버전은 그 뒤에 거둬들인 글로도 배웠기 때문에 더는 쓸 수 없어요. 다른 버전을 고르거나 다시 학습해 주세요.",
        "v{version} learnt from texts that were taken back since and can't go into service any more. "
        "Choose another version, or train again.",
    ),
    "passed_over": (
        "{versions}: 거둬들인 글로 배운 버전이라 건너뜁니다.",
        "{versions} passed over: learnt from texts that were taken back since.",
    ),
    "promote_usage": (
        "어느 버전을 쓸지 적어 주세요. 예: `/flywheel promote v3`, `/flywheel promote v3 blog`",
        "Say which version, as in `/flywheel promote v3` or `/flywheel promote v3 blog`.",
    ),
    "unknown_version": ("`{text}`라는 버전은 없어요.", "There is no version `{text}`."),
    "other_base": (
        "v{version} 버전은 다른 기본 모델({base})의 것이라 지금은 쓸 수 없어요.",
        "v{version} belongs to another base model ({base}) and can't write now.",
    ),
    "train_ask": (
        "지금 학습할까요? 지난 학습 뒤 통과한 글 {fresh}편, 모두 {total}편으로 배웁니다. 더 나을 때만 바뀝니다.",
        "Train now? {fresh} texts were approved since the last training; it learns from {total} in all. "
        "Only a better version goes into service.",
    ),
    "train_empty": (
        "아직 배울 글이 없어요. 초안을 고치거나 글을 가져오면 배울 수 있어요.",
        "There is nothing to train on yet. Edit drafts, or import texts.",
    ),
    "train_kept": (
        "학습을 부탁해 두었어요. 시작하면 운영 채널에 알려 드려요.",
        "The training is asked for. The operators' channel tells when it begins.",
    ),
    "train_busy": ("지금 다른 학습이 진행되고 있어요.", "Another training is under way."),
    "train_waits": ("이미 부탁해 둔 학습이 곧 시작돼요.", "A training is asked for already and will begin soon."),
    "train_past": (
        "그 뒤에 다른 학습이 끝났어요. `/flywheel status`를 봐 주세요.",
        "Another training has ended since. See `/flywheel status`.",
    ),
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
    "promote": ("이 버전 쓰기", "Put in service"),
    "promote_sure": ("지금부터 이 버전으로 쓸까요?", "Write with this version from now on?"),
    "train": ("지금 학습", "Train now"),
    "train_sure": ("지금 학습을 시작할까요?", "Begin a training now?"),
    "train_again_sure": ("다시 학습할까요?", "Train again?"),
    "yes": ("네", "Yes"),
    "no": ("아니요", "No"),
}
