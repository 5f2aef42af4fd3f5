"""What is kept and why."""

SENTENCES: dict[str, tuple[str, str]] = {
    "consent": (
        "여기서 주신 평가와 수정은 이름을 가린 뒤 사람이 검토하고, 통과한 글만 우리 팀 모델을 가르칩니다.",
        "Your votes and edits are masked, then reviewed by people; only approved texts teach our team's model.",
    ),
    "consent_yes": ("알겠어요", "All right"),
    "consent_no": ("내 글은 빼 주세요", "Leave my texts out"),
    "consent_details": ("자세히", "Details"),
    "consent_kept": ("알겠습니다. 고맙습니다.", "Thank you, noted."),
    "consent_declined": (
        "알겠습니다. 초안은 계속 써 드리고, 글은 학습에 쓰지 않습니다.",
        "Noted. You still get drafts; your texts are not used for learning.",
    ),
    "details_title": ("무엇을 보관하나요", "What is kept"),
    "details_what": (
        "*무엇을* 부탁하신 말, 제가 쓴 초안, 평가와 고친 글을 보관해요. 버튼과 이모지 반응으로 주신 평가는 "
        "슬랙 사용자 번호와 함께 남아요.",
        "*What* Your requests, the drafts I write, your votes and your edits. Votes by button and by reaction are kept "
        "together with your Slack user id.",
    ),
    "details_who": (
        "*누가* 이름, 전화번호, 이메일 같은 개인정보를 가린 뒤 검토하는 사람에게 보여요.",
        "*Who* Reviewers read the texts after names, phone numbers, e-mail addresses and the like were masked.",
    ),
    "details_why": (
        "*왜* 검토를 통과한 글만 우리 팀 모델을 가르쳐요. 그 밖의 글은 가르치는 데 쓰지 않아요.",
        "*Why* Only texts that passed the review teach our team's model. No other text does.",
    ),
    "details_until": (
        "*언제까지* 지워 달라고 하실 때까지요. 앱 홈의 버튼이나 `/flywheel privacy delete`로 언제든 지울 수 있고, "
        "`/flywheel privacy off`로 배움에서만 뺄 수도 있어요.",
        "*Until when* Until you have them deleted, with the button on the App Home or `/flywheel privacy delete`. "
        "`/flywheel privacy off` only takes them out of learning.",
    ),
    "details_after": (
        "*지운 뒤에는* 그 글 없이 바로 다시 학습해요. 이미 배운 버전은 새 버전이 통과할 때까지만 쓰고 다시 고르지 않아요. "
        "지운 글의 지문(해시)만 남겨서 다시 들어오지 않게 해요. 슬랙 대화의 메시지는 남아요.",
        "*After deleting* A training without your texts is asked for at once. Versions that have learnt serve at most until "
        "the new one passes, and are never chosen again. Of your texts only fingerprints (hashes) are kept, so that they "
        "can't come in again. Messages in Slack stay.",
    ),
    "details_never": (
        "*모으지 않는 것* 손님 계정의 글과, 다른 회사와 함께 쓰는 채널의 글은 모으지 않아요.",
        "*Never* Nothing is collected from guests or from channels shared with other companies.",
    ),
    "privacy_unasked": (
        "고친 글과 평가를 배움에 쓰고 있어요. 언제든 뺄 수 있어요.",
        "Your edits and votes are used for learning. You can take them out at any time.",
    ),
    "privacy_granted": (
        "고친 글과 평가를 배움에 쓰고 있어요. 고맙습니다.",
        "Your edits and votes are used for learning. Thank you.",
    ),
    "privacy_declined": (
        "내 글은 배움에 쓰지 않아요. 초안은 계속 받을 수 있어요.",
        "Your texts are not used for learning. You still get drafts.",
    ),
    "privacy_guest": (
        "손님 계정이라서 글을 모으지 않아요. 초안은 얼마든지 부탁하세요.",
        "You are a guest here, so nothing of yours is collected. Ask for as many drafts as you like.",
    ),
    "privacy_on": ("배움에 쓰기", "Use for learning"),
    "privacy_off": ("내 글은 빼기", "Leave my texts out"),
    "privacy_delete": ("내 글 지우기", "Delete my texts"),
    "privacy_usage": (
        "`/flywheel privacy` 뒤에는 `on`, `off`, `delete` 중 하나를 쓸 수 있어요.",
        "After `/flywheel privacy` you can write `on`, `off` or `delete`.",
    ),
    "privacy_is_on": (
        "지금부터의 글을 배움에 쓸게요. 전에 뺀 글은 다시 쓰지 않아요.",
        "From now on your texts are used for learning. Those taken out before stay out.",
    ),
    "privacy_is_off": (
        "앞으로의 글을 배움에 쓰지 않아요. 검토 중이던 글 {n}편도 뺐어요.",
        "Your texts are no longer used for learning. {n} that were under way are taken out too.",
    ),
    "delete_title": ("내 글을 지울까요?", "Delete your texts?"),
    "delete_sure": (
        "부탁한 말, 초안, 고친 글이 우리 데이터베이스와 학습 자료에서 지워지고, 앞으로도 배움에 쓰지 않아요. "
        "슬랙 대화의 메시지는 남아요. 되돌릴 수 없어요.",
        "Your requests, drafts and edits go from our database and training data, and nothing of yours is used from now "
        "on. Messages in Slack stay. This can't be undone.",
    ),
    "delete_yes": ("지우기", "Delete"),
    "delete_no": ("그대로 두기", "Keep them"),
    "delete_ask": (
        "아래 버튼을 누르면 부탁한 말, 초안, 고친 글을 지워요. 슬랙 대화의 메시지는 남아요.",
        "The button below deletes your requests, drafts and edits. Messages in Slack stay.",
    ),
    "deleted": (
        "지웠어요: 부탁 {requests}건, 초안 {drafts}편, 고친 글과 의견 {feedback}건, 배움에 쓰던 글 {examples}편.",
        "Deleted: {requests} requests, {drafts} drafts, {feedback} edits and comments, {examples} texts used for learning.",
    ),
    "deleted_nothing": (
        "지울 글이 없어요. 앞으로도 배움에 쓰지 않을게요.",
        "There is nothing to delete. Nothing of yours will be used.",
    ),
    "deleted_taught": (
        "{adapters}: 그중 {n}편으로 이미 배웠어요. 그 글 없이 다시 학습하고, 이 버전은 다시 고르지 않아요.",
        "{adapters} learnt from {n} of them already. A training without them is asked for, and these versions are not "
        "put in service again.",
    ),
}
