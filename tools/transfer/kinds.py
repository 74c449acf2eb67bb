"""Which kind of record a table holds: from its name, its headers and its cells."""

from __future__ import annotations

from dataclasses import dataclass

from tools.transfer.sketch import Column, Sketch

_STAFF_HEADERS = frozenset({
    "username",
    "user name",
    "profile id",
    "alias",
    "role",
    "user role id",
    "is active",
    "manager",
    "team",
    "部门",
    "工号",
})
_NEVER = frozenset({"passage"})
_PERSONS = ("contact", "lead", "employee")
_ENOUGH = 2.0


@dataclass(frozen=True, kw_only=True)
class KindGuess:
    """The kind of a table, how sure it is, and the next likeliest ones."""

    kind: str
    """Empty when no kind fits."""
    confidence: float
    others: tuple[str, ...]


def guess_kind(sketch: Sketch) -> KindGuess:
    """Return the kind of record that a table holds.

    Args:
        sketch: The table with its columns read.

    Returns:
        The likeliest kind; none when neither name nor headers speak for any.
    """
    vague = {"customer": customer_kind(sketch), "user": user_kind(sketch)}
    scores = dict.fromkeys((k for k in sketch.schema.kinds if k not in _NEVER), 0.0)
    spoken = dict(scores)
    for column in sketch.columns:
        for kind, points in _points(column, sketch, vague).items():
            spoken[kind] += points
    scores = dict(spoken)
    whole = sketch.named_whole
    for i, named in enumerate(sketch.named_kinds):
        scores[vague.get(named, named)] += (6.0 if whole else 4.0) if i == 0 else 2.0
    ranked = sorted(scores, key=lambda kind: -scores[kind])
    best, second = ranked[0], ranked[1]
    if addresses := _addresses_only(sketch):
        return KindGuess(kind=addresses, confidence=0.4, others=("employee", "lead"))
    if scores[best] < _ENOUGH or (spoken[best] < 1.0 and not (whole and spoken[best] > 0)):
        return KindGuess(kind="", confidence=0.0, others=tuple(ranked[:4]))
    lead = (scores[best] - max(0.0, scores[second])) / scores[best]
    return KindGuess(kind=best, confidence=round(0.5 + lead / 2, 2), others=tuple(ranked[1:4]))


def _addresses_only(sketch: Sketch) -> str:
    """Return `contact` for a bare list of e-mail addresses."""
    filled = [c for c in sketch.columns if c.profile.filled]
    bare = len(filled) == 1 and filled[0].profile.share("email") > 0.9
    return "contact" if bare else ""


def customer_kind(sketch: Sketch) -> str:
    """Return whether "customer" means an organisation (account) or a person (contact) in this table.

    Args:
        sketch: The table.

    Returns:
        `contact` when the customers bear names of persons, or have e-mail addresses and no company.
    """
    if _people_of_customers(sketch):
        return "account"
    names = [c for c in sketch.columns if _means(c, "customer", "name") or _means(c, "", "name")]
    if any(_means(c, kind, "name") for c in sketch.columns for kind in ("account", "contact")):
        return "contact" if _company_beside(sketch) else "account"
    for column in names:
        if column.profile.organisations > 0.3:
            return "account"
        if "姓名" in column.header or any(m.part for m in column.meanings):
            return "contact"
        if column.profile.people > 0.7:
            return "contact"
    addressed = any(
        _means(c, kind, "email") and not _means(c, "", "owner")
        for c in sketch.columns
        for kind in ("customer", "")
    )
    return "contact" if addressed else "account"


def _people_of_customers(sketch: Sketch) -> bool:
    """Return whether persons stand beside the customers that they belong to."""
    customer = [c for c in sketch.columns if _means(c, "customer", "name")]
    own_id = any(_means(c, "contact", "id") for c in sketch.columns)
    coded = any(_means(c, "customer", "id") for c in sketch.columns)
    person = any(
        c not in customer and (_means(c, "", "name") or _means(c, "contact", "name"))
        for c in sketch.columns
    )
    return (bool(customer) and person) or (coded and own_id)


def user_kind(sketch: Sketch) -> str:
    """Return whether "users" are our own people or customers; accounts of a CRM have roles and profiles."""
    from_headers = {" ".join(c.header.replace("_", " ").casefold().split()) for c in sketch.columns}
    split = {word for c in sketch.columns for word in (_plain(c.header),)}
    return "employee" if (from_headers | split) & _STAFF_HEADERS else "contact"


def _plain(header: str) -> str:
    return "".join(f" {c.lower()}" if c.isupper() else c for c in header).strip()


def _company_beside(sketch: Sketch) -> bool:
    """Return whether a company is named beside the customers: then the customers are persons."""
    company = any(_means(c, "account", "name") for c in sketch.columns)
    person = any(_means(c, "contact", "name") for c in sketch.columns)
    return company and not person


def _means(column: Column, kind: str, field: str) -> bool:
    return any(
        m.kind == kind and m.field == field and (m.qualified or not kind) for m in column.meanings
    )


def _points(column: Column, sketch: Sketch, vague: dict[str, str]) -> dict[str, float]:
    """Return how much one column speaks for each kind."""
    points: dict[str, float] = {}
    if column.outer:
        points[vague.get(column.outer, column.outer)] = 0.6
    qualified = {vague.get(m.kind, m.kind): m.field for m in column.meanings if m.qualified}
    for kind, field in qualified.items():
        points[kind] = points.get(kind, 0.0) + _qualified_points(column, sketch, field)
    if not qualified:
        part_of_name = any(m.part and m.field == "name" for m in column.meanings)
        able = (
            set(_PERSONS)
            if part_of_name
            else {
                kind
                for kind in sketch.schema.kinds
                if kind not in _NEVER
                and any(sketch.takes(kind, m) for m in column.meanings)
                and not any(m.field == "id" for m in column.meanings)
            }
        )
        for kind in able:
            points[kind] = points.get(kind, 0.0) + min(1.5, 2.0 / len(able))
    return points


def _qualified_points(column: Column, sketch: Sketch, field: str) -> float:
    repeated = sketch.rows > 4 and len(column.profile.distinct) < 0.9 * column.profile.filled
    overflow = column.profile.overflow
    if field in {"id", "name"}:
        first = 1.0 if column.position == 0 else 0.0
        return (-2.0 if repeated and not overflow else 2.0) + first
    return 1.0
