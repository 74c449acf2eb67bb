"""Who is known: records by name, e-mail address and telephone number, of the workspace and of this import."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from knowledge_graph.ontology.record import Record, RecordRef, Value
from tools.transfer.drafting import normal_name

INDEXED = ("employee", "account", "contact", "lead", "product")
_NAMES = ("name", "short_name")


@dataclass(frozen=True, kw_only=True, slots=True)
class Card:
    """What is compared of a record."""

    ref: RecordRef
    name: str
    email: str
    phone: str
    account: str
    """Account id, or the company of a lead."""
    code: str
    """Tax or credit code where the workspace has such a field."""
    stub: bool
    """Known only because other records named it."""


@dataclass(kw_only=True)
class Directory:
    """Lookups over cards."""

    cards: dict[RecordRef, Card] = field(default_factory=dict)
    _names: dict[tuple[str, str], list[RecordRef]] = field(default_factory=dict)
    _emails: dict[tuple[str, str], list[RecordRef]] = field(default_factory=dict)

    def add(self, ref: RecordRef, values: Mapping[str, Value], keys: Iterable[str]) -> None:
        """Index a record, or index it again."""
        if ref.kind not in INDEXED:
            return
        card = card_of(ref, values, tuple(keys))
        old = self.cards.get(ref)
        self.cards[ref] = card
        names = {normal_name(str(values[n])) for n in _NAMES if values.get(n)}
        aliases = values.get("aliases")
        if isinstance(aliases, tuple):
            names |= {normal_name(alias) for alias in aliases}
        for name in names:
            _put(self._names, (ref.kind, name), ref)
        if card.email and (old is None or old.email != card.email):
            _put(self._emails, (ref.kind, card.email), ref)

    def add_record(self, record: Record) -> None:
        """Index a record of the workspace."""
        self.add(record.ref, record.values, record.source_keys)

    def by_email(self, kind: str, address: str) -> tuple[RecordRef, ...]:
        """Return the records of a kind with an address."""
        return tuple(self._emails.get((kind, address.strip().lower()), ()))

    def by_name(self, kind: str, name: str, account: str = "") -> tuple[RecordRef, ...]:
        """Return the records of a kind with a name; persons only of the account given, if one is given."""
        found = tuple(self._names.get((kind, normal_name(name)), ()))
        if account and kind == "contact":
            return tuple(ref for ref in found if self.cards[ref].account in {account, ""})
        return found


def card_of(ref: RecordRef, values: Mapping[str, Value], keys: tuple[str, ...]) -> Card:
    """Return what is compared of a record."""
    return Card(
        ref=ref,
        name=str(values.get("name") or ""),
        email=str(values.get("email") or "").lower(),
        phone=digits(str(values.get("phone") or "")),
        account=str(values.get("account") or values.get("company") or ""),
        code=_code(values),
        stub=bool(keys) and all("|?" in key for key in keys),
    )


def digits(phone: str) -> str:
    """Return a telephone number as compared: digits without the prefix of China and without zeros in front.

    >>> digits("+86 138-0000-1111") == digits("13800001111")
    True
    """
    found = re.sub(r"\D", "", re.split(r"(?i)ext|转|x|#", phone)[0])
    if len(found) == 13 and found.startswith("86"):
        found = found[2:]
    return found.lstrip("0")


_CODE = re.compile(r"tax|credit_code|vat|uscc|registration|shui_hao|xin_yong|na_shui")


def _code(values: Mapping[str, Value]) -> str:
    found = (
        str(v).strip().upper()
        for name, v in values.items()
        if _CODE.search(name) and isinstance(v, str) and len(v) >= 6
    )
    return next(found, "")


def _put(
    index: dict[tuple[str, str], list[RecordRef]], key: tuple[str, str], ref: RecordRef
) -> None:
    held = index.setdefault(key, [])
    if ref not in held:
        held.append(ref)
