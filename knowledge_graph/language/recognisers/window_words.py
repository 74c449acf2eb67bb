"""The words of relative days and periods, as patterns over the rewritten sentence."""

from __future__ import annotations

import re

from knowledge_graph.language.recognisers.stream import (
    DAY,
    DURATION,
    NUMBER,
    PERIOD,
    TIME,
    WEEKDAY,
)

U = DURATION
PAST_ZH = re.compile(
    rf"(?:在)?(?:最近|(?<![附接临靠远邻将逼最])近|过去|以往|过往)(?:的)? ?(?:(?P<u>{U})|"
    rf"(?P<n>{NUMBER}) ?日)(?:之?以?内|里|以来|之?间)?"
)
FUTURE_ZH = re.compile(
    rf"(?:在)?(?:未来|今后|接下来|往后)(?:的)? ?(?:(?P<u>{U})|(?P<n>{NUMBER}) ?日)(?:之?以?内|里)?"
)
WITHIN_ZH = re.compile(rf"(?<!每)(?:(?P<u>{U})|(?P<n>{NUMBER}) ?日)(?:之|以)?内(?![部容存置衣])")
SO_FAR_ZH = re.compile(rf"(?P<u>{U})以来")
LAST_EN = re.compile(
    rf"(?<![a-z])(?:(?:in|over|during|within|for) )?(?:the )?(?:last|past|previous|trailing"
    rf"|preceding) (?P<u>{U})(?! (?:of|before))"
)
PAST_UNIT = re.compile(
    r"(?<![a-z])(?:(?:in|over|during|within|for) )?(?:the )?(?:past|trailing) (?P<unit>hour|day"
    r"|week|fortnight|month|quarter|year)(?![a-z]| of)"
)
THE_LAST_UNIT = re.compile(
    r"(?<![a-z])(?:in|over|during|within|for) the last (?P<unit>week|month|quarter|year)(?![a-z]"
    r"| (?:of|day))"
)
NEXT_EN = re.compile(
    rf"(?<![a-z])(?:(?:in|over|during|within|for) )?(?:the )?(?:next|coming|following|upcoming) (?P<u>{U})"
)
WITHIN_EN = re.compile(
    rf"(?<![a-z])(?:within|inside) (?P<u>{U})(?! (?:of|after|before|from|in a row)(?![a-z]))"
)
ZH_OFFSETS = {"上上": -2, "上": -1, "下": 1, "下下": 2, "本": 0, "这": 0, "当": 0}
CALENDAR_ZH = re.compile(
    r"(?<![以线加晚早网马路历])(?P<o>上上|下下|上|下|本|这|当)(?:一)?个?(?P<unit>周末|周"
    r"(?![期年边围转折]|到(?!期|今|现|目))|星期|礼拜"
    r"|月(?![季亮饼底末初])份?|季度|季(?![节底末])|年度)(?!\ue004)"
)
YEARS_ZH = re.compile(
    r"(?P<y>今年|去年|前年|明年|后年|上一年|本年|当年|下一年)(?:度|全年)?(?!同期|级|[底末初春夏秋冬])"
    r"(?P<since>以来)?"
)
YEAR_OFFSETS = {
    "今年": 0,
    "本年": 0,
    "当年": 0,
    "去年": -1,
    "上一年": -1,
    "前年": -2,
    "明年": 1,
    "下一年": 1,
    "后年": 2,
}
CALENDAR_EN = re.compile(
    r"(?<![a-z])(?<!the day )(?:the )?(?P<o>this|current|last|previous"
    r"|next) (?:calendar )?(?P<unit>week|weekend|month|quarter|year)(?![a-z]|'s? [a-z]| of(?![a-z]))"
)
EN_OFFSETS = {"this": 0, "current": 0, "last": -1, "previous": -1, "next": 1}
TO_DATE = re.compile(
    r"(?<![a-z])(?:(?P<unit>week|month|quarter|year)[ -]to[ -]date|(?P<short>[wmqy]td))(?![a-z])"
)
DAYS_ZH = {
    "大前天": -3,
    "前天": -2,
    "昨天": -1,
    "昨日": -1,
    "今天": 0,
    "今日": 0,
    "明天": 1,
    "明日": 1,
    "后天": 2,
    "大后天": 3,
    "当天": 0,
}
DAY_WORD_ZH = re.compile(
    "大前天|大后天|前天|昨天|昨日|今天|今日|明天|明日|后天|(?:昨|今|明)晚|今早|明早"
)
DAY_WORD_EN = re.compile(
    r"(?<![a-z])(?:the )?(?P<d>day after tomorrow|day before yesterday|today|yesterday|tomorrow)(?![a-z])"
)
DAYS_EN = {
    "day before yesterday": -2,
    "yesterday": -1,
    "today": 0,
    "tomorrow": 1,
    "day after tomorrow": 2,
}
AGO = re.compile(rf"(?P<u>{U})(?: ago(?![a-z])|(?:之|以)?前(?![端台面往后景沿期]))")
AHEAD = re.compile(
    rf"(?<![a-z])in (?P<u>{U})(?:'s?)?(?: time)?(?! (?:of|in|before|after))"
    rf"|(?P<u2>{U})(?: from (?:now|today)(?![a-z])|(?:之|以)?后(?![台面端续]))|过(?P<u3>{U})(?=再|就|后)"
)
END_ZH = re.compile(
    r"(?P<w>本|这个?|当|上个?|下个?)?(?P<unit>月|季度?|周)[底末](?![周])|(?P<y>今|本|明|去)?年[底末](?!会)"
)
END_EN = re.compile(
    r"(?<![a-z])(?:(?:by |at )(?=the))?(?:the )?(?:end|last day) of (?:(?P<o>this|the|next|last"
    r"|current) )?(?P<unit>week|month|quarter|year)(?![a-z])|(?<![a-z])(?P<short>eo[mqwy])(?![a-z])"
)
START_EN = re.compile(
    r"(?<![a-z])(?:the )?(?:start|beginning|first day) of (?:(?P<o>this|the|next|last"
    r"|current) )?(?P<unit>week|month|quarter|year)(?![a-z])"
)
WEEKDAY_ZH = re.compile(rf"(?P<o>上上|下下|上|下|本|这)?个?(?P<w>{WEEKDAY})")
WEEKDAY_EN = re.compile(
    rf"(?<![a-z])(?P<o>next|this|last|this coming|coming) (?P<w>{WEEKDAY})|(?<=[a-z] )(?P<w2>{WEEKDAY})"
)
DAY_TIME = re.compile(
    rf"(?P<d>{DAY})(?:,? at |,? ?的?)(?P<t>{TIME})|(?P<d2>{DAY}) at (?P<n>{NUMBER})(?! ?[%a-z])"
    rf"|(?P<t2>{TIME})(?: on)? ?(?P<d3>{DAY})"
)
X = f"[{DAY}{PERIOD}]"
RANGE = re.compile(
    rf"(?:(?<![a-z])(?:from|between) |从|自|在|介于)?(?P<a>{X}) ?(?:到|至|~|～|-|–|—| to | until | till "
    rf"| through | thru )(?: ?)(?P<b>{X})(?:之?间|期间)?"
    rf"|(?<![a-z])between (?P<c>{X}) and (?P<d>{X})|(?:介于|在)?(?P<e>{X}) ?[和与] ?(?P<f>{X}) ?之?间"
)
OPEN = re.compile(
    rf"(?<![a-z])(?P<en>on or before|on or after|no later than|not later than|no earlier than"
    rf"|since|starting from|starting|from|after|before|prior to|by|until|till|through|up to"
    rf"|as of) (?P<a>{X})(?! (?:to|until|till|through) )"
    rf"|(?P<lead>自从|自|从|截至|截止到?|不晚于|不早于)(?P<b>{X})(?P<tail>以来|之后|以后|起|开始|为止|止)?"
    rf"|(?P<c>{X}) ?(?P<zh>以来|及以后|及之后|及以前|及之前|之前|以前|前(?![端台面往后景沿期])|之后|以后"
    rf"|后(?![台面端续])|起|开始|为止)"
)
FROM = {
    "since": 0,
    "from": 0,
    "starting": 0,
    "starting from": 0,
    "on or after": 0,
    "no earlier than": 0,
    "after": 1,
}
UP_TO = {
    "on or before": 0,
    "no later than": 0,
    "not later than": 0,
    "by": 0,
    "until": 0,
    "till": 0,
    "through": 0,
    "up to": 0,
    "as of": 0,
    "before": -1,
    "prior to": -1,
}
ZH_FROM = {"以来": 0, "起": 0, "开始": 0, "及以后": 0, "及之后": 0, "之后": 1, "以后": 1, "后": 1}
ZH_UP_TO = {"为止": 0, "止": 0, "及以前": 0, "及之前": 0, "之前": -1, "以前": -1, "前": -1}
