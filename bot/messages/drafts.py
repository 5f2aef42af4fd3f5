"""What stands in and under a draft."""

SENTENCES: dict[str, tuple[str, str]] = {
    "writing": ("초안을 쓰고 있어요", "Writing your draft"),
    "writing_behind": ("초안을 쓰고 있어요 · 앞에 {n}건", "Writing your draft · {n} before it"),
    "stop": ("멈추기", "Stop"),
    "stopped": ("멈췄어요", "Stopped"),
    "only_requester_stops": ("부탁한 분만 멈출 수 있어요.", "Only the person who asked can stop it."),
    "ended_already": ("이미 끝난 초안이에요.", "This draft has ended already."),
    "answered_here": (
        "그 채널에 제가 없어서 여기로 답해요. 채널에 초대해 주시면 다음부터는 거기에 쓸게요.",
        "I am not in that channel, so here is the answer. Invite me there and I will write in the channel next time.",
    ),
    "version": ("{n}판", "version {n}"),
    "folded": ("{n}판 · {words}", "Version {n} · {words}"),
    "folded_part": ("{n}판 ({part}/{parts})", "Version {n} ({part}/{parts})"),
    "unfold": ("펼치기", "Unfold"),
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
    "download": ("파일로 받기", "Get the file"),
    "accepted": ("그대로 쓰기로 했어요. 고맙습니다.", "Noted: used as is. Thank you."),
    "only_requester": ("부탁한 분만 '그대로 쓰기'를 누를 수 있어요.", "Only the person who asked can use it as is."),
    "again_asked": ("다시 쓰고 있어요.", "Writing another one."),
    "failed": ("초안을 쓰지 못했어요: {reason}", "The draft could not be written: {reason}"),
    "gone": (
        "이 초안은 더 이상 없어요. 새로 부탁해 주세요.",
        "This draft no longer exists. Please ask for a new one.",
    ),
    "trouble": (
        "지금은 처리하지 못했어요. 잠시 뒤 다시 해 주세요 (번호 {id}).",
        "That did not work just now. Please try again in a moment (number {id}).",
    ),
}
