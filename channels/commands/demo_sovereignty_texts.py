"""What `guanxi demo sovereignty` tells and types, in Chinese and English."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tools.context import Lang


@dataclass(frozen=True, kw_only=True)
class Person:
    """Somebody of the sample workspace, and the lines that the demo types about this person."""

    id: str
    name: str
    mail: str
    rate: float
    """The share of mails that were opened: sentiment data, which a file brings."""
    show: str
    ask: str
    code: str
    value: str
    card: str
    withdraw: str


PEOPLE: Mapping[Lang, Person] = {
    "zh": Person(
        id="P0081",
        name="程雨桐",
        mail="chengyutong81@c0020.example.cn",
        rate=0.62,
        show="显示程雨桐",
        ask="请求程雨桐授权我们为报价使用他的情绪信息，24小时",
        code="程雨桐的授权码是{code}",
        value="程雨桐的邮件打开率是多少？",
        card="程雨桐的数据卡",
        withdraw="撤回程雨桐的授权",
    ),
    "en": Person(
        id="P0301",
        name="Olga Novak",
        mail="olga.novak301@c0101.example.com",
        rate=0.62,
        show="show Olga Novak",
        ask="ask Olga Novak for consent to use her sentiment data for a quote for 24 hours",
        code="Olga Novak's code is {code}",
        value="what is Olga Novak's email open rate?",
        card="show the data card of Olga Novak",
        withdraw="withdraw the consent of Olga Novak",
    ),
}

_TEXTS: Mapping[str, tuple[str, str]] = {
    "arrives.title": ("没有授权就看不到", "Without a grant nobody sees it"),
    "arrives.about": (
        "邮件系统送来了{name}的邮件打开率。这是情绪信息：没有本人授权，任何人都只看到 •••。",
        "The mail tool has delivered how often {name} opens our mail. That is sentiment data: without the "
        "person's own consent everybody sees •••.",
    ),
    "asks.title": ("一个用途，一类信息，最多 72 小时", "One purpose, one kind of data, 72 h at most"),
    "asks.about": (
        "系统自己不能授权。它请授权机构（另一个进程，另一把密钥）去问本人。",
        "The CRM cannot grant itself anything. The consent authority asks: another process, another key.",
    ),
    "letter.title": ("{name}收到的信，系统读不到", "The letter, which the CRM cannot read"),
    "letter.about": (
        "授权机构直接把验证码交给{name}。",
        "The authority gives {name} a code by a way of its own.",
    ),
    "grants.title": ("本人同意", "The person says yes"),
    "grants.about": (
        "{name}把验证码告诉销售。授权机构签名，授权生效并写入账本。",
        "{name} tells the code. The authority signs the grant; it is in force and in the ledger.",
    ),
    "uses.title": ("为报价使用：看得到", "Used for the quote: it is shown"),
    "uses.about": (
        "值离开数据层之前，这次使用已经写入账本。",
        "Before the value leaves the data layer, its use is in the ledger.",
    ),
    "other_use.title": ("换一个用途：看不到", "For anything else: withheld"),
    "other_use.about": ("同一个人、同一个值，用途是客户关怀。", "The same value, but for customer care."),
    "card.title": ("数据卡", "The data card"),
    "card.about": (
        "每个字段：值或遮住的原因、来源、时间、依据、有效至。",
        "Each field: its value or why it is masked, where it came from and when, on which ground, until when.",
    ),
    "withdraws.title": ("撤回", "Withdrawal"),
    "withdraws.about": ("{name}改变了主意，立即生效。", "{name} has second thoughts. It holds at once."),
    "refused.title": ("一分钟后：拒绝", "A minute later: refused"),
    "refused.about": (
        "同样的问题、同样的用途。之前的回答也不再交给模型。",
        "The same question for the same purpose. The earlier answer is not given to a model any more either.",
    ),
    "bundle.title": ("{name}下载凭证，离线核验", "The customer verifies it all, offline"),
    "bundle.about": (
        "一个文件的核验程序，只用 Python 标准库，在一个空文件夹里运行：谁、为什么、何时用了什么，一条不少。",
        "One file of code, run apart from the product in a folder of its own: who used what, what for, when, "
        "and that no entry is missing between others.",
    ),
    "forged.title": ("改一个词就不成立", "One word changed, and it does not hold"),
    "forged.about": ("把凭证里的“情绪”改成“身份”再核验。", "The same bundle with one word rewritten."),
    "backup.title": ("备份", "A backup, with the person in it"),
    "backup.about": (
        "备份里是密文，没有密钥。{name}此时还在里面。",
        "It holds ciphertext and no keys. {name} is still in it.",
    ),
    "erases.title": ("彻底删除", "Erasure, everywhere"),
    "erases.about": (
        "数据库、变更日志、向量、对话、授权、账本里的内容；最后销毁密钥。报告有签名，也写明做不到的。",
        "Records, change log, vectors, conversations, grants, what opens the ledger; then the keys. The report "
        "is signed, and says what could not be done.",
    ),
    "restores.title": ("恢复删除之前的旧备份", "The backup from before is restored"),
    "restores.about": (
        "恢复时先重放删除记录。没有这份记录，恢复会被拒绝。",
        "A restore repeats every erasure first. Without the ledger of erasures it is refused.",
    ),
    "gone.title": ("{name}没有回来，其他人都在", "The person is still gone, the others are whole"),
    "gone.about": ("再问一次。", "Asked once more."),
    "box": ("{text}\n验证码：{code}", "{text}\ncode: {code}"),
    "place": ("  {place}：找到 {found}，清除 {gone}", "  {place}: {found} found, {gone} gone"),
    "keys": ("  密钥：销毁 {keys} 把", "  keys: {keys} destroyed"),
    "signed": ("  报告已签名，签名有效", "  the report is signed, and its signature holds"),
    "not_done": ("  没有做到：{line}", "  not done: {line}"),
    "holds": ("核验通过：账本 {size} 条，本人 {count} 条", "HOLDS: {count} entries in a ledger of {size}"),
    "fails": ("核验不通过：{problem}", "DOES NOT HOLD: {problem}"),
    "restored": (
        "已恢复 {changes:,} 组变更，重放 {erasures} 次删除",
        "restored {changes:,} change sets, repeated {erasures} erasure(s)",
    ),
    "others": ("联系人还有 {count} 位", "{count} contacts are there"),
    "broken": ("第 {step} 步没有成立：{what}", "step {step} does not show what it says: {what}"),
}  # fmt: skip


def say(key: str, lang: Lang, **values: object) -> str:
    """Return a text of the demo.

    >>> say("others", "en", count=599)
    '599 contacts are there'
    """
    text = _TEXTS[key][lang == "en"]
    return text.format(**values) if values else text
