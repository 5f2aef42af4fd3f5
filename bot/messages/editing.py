"""A person's own version of a draft."""

SENTENCES: dict[str, tuple[str, str]] = {
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
    "too_long_to_edit": ("글이 너무 길어 이 창에서 고칠 수 없어요.", "This text is too long to edit in a form."),
}
