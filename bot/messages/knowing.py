"""What became of an edit, and of trainings."""

SENTENCES: dict[str, tuple[str, str]] = {
    "approved": (
        "검토를 통과했어요. 다음 학습에 쓰입니다.",
        "Your text passed the review and teaches the next version.",
    ),
    "rejected": ("검토에서 빠졌어요: {note}", "Left out in review: {note}"),
    "no_note": ("검토자 메모 없음", "no note from the reviewer"),
    "taught": ("이 글이 {voice}에 반영됐어요.", "{voice} has learnt from this text."),
    "taught_many": (
        "이 스레드의 글 {n}편이 {voice}에 반영됐어요.",
        "{voice} has learnt from {n} texts of this thread.",
    ),
    "eased": (
        "{voice}의 글은 같은 종류에서 평균 수정량이 {before}% → {after}%로 줄었습니다 (처음 {n}번의 수정).",
        "{voice} needs less editing for texts of this kind: {before}% → {after}% on average (its first {n} edits).",
    ),
    "promoted": ("v{version} 학습 끝 · 승격했습니다", "v{version} is trained and promoted"),
    "not_promoted": ("v{version} 학습 끝 · 승격하지 않았습니다", "v{version} is trained and not promoted"),
    "late": (
        "v{version} 학습 끝 · 그 사이 다른 버전이 쓰이고 있어 승격하지 않았습니다",
        "v{version} is trained and not promoted: another version went into service meanwhile",
    ),
    "barred": (
        "v{version} 학습 끝 · 배운 글 가운데 거둬들인 글이 있어 승격하지 않습니다",
        "v{version} is trained and will not be promoted: texts it learnt from were taken back",
    ),
    "words_taken_back": (
        "글을 거둬들였어요 ({subject}). 그 글 {n}편으로 배운 {adapters} 버전은 앞으로 승격하지 않아요.",
        "Texts were taken back ({subject}). {adapters} learnt from {n} of them and will not be put in service any more.",
    ),
    "still_serving": (
        "지금 쓰는 버전 {serving}: 그 글 없이 다시 배운 버전이 통과할 때까지 그대로 씁니다. 바로 되돌릴 수도 있어요.",
        "Serving until a version trained without them passes: {serving}. You can also roll back at once.",
    ),
    "told_retrain_run": (
        "거둬들인 글을 뺀 학습 {id}번을 시작했어요.",
        "Training {id} has begun, without the texts that were taken back.",
    ),
    "told_retrain_nothing": (
        "글을 거둬들인 뒤 다시 배울 글이 남지 않았어요. 지금 쓰는 버전은 `/flywheel rollback`으로 되돌릴 수 있어요.",
        "After texts were taken back nothing is left to train on. `/flywheel rollback` takes back what serves now.",
    ),
    "run_failed": ("학습 {id}번이 실패했습니다: {reason}", "Training {id} failed: {reason}"),
    "train_again": ("다시 학습", "Train again"),
    "details": ("자세히", "Details"),
    "details_of": ("v{version} 자세히", "v{version} in detail"),
    "all_texts": ("평가한 글 {n}편", "{n} held-out texts"),
    "score_checklist": ("체크리스트", "checklist"),
    "score_log_likelihood": ("로그우도", "log-likelihood"),
    "score_chrf": ("사람 글과 닮음", "likeness to human texts"),
    "score_repetition": ("반복", "repetition"),
    "score_length": ("글자 수", "characters"),
    "learnt": ("배운 글 {n}편", "learnt from {n} texts"),
    "from_edited": ("수정 {n}", "{n} edited"),
    "from_accepted": ("그대로 쓴 글 {n}", "{n} used as is"),
    "from_human": ("게시글 {n}", "{n} posts"),
    "minutes": ("{n}분", "{n} min"),
    "seconds": ("{n}초", "{n} s"),
    "before": ("전", "before"),
    "after": ("후", "after"),
    "put_in_service": ("바꿔 쓰기 시작했어요: {moves}", "Put in service: {moves}"),
    "told_run": ("{who}님의 부탁으로 학습 {id}번을 시작했어요.", "Training {id} has begun, as {who} asked."),
    "told_nothing": (
        "{who}님이 부탁한 학습: 배울 글이 아직 없어요.",
        "The training {who} asked for: there is nothing to train on yet.",
    ),
    "told_busy": (
        "{who}님이 부탁한 학습: 다른 학습이 이미 진행되고 있어요.",
        "The training {who} asked for: another training is under way.",
    ),
}
