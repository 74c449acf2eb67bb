"""The last request once more: with another value, another record, or for somebody else too.

"No, I meant Harbor Software", "sorry, yesterday", 不对，是80万; "same for Bluefin", 云帆软件也给她. What is
taken from the last request is its own call; what is new must be consumed whole, like everything else.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from agents.model import ToolCall
from agents.offline.acts import Selection
from agents.offline.slots import SlotMiss, Slots
from agents.offline.wording import interaction_type, when_phrase
from knowledge_graph.expression.nodes import Assignment
from tools.records.selecting import refs_in

_LEAD = re.compile(
    r"^(?:to|as|into|is|it is|it was|it's|that is|that was|be|是|改成|改为|到|给|为|叫|在)\s*", re.I
)
_SAME = {
    "en": (
        re.compile(
            r"(?:and |also |please )*(?:do )?(?:the )?(?:very )?same (?:thing )?(?:for|with|goes for|to|on) "
            r"(?P<who>.+)", re.I),
        re.compile(r"(?:and |also )*(?P<who>.+?),? (?:too|as well|also|likewise|the same way)", re.I),
        re.compile(r"(?:and|also|plus) (?P<who>.+)", re.I),
    ),
    "zh": (
        re.compile(r"(?P<who>.+?)(?:也|同样|照样)"
                   r"(?:一样|同样|是|这样|如此|这么办|照办|这么改|改成一样的?|照此)?(?:处理|办理|改)?"
                   r"(?:(?:转|交|分|派|归|分配|指派|移交)?给?(?:他|她|它))?(?:负责|跟进)?"),
        re.compile(r"(?:还有|以及|另外还有|同样还有|也给|也把)(?P<who>.+?)(?:也)?"),
        re.compile(r"(?:对|给)(?P<who>.+?)(?:做|进行|也做)(?:同样|一样|相同)的?(?:处理|操作|修改|改动)"),
    ),
}  # fmt: skip
_END = re.compile(r"[\s.!?。！？吧了呢啊]+$")
_TYPED = frozenset({
    "money", "ratio", "number", "integer", "days", "hours", "date", "datetime", "enum", "boolean",
    "reference", "email", "phone",
})  # fmt: skip


def corrected(
    fragments: Sequence[str], slots: Slots, last: Sequence[ToolCall]
) -> tuple[ToolCall, ...] | None:
    """Return the last write with another value or for another record, None if nothing fits.

    Args:
        fragments: What a message says behind its "no, I meant", the most marked first.
        slots: The slot reader of the turn.
        last: The calls of the turn before.
    """
    writes = {"update_records", "create_record", "delete_records", "log_interaction"}
    if not last or any(call.name not in writes for call in last):
        return None
    for fragment in fragments:
        value = _LEAD.sub("", _END.sub("", fragment))
        for change in (_other_value, _other_record):
            fixed = [change(call, fragment, value, slots) for call in last]
            if sum(call is not None for call in fixed) == 1:
                return tuple(new or call for new, call in zip(fixed, last, strict=True))
    return None


def repeated(text: str, slots: Slots, last: Sequence[ToolCall]) -> tuple[ToolCall, ...] | None:
    """Return the last write for another record ("same for Bluefin"), None if the message says no such thing.

    Args:
        text: The message, without politeness.
        slots: The slot reader of the turn.
        last: The calls of the turn before.
    """
    if not last or last[-1].name not in {"update_records", "delete_records"}:
        return None
    bare = _END.sub("", text.strip())
    for shape in _SAME[slots.lang]:
        found = shape.fullmatch(bare)
        if found is None:
            continue
        try:
            return (_for(last[-1], slots.records(found["who"].strip(" ,，")), slots),)
        except SlotMiss:
            continue
    return None


def _for(call: ToolCall, who: Selection, slots: Slots) -> ToolCall:
    args = {**call.args, "kind": who.entity, "where": who.where}
    if "changes" in call.args:
        args["changes"] = slots.assignments(str(call.args["changes"]), who.entity)
    return replace(call, args=args)


def _other_value(call: ToolCall, fragment: str, value: str, slots: Slots) -> ToolCall | None:
    if call.name == "log_interaction":
        return _other_event(call, value, slots)
    slot = {"update_records": "changes", "create_record": "values"}.get(call.name)
    if slot is None:
        return None
    entity, before = str(call.args["kind"]), str(call.args.get(slot) or "")
    old = slots.assigned(before, entity)
    new = _fitting(old, fragment, value, entity, slots)
    if not new:
        return None
    kept = {a.field: a for a in old} | {a.field: a for a in new}
    return replace(
        call, args={**call.args, slot: slots.language.readback(tuple(kept.values()), slots.lang)}
    )


def _fitting(
    old: Sequence[Assignment], fragment: str, value: str, entity: str, slots: Slots
) -> tuple[Assignment, ...]:
    """Return the assignments that a correction means: of fields written before, and of one reading."""
    fields = tuple(dict.fromkeys(a.field for a in old if not a.field.endswith(".currency")))
    for words in (fragment, value):
        found = slots.assigned(words, entity)
        if found and {a.field for a in found} <= {*fields, f"{entity}.currency"}:
            return found
    readings = dict(_per_field(fields, value, entity, slots, old))
    typed = [f for f in readings if slots.language.vocabulary.fields[f].type in _TYPED]
    if len(typed) == 1:
        return readings[typed[0]]
    return readings[fields[0]] if not typed and len(fields) == 1 and fields[0] in readings else ()


_DAY = re.compile(r"(?:the |on the )?(?P<d>\d{1,2})(?:st|nd|rd|th)|(?P<z>\d{1,2})[号日]", re.I)


def _day_of_month(value: str, field: str, old: Sequence[Assignment]) -> str:
    """Return "the 24th" as a day of the month that was said before; "" when it is none."""
    found = _DAY.fullmatch(value.strip())
    before = next((str(a.value) for a in old if a.field == field), "")
    if found is None or not re.fullmatch(r"\d{4}-\d\d-\d\d", before):
        return ""
    return f"{before[:8]}{int(found['d'] or found['z']):02d}"


def _per_field(
    fields: Sequence[str], value: str, entity: str, slots: Slots, old: Sequence[Assignment]
) -> Iterator[tuple[str, tuple[Assignment, ...]]]:
    for name in fields:
        info = slots.language.vocabulary.fields.get(name)
        written = info is not None and info.type in {"text", "long_text"}
        said = f'"{value}"' if written else _day_of_month(value, name, old) or value
        found = slots.assigned(f"{name.partition('.')[2].replace('_', ' ')} = {said}", entity)
        if not found and info is not None:
            found = slots.assigned(f"{info.label(slots.lang)} = {said}", entity)
        if found and {a.field for a in found} <= {name, f"{entity}.currency"}:
            yield name, found


def _other_event(call: ToolCall, value: str, slots: Slots) -> ToolCall | None:
    """Return an interaction with another day or of another type."""
    if when_phrase(value, slots.context):
        return replace(call, args={**call.args, "when": value})
    kind = interaction_type(value, slots.lang) or interaction_type(
        re.sub(r"^(?:an?|the|一次|一个|个|次)\s*", "", value), slots.lang
    )
    return None if kind is None else replace(call, args={**call.args, "type": kind})


def _other_record(call: ToolCall, _fragment: str, value: str, slots: Slots) -> ToolCall | None:
    """Return the call about another record of the same kind."""
    slot = "about" if call.name == "log_interaction" else "where"
    before = refs_in(str(call.args.get(slot) or ""))
    if len(before) != 1:
        return None
    try:
        ref = slots.record(value)
    except SlotMiss:
        return None
    same = refs_in(ref)[0].kind == before[0].kind
    return replace(call, args={**call.args, slot: ref}) if same else None
