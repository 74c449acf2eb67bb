"""The steps that read amounts of money."""

from __future__ import annotations

import re
from dataclasses import replace
from fractions import Fraction

from knowledge_graph.language.recognisers.found import AmountFound, NumberFound
from knowledge_graph.language.recognisers.numbers import Figure, plain
from knowledge_graph.language.recognisers.stream import AMOUNT, NUMBER, Hit, Node, Stream
from knowledge_graph.language.results import LanguageContext

CODES = frozenset([
    "CNY",
    "USD",
    "EUR",
    "GBP",
    "JPY",
    "HKD",
    "TWD",
    "SGD",
    "KRW",
    "AUD",
    "CAD",
    "CHF",
    "INR",
    "IDR",
    "VND",
    "THB",
    "MYR",
    "PHP",
    "NZD",
    "SEK",
    "NOK",
    "DKK",
    "RUB",
    "BRL",
    "MXN",
    "ZAR",
    "AED",
    "SAR",
    "TRY",
    "PLN",
    "CZK",
    "HUF",
    "ILS",
    "MOP",
    "NGN",
])
"""ISO 4217 codes of currencies that business is done in."""
_ZH_WORDS = {
    "美元": "USD", "美金": "USD", "美刀": "USD", "欧元": "EUR", "英镑": "GBP", "日元": "JPY", "日圆": "JPY",
    "港元": "HKD", "港币": "HKD", "台币": "TWD", "新台币": "TWD", "韩元": "KRW", "韩币": "KRW", "澳元": "AUD",
    "加元": "CAD", "新加坡元": "SGD", "新元": "SGD", "瑞士法郎": "CHF", "卢比": "", "泰铢": "THB",
    "澳门元": "MOP", "奈拉": "NGN", "元人民币": "CNY", "人民币": "CNY", "块钱": "CNY", "元": "CNY",
}  # fmt: skip
_EN_WORDS = {
    "rmb": "CNY", "yuan": "CNY", "renminbi": "CNY", "dollars": "USD", "dollar": "USD", "us dollars": "USD",
    "us dollar": "USD", "bucks": "USD", "euros": "EUR", "euro": "EUR", "pounds": "GBP", "pound": "GBP",
    "pounds sterling": "GBP", "yen": "JPY", "hong kong dollars": "HKD", "singapore dollars": "SGD",
    "canadian dollars": "CAD", "australian dollars": "AUD", "swiss francs": "CHF", "won": "",
}  # fmt: skip
_SYMBOLS = {
    "us$": "USD", "us $": "USD", "c $": "CAD", "hk $": "HKD", "nt $": "TWD", "u.s $": "USD", "u.s. $": "USD",
    "u.s.$": "USD", "hk$": "HKD", "nt$": "TWD", "s$": "SGD", "a$": "AUD", "c$": "CAD",
    "ca$": "CAD", "au$": "AUD", "$": "USD", "€": "EUR", "£": "GBP", "¥": "¥", "₩": "KRW", "₹": "INR",
    "₫": "VND", "฿": "THB",
}  # fmt: skip
_BY_WORD = {**{code.lower(): code for code in CODES}, **_EN_WORDS, **_SYMBOLS, **_ZH_WORDS}


def _any(words: dict[str, str] | frozenset[str]) -> str:
    return "|".join(re.escape(word.lower()) for word in sorted(words, key=len, reverse=True))


_CODE = rf"(?:(?:{_any(CODES)}|rmb)(?![a-z]))"
_N = NUMBER
_PREFIX = re.compile(
    rf"(?<!{_N})(?<![a-z])(?P<before>(?:(?<!{_N} )(?:{_CODE}|人民币|美元|{_any(_SYMBOLS)})[ ]{{0,2}})"
    rf"|{_any(_SYMBOLS)})(?P<n>{_N})"
    rf"(?P<after> ?(?:元人民币|元|rmb(?![a-z])|yuan(?![a-z])))?"
)
_COMPOUND = re.compile(
    rf"(?P<n>{_N}) ?(?:元|块)(?:(?P<jiao>{_N})[角毛])?(?:(?P<fen>{_N})分(?!之))?"
)
_SUFFIX = re.compile(
    rf"(?P<n>{_N}) ?(?:个 ?)?(?P<after>{_any(_ZH_WORDS)}"
    rf"|(?:{_any(_EN_WORDS)})(?![a-z])(?! (?:and )?{_N}(?! ?(?:dollar|usd|us|euro|eur|yuan|rmb|cny"
    rf"|pound|gbp|percent|[%万亿元]|美|欧|人民)))(?! (?:and )?{_N} cents?)"
    rf"|(?:{_CODE}|[€£₩₹₫¥])(?! ?{_N})|\$(?![\d ]?{_N}))(?![旦素首老宇又]|{_N}(?!美|欧|人民|元|港)"
    rf"| (?:thousand|million|billion)(?![a-z]))"
)
_BEFORE_BARE = re.compile(r"(?:[$€£¥]|(?:dollars?|euros?|yuan|pounds?|yen|rmb|cny|usd|eur)) ?$")
_DOLLARS_CENTS = re.compile(rf"(?P<n>{_N}) dollars? (?:and )?(?P<cents>{_N}) cents?(?![a-z])")
_PIECE = re.compile(rf"(?P<n>{_N}) ?块(?=$|[\s,。，、;；!！?？以的])")
_TRAILING = re.compile(rf"{_N}(?:块|元){_N}(?![角毛分\u4e00-\u9fff])")
_CJK = re.compile(r"[\u4e00-\u9fff]")


def read_amounts(stream: Stream, context: LanguageContext) -> None:
    """Turn amounts with a currency into symbols; numbers with a magnitude are amounts without one."""
    chinese = _CJK.search(stream.source) is not None

    def build(hit: Hit) -> Node | None:
        return _amount(hit, context, chinese=chinese)

    stream.reduce(_PREFIX, AMOUNT, build)
    stream.reduce(_TRAILING, "\u2022", lambda hit: Node())  # 三块五: 3.5 or 3 and 5
    stream.reduce(_DOLLARS_CENTS, AMOUNT, _dollars_cents)
    stream.reduce(_COMPOUND, AMOUNT, _compound)
    stream.reduce(_SUFFIX, AMOUNT, build)
    stream.reduce(_PIECE, AMOUNT, lambda hit: _of(hit, "CNY"))
    stream.emit(re.compile(rf"(?P<n>{_N})"), _bare)


def _figure(hit: Hit, group: str = "n") -> Figure | None:
    node = hit.node(group)
    return node.extra if node and isinstance(node.extra, Figure) else None


def amount(figure: Figure, currency: str | None) -> AmountFound:
    """Return the amount that a figure stands for; thirds are rounded to floats."""
    value = plain(figure.value)
    return AmountFound(
        value=value if isinstance(value, int | float) else float(value), currency=currency
    )


def _of(hit: Hit, currency: str, others: tuple[str, ...] = ()) -> Node | None:
    figure = _figure(hit)
    if figure is None or not currency:
        return None
    rest = tuple(amount(figure, code) for code in others)
    return Node(
        value=amount(figure, currency), others=rest, extra=replace(figure, currency=currency)
    )


def _amount(hit: Hit, context: LanguageContext, *, chinese: bool) -> Node | None:
    groups = hit.match.groupdict()
    codes = {_BY_WORD[(groups.get(k) or "").strip()] for k in ("before", "after") if groups.get(k)}
    if len(codes) == 2 and codes == {"¥", "CNY"}:
        codes = {"CNY"}
    if len(codes) != 1:
        return None  # "¥5 USD": two currencies
    code = codes.pop()
    if code == "¥":
        return _yen_or_yuan(hit, context, chinese=chinese)
    word = (groups.get("before") or groups.get("after") or "").strip()
    if word in {"$", "dollar", "dollars"} and context.currency in {
        "HKD",
        "SGD",
        "AUD",
        "CAD",
        "TWD",
    }:
        return _of(hit, context.currency, ("USD",))
    return _of(hit, code)


def _yen_or_yuan(hit: Hit, context: LanguageContext, *, chinese: bool) -> Node | None:
    if context.currency in {"CNY", "JPY"}:
        return _of(hit, context.currency)
    return _of(hit, "CNY") if chinese else _of(hit, "CNY", ("JPY",))


def _compound(hit: Hit) -> Node | None:
    if not (hit.text("jiao") or hit.text("fen")):
        return None
    figure, jiao, fen = _figure(hit), _figure(hit, "jiao"), _figure(hit, "fen")
    if figure is None:
        return None
    value = (
        figure.value
        + (jiao.value / 10 if jiao else Fraction(0))
        + (fen.value / 100 if fen else Fraction(0))
    )
    whole = Figure(value=value, currency="CNY")
    return Node(value=amount(whole, "CNY"), extra=whole)


def _dollars_cents(hit: Hit) -> Node | None:
    figure, cents = _figure(hit), _figure(hit, "cents")
    if figure is None or cents is None or not 0 <= cents.value < 100:
        return None
    whole = Figure(value=figure.value + cents.value / 100, currency="USD")
    return Node(value=amount(whole, "USD"), extra=whole)


def _bare(hit: Hit) -> Node | None:
    node, figure = hit.node("n"), _figure(hit)
    if node is None or figure is None:
        return None
    at = hit.match.start()
    if _BEFORE_BARE.search(hit.stream.text[max(0, at - 8) : at]):
        return None  # its currency could not be read
    scaled = isinstance(node.value, NumberFound) and node.value.scaled
    return Node(value=amount(figure, None)) if scaled else None
