"""Which field each column of a table goes to, once the table's kind is known."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from pypinyin import lazy_pinyin

from knowledge_graph.ontology.fields import NUMERIC, FieldSpec
from knowledge_graph.ontology.fields import FieldType as F
from tools.transfer.headers import Meaning, normal_header, unit_of
from tools.transfer.kinds import customer_kind, user_kind
from tools.transfer.mapping import IGNORE, ColumnMapping, Lookup
from tools.transfer.profile import ColumnProfile
from tools.transfer.sketch import IDENTITY, Column, Sketch, link_field
from tools.transfer.values import read_boolean

_DATED = re.compile(r"date|time|\bon\b|\bat\b|since|until|day|日期|时间|日$|期$")
_CODED = re.compile(
    r"\b(zip|postal|postcode|code|id|no(?! of\b)|phone|fax|uscc)\b|编码|代码|编号|邮编|单号|卡号"
)
_MOBILE = re.compile(r"手机|mobile|cell")
_OF_SLOT = {
    "contact": frozenset({"email", "phone", "wechat", "title", "department", "birthday"}),
    "opportunity": frozenset({"stage", "amount", "close_date", "win_probability", "next_step"}),
    "account": frozenset({
        "industry",
        "website",
        "country",
        "city",
        "address",
        "employee_count",
        "annual_revenue",
    }),
}
"""Fields without the kind in the header that belong to a kind in the same row when the main kind lacks them."""
_SLOT_KINDS = (
    "account",
    "contact",
    "product",
    "opportunity",
    "lead",
    "interaction",
    "ticket",
    "task",
    "order",
    "contract",
)


@dataclass(frozen=True)
class _Choice:
    """A column and the field it may go to."""

    column: Column
    kind: str
    field: str
    part: str
    rank: float


def map_columns(sketch: Sketch, kind: str) -> tuple[ColumnMapping, ...]:
    """Return where each column of a table goes.

    Args:
        sketch: The table.
        kind: The main kind of its rows.

    Returns:
        One mapping for each column, in the order of the file.
    """
    slots = _slots(sketch, kind)
    taken: dict[tuple[str, str, str], int] = {}
    chosen: dict[int, _Choice] = {}
    bare = [_bare_addresses(column, kind) for column in sketch.columns]
    choices = [choice for choice in bare if choice is not None]
    choices += [c for column in sketch.columns for c in _choices(column, sketch, kind, slots)]
    for choice in sorted(choices, key=lambda c: (-c.rank, c.column.position)):
        place = (choice.kind, choice.field, choice.part)
        whole = (choice.kind, choice.field, "")
        if choice.column.position in chosen or place in taken or (choice.part and whole in taken):
            continue
        if not choice.part and any(p[:2] == place[:2] for p in taken):
            continue
        taken[place] = choice.column.position
        chosen[choice.column.position] = choice
    names = {(c.kind, c.field) for c in chosen.values()}
    mapped = []
    for column in sketch.columns:
        made = (
            _known(chosen[column.position], sketch)
            if column.position in chosen
            else _custom(column, sketch, kind, names)
        )
        names.add((made.kind, made.field))
        mapped.append(made)
    return tuple(mapped)


def _bare_addresses(column: Column, kind: str) -> _Choice | None:
    """Return the e-mail field for a column without a header that holds nothing but addresses."""
    nameless = column.header.startswith("column ") and not column.meanings
    if nameless and kind in {"contact", "lead", "employee"} and column.profile.share("email") > 0.9:
        return _Choice(column, kind, "email", "", 1.0)
    return None


def _vague(sketch: Sketch, kind: str) -> dict[str, str]:
    customer = customer_kind(sketch)
    if kind == "account" and customer == "contact":
        customer = "account"
    return {"customer": customer, "user": user_kind(sketch)}


def _slots(sketch: Sketch, kind: str) -> frozenset[str]:
    """Return the kinds beside the main one that the rows name by more than an id."""
    vague = _vague(sketch, kind)
    found = set()
    for column in sketch.columns:
        for meaning in column.meanings:
            named = vague.get(meaning.kind, meaning.kind)
            if named in {"", kind} or named not in _SLOT_KINDS or not meaning.qualified:
                continue
            if meaning.field == "name" and kind == "lead" and named == "account":
                continue  # the company of a lead is a text: nobody has bought yet
            linked = link_field(sketch.schema, kind, named) or link_field(
                sketch.schema, named, kind
            )
            if column.profile.typed["tuple"] or _is_numeric(column.profile):
                continue
            names_it = meaning.field in {"name", "email"} and not _only_mail_of_main(
                column, sketch, kind
            )
            if linked and (names_it or column.outer):
                found.add(named)
    return frozenset(found)


def _only_mail_of_main(column: Column, sketch: Sketch, kind: str) -> bool:
    """Return whether "customer email" is simply the e-mail of the main record."""
    own = any(
        sketch.takes(kind, m) and m.kind in {"", kind} for m in column.meanings if not m.qualified
    )
    return own and not _id_beside(column, sketch)


def _id_beside(column: Column, sketch: Sketch) -> bool:
    """Return whether another column holds the id of the record that this one names."""
    kinds = {m.kind for m in column.meanings if m.qualified}
    others = (c for c in sketch.columns if c is not column)
    return any(
        m.qualified and m.field == "id" and m.kind in kinds for c in others for m in c.meanings
    )


def _is_numeric(profile: ColumnProfile) -> bool:
    return profile.filled > 0 and profile.share("integer", "number", "money", "percent") > 0.6


def _choices(column: Column, sketch: Sketch, kind: str, slots: frozenset[str]) -> Iterable[_Choice]:
    vague = _vague(sketch, kind)
    for i, raw in enumerate(column.meanings):
        meaning = replace(raw, kind=vague.get(raw.kind, raw.kind))
        rank = meaning.weight - i * 0.01
        if _beaten_by_other_form(meaning, column, sketch):
            rank -= 0.5
        if meaning.field == "name" and meaning.weight < 1.0 and _is_numeric(column.profile):
            continue
        home = replace(column, outer=vague.get(column.outer, column.outer))
        lone = meaning.part and not home.outer and sketch.takes(kind, meaning)
        # a lone "postal code" is part of the main record's address
        places = [p for p in _places(meaning, home, kind, slots) if not lone or p[0] == kind]
        for target, bonus in places:
            name, part = meaning.field, meaning.part
            if not sketch.takes(target, replace(meaning, kind=target)):
                continue
            spec = sketch.spec(target, name)
            if spec is not None and spec.type is F.REFERENCE:
                target, name = _reference_slot(spec, column, slots)
            if spec is None or fits(column.profile, spec, part):
                own = 0.3 if spec is not None and spec.custom else 0.0
                yield _Choice(column, target, name, part, rank + bonus - own)
        yield from _as_reference(meaning, column, sketch, kind, slots)


def _places(
    meaning: Meaning, column: Column, kind: str, slots: frozenset[str]
) -> Iterable[tuple[str, float]]:
    """Yield the kinds whose field a header may mean, with a preference."""
    if column.outer:
        yield column.outer, 1.0
    elif meaning.kind == kind:
        yield kind, 0.6 if meaning.qualified else 0.5
    elif meaning.kind == "":
        yield kind, 0.3
        for slot in sorted(slots):
            if meaning.field in _OF_SLOT.get(slot, ()):
                yield slot, 0.35 if _MOBILE.search(normal_header(column.header)) else 0.1
    elif meaning.kind in slots and (
        meaning.qualified or meaning.field in _OF_SLOT.get(meaning.kind, ())
    ):
        yield meaning.kind, 0.4 if meaning.qualified else 0.2


def _beaten_by_other_form(meaning: Meaning, column: Column, sketch: Sketch) -> bool:
    """Return whether another column, or several, give the field in a better form: whole, or in parts."""
    others = [c for c in sketch.columns if c is not column and c.outer == column.outer]
    if meaning.part:
        return meaning.field == "name" and any(
            m.field == "name"
            and not m.part
            and m.kind in {"", meaning.kind, column.outer}
            and m.weight >= 1
            for c in others
            for m in c.meanings
        )
    has_part = any(m.part and m.field == meaning.field for m in column.meanings)
    return has_part and any(m.part and m.field == meaning.field for c in others for m in c.meanings)


def _reference_slot(spec: FieldSpec, column: Column, slots: frozenset[str]) -> tuple[str, str]:
    """Return the field for a reference: names of records in this row are fields of a slot of their own."""
    target = spec.target or ""
    by_name = column.profile.share("email") < 0.5 and not _ends_in_id(column.header)
    if target in slots and by_name and spec.kind != target:
        return target, "name"
    return spec.kind, spec.name


def _ends_in_id(header: str) -> bool:
    return bool(re.search(r"(\bids?|编号|编码|代码)$", normal_header(header)))


def _as_reference(
    meaning: Meaning, column: Column, sketch: Sketch, kind: str, slots: frozenset[str]
) -> Iterable[_Choice]:
    """Yield "account id" in a table of contacts: the reference of the main kind."""
    if not meaning.qualified or meaning.kind in {"", kind} or column.outer:
        return
    if meaning.field not in IDENTITY or meaning.kind in slots:
        return
    if meaning.kind not in sketch.schema.kinds:
        return
    name = link_field(sketch.schema, kind, meaning.kind)
    if meaning.kind == "employee" and sketch.spec(kind, "owner") is not None:
        name = "owner"
    if name and not (meaning.field == "email" and meaning.kind == "contact" and kind == "account"):
        yield _Choice(column, kind, name, "", meaning.weight + 0.2)


def fits(profile: ColumnProfile, spec: FieldSpec, part: str = "") -> bool:
    """Return whether most cells of a column can be values of a field.

    Args:
        profile: The column's counts.
        spec: The field.
        part: The column is only a part of the field.
    """
    if part or not profile.filled:
        return True
    if profile.typed["tuple"] * 2 > profile.filled or profile.json:
        return spec.custom or (spec.type in {F.SET, F.LONG_TEXT} and not profile.json)
    return _share_of(profile, spec) >= 0.6


def _share_of(profile: ColumnProfile, spec: FieldSpec) -> float:
    """Return the share of cells that can be values of a field."""
    if spec.type in NUMERIC:
        return profile.share("integer", "number", "money", "percent", "serial")
    if spec.type in {F.DATE, F.DATETIME}:
        return profile.share("date", "slash_date", "datetime", "serial")
    if spec.type is F.EMAIL:
        return profile.share("email")
    if spec.type is F.BOOLEAN:
        return 1.0 if all(read_boolean(text) is not None for text in profile.distinct) else 0.0
    return 0.0 if spec.type is F.ENUM and profile.lines else 1.0


def _known(choice: _Choice, sketch: Sketch) -> ColumnMapping:
    column = choice.column
    unit = unit_of(column.header)
    spec = sketch.spec(choice.kind, choice.field)
    made = ColumnMapping(
        header=column.header,
        kind=choice.kind,
        field=choice.field,
        part=choice.part,
        type=spec.type if spec is not None else F.TEXT,
        custom=bool(spec is not None and spec.custom),
        label=(spec.label or "") if spec is not None and spec.custom else "",
        target=(spec.target or "") if spec is not None else "",
        order=column.profile.order,
        scale=unit.scale,
        confidence=min(1.0, round(choice.rank / 1.5, 2)),
        samples=column.profile.samples,
    )
    if spec is None:
        return made
    if spec.type is F.RATIO:
        made = replace(made, percent=_is_percent(column, unit.percent))
    if spec.type is F.REFERENCE:
        made = replace(made, lookup=_lookup(column))
    if spec.type is F.ENUM:
        made = replace(made, values=_values(spec, column, sketch))
    return made


def _is_percent(column: Column, said: bool) -> bool:
    numbers = [float(t) for t in column.profile.distinct if re.fullmatch(r"-?\d+(\.\d+)?", t)]
    return said or any(n > 1 for n in numbers)


def _lookup(column: Column) -> Lookup:
    if column.profile.share("email") > 0.5:
        return "email"
    if _ends_in_id(column.header) or column.profile.share("code", "integer", "serial") > 0.8:
        return "id"
    return "name"


def _values(spec: FieldSpec, column: Column, sketch: Sketch) -> dict[str, str]:
    known = sketch.words.values.get(spec.id, {})
    found = {}
    for text in column.profile.distinct:
        ours = known.get(normal_header(text)) or known.get(text.strip().casefold())
        if ours and ours != text:
            found[text.strip().casefold()] = ours
    return found


def _custom(
    column: Column, sketch: Sketch, kind: str, names: set[tuple[str, str]]
) -> ColumnMapping:
    """Return a new field of the workspace for a column that nothing known fits."""
    home = column.outer if column.outer in sketch.schema.kinds else kind
    if not column.profile.filled:
        return ColumnMapping(
            header=column.header, kind=IGNORE, field="", note="empty", confidence=1.0
        )
    if any(m.part and m.field == "name" for m in column.meanings) and (home, "name") in names:
        note = "in_name"  # the whole name stands in another column
        return ColumnMapping(
            header=column.header, kind=IGNORE, field="", note=note, samples=column.profile.samples
        )
    last = column.header.rpartition(".")[2] if column.outer else column.header
    dated = bool(_DATED.search(normal_header(last)))
    unit = unit_of(column.header)
    type_ = column.profile.type(dated=dated)
    if unit.scale != 1.0 or unit.currency:
        type_ = F.MONEY if type_ in NUMERIC else type_
    if type_ is F.INTEGER and _CODED.search(normal_header(last)):
        type_ = F.TEXT
    if unit.percent and type_ in NUMERIC:
        type_ = F.RATIO
    name = _free_name(last, home, sketch, names)
    return ColumnMapping(
        header=column.header,
        kind=home,
        field=name,
        type=type_,
        custom=True,
        label=" ".join(last.split()),
        order=column.profile.order,
        percent=type_ is F.RATIO and _is_percent(column, unit.percent),
        scale=unit.scale,
        confidence=0.5,
        samples=column.profile.samples,
    )


def field_name(header: str) -> str:
    """Return the name of a custom field: ASCII words of the header, Chinese by sound.

    >>> field_name("Product Interest"), field_name("授权范围"), field_name("2nd e-mail")
    ('product_interest', 'shou_quan_fan_wei', 'f_2nd_e_mail')
    """
    latin = " ".join(lazy_pinyin(normal_header(header)))
    words = re.findall(r"[a-z0-9]+", latin.casefold())
    name = "_".join(words)[:60].strip("_") or "field"
    return f"f_{name}" if name[0].isdigit() else name


def _free_name(header: str, kind: str, sketch: Sketch, names: set[tuple[str, str]]) -> str:
    base = field_name(header)
    name, n = base, 1
    while (kind, name) in names or name in sketch.schema.kind(kind).fields or name == "id":
        n += 1
        name = f"{base}_{n}"
    return name
