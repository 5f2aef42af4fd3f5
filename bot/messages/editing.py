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
    "edit_by_file": (
        "글이 길어 창에서는 고칠 수 없어요. 고친 글을 이 스레드에 답글이나 파일(.md, .txt, .docx)로 올린 뒤, 그 메시지의 "
        "더 보기 메뉴에서 '고친 글로 쓰기'를 눌러 주세요.",
        "This text is too long for a form. Post your version in this thread as a reply or a file (.md, .txt, .docx), "
        "then choose 'Use as edited version' in that message's menu.",
    ),
    "canvas_ready": (
        "캔버스에 열어 두었어요. 고친 뒤 '다 고쳤어요'를 눌러 주세요.",
        "It is open as a canvas. Edit it there, then press 'Done'.",
    ),
    "canvas_open": ("캔버스 열기", "Open the canvas"),
    "canvas_done": ("다 고쳤어요", "Done"),
    "canvas_form": ("양식으로", "Use the form"),
    "canvas_away": (
        "지금은 캔버스를 읽지 못했어요. 고친 글은 캔버스에 그대로 있어요. 잠시 뒤 '다 고쳤어요'를 다시 눌러 주세요.",
        "The canvas could not be read just now. Your words are still in it; please press 'Done' again in a moment.",
    ),
    "canvas_gone": (
        "이 캔버스는 더 이상 없어요. 초안 아래의 '고치기'를 다시 눌러 주세요.",
        "This canvas no longer exists. Press 'Edit' under the draft again.",
    ),
    "canvas_empty": (
        "캔버스가 비어 있어요. 고친 글을 적고 다시 눌러 주세요.",
        "The canvas is empty. Write your version there and press again.",
    ),
    "unchanged": ("새로 바뀐 곳이 없어요.", "Nothing has changed."),
    "no_draft_here": (
        "초안이 있는 스레드의 답글이나 파일에서 써 주세요. 그 앞에 있는 초안의 고친 글로 저장합니다.",
        "Use this on a reply or a file in a draft's thread. It becomes the edited version of the draft before it.",
    ),
    "not_a_person": (
        "사람이 쓴 글에만 쓸 수 있어요.",
        "This works only on what a person wrote.",
    ),
    "file_kind": (
        ".md, .txt, .docx 파일만 읽을 수 있어요.",
        "Only .md, .txt and .docx files can be read.",
    ),
    "file_large": ("파일이 너무 커요. 2MB까지 읽을 수 있어요.", "This file is too large; 2 MB is the most."),
    "file_not_text": (
        "이 파일에서 글을 읽지 못했어요. UTF-8 텍스트로 저장해 다시 올려 주세요.",
        "No text could be read from this file. Save it as UTF-8 text and post it again.",
    ),
    "file_not_word": (
        "이 파일은 워드 문서(.docx)가 아니거나 망가졌어요. 다시 저장해 올려 주세요.",
        "This file is no Word document (.docx), or it is damaged. Save it again and post it once more.",
    ),
    "file_empty": ("글이 비어 있어요.", "There is no text in it."),
    "file_long": (
        "글이 너무 길어요. 10만 자까지 읽을 수 있어요.",
        "This text is too long; 100,000 characters is the most.",
    ),
    "file_away": (
        "지금은 파일을 받지 못했어요. 잠시 뒤 다시 눌러 주세요.",
        "The file could not be fetched just now. Please press again in a moment.",
    ),
    "too_long_to_edit": ("글이 너무 길어 이 창에서 고칠 수 없어요.", "This text is too long to edit in a form."),
}
