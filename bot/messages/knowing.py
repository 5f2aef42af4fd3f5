"""What became of an edit, and of trainings."""

SENTENCES: dict[str, tuple[str, str]] = {
    "approved": (
        "검토를 통과했어요. 다음 학습에 쓰입니다.",
        "Your text passed the review and teaches the next version.",
    ),
    "rejected": ("검토에서 빠졌어요: {note}", "Left out in review: {note}"),
    "no_note": ("검토자 메모 없음", "no note from the reviewer"),
    "taught": ("이 글이 {voice}에 반영됐어요.", "{voice} has learnt from this text."),
    "promoted": ("v{version} 학습 끝 · 승격했습니다", "v{version} is trained and promoted"),
    "not_promoted": ("v{version} 학습 끝 · 승격하지 않았습니다", "v{version} is trained and not promoted"),
    "run_failed": ("학습 {id}번이 실패했습니다: {reason}", "Training {id} failed: {reason}"),
}
