"""Cells to stored values: one function a field type; what does not fit is refused, never bent."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from knowledge_graph.errors import InvalidValueError
from knowledge_graph.ontology.fields import FieldType as F
from knowledge_graph.ontology.record import Value
from tools.transfer.dates import DateOrder, from_serial, iso_date, iso_instant
from tools.transfer.tables import Cell

_SYMBOL_WORDS = (
    "CNY ¥ ￥ 元 人民币 rmb cny",
    "USD $ us$ usd 美元",
    "EUR € eur 欧元",
    "GBP £ gbp 英镑",
    "INR ₹ inr",
    "HKD hk$ hkd 港币 港元",
    "JPY jpy 日元",
    "SGD s$ sgd",
    "IDR rp idr",
    "VND vnd ₫",
    "KRW ₩ krw",
    "CHF chf",
    "AUD aud",
    "CAD cad",
)
"""A currency and how it is written."""
_CURRENCIES = {symbol: row.split()[0] for row in _SYMBOL_WORDS for symbol in row.split()[1:]}
_SCALES = {"万": 1e4, "亿": 1e8, "百万": 1e6, "千": 1e3, "千万": 1e7, "k": 1e3, "m": 1e6, "bn": 1e9}
_SIGN = r"[-+−]?"
_SYMBOLS = "|".join(sorted(map(re.escape, _CURRENCIES), key=len, reverse=True))
_MONEY = re.compile(
    rf"\(?\s*(?P<neg>{_SIGN})\s*(?P<pre>{_SYMBOLS})?\s*(?P<neg2>{_SIGN})\s*(?P<n>\d[\d.,'\s\u00a0]*)"
    rf"\s*(?P<scale>千万|百万|万|亿|千|k|m|bn)?\s*(?P<post>{_SYMBOLS})?\s*\)?",
    re.IGNORECASE,
)
_PLAIN = re.compile(r"[-+]?\d+(\.\d+)?([eE][-+]?\d+)?")
_COMMA_GROUPS = re.compile(
    r"\d{1,3}(,\d{3})+(\.\d+)?|\d{1,2}(,\d{2})+,\d{3}(\.\d+)?"
)  # 1,39,900: India
_DOT_GROUPS = re.compile(r"\d{1,3}(\.\d{3})+,\d+|\d{1,3}(\.\d{3}){2,}|\d+,\d{1,2}")
_EMAIL = re.compile(r"[^@\s,;<>\"']+@[^@\s,;<>\"']+")
_PHONE = re.compile(
    r"(?:tel:)?\+?[\d(][\d\s().\-/]{4,24}\d(?:\s*(?:ext\.?|x|转|分机|#)\s*\d{1,6})?", re.IGNORECASE
)
_URL = re.compile(r"(?:https?://)?(?:[\w-]+\.)+[a-z]{2,18}(?::\d+)?(?:[/?#]\S*)?", re.IGNORECASE)
_TRUE = frozenset({
    "true",
    "yes",
    "y",
    "t",
    "1",
    "是",
    "有",
    "对",
    "已",
    "√",
    "✓",
    "已授权",
    "已同意",
    "on",
})
_FALSE = frozenset({
    "false",
    "no",
    "n",
    "f",
    "0",
    "否",
    "无",
    "不",
    "未",
    "×",
    "✗",
    "未授权",
    "未同意",
    "off",
})
_SET_SEPARATORS = re.compile(r"\s*[;；、|]\s*")


@dataclass(frozen=True, kw_only=True)
class Money:
    """An amount and its currency, empty when none was written."""

    amount: int | float
    currency: str


@dataclass(frozen=True, kw_only=True)
class Form:
    """How the cells of one column are written."""

    order: DateOrder = ""
    percent: bool = False
    """A bare 80 means 80 %."""
    scale: float = 1.0
    """万元 in the header: 10 000."""
    timezone: str = "UTC"


def plain(text: str) -> str:
    """Return a text with full-width digits and signs as ASCII, without outer blanks."""
    return unicodedata.normalize("NFKC", text).strip()


def read_number(text: str) -> int | float | None:
    """Return the number that a text is, None when it is none or could be two.

    >>> read_number("1,200.50"), read_number("1.200,5"), read_number("1,2,3") is None
    (1200.5, 1200.5, True)
    """
    text = plain(text).replace("\u00a0", "").replace("'", "").replace("−", "-")
    sign = -1 if text.startswith("-") else 1
    bare = text.lstrip("+-").replace(" ", "")
    if _COMMA_GROUPS.fullmatch(bare):
        bare = bare.replace(",", "")
    elif _DOT_GROUPS.fullmatch(bare):
        bare = bare.replace(".", "").replace(",", ".")
    if not _PLAIN.fullmatch(bare):
        return None
    number = sign * float(bare)
    whole = number.is_integer() and abs(number) < 2**53 and "e" not in bare.lower()
    return int(number) if whole else number


def read_money(text: str) -> Money | None:
    """Return an amount of money, None when the text is none.

    >>> read_money("¥1,200.50"), read_money("1.2万元"), read_money("$2,357,113").currency
    (Money(amount=1200.5, currency='CNY'), Money(amount=12000, currency='CNY'), 'USD')
    """
    found = _MONEY.fullmatch(plain(text))
    if not found:
        return None
    number = read_number(found["n"])
    if number is None:
        return None
    value = number * _SCALES.get((found["scale"] or "").lower(), 1)
    if found["neg"] in {"-", "−"} or found["neg2"] in {"-", "−"} or text.strip().startswith("("):
        value = -value
    value = round(value, 6)
    mark = (found["pre"] or found["post"] or "").lower()
    return Money(
        amount=int(value) if float(value).is_integer() else value,
        currency=_CURRENCIES.get(mark, ""),
    )


def read_boolean(text: str) -> bool | None:
    """Return yes or no in either language, None when the text is neither.

    >>> read_boolean("是"), read_boolean("No"), read_boolean("maybe")
    (True, False, None)
    """
    key = plain(text).casefold()
    return True if key in _TRUE else False if key in _FALSE else None


def is_email(text: str) -> bool:
    """Return whether a text is one e-mail address; the domain may lack its last part."""
    return bool(_EMAIL.fullmatch(text.strip())) and len(text) < 255


def is_phone(text: str) -> bool:
    """Return whether a text is written like a telephone number."""
    digits = sum(char.isdigit() for char in text)
    return 6 <= digits <= 20 and bool(_PHONE.fullmatch(plain(text)))


def is_url(text: str) -> bool:
    """Return whether a text is an address on the web."""
    return bool(_URL.fullmatch(text.strip()))


def split_set(text: str) -> tuple[str, ...]:
    """Return the members of a set, sorted.

    >>> split_set("培训；备件、延保")
    ('培训', '备件', '延保')
    """
    return tuple(sorted({part for part in _SET_SEPARATORS.split(text.strip()) if part}))


def convert(cell: Cell, type_: F, form: Form) -> Value:
    """Return a cell in the stored form of a field type.

    Args:
        cell: Not blank.
        type_: The type of the field it goes to.
        form: How the column writes dates, ratios and amounts.

    Returns:
        The value to store.

    Raises:
        InvalidValueError: The cell does not fit the type.
    """
    if type_ is F.SET:
        return cell if isinstance(cell, tuple) else split_set(_text(cell))
    if type_ is F.BOOLEAN:
        flag = cell if isinstance(cell, bool) else read_boolean(_text(cell))
        return _need(flag, cell, "yes or no")
    if type_ in {F.DATE, F.DATETIME}:
        return _moment(cell, type_, form)
    if type_ in {F.NUMBER, F.INTEGER, F.MONEY, F.RATIO, F.DAYS, F.HOURS}:
        return _numeric(cell, type_, form)
    text = _text(cell)
    if type_ is F.EMAIL:
        return _need(text.lower() if is_email(text) else None, cell, "e-mail address")
    if type_ is F.LONG_TEXT:
        return text
    return text if type_ is not F.ENUM else " ".join(text.split())


def _text(cell: Cell) -> str:
    if isinstance(cell, tuple):
        return "; ".join(cell)
    return str(cell).strip()


def _need(value: Value, cell: Cell, what: str) -> Value:
    if value is None:
        raise InvalidValueError(f"no {what}: {str(cell)[:80]!r}")
    return value


def _moment(cell: Cell, type_: F, form: Form) -> str:
    if isinstance(cell, int | float) and not isinstance(cell, bool) and (day := from_serial(cell)):
        return day if type_ is F.DATE else f"{day}T00:00:00Z"
    text = plain(_text(cell))
    if text.isdigit() and len(text) == 5 and (day := from_serial(int(text))):
        return day if type_ is F.DATE else f"{day}T00:00:00Z"
    if type_ is F.DATE:
        return iso_date(text, form.order)
    return iso_instant(text, form.order, form.timezone)


def _numeric(cell: Cell, type_: F, form: Form) -> Value:
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        number: int | float | None = cell
    elif type_ is F.RATIO and _text(cell).rstrip().endswith(("%", "％")):
        percent = read_number(_text(cell).rstrip().rstrip("%％"))
        return _need(None if percent is None else round(percent / 100, 10), cell, "percentage")
    else:
        money = read_money(_text(cell))
        number = None if money is None else money.amount
    if number is None:
        raise InvalidValueError(f"no number: {str(cell)[:80]!r}")
    if type_ is F.RATIO and form.percent:
        return round(number / 100, 10)
    if form.scale != 1.0:
        number = round(number * form.scale, 6)
    if type_ is F.INTEGER and number != int(number):
        raise InvalidValueError(f"no whole number: {cell!r}")
    return (
        int(number)
        if isinstance(number, float) and number.is_integer() and type_ is not F.RATIO
        else number
    )
