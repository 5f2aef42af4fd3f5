"""In: nothing. Out: the invented team, its channels and the bot, fresh each time."""

import secrets

from bot.playground.workspace import Channel, Identity, Person, Workspace

COMMANDS = {
    "/draft": {"ko": "초안 부탁하기 [주제]", "en": "Ask for a draft [topic]"},
    "/flywheel": {"ko": "상태와 도움말 [status | help …]", "en": "Status and help [status | help …]"},
}
SHORTCUTS = {
    "use_as_example": {"ko": "본보기로 쓰기", "en": "Use as an example"},
    "use_as_edit": {"ko": "고친 글로 쓰기", "en": "Use as edited version"},
}

START = {"ko": "C0CHOAN", "en": "C0DRAFTS"}  # where a person of that language begins
SUGGESTIONS = {  # the page's chips show the first line
    "C0CHOAN": (
        "B2G 마케팅 트렌드 블로그, 관공서 담당자 대상\n"
        "브랜드: 온빛기획\n핵심: 입찰 공고 읽는 법 / 담당자 인터뷰 3건 / 분기별 일정표",
        "카페 대표 메뉴 소개 SNS 글, 동네 직장인 대상\n"
        "브랜드: 물결커피\n핵심: 오전 8시 개점 / 텀블러 할인 500원 / 창가 자리 12석",
        "도서관 야간 개방 블로그, 시간이 부족한 직장인 대상\n"
        "브랜드: 새봄도서관\n핵심: 평일 밤 10시까지 개방 / 무인 반납함 / 회원증 당일 발급",
    ),
    "C0DRAFTS": (
        "weekend pottery classes blog post, for busy office workers\n"
        "Brand: Claybird Studio\nKey points: two hours every Saturday / glaze included / small groups of six",
        "new season menu social post, for neighbours\n"
        "Brand: Harbour Kitchen\nKey points: three lunch sets / local vegetables / open until nine",
    ),
}

PEOPLE = (
    Person("U0MINA", "mina", "김미나", "ko", "member", "카피라이터"),
    Person("U0JUNHO", "junho", "박준호", "ko", "member", "콘텐츠 기획"),
    Person("U0SARA", "sara", "Sara Lindqvist", "en", "operator", "English desk · runs the bot"),
    Person("U0EUN", "eun", "정은", "ko", "reviewer", "편집장"),
)
BOT = Person("U0DRAFTBOT", "draftbot", "초안봇", "ko", "member", "", is_bot=True)

CHANNELS = (
    ("C0CHOAN", "초안", "초안봇에게 글을 부탁하는 곳"),
    ("C0DRAFTS", "drafts", "Ask the bot for English drafts here"),
    ("C0REVIEW", "review", "고친 글을 함께 살펴보는 곳 · where edits are reviewed"),
    ("C0FLYWHEEL", "flywheel", "봇이 무엇을 배웠는지 · what the bot has learnt"),
)


def new_workspace() -> Workspace:
    """A workspace of four people, four channels and a direct message each; the tokens are new every time."""
    identity = Identity(
        team_id="T0ONBIT",
        team_name="온빛기획",
        domain="onbit",
        app_id="A0DRAFTBOT",
        bot_id="B0DRAFTBOT",
        bot_user=BOT.id,
        bot_token=f"xoxb-local-{secrets.token_hex(8)}",
        app_token=f"xapp-1-A0DRAFTBOT-{secrets.token_hex(8)}",
        signing_secret=secrets.token_hex(16),
        client_id="10000000001.20000000002",
        client_secret=secrets.token_hex(16),
    )
    everyone = {p.id for p in (*PEOPLE, BOT)}
    channels = {i: Channel(i, name, topic, members=set(everyone)) for i, name, topic in CHANNELS}
    for person in PEOPLE:
        direct = f"D0{person.id[2:]}"
        channels[direct] = Channel(direct, "", user=person.id, members={person.id, BOT.id})
    return Workspace(identity, {p.id: p for p in (*PEOPLE, BOT)}, channels, tokens={identity.bot_token})
