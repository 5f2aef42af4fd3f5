"""Every sentence the bot says, in Korean and English. Short, warm, concrete; no exclamation marks."""

SENTENCES: dict[str, tuple[str, str]] = {
    "writing": ("초안을 쓰고 있어요", "Writing your draft"),
    "writing_behind": ("초안을 쓰고 있어요 · 앞에 {n}건", "Writing your draft · {n} before it"),
    "base_model": ("기본 모델", "base model"),
    "our_voice": ("우리 말투 v{version}", "our voice v{version}"),
    "draft_number": ("초안 #{id}", "draft #{id}"),
    "toy": (
        "장난감 크기의 모델이 쓴 글이에요. FLYWHEEL_BASE_MODEL 설정으로 진짜 모델을 연결할 수 있어요",
        "Written by a toy-sized model; the setting FLYWHEEL_BASE_MODEL brings a real one",
    ),
    "good": ("좋아요", "Good"),
    "bad": ("아쉬워요", "Not good"),
    "accept": ("그대로 쓰기", "Use as is"),
    "edit": ("고치기", "Edit"),
    "again": ("다시 쓰기", "Write again"),
    "edit_title": ("초안 고치기", "Edit the draft"),
    "save": ("저장", "Save"),
    "close": ("닫기", "Close"),
    "part": ("{n}번째 부분 (모두 {of})", "Part {n} of {of}"),
    "whole": ("글", "Text"),
    "edit_saved": (
        "고친 글 저장했어요 (전체의 {share}% 수정). 검토를 거쳐 다음 학습에 쓰입니다.",
        "Your edit is saved ({share}% changed). Once reviewed, it teaches the next version.",
    ),
    "edit_saved_only": (
        "고친 글 저장했어요 (전체의 {share}% 수정). 학습에는 쓰지 않습니다.",
        "Your edit is saved ({share}% changed). It is not used for learning.",
    ),
    "edit_empty": ("글이 비어 있어요. 고친 글을 적어 주세요.", "The text is empty. Write your version here."),
    "accepted": ("그대로 쓰기로 했어요. 고맙습니다.", "Noted: used as is. Thank you."),
    "only_requester": ("부탁한 분만 '그대로 쓰기'를 누를 수 있어요.", "Only the person who asked can use it as is."),
    "approved": (
        "검토를 통과했어요. 다음 학습에 쓰입니다.",
        "Your text passed the review and teaches the next version.",
    ),
    "rejected": ("검토에서 빠졌어요: {note}", "Left out in review: {note}"),
    "no_note": ("검토자 메모 없음", "no note from the reviewer"),
    "taught": ("이 글이 {voice}에 반영됐어요.", "{voice} has learnt from this text."),
    "consent": (
        "여기서 주신 평가와 수정은 이름을 가린 뒤 사람이 검토하고, 통과한 글만 우리 팀 모델을 가르칩니다.",
        "Your votes and edits are masked, then reviewed by people; only approved texts teach our team's model.",
    ),
    "consent_yes": ("알겠어요", "All right"),
    "consent_no": ("내 글은 빼 주세요", "Leave my texts out"),
    "consent_kept": ("알겠습니다. 고맙습니다.", "Thank you, noted."),
    "consent_declined": (
        "알겠습니다. 초안은 계속 써 드리고, 글은 학습에 쓰지 않습니다.",
        "Noted. You still get drafts; your texts are not used for learning.",
    ),
    "help": (
        "글의 주제를 적어 저를 불러 주세요. 예: `@초안봇 여름 음료 블로그, 동네 직장인 대상`\n`/draft 주제` 나 저에게 보내는 "
        "메시지도 됩니다. 상태는 `/flywheel status`, 지난 길은 `/flywheel trace 번호`.",
        "Mention me with a topic, for example `@draftbot summer drinks blog post, for office workers`.\n"
        "`/draft topic` and direct messages work too. `/flywheel status` and `/flywheel trace NUMBER` look inside.",
    ),
    "no_topic": ("무엇에 대해 쓸까요? 주제를 함께 적어 주세요.", "What should I write about? Add a topic."),
    "status": (
        "요청 {requests} · 초안 {drafts} · 검토 대기 {pending} · 배운 글 {examples} · 학습 {runs}회\n서비스 중: {serving}",
        "{requests} requests · {drafts} drafts · {pending} in review · {examples} examples · {runs} trainings\n"
        "Serving: {serving}",
    ),
    "operators_only": (
        "이 일은 운영자만 할 수 있어요. 운영자에게 부탁해 주세요.",
        "Only operators may do this. Please ask one.",
    ),
    "gone": (
        "이 초안은 더 이상 없어요. 새로 부탁해 주세요.",
        "This draft no longer exists. Please ask for a new one.",
    ),
    "review_closed": ("이 글은 이미 결정이 났어요.", "This text is decided already."),
    "reviewers_only": ("검토는 검토자만 할 수 있어요.", "Only reviewers may decide."),
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
    "again_asked": ("다시 쓰고 있어요.", "Writing another one."),
    "failed": ("초안을 쓰지 못했어요: {reason}", "The draft could not be written: {reason}"),
    "trouble": (
        "지금은 처리하지 못했어요. 잠시 뒤 다시 해 주세요 (번호 {id}).",
        "That did not work just now. Please try again in a moment (number {id}).",
    ),
    "too_long_to_edit": ("글이 너무 길어 이 창에서 고칠 수 없어요.", "This text is too long to edit in a form."),
    "promoted": ("v{version} 학습 끝 · 승격했습니다", "v{version} is trained and promoted"),
    "not_promoted": ("v{version} 학습 끝 · 승격하지 않았습니다", "v{version} is trained and not promoted"),
    "run_failed": ("학습 {id}번이 실패했습니다: {reason}", "Training {id} failed: {reason}"),
    "rollback": ("되돌리기", "Roll back"),
    "rollback_sure": ("이전 버전으로 돌아갈까요?", "Go back to the version before?"),
    "yes": ("네", "Yes"),
    "no": ("아니요", "No"),
    "reject_title": ("검토에서 빼기", "Leave out"),
    "reject_why": ("왜 빼나요? 쓴 사람이 읽습니다.", "Why? The person who wrote it reads this."),
    "leave_out": ("빼기", "Leave out"),
    "review_edit": ("검토 글 고치기", "Edit and approve"),
}


def say(language: str, key: str, **values: object) -> str:
    """The sentence `key` in the reader's language."""
    korean, english = SENTENCES[key]
    return (english if language == "en" else korean).format(**values)
