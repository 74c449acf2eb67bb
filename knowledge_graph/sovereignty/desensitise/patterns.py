"""What personal data looks like in folded text: numbers with their checks, contacts, and labelled values."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from knowledge_graph.sovereignty.desensitise.checks import (
    is_chinese_id,
    is_credit_code,
    is_iban,
    is_luhn,
)
from knowledge_graph.sovereignty.desensitise.folding import Folded


class Kind(StrEnum):
    """Kinds of personal data."""

    PHONE = "phone"
    ID_NUMBER = "id"
    CARD = "card"
    EMAIL = "email"
    ACCOUNT = "account"
    NAME = "name"
    ADDRESS = "address"
    BIRTH = "birth"


@dataclass(frozen=True, kw_only=True)
class Hit:
    """A place in the folded text; the value itself is not kept."""

    kind: Kind
    start: int
    end: int


@dataclass(frozen=True, kw_only=True)
class Pattern:
    """A regular expression and the check that its digits must pass."""

    kind: Kind
    expression: re.Pattern[str]
    check: Callable[[str], bool] | None = None
    """Gets letters and digits only, in capitals."""

    def hits(self, text: str) -> Iterator[Hit]:
        """Yield the places; with a group `value` only that part of the match."""
        for match in self.expression.finditer(text):
            group = "value" if "value" in self.expression.groupindex else 0
            start, end = match.span(group)
            if self.check is None or self.check(_bare(match[group])):
                yield Hit(kind=self.kind, start=start, end=end)


_GAP = r"[ \t\r\n\-._·/()\[\]*|~:]{0,3}"
_APART = r"[\s\-._·/()\[\]{}*|~:,;，；、\"'“”+&]{0,5}"
"""Between the parts of a number that is split over cells or fields, behind a label."""
_BEFORE = r"(?<![0-9A-Za-z])"
_WORD_BEFORE = r"(?<![A-Za-z])"
_DIGIT_BEFORE = r"(?<![0-9])"
_AFTER = r"(?![0-9A-Za-z])"
_DIGIT_AFTER = r"(?![0-9])"
_AT = r"\s{0,3}(?:@|[(\[{<]\s?(?:at|@|艾特)\s?[)\]}>]|\sat\s|艾特|#@)\s{0,3}"
_DOT = r"\s{0,3}(?:\.|[(\[{<]\s?(?:dot|\.|点)\s?[)\]}>]|\sdot\s|点|。)\s{0,3}"
_IS = r"(?:\s?(?:号码|号|ID|No\.?|Nr\.?|number|是|为|is|code)){0,3}\s{0,3}[:=#]?\s{0,3}(?:是|为|is)?\s{0,3}"
_PERSONAL_NUMBER = (
    r"(?:身份证(?:件|号|号码)?(?:前|后|末|尾)[四五六八]位|身份证|身份证件|证件|护照|通行证|军官证|驾驶证|驾照|社保|医保|居住证"
    r"|NRIC|FIN|CCCD|CMND|can cuoc|NPWP|NIK|KTP|passport|Reisepass|Personalausweis|Ausweis"
    r"|Steuer-?ID|IdNr|social security|SSN|national id|identity card)"
)
_CALL = (
    r"(?:电话|手机|座机|固话|联系方式|致电|拨打|来电|短信|传真|tel|telefon|telepon|phone|mobile"
    r"|cell|call|handphone|hp|whatsapp|zalo|dien thoai|dt|handy|fax|text|sms)"
)
_ACCOUNT_LABEL = (
    r"(?:微信|威信|薇信|wechat|weixin|vx|wx|v信|加v|QQ|telegram|tg|line|zalo|skype"
    r"|钉钉|抖音|小红书|微博|支付宝|alipay|instagram|ig)"
)
_CARD_LABEL = (
    r"(?:银行卡|信用卡|储蓄卡|借记卡|卡号|银行账号|银行账户|收款账号|账号"
    r"|card|bank account|account|Konto|rekening|tai khoan|stk)"
)


_PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
"""Short names of provinces as they begin a number plate. Source: GA 36-2018."""


def _pattern(kind: Kind, expression: str, check: Callable[[str], bool] | None = None) -> Pattern:
    return Pattern(kind=kind, expression=re.compile(expression, re.IGNORECASE), check=check)


def _digits(count: str, *, first: str = "") -> str:
    return rf"{first}(?:{_GAP}[0-9]){{{count}}}"


PATTERNS: tuple[Pattern, ...] = (
    _pattern(
        Kind.EMAIL,
        rf"(?<![A-Z0-9._%+\-])[A-Z0-9._%+\-]{{1,64}}{_AT}[A-Z0-9\-]{{1,63}}(?:{_DOT}[A-Z0-9\-]{{1,63}}){{0,4}}{_DOT}[A-Z]{{2,24}}",
    ),
    _pattern(Kind.EMAIL, r"[A-Z0-9._%+\-]{1,64}@[A-Z0-9\-]{1,63}(?:\.[A-Z0-9\-]{1,63}){1,6}"),
    _pattern(
        Kind.EMAIL, r"[^\s@<>(),;，。；、：:]{1,64}@[^\s@<>(),;，。；、]{1,100}\.[^\W\d_]{2,24}"
    ),
    _pattern(
        Kind.BIRTH,
        rf"{_WORD_BEFORE}(?:生日|出生日期|出生年月|出生于|出生|DOB|date of birth|birthday"
        rf"|born(?: on)?|ngay sinh|geb\.?|geboren(?: am)?|tanggal lahir){_IS}"
        rf"(?P<value>[0-9]{{1,4}}[\-/.年 ]{{1,2}}[0-9]{{1,2}}[\-/.月 ]{{1,2}}[0-9]{{1,4}}日?)",
    ),
    # China: mobile, also spaced or with numerals; landline; identity; UnionPay
    _pattern(
        Kind.PHONE,
        rf"{_DIGIT_BEFORE}(?:(?:\+|00)?86{_GAP})?1{_GAP}[3-9]{_digits('9')}{_DIGIT_AFTER}",
    ),
    _pattern(
        Kind.PHONE,
        rf"{_DIGIT_BEFORE}\(?0(?:10|2[0-9]|[3-9][0-9]{{2}})\)?[ \-]{{1,2}}[2-8][0-9]{{6,7}}{_DIGIT_AFTER}",
    ),
    _pattern(
        Kind.ID_NUMBER,
        rf"{_DIGIT_BEFORE}{_digits('16', first='[1-9]')}{_GAP}[0-9X]{_AFTER}",
        is_chinese_id,
    ),
    _pattern(
        Kind.CARD, rf"{_DIGIT_BEFORE}{_digits('12,18', first='[2-6]')}{_DIGIT_AFTER}", is_luhn
    ),
    # Any country: international numbers, IBAN
    _pattern(
        Kind.PHONE, rf"(?<![0-9A-Za-z])(?:\+|00){_digits('7,14', first='[1-9]')}{_DIGIT_AFTER}"
    ),
    _pattern(
        Kind.ACCOUNT, rf"{_BEFORE}[A-Z]{{2}}[0-9]{{2}}(?:[ \-]?[A-Z0-9]){{11,30}}{_AFTER}", is_iban
    ),
    _pattern(
        Kind.PHONE,
        rf"{_WORD_BEFORE}{_CALL}[^0-9\n]{{0,14}}"
        r"(?P<value>1[3-9][0-9][^0-9\n]{1,14}[0-9]{4}[^0-9\n]{1,14}[0-9]{4})(?![0-9])",
    ),
    # National numbers with their zero; North America; number plates of China
    _pattern(
        Kind.PHONE,
        rf"{_BEFORE}\(?0[1-9][0-9]{{1,4}}\)?[ /\-][0-9]{{3,4}}[ \-]?[0-9]{{3,4}}{_AFTER}",
    ),
    _pattern(
        Kind.PHONE,
        rf"{_BEFORE}(?:\([2-9][0-9]{{2}}\)[ \-]?|[2-9][0-9]{{2}}[\-.])[2-9][0-9]{{2}}[\-. ][0-9]{{4}}{_AFTER}",
    ),
    _pattern(
        Kind.ID_NUMBER,
        rf"[{_PROVINCES}][A-HJ-NP-Z][·. \-]?(?=[A-HJ-NP-Z]{{0,4}}[0-9])[A-HJ-NP-Z0-9]{{5,6}}{_AFTER}",
    ),
    # Vietnam, Singapore, Indonesia
    _pattern(Kind.PHONE, rf"{_DIGIT_BEFORE}0{_GAP}[35789]{_digits('8')}{_DIGIT_AFTER}"),
    _pattern(Kind.PHONE, rf"{_DIGIT_BEFORE}0{_GAP}8{_digits('8,11')}{_DIGIT_AFTER}"),
    _pattern(
        Kind.ID_NUMBER,
        rf"{_BEFORE}0[0-9]{{2}}[ .]?[0-3][0-9]{{2}}[ .]?[0-9]{{3}}[ .]?[0-9]{{3}}{_AFTER}",
    ),
    _pattern(
        Kind.ID_NUMBER, rf"{_BEFORE}[STFGM][ \-]?[0-9]{{4}}[ \-]?[0-9]{{3}}[ \-]?[A-Z]{_AFTER}"
    ),
    _pattern(
        Kind.PHONE,
        rf"{_BEFORE}(?<![0-9][,.])[689][0-9]{{3}}[ \-][0-9]{{4}}(?![0-9A-Za-z]|[,.][0-9])",
    ),
    _pattern(
        Kind.ID_NUMBER,
        rf"{_DIGIT_BEFORE}[0-9]{{2}}\.[0-9]{{3}}\.[0-9]{{3}}\.[0-9]-[0-9]{{3}}\.[0-9]{{3}}{_DIGIT_AFTER}",
    ),
    _pattern(
        Kind.ID_NUMBER,
        rf"{_DIGIT_BEFORE}[1-9][0-9]{{5}}[0-7][0-9](?:0[1-9]|1[0-2])[0-9]{{6}}{_DIGIT_AFTER}",
    ),
    # A label says what the value is, whatever it looks like
    _pattern(
        Kind.ID_NUMBER,
        rf"{_WORD_BEFORE}{_PERSONAL_NUMBER}{_IS}"
        rf"(?P<value>[A-Z]{{0,3}}{_digits('4,20', first='[0-9]')}{_GAP}[A-Z]?){_AFTER}",
    ),
    _pattern(
        Kind.PHONE,
        rf"{_WORD_BEFORE}{_CALL}{_IS}(?P<value>\+?\(?{_digits('5,16', first='[0-9]')}){_DIGIT_AFTER}",
    ),
    _pattern(
        Kind.PHONE,
        rf"{_WORD_BEFORE}{_CALL}.{{0,12}}?(?P<value>(?:86{_APART})?1{_APART}[3-9](?:{_APART}[0-9]){{9}})"
        rf"{_DIGIT_AFTER}",
    ),
    _pattern(
        Kind.CARD,
        rf"{_WORD_BEFORE}{_CARD_LABEL}{_IS}(?P<value>{_digits('7,22', first='[0-9]')}){_DIGIT_AFTER}",
    ),
    _pattern(
        Kind.ACCOUNT,
        rf"{_WORD_BEFORE}{_ACCOUNT_LABEL}{_IS}@?(?P<value>[A-Z0-9][A-Z0-9_\-.]{{3,31}}){_AFTER}",
    ),
)
_CREDIT = re.compile(rf"{_BEFORE}[0-9A-HJ-NP-RTUW-Y]{{18}}{_AFTER}", re.IGNORECASE)


def find_patterns(folded: Folded) -> list[Hit]:
    """Return the places of numbers and contacts, those with Chinese numerals too.

    A unified social credit code names an organisation, not a person, and is left alone.
    """
    kept = [
        match.span()
        for match in _CREDIT.finditer(folded.text)
        if is_credit_code(match[0].upper()) and not is_chinese_id(match[0])
    ]
    found = []
    for pattern in PATTERNS:
        views = (folded.text,) if folded.spelled == folded.text else (folded.text, folded.spelled)
        for view in views:
            found += [hit for hit in pattern.hits(view) if not _inside(hit, kept)]
    return found


def _inside(hit: Hit, kept: list[tuple[int, int]]) -> bool:
    return any(start <= hit.start and hit.end <= end for start, end in kept)


def _bare(text: str) -> str:
    return "".join(character for character in text if character.isalnum()).upper()
