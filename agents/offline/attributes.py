"""What people add when they make a record: "from Zenith, e-mail a@b.c, worth 50k, due next Friday".

Each piece is one attribute: an assignment of the business language, one of the wordings of attributes.yaml, or
words that can only be one field's (an address, a known name, a profession). A piece that is none of these is a
miss: nothing is dropped, nothing is set twice.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from importlib import resources

import yaml

from agents.offline.naming import is_quoted, quoted_text
from agents.offline.slots import SlotMiss, Slots
from agents.offline.wording import is_job_title, without_daypart
from knowledge_graph.language.recognisers import recognise
from knowledge_graph.language.results import Lang

Wordings = tuple[tuple[re.Pattern[str], tuple[str, ...]], ...]
_NEW = re.compile(r"\(new value\)|（新值）")
_MOST = 14
"""Pieces of one stretch that are read; more would be a pasted text."""
_PEOPLE = frozenset({"contact", "lead"})


@lru_cache(maxsize=2)
def wordings(lang: Lang) -> Wordings:
    """Return the attribute wordings of a language, from frames/attributes.yaml."""
    source = resources.files("agents.offline.frames").joinpath("attributes.yaml")
    rows = yaml.safe_load(source.read_text(encoding="utf-8"))[lang]
    return tuple((re.compile(row["shape"], re.IGNORECASE), tuple(row["says"])) for row in rows)


_COMMAS = re.compile(
    r"\s*(?:[，、;；()（）。|\n]|(?<!\d),|,(?!\d{3}(?!\d)))\s*(?:and |but |并且|并|而且|还有|另外)?"
    r"|\s+and\s+(?=\w+ )|(?<=[\u4e00-\u9fff])\s+(?=[\u4e00-\u9fff])"
)
_KEYWORDS = re.compile(
    r"\s+(?=(?:worth|closing|closes|due|with|email|e-mail|phone|assigned to|owned by|interested in|in|from|at|"
    r"as|for|who|whose|title|priority|stage|amount|value|on|by|valued)\b)",
    re.I,
)
_QUOTED = re.compile(r"\"[^\"]*\"|“[^”]*”|「[^」]*」|『[^』]*』|‘[^’]*’")
_RUNS_ON = re.compile(
    r"\b(?:with|e-?mail|phone|worth|closing|due|assigned|interested|who|whose|at|from|via|through|as)\b|@|\d{6,}|"
    r"担任|负责|电话|邮箱|金额",
    re.I,
)
_LEADS = {
    "en": re.compile(
        r"^(?:and|who|which|that|she|he|it|they|also|both|all|please|the|an?|our|their|her|his|its|whose|with|is|as|"
        r"are|has|have|'s|’s|'re|works|working)\b\s*|^['’](?:s|re)\s+", re.I),
    "zh": re.compile(
        r"^(?:他|她|它|是|并|并且|而且|都|也|就|他的|她的|它的|现在|目前|这是|一位|一个|的|内容是|内容为|麻烦|请)"),
}  # fmt: skip
_FIRM = {
    "en": re.compile(
        r"(?:[A-Z0-9][\w&.'-]* ){0,4}(?i:gmbh|ltd|limited|inc|incorporated|llc|corp|corporation|ag|plc|sa|bv|"
        r"group|company|co|bank|university|hospital|school|partners|holdings?|industries|solutions|systems|"
        r"technologies|labs|foods|logistics|software|energy|solar|robotics)\.?"),
    "zh": re.compile(
        r"[\u4e00-\u9fffA-Za-z0-9]{2,24}(?:公司|集团|科技|机械|电子|仪器|设备|医疗|医院|学校|大学|酒店|饭店|银行|中心|"
        r"工厂|食品|物流|软件|能源|新能源|光伏|半导体|实业|贸易|餐饮|药业|材料|"
        r"宾馆|研究院|厂|楼|店)"),
}  # fmt: skip
_AROUND = re.compile(r"^(?:之前|以前|前|内|之内)|(?:之前|以前|前)$")


def attributes(text: str, entity: str, slots: Slots) -> str:
    """Return the assignments that a stretch of text adds to a new record, in controlled words.

    Args:
        text: The stretch, e.g. "from Zenith Energy, email a@b.example, and assign her to Raj".
        entity: What is made.
        slots: The slot reader of the turn.

    Raises:
        SlotMiss: A piece of it is no attribute, or a field is given two values.
    """
    spans = _pieces(text)
    found = _row(text, spans, entity, slots) if len(spans) <= _MOST else None
    if found is None:
        said = slots.assignments(text, entity)
        if slots.swallows(said, text, entity):
            raise SlotMiss
        return said
    return slots.assignments("; ".join(found), entity)


_BEFORE_TITLE = 2
"""Attributes that may stand before a title: "P2, high, pump is leaking"."""
_ABOUT_WORK = frozenset({"priority", "status", "category"})


def titled(text: str, entity: str, slots: Slots) -> tuple[str, list[str]]:
    """Return a title in the user's words and the attributes that stand behind it.

    Args:
        text: "call Acme, due Friday, high priority".
        entity: What is made.
        slots: The slot reader of the turn.

    Raises:
        SlotMiss: There is no title.
    """
    spans = _pieces(text)
    for last in range(min(_BEFORE_TITLE, len(spans) - 1), 0, -1):
        told = _row(text, spans[:last], entity, slots)
        if told and slots.assigned_fields("; ".join(told), entity) <= _ABOUT_WORK:
            title, more = titled(text[spans[last][0] :], entity, slots)
            return title, [*told, *more]
    for first in range(1, len(spans)):
        rest = _row(text, spans[first:], entity, slots)
        if rest is not None:
            return text[: spans[first - 1][1]].strip(), ["; ".join(rest)]
    if not text.strip():
        raise SlotMiss
    return text.strip(), []


def _pieces(text: str) -> list[tuple[int, int]]:
    """Return the spans between commas, brackets and "and", outside of quotes."""
    quoted = [m.span() for m in _QUOTED.finditer(text)]
    spans, start = [], 0
    for cut in _COMMAS.finditer(text):
        if any(a < cut.start() < b for a, b in quoted):
            continue
        if text[start : cut.start()].strip():
            spans.append((start, cut.start()))
        start = cut.end()
    if text[start:].strip(" .。!！"):
        spans.append((start, len(text)))
    return spans


def _row(
    text: str, spans: Sequence[tuple[int, int]], entity: str, slots: Slots
) -> list[str] | None:
    """Return an assignment for each piece, joining neighbours where one alone is none; None if it cannot be."""
    if not spans:
        return []
    for size in range(1, min(3, len(spans)) + 1):
        stretch = text[spans[0][0] : spans[size - 1][1]]
        said = _piece(stretch, entity, slots)
        if said is not None and not slots.swallows(said, stretch, entity):
            rest = _row(text, spans[size:], entity, slots)
            if rest is not None:
                return [said, *rest]
    return None


def _piece(piece: str, entity: str, slots: Slots) -> str | None:
    """Return a piece as controlled words, None if it is no attribute; keywords may part it ("at X with Y")."""
    whole = _attribute(piece, entity, slots)
    if whole is not None or slots.lang != "en":
        return whole
    cuts = [m.start() for m in _KEYWORDS.finditer(piece)]
    for cut in cuts[:6]:
        first = _attribute(piece[:cut], entity, slots)
        rest = _piece(piece[cut:].strip(), entity, slots) if first is not None else None
        if first is not None and rest is not None:
            return f"{first}; {rest}"
    return None


def _attribute(piece: str, entity: str, slots: Slots) -> str | None:
    for bare in _bared(piece, slots.lang):
        for sentence, known in _readings(bare, entity, slots):
            try:
                said = slots.assignments(sentence, entity)
            except SlotMiss:
                continue
            if not known or not _NEW.search(said):
                return said
    return None


def _bared(piece: str, lang: Lang) -> Iterator[str]:
    """Yield the piece, and what is left of it without pronouns and articles before it."""
    bare = piece.strip(" .。!！,，")
    for _ in range(5):
        yield bare
        less = _LEADS[lang].sub("", bare, count=1).strip()
        if less in {"", bare}:
            return
        bare = less


def _readings(piece: str, entity: str, slots: Slots) -> Iterator[tuple[str, bool]]:
    """Yield what a piece may mean, as assignment sentences, the surest first.

    The second says that only values in use count: a wording such as "from X" must not make a new one of X.
    """
    yield piece, False
    yield from _worded(piece, slots)
    yield from ((said, False) for said in _named_fields(piece, entity, slots))
    yield from ((said, True) for said in _place(piece, entity, slots))


def _worded(piece: str, slots: Slots) -> Iterator[tuple[str, bool]]:
    for shape, templates in wordings(slots.lang):
        found = shape.fullmatch(piece)
        if not found:
            continue
        groups = found.groupdict()
        try:
            person = slots.assignee(groups["a"]) if groups.get("a") else ""
        except SlotMiss:
            continue
        value, other = ((groups.get(name) or "").strip() for name in ("v", "w"))
        for template in templates:
            if (
                "{q}" in template
                and _RUNS_ON.search(value)
                and not is_quoted(value)
                and " " in value
            ):
                continue
            said = template.format(v=value, w=other, q=quoted_text(value), a=person)
            yield said, "{q}" not in template


def _named_fields(piece: str, entity: str, slots: Slots) -> Iterator[str]:
    """Yield "FIELD VALUE" as an assignment of the literal value: "title Head of Procurement", 城市合肥."""
    ends = [
        m.end()
        for m in re.finditer(r"\S+\s+|\w+\s*[:：=]\s*" if slots.lang == "en" else r".", piece)
    ]
    for end in reversed(ends[:8]):
        name, value = piece[:end].strip(" :：=是为"), piece[end:].strip(" :：=是为")
        value = re.sub(r"^(?:is|of)\s+", "", value) if slots.lang == "en" else value
        if name and value and slots.names_field(name, entity):
            yield f"{name} = {value}"
            if is_quoted(value) or not _COMMAS.search(value):
                yield f"{name} = {quoted_text(value)}"


def _place(piece: str, entity: str, slots: Slots) -> Iterator[str]:
    """Yield where a record belongs and what somebody does there: Acme, CTO of Acme, 华芯的采购总监."""
    yield from _belongs(piece, entity, slots)
    if entity not in _PEOPLE:
        return
    title = "title" if slots.lang == "en" else "职位"
    if is_job_title(piece, slots.lang):
        yield f"{title} = {quoted_text(piece)}"
    for job, firm in _jobs(piece, slots.lang):
        if is_job_title(job, slots.lang):
            for where in _belongs(firm, entity, slots):
                yield f"{title} = {quoted_text(job)}; {where}"


def _jobs(piece: str, lang: Lang) -> Iterator[tuple[str, str]]:
    """Yield the ways to part a piece in a profession and a place, the longest profession first."""
    if lang == "en":
        for cut in re.finditer(r",? (?:at|of|for|from|with|in) (?:the )?", piece):
            yield piece[: cut.start()], piece[cut.end() :]
        return
    for end in range(1, len(piece) - 1):
        firm = re.sub(r"^在|(?:担任|任职|任|做|当|的|那边的|那边|是)$", "", piece[:end])
        yield piece[end:], firm


def _belongs(words: str, entity: str, slots: Slots) -> Iterator[str]:
    """Yield the reference to a record that words name, or the name of a firm where it is a text (leads)."""
    own = [
        i
        for i in slots.language.vocabulary.entity_fields(entity)
        if i.type == "reference" and i.writable
    ]
    try:
        ref = slots.record(words)
    except SlotMiss:
        ref = ""
    kind = ref[1:].partition(":")[0]
    fields = [i for i in own if i.target == kind and kind != "employee"]
    if len(fields) == 1:
        yield f"{fields[0].label(slots.lang)} = {ref}"
    company = slots.language.vocabulary.fields.get(f"{entity}.company")
    if company is not None and (ref or _FIRM[slots.lang].fullmatch(words)):
        yield f"{company.label(slots.lang)} = {quoted_text(words)}"


_BEFORE = re.compile(r"(?:之前|以前|前)")
_WANTS = re.compile(r"^(?:我要|我得|我需要|我必须|要|需要|我)")


def split_due(title: str, slots: Slots) -> tuple[str, str]:
    """Return the title of a task without its date, and the date's words.

    Raises:
        SlotMiss: The date can be read in several ways.

    >>> # "send the quote due next Friday" -> ("send the quote", "next Friday")
    """
    text = title.strip().rstrip(".。!！")
    for found in recognise(text, slots.context):
        if found.kind not in {"date", "window"}:
            continue
        words = _AROUND.sub("", text[found.start : found.end])
        head, tail = text[: found.start], text[found.end :].strip(" ,，")
        rest = without_daypart(_AROUND.sub("", tail))
        if head and not rest:
            head = re.sub(
                r"[\s,，]*(?:due|by|on|before|until|at|在|于)?\s*$", "", head, flags=re.IGNORECASE
            )
            if head:
                return head, _sure(words, slots)
        if not head and rest:
            return rest.strip(" ,，"), _sure(words, slots)
        if _BEFORE.match(tail) or _BEFORE.search(text[found.start : found.end]):
            return _WANTS.sub("", re.sub(r"在$", "", head)) + rest, _sure(words, slots)
    return text, ""


def _sure(words: str, slots: Slots) -> str:
    """Return the words of a date that has one reading.

    Raises:
        SlotMiss: It has several, or is no day.
    """
    name = "due date" if slots.lang == "en" else "截止日期"
    slots.assignments(f"{name} = {words}", "task")
    return words
