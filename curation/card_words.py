"""The words of a review card in both languages."""

WORDS = {
    "ko": {
        "title": "검토", "edited": "고친 글", "accepted": "그대로 쓴 초안", "human": "가져온 글",
        "draft": "봇의 초안", "final": "고친 글", "masked": "가린 것", "broken": "체크리스트에서 어긋난 것",
        "kept": "체크리스트를 모두 지켰습니다.", "terms": "말", "approve": "승인", "edit": "고쳐서 승인",
        "reject": "빼기", "approved": "승인했습니다", "rejected": "뺐습니다",
        "withdrawn": "글쓴이가 거둬들여 글을 지웠습니다.", "copy": "비슷한 글이 이미 있습니다 ({n}%)",
        "open": "다른 검토자의 의견이 더 필요합니다 ({n}명)", "disputed": "의견이 갈렸습니다. 다른 검토자가 봐 주세요 ({n}명)",
    },
    "en": {
        "title": "Review", "edited": "edited draft", "accepted": "draft used as is", "human": "imported text",
        "draft": "The bot's draft", "final": "The edited text", "masked": "Masked", "broken": "Off the checklist",
        "kept": "Everything on the checklist is kept.", "terms": "Wording", "approve": "Approve",
        "edit": "Edit and approve", "reject": "Leave out", "approved": "Approved", "rejected": "Left out",
        "withdrawn": "Its author took the text back; it is gone from here.",
        "copy": "A similar text is there already ({n}%)", "open": "Another reviewer's opinion is wanted ({n})",
        "disputed": "Reviewers disagree. Another one should decide ({n})",
    },
}  # fmt: skip
MASKED = {
    "ko": {
        "PHONE": "전화번호", "EMAIL": "이메일", "KR_RRN": "주민등록번호", "BUSINESS_NO": "사업자번호",
        "CARD": "카드 번호", "ACCOUNT": "계좌번호", "SECRET": "비밀 값", "IP": "IP 주소", "SLACK_ID": "슬랙 사용자",
        "URL_WITH_TOKEN": "비밀 링크", "PERSON": "이름", "ADDRESS": "주소", "DATE_OF_BIRTH": "생년월일",
    },
    "en": {
        "PHONE": "phone number", "EMAIL": "e-mail address", "KR_RRN": "resident number",
        "BUSINESS_NO": "business number", "CARD": "card number", "ACCOUNT": "account number", "SECRET": "secret",
        "IP": "IP address", "SLACK_ID": "Slack user", "URL_WITH_TOKEN": "secret link",
        "PERSON": "name", "ADDRESS": "address", "DATE_OF_BIRTH": "date of birth",
    },
}  # fmt: skip
