"""The App Home."""

SENTENCES: dict[str, tuple[str, str]] = {
    "home_hello": ("글의 주제만 알려 주세요. 초안은 제가 쓸게요.", "Tell me the topic, and I will write the draft."),
    "home_draft": ("초안 부탁하기", "Ask for a draft"),
    "home_drafts": ("내 초안", "My drafts"),
    "home_no_drafts": (
        "아직 부탁한 초안이 없어요. 위의 버튼을 누르거나 채널에서 저를 불러 주세요.",
        "No drafts yet. Press the button above, or mention me in a channel.",
    ),
    "home_version": ("{n}번째 판", "version {n}"),
    "home_accepted": ("그대로 썼어요", "used as is"),
    "home_edited": ("고쳤어요", "edited"),
    "home_up": ("좋아요", "good"),
    "home_down": ("아쉬워요", "not good"),
    "home_edits": ("내가 보탠 글", "What I contributed"),
    "home_no_edits": (
        "초안을 고치거나 그대로 쓰면, 그 글이 어떻게 되었는지 여기에서 볼 수 있어요.",
        "Edit a draft or use it as is, and you will see here what becomes of it.",
    ),
    "home_canvas": ("고치는 중이에요 · 아직 저장하지 않았어요", "being edited · not saved yet"),
    "home_waiting": ("곧 검토를 시작해요", "about to be reviewed"),
    "home_in_review": ("검토하고 있어요", "in review"),
    "home_approved": ("검토를 통과했어요 · 다음 학습에 쓰여요", "passed the review · teaches the next version"),
    "home_taught": ("우리 말투 v{version}에 반영됐어요", "our voice v{version} has learnt from it"),
    "home_rejected": ("검토에서 빠졌어요: {note}", "left out in review: {note}"),
    "home_withdrawn": ("학습에서 뺐어요", "taken out of learning"),
    "home_serving": ("지금 쓰는 모델", "Who writes now"),
    "home_fresh": (
        "지난 학습 뒤 통과한 글 {fresh} / {needed}편",
        "{fresh} of {needed} texts approved since the last training",
    ),
    "home_training": ("지금 학습하고 있어요", "a training is under way"),
    "home_promoted": ("v{version} · 더 나아서 쓰고 있어요", "v{version} was better and went into service"),
    "home_not_promoted": ("v{version} · 더 낫지 않아서 쓰지 않아요", "v{version} was not better and was not taken"),
    "home_privacy": ("내 글과 배움", "My texts and learning"),
    "home_help": (
        "채널에서 저를 부르거나 메시지로 주제를 보내도 돼요 · `/draft 주제` · `/flywheel help`",
        "Mentions in a channel and direct messages work too · `/draft topic` · `/flywheel help`",
    ),
}
