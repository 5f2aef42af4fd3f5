"""What is kept and why."""

SENTENCES: dict[str, tuple[str, str]] = {
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
}
