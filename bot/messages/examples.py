"""A good text that exists already, brought as an example."""

SENTENCES: dict[str, tuple[str, str]] = {
    "example_title": ("본보기로 쓰기", "Use as an example"),
    "example_why": (
        "이 글을 이름을 가린 뒤 검토에 올려요. 통과하면 우리 팀 모델을 가르칩니다. 본보기가 아닌 부분은 지워 주세요.",
        "This text is masked and goes to review; once approved it teaches our team's model. Take out what is no part of it.",
    ),
    "example_task": ("무슨 글인가요", "What kind of text"),
    "example_topic": ("주제", "Topic"),
    "example_audience": ("독자", "Audience"),
    "example_send": ("검토에 올리기", "Send to review"),
    "example_kept": (
        "본보기를 검토에 올렸어요. 결과가 나오면 알려 드릴게요.",
        "Your example is in review. You will hear what becomes of it.",
    ),
    "example_known": ("이미 본보기로 가져온 글이에요.", "This text was brought as an example already."),
    "example_forgotten": (
        "지워 달라고 한 글이라 다시 가져올 수 없어요.",
        "This text was deleted on request and can't be brought in again.",
    ),
    "example_declined": (
        "'내 글은 빼 주세요'를 고르셔서 본보기를 받지 않아요. 앱 홈에서 바꿀 수 있어요.",
        "You chose to leave your texts out, so no examples are taken from you. You can change that on the App Home.",
    ),
    "example_author_declined": (
        "글을 쓴 분이 학습에 쓰지 말아 달라고 하셨어요.",
        "The person who wrote this asked to leave their texts out.",
    ),
    "example_guest": ("손님 계정의 글은 모으지 않아요.", "Nothing is collected from guests."),
    "example_external": (
        "다른 회사와 함께 쓰는 채널의 글은 모으지 않아요.",
        "Nothing is collected from channels shared with another company.",
    ),
    "example_unknown": (
        "누가 쓴 글인지, 어떤 채널인지 지금은 확인하지 못했어요. 잠시 뒤 다시 해 주세요.",
        "Who wrote this, or whose channel this is, could not be checked just now. Please try again in a moment.",
    ),
    "example_long": (
        "글이 너무 길어 창에 담을 수 없어요. 나누어 올려 주세요.",
        "This text is too long for a form. Please bring it in pieces.",
    ),
}
