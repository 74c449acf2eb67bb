"""Names and addresses: by labels, by forms of address, and by standing beside a number of the same person."""

from __future__ import annotations

import re
from collections.abc import Iterable

from knowledge_graph.language.surnames import SURNAME
from knowledge_graph.sovereignty.desensitise.folding import Folded, fold
from knowledge_graph.sovereignty.desensitise.patterns import Hit, Kind

_SURNAME = SURNAME
_HAN = "\u4e00-\u9fff"
_GIVEN = rf"[{_HAN}·]{{1,2}}"
_NOT_NAMES = (
    "方面|方案|方式|方便|高级|高端|高于|金额|关系|关于|何时|何人|成交|成"
    "本|成功|黄金|马上|明天|明年|明细|白天|时间|时候|安排|安全|项目|连续"
    "|单位|单价|单号|于是|向我|和我|易于|全部|全年|全款|应收|应付|应该|"
    "管理|解决|路径|查询|车间|包括|包装|司机|师傅|文件|文档|程序|任务|任"
    "何|左右|石油|钢铁|华东|华南|华北|江苏|江西|安徽|宁波|万元|万台|经理"
    "|代表|编号|名称|名单|公司|集团|投诉|反馈|等级|分级|满意|华为|金融|谢谢"
)
_LABEL = (
    "客户名|客户|顾客|用户|姓名|名字|联系人|收件人|收货人|负责人|经办人|法人|法定"
    "代表人|采购员|本人|我叫|他叫|她叫|名叫|叫做|患者|乘客|业主|员工|同事"
)
_TITLE = (
    "先生|女士|小姐|太太|经理|总监|主任|老师|医生|律师|工程师|会计|师傅|"
    "总裁|董事长|老板|同志|同学|教授"
)
_SHORT_TITLE = "总(?![额计量体数部是共结监裁之的括有])|工(?![作程业厂资艺人商具期])|董(?!事)"
_FOLLOW = (
    rf"(?=[^{_HAN}]|$|{_TITLE}|的|在|说|来电|打|手机|电话|微信|身份证|住|已|想|要|希望"
    r"|今天|昨天|和|与|及|、)"
)
_OWNED = "手机|电话|身份|护照|邮箱|地址|住址|生日|微信|银行|卡号|家人|家庭|联系方式"
_ZH = (
    re.compile(
        rf"(?:{_LABEL})[\s:=是为叫]*(?!{_NOT_NAMES})(?P<value>{_SURNAME}{_GIVEN}?){_FOLLOW}"
    ),
    re.compile(
        rf"(?!{_NOT_NAMES}|[和于向任成安时]|.{{0,2}}客户)(?P<value>{_SURNAME}{_GIVEN})(?={_TITLE}|的(?:{_OWNED}))"
    ),
    re.compile(rf"(?!{_NOT_NAMES})(?P<value>{_SURNAME})(?={_TITLE}|{_SHORT_TITLE})"),
)
_ZH_ALONE = re.compile(rf"(?<![{_HAN}])(?!{_NOT_NAMES})(?P<value>{_SURNAME}{_GIVEN})(?![{_HAN}])")
_WORD = r"[A-Z][^\W\d_]{0,30}(?:['\-][^\W\d_]{1,30}){0,2}\.?"
_WORDS = rf"{_WORD}(?: {{1,3}}{_WORD}){{0,4}}"
_LATIN_LABEL = (
    r"(?:[Cc]ontact|[Nn]ame|[Cc]ustomer|[Cc]lient|[Aa]ttn\.?|[Dd]ear|MRS?\.?|MS\.?|DR\.?|Mr\.?|Mrs\.?|Ms\.?|Dr\.?|Prof\.?|Herrn?"
    r"|Frau|Kunde|Kundin|[Kk]ontakt|Anh|Chi|Ong|Ba|Khach hang|Bapak|Ibu|Pak|Bu|[Nn]ama|[Ss]igned by|I am"
    r"|my name is|联系人|客户|姓名)"
)
_LATIN = re.compile(rf"(?<![A-Za-z]){_LATIN_LABEL}[ :]{{1,3}}(?P<value>{_WORDS})")
_LATIN_ALONE = re.compile(rf"(?<![\w@.])(?P<value>{_WORD}(?: {{1,3}}{_WORD}){{1,3}})(?![\w@])")
_NO_PERSON = re.compile(
    r"\b(?:Ltd|Inc|GmbH|AG|Co|Corp|Company|Group|Bank|Technolog\w*|Solutions?|Systems?|Software|University|Pte|LLC|PT|"
    r"January|February|March|April|May|June|July|August|September|October|November|December|Monday|Tuesday|Wednesday|"
    r"Thursday|Friday|Order|Invoice|Contract|Model|Street|Road|City|Sales|Marketing|Premium|Enterprise|Customer|"
    r"Contact|Please|Dear|Phone|Email|Quote|Total|Amount)\b"
)
_NUMBER = r"[0-9零〇一二三四五六七八九十百千]+"
_ADDRESSES = (
    re.compile(
        r"(?:住址|地址|住在|家住|居住地|户籍|籍贯)[\s:是为在]*(?P<value>[^\s,，。;；!?\n]{3,60})"
    ),
    re.compile(
        rf"(?P<value>[{_HAN}A-Za-z0-9]{{1,24}}?(?:大道|路(?![演径线由况过])|街|道(?![具理路])|巷|弄|胡同|里|村|小区|花园|公寓)"
        rf"(?:[{_HAN}]{{0,8}}?\s*{_NUMBER}\s*[\-之]?\s*[0-9]*\s*(?:号|弄|栋|幢|座|单元|室|楼|层|院|支))+(?:\s*[A-Z0-9]{{1,5}}\s*[座栋幢单元室楼层号]{{0,2}}){{0,3}})"
    ),
    re.compile(
        r"(?P<value>\b[^\W\d_][\w.\-]{0,40}(?:str\.|strasse|straße|weg|platz|allee|gasse|ring)\s*[0-9]+\s?[a-z]?\b)",
        re.I,
    ),
    re.compile(
        r"(?P<value>\b(?:Jl\.|Jalan|Duong|So|Strasse|Rue)\s+(?:[^\W\d_][\w.]{0,40}\s{1,3}){1,4}(?:No\.?\s*)?[0-9]+\w?)",
        re.I,
    ),
    re.compile(
        r"(?P<value>(?:#[0-9]+-[0-9]+\s+)?\b[0-9]{1,5}[A-Za-z]?,?\s+(?:[^\W\d_][\w.'\-]{0,40}\s{1,3}){1,4}"
        r"(?:Street|St|Road|Rd|Avenue|Ave|Lane|Drive|Boulevard|Blvd|Crescent|Walk|Close|Way|Terrace|Place)\b\.?)",
        re.I,
    ),
)


def find_people(folded: Folded, numbers: Iterable[Hit], known: Iterable[str]) -> list[Hit]:
    """Return the places of names and addresses.

    Args:
        folded: The text.
        numbers: What was found already: a name that stands beside a person's number needs no label.
        known: Names that the workspace knows.

    Returns:
        Places in the folded text.
    """
    text = folded.text
    found = [hit for name in known for hit in _known(text, name)]
    for expression in _ADDRESSES:
        found += _values(expression, text, Kind.ADDRESS)
    for expression in (*_ZH, _LATIN):
        found += _values(expression, text, Kind.NAME)
    if any(True for _ in numbers) or any(hit.kind is Kind.ADDRESS for hit in found):
        found += _values(_ZH_ALONE, text, Kind.NAME)
        found += [
            hit
            for hit in _values(_LATIN_ALONE, text, Kind.NAME)
            if not _NO_PERSON.search(text[hit.start : hit.end])
        ]
    return found


def _values(expression: re.Pattern[str], text: str, kind: Kind) -> list[Hit]:
    spans = (match.span("value") for match in expression.finditer(text))
    return [Hit(kind=kind, start=start, end=end) for start, end in spans]


def _known(text: str, name: str) -> list[Hit]:
    plain = fold(name).text.strip()
    if len(plain) < 2:
        return []
    edge = r"(?<!\w)", r"(?!\w)"
    if not plain.isascii():
        edge = "", ""
    expression = re.compile(rf"{edge[0]}(?P<value>{re.escape(plain)}){edge[1]}", re.IGNORECASE)
    return _values(expression, text, Kind.NAME)
