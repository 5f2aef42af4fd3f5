"""The review channel."""

SENTENCES: dict[str, tuple[str, str]] = {
    "review_closed": ("이 글은 이미 결정이 났어요.", "This text is decided already."),
    "reviewers_only": ("검토는 검토자만 할 수 있어요.", "Only reviewers may decide."),
    "reject_title": ("검토에서 빼기", "Leave out"),
    "reject_why": ("왜 빼나요? 쓴 사람이 읽습니다.", "Why? The person who wrote it reads this."),
    "leave_out": ("빼기", "Leave out"),
    "review_quality": ("글의 품질 (1~5)", "Quality of the text (1 to 5)"),
    "review_edit": ("검토 글 고치기", "Edit and approve"),
}
