"""Closed word lists of the offline model: kinds of contact, and phrases for when it was."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from knowledge_graph.language.recognisers import DateFound, recognise
from knowledge_graph.language.results import Lang, LanguageContext

_TYPES: Mapping[str, Mapping[str, re.Pattern[str]]] = {
    "en": {
        "call": re.compile(
            r"(?:phone |video |sales |short |quick |follow-up |long )*(?:call|phone call|chat|conversation)s?"
            r"|(?:spoke|talked|chatted)(?: to| with)?|called|phoned|rang|telephoned|speaking (?:to|with)|"
            r"had a call with|got off the phone with|a word with", re.I),
        "meeting": re.compile(
            r"(?:short |quick |follow-up |online |sales )*(?:meeting|demo|presentation|lunch|dinner|coffee|"
            r"workshop)s?|met(?: with| up with)?|sat down with|had (?:lunch|dinner|coffee) with", re.I),
        "visit": re.compile(r"(?:site )?visits?|visited|dropped by|called on", re.I),
        "email": re.compile(r"e-?mails?|mails?|wrote(?: to)?|e-?mailed|mailed", re.I),
        "message": re.compile(r"messages?|texts?|messaged|texted|chat messages?|wechat messages?", re.I),
        "note": re.compile(r"notes?", re.I),
    },
    "zh": {
        "call": re.compile(
            r"(?:打了?|通了?|打过|打完了?|通完了?)?(?:一?[次个通])?(?:电话|通话|来电|语音|视频|视频会议)(?:了|过)?"
            r"|聊完了?|通完话|沟通完了?|谈完了?|聊了|聊过|聊天|沟通|沟通了|谈了|谈过|联系了|联系过|通了话"),
        "meeting": re.compile(
            r"(?:开了?|见了?|开完了?)?(?:一?[次个场])?(?:会议|会|面谈|会面|见面|演示|吃饭|午餐|晚餐|座谈)(?:了|过)?"
            r"|吃了?(?:个|顿)?饭|吃完饭|见完面|见了面|见面了|开了会|开会了|面谈了"),
        "visit": re.compile(r"(?:上门|现场)?(?:拜访|走访|参观)(?:了|过)?"),
        "email": re.compile(r"(?:发了?|写了?|回了?)?(?:一?封)?(?:邮件|电子邮件|信)"),
        "message": re.compile(r"(?:发了?)?(?:一?条)?(?:微信|消息|短信|企业微信)"),
        "note": re.compile(r"备注|笔记|记录|跟进|跟进记录"),
    },
}  # fmt: skip

_JUST = re.compile(
    r"just now|right now|now|earlier|earlier today|this (?:morning|afternoon|evening)|刚才|刚刚|刚|今天刚刚",
    re.I,
)
_LEAD = re.compile(r"^(?:on|at|in|earlier)\s+", re.I)


def interaction_type(text: str, lang: Lang) -> str | None:
    """Return the interaction type that a word or phrase stands for, None if it stands for none.

    >>> interaction_type("phone call", "en")
    'call'
    """
    for name, shape in _TYPES[lang].items():
        if shape.fullmatch(text.strip()):
            return name
    return None


def just_now(text: str) -> bool:
    """Say whether a text means the moment of speaking."""
    return bool(_JUST.fullmatch(_LEAD.sub("", text.strip())))


def when_phrase(text: str, context: LanguageContext) -> bool:
    """True if a text says when something was, and nothing else."""
    whole = _LEAD.sub("", text.strip())
    bare = without_daypart(whole)
    if not bare or _JUST.fullmatch(whole) or _JUST.fullmatch(bare):
        return True
    return any(
        found.start == 0 and found.end == len(bare) and found.kind in {"date", "window"}
        for found in recognise(bare, context)
    )


_QUESTION = {
    "en": re.compile(
        r"^(?:what|who|whom|whose|which|when|where|why|how|does|do|is|are|can|did|has|have|was|were|"
        r"should|would|could|will|any|anything|tell me|explain)\b|\?\s*$", re.I),
    "zh": re.compile(
        r"[?？]\s*$|什么|多久|多长|多少|几年|几个|怎么|如何|为什么|为何|哪|谁|是否|有没有|吗|呢|能不能|可不可以"),
}  # fmt: skip


def is_question(text: str, lang: Lang) -> bool:
    """Say whether a sentence asks something.

    Returns:
        True for a question mark or a question word.

    >>> is_question("how long is the warranty", "en")
    True
    """
    return bool(_QUESTION[lang].search(text.strip()))


_ASKS = {
    "en": re.compile(
        r"^(?:what|how|when|where|why|who|whom|whose|which|did|does|do|is|are|has|have|was|were)\b", re.I),
    "zh": re.compile(r"什么|多久|多长|怎么|如何|为什么|为何|是否|有没有|吗[?？]?$|呢[?？]?$"),
}  # fmt: skip


def only_asks(text: str, lang: Lang) -> bool:
    """Say whether a sentence can only be a question: no such wording asks for a change.

    Returns:
        True for "what did they say"; False for "can you delete it".

    >>> only_asks("what did they say", "en"), only_asks("can you delete it", "en")
    (True, False)
    """
    return bool(_ASKS[lang].search(text.strip()))


_JOBS = {
    "en": re.compile(
        r"(?!(?:their|our|the|an?|his|her|is|as)\b)(?:(?!at|of|from|with)[a-z&/-]+ ){0,4}"
        r"(?:manager|director|head(?: of [a-z&/ -]+)?|lead|officer|engineer|buyer|purchaser|"
        r"assistant|president|chair(?:man|woman|person)?|owner|founder|co-founder|partner|consultant|analyst|"
        r"architect|developer|specialist|coordinator|supervisor|executive|representative|controller|accountant|"
        r"technician|scientist|doctor|nurse|professor|planner|strategist|secretary|clerk|administrator|"
        r"c[a-z]o|vp(?: of)?(?: [a-z&/ -]+)?|(?:svp|evp|md|gm)(?: [a-z&/ -]+)?|intern|principal|advis[eo]r)"
        r"(?: (?:of|for) [a-z&/ -]+|,? [a-z&/-]+)?", re.I),
    "zh": re.compile(
        r"(?:(?![的在任是])[\u4e00-\u9fffA-Za-z&]){0,6}(?:总监|经理|主管|主任|总裁|总经理|副总|董事|董事长|工程师|专员|助理|科长|处长|"
        r"部长|厂长|所长|院长|校长|店长|组长|队长|负责人|顾问|会计|出纳|采购|秘书|老板|合伙人|创始人|医生|教授|"
        r"研究员|分析师|架构师|设计师|技术员|代表|总工|总|CEO|CTO|CFO|COO|CIO|CMO|VP)", re.I),
}  # fmt: skip


def is_job_title(text: str, lang: Lang) -> bool:
    """Say whether words are what a person may be by profession.

    Returns:
        True for a noun of a profession with what may stand around it.

    >>> is_job_title("Head of Procurement", "en"), is_job_title("unhappy", "en")
    (True, False)
    >>> is_job_title("采购总监", "zh")
    True
    """
    bare = text.strip()
    return bool(_JOBS[lang].fullmatch(bare) or _JOBS["en"].fullmatch(bare))


_REQUEST = {
    "en": re.compile(
        r"(?:(?:please|pls|ok|okay|now|and|also|then|actually|hey|hi|so|no|wait|can you|could you|would you|"
        r"i want to|i need to|i'd like to|let's)[\s,]+)*"
        r"(?:log|record|note|write|add|create|register|delete|remove|erase|show|list|find|search|count|display|"
        r"open|close|give|assign|reassign|transfer|hand|move|mark|tag|set|change|update|edit|rename|merge|combine|"
        r"undo|revert|restore|remind|schedule|book|export|import|send|e-?mail|tell|explain|who|whom|whose|what|"
        r"which|when|where|why|how|is|are|does|do|did|has|have|"
        r"i (?:met|called|spoke|just)|we (?:met|called|spoke|just))\b"
        r"\s+\S", re.I),
    "zh": re.compile(
        r"(?:(?:请|麻烦|帮我|那|再|然后|另外|还有|好的|不|先)[，,]?)*"
        r"(?:把|将|新建|新增|添加|创建|录入|登记|删除|删掉|记录|记一下|记一笔|提醒|查|找|看|显示|列出|统计|合并|撤销|撤回|恢复|"
        r"关闭|导出|导入|发送|谁|什么|哪|怎么|为什么|有多少|有几|多少|给.+(?:建|加|新建|打|开)|今天.+(?:了|过)|刚)"
        r".{2,}"),
}  # fmt: skip


def starts_request(text: str, lang: Lang) -> bool:
    """Say whether a message begins as a request or a question of its own, not as the answer to one.

    Returns:
        True for an order or a question word with something behind it.

    >>> starts_request("log a call with Acme", "en"), starts_request("to Sofia", "en")
    (True, False)
    >>> starts_request("把黄海转给王强", "zh"), starts_request("金额改为70万", "zh")
    (True, False)
    """
    return bool(_REQUEST[lang].match(text.strip()))


_REASONS = {
    "en": re.compile(
        r"\b(?:pric\w*|expensive|costs?|costly|cheap\w*|budget\w*|money|compet\w+|rivals?|timing|delay\w*|"
        r"too (?:late|slow|big|small|complex|early)|features?|function\w*|quality|"
        r"no (?:need|interest|decision|response|reply|answer|time)|went with|chose|picked|prefer\w*|"
        r"in-house|incumbent|someone else|another vendor|froze|frozen|"
        r"cancell?ed|stopped|postponed|scope|fit|trust|support)\b", re.I),
    "zh": re.compile(
        r"价格|太贵|贵了|便宜|低价|报价|成本|预算|没钱|资金|竞争|对手|竞品|友商|别家|别人|其他家|另一家|同行|功能|性能|"
        r"质量|交期|时间|太慢|太晚|没有?需求|不需要|没兴趣|没回复|不回|取消|搁置|暂停|冻结|换人|关系|自研|自己做|服务|方案"),
}  # fmt: skip


def is_reason(text: str, lang: Lang) -> bool:
    """Say whether words can be why a deal was lost, and no request of their own.

    Returns:
        True for a few words that speak of price, rivals, time, need and the like.

    >>> is_reason("too expensive", "en"), is_reason("assign it to Raj", "en")
    (True, False)
    """
    return len(text) <= _LONGEST_REASON and bool(_REASONS[lang].search(text))


_LONGEST_REASON = 60
_DAYPART = re.compile(
    r"^(?:上午|下午|晚上|早上|中午|傍晚|凌晨)(?:[\d一二三四五六七八九十两]+[点时:：](?:\d+分?|半|整)?)?|"
    r"(?:上午|下午|晚上|早上|中午|傍晚|凌晨)(?:[\d一二三四五六七八九十两]+[点时:：](?:\d+分?|半|整)?)?$|"
    r"\s*(?:in the )?(?:morning|afternoon|evening)$|\s+at noon$",
    re.I,
)


def without_daypart(text: str) -> str:
    """Return words without the part of the day at their start or end.

    >>> without_daypart("后天上午"), without_daypart("tomorrow afternoon")
    ('后天', 'tomorrow')
    """
    return _DAYPART.sub("", text.strip()).strip()


def time_of_day(text: str, context: LanguageContext) -> str:
    """Return the time of day that words for a moment hold ("15:00"), "" for a day alone.

    Args:
        text: The words.
        context: The clock and its zone.
    """
    for found in recognise(text.strip(), context):
        value = found.value
        if isinstance(value, DateFound) and value.is_instant and value.iso:
            instant = datetime.fromisoformat(value.iso.replace("Z", "+00:00"))
            return f"{instant.astimezone(ZoneInfo(context.timezone)):%H:%M}"
    return ""


def said_day(when: str) -> str:
    """Return the words of a day without what stands around them.

    >>> said_day("on Nov 18"), said_day("今天上午")
    ('Nov 18', '今天')
    """
    return without_daypart(_LEAD.sub("", when.strip()))


def leading_day(text: str, context: LanguageContext) -> tuple[str, str]:
    """Return the day that a text begins with, "" for none, and the rest: "yesterday at the fair".

    Args:
        text: What was said.
        context: The clock.
    """
    bare = text.strip()
    lead = _LEAD.match(bare)
    at = lead.end() if lead else 0
    for found in recognise(bare, context):
        if found.kind == "date" and found.start == at and not found.others:
            return bare[at : found.end], bare[found.end :].strip(" ,，;；:：")
    return "", text


_KEEP_IT = re.compile(
    r"[\s,，;；。.]*(?:please )?(?:note (?:it|that|this)(?: down)?|log (?:it|that|this)|"
    r"write (?:it|that|this) down|keep a note(?: of it)?|"
    r"记到系统里?|帮我记一下|记一下|记录一下|帮忙记一下|记下来|记上|麻烦记一下)[.。!！]*$",
    re.I,
)
_GOES_ON = re.compile(
    r"(?:he|she|they|it|we|wants|needs|said|says|asked|was|is|agreed|promised|will)\b|"
    r"(?:他|她|对方|客户|说|要|想|觉得|表示|希望|同意|问)",
    re.I,
)


def what_was_said(text: str) -> str:
    """Return the text of an interaction without the request to keep it.

    >>> what_was_said("she is happy, note it down")
    'she is happy'
    """
    return _KEEP_IT.sub("", text.strip())


def goes_on(sentence: str) -> bool:
    """Say whether a sentence behind a report can only go on with it ("He wants a demo").

    Returns:
        True if it begins with who said something, or what.
    """
    return bool(_GOES_ON.match(sentence.strip()))


def trailing_day(text: str, context: LanguageContext) -> tuple[str, str]:
    """Return the day, not to come, that a text ends with, "" for none, and the rest: "the quote yesterday".

    Args:
        text: What was done.
        context: The clock.
    """
    bare = text.strip().rstrip(".。!！")
    for found in recognise(bare, context):
        value = found.value
        past = isinstance(value, DateFound) and value.iso[:10] <= context.now.date().isoformat()
        if past and found.end == len(bare) and not found.others:
            return bare[found.start :], re.sub(r"[\s,，]*(?:on|at)?\s*$", "", bare[: found.start])
    return "", text
