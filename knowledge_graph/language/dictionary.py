"""The business dictionary: one file of names for entities, fields, values, events, actions and red lines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Literal, TypeVar

import yaml

from knowledge_graph.errors import BadInputError
from knowledge_graph.expression.codec import from_json
from knowledge_graph.expression.nodes import Condition, Op

SHIPPED = Path(__file__).parent / "data" / "dictionary.yaml"
"""The dictionary that comes with the product."""
COMPARATORS: tuple[Op, ...] = ("gt", "ge", "lt", "le")

_K = TypeVar("_K")
_V = TypeVar("_V")
_Raw = Mapping[str, object]
_NONE: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, kw_only=True)
class Names:
    """What a thing is called; the first name of each language is the one read back."""

    zh: tuple[str, ...] = ()
    en: tuple[str, ...] = ()

    @property
    def all(self) -> tuple[str, ...]:
        """The names of both languages."""
        return (*self.zh, *self.en)


@dataclass(frozen=True, kw_only=True)
class Term:
    """A named thing: an event, a pool, a role, a template, a data source, an entity."""

    id: str
    names: Names
    rules_only: bool = False
    source: str | None = None


@dataclass(frozen=True, kw_only=True)
class FieldTerm:
    """A field of an entity as the language knows it."""

    id: str
    type: str
    names: Names
    verbs: Names = field(default_factory=Names)
    values: Mapping[str, Names] = field(default_factory=lambda: MappingProxyType({}))
    open_values: bool = False
    only_used: bool = False
    """The named values count only where the workspace has them in use."""
    rules_only: bool = False
    writable: bool = True
    unit: str | None = None
    range: tuple[float, float] | None = None
    source: str | None = None
    sensitivity: str | None = None
    purpose: str | None = None

    @property
    def entity(self) -> str:
        """The entity that the field belongs to."""
        return self.id.partition(".")[0]


@dataclass(frozen=True, kw_only=True)
class Clause:
    """One fact of a state: a field is in, or not in, some values, a date lies before today, or it is empty."""

    field: str
    values: tuple[str, ...] = ()
    negated: bool = False
    before_today: bool = False
    empty: bool = False


@dataclass(frozen=True, kw_only=True)
class StateTerm:
    """A word for facts of other fields, e.g. open deals: stage is neither won nor lost."""

    id: str
    names: Names
    where: tuple[Clause, ...]
    condition: Condition | None = None
    """What a word that the workspace has defined stands for, instead of clauses."""
    date: str | None = None
    """The field with the day on which the state begins, a plan until then."""
    done: Names = field(default_factory=Names)
    """Verbs of that date which say that the state was reached."""
    past: Names = field(default_factory=Names)
    """Verbs of that date which say so when they speak of the past: "close"."""

    @property
    def entity(self) -> str:
        """The entity that can be in the state."""
        return self.id.partition(".")[0]


@dataclass(frozen=True, kw_only=True)
class ActionTerm:
    """Something that a rule may do."""

    id: str
    names: Names
    args: Mapping[str, str] = field(default_factory=lambda: _NONE)
    governance: Literal["internal", "outbound", "gated", "forbidden"] = "internal"
    purpose: str | None = None
    approver: str | None = None


@dataclass(frozen=True, kw_only=True)
class RedLine:
    """Something that no rule may do."""

    id: str
    zh: str
    en: str
    actions: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Dictionary:
    """A whole dictionary, immutable. All mappings are by id."""

    version: int
    entities: Mapping[str, Term]
    fields: Mapping[str, FieldTerm]
    comparators: Mapping[Op, Names]
    states: Mapping[str, StateTerm]
    defaults: Mapping[str, Mapping[str, str]]
    """By entity: the field for a bare `money`, `hours`, or the date of creation `created`."""
    events: Mapping[str, Term]
    pools: Mapping[str, Term]
    roles: Mapping[str, Term]
    templates: Mapping[str, Term]
    data_sources: Mapping[str, Term]
    actions: Mapping[str, ActionTerm]
    red_lines: Mapping[str, RedLine]

    @classmethod
    def load(cls, path: Path | None = None) -> Dictionary:
        """Read a dictionary file.

        Args:
            path: A YAML file of the documented form; None: the shipped one.

        Returns:
            The dictionary.

        Raises:
            BadInputError: The file cannot be read or is no dictionary.
        """
        path = path or SHIPPED
        try:
            raw = yaml.load(path.read_text(encoding="utf-8"), Loader=_LOADER)  # noqa: S506 -- safe loader
        except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
            raise BadInputError(f"the dictionary {path.name!r} cannot be read: {error}") from error
        if not isinstance(raw, dict):
            raise BadInputError(f"the dictionary {path.name!r} is no mapping")
        return _dictionary(raw)


_LOADER: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def _dictionary(raw: _Raw) -> Dictionary:
    version = raw.get("version", 1)
    if not isinstance(version, int):
        raise BadInputError(f"the dictionary's version {version!r} is no whole number")
    terms = {
        section: _frozen({key: _term(key, body) for key, body in _section(raw, section).items()})
        for section in ("entities", "events", "pools", "roles", "templates", "data_sources")
    }
    pools = {key: term.names for key, term in terms["pools"].items()}
    return Dictionary(
        version=version,
        entities=terms["entities"],
        fields=_frozen({k: _field(k, b, pools) for k, b in _section(raw, "fields").items()}),
        comparators=_frozen({
            op: _names(_section(raw, "comparators").get(op, {})) for op in COMPARATORS
        }),
        states=_frozen({k: _state(k, b) for k, b in _section(raw, "states").items()}),
        defaults=_frozen({
            k: _frozen({n: str(f) for n, f in b.items()})
            for k, b in _section(raw, "defaults").items()
        }),
        events=terms["events"],
        pools=terms["pools"],
        roles=terms["roles"],
        templates=terms["templates"],
        data_sources=terms["data_sources"],
        actions=_frozen({k: _action(k, b) for k, b in _section(raw, "actions").items()}),
        red_lines=_red_lines(raw.get("red_lines", [])),
    )


def _frozen(items: dict[_K, _V]) -> Mapping[_K, _V]:
    return MappingProxyType(items)


def _mapping(value: object, where: str) -> dict[str, dict[str, object]]:
    if not isinstance(value, dict):
        raise BadInputError(f"the dictionary's {where!r} is no mapping")
    return value


def _section(raw: _Raw, name: str) -> dict[str, dict[str, object]]:
    section = _mapping(raw.get(name, {}), name)
    for key, body in section.items():
        _mapping(body, f"{name}.{key}")
    return section


def _words(value: object) -> tuple[str, ...]:
    if not isinstance(value, list):
        return ()
    return tuple(str(word) for word in value)


def _names(body: object) -> Names:
    if not isinstance(body, dict):
        return Names()
    return Names(zh=_words(body.get("zh")), en=_words(body.get("en")))


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _term(key: str, body: _Raw) -> Term:
    return Term(
        id=key,
        names=_names(body),
        rules_only=bool(body.get("rules_only")),
        source=_text(body.get("source")),
    )


def _field(key: str, body: _Raw, pools: Mapping[str, Names]) -> FieldTerm:
    if "type" not in body or "." not in key:
        raise BadInputError(f"the dictionary's field {key!r} needs an entity, a name and a type")
    values = body.get("values")
    named = {str(k): _names(v) for k, v in values.items()} if isinstance(values, dict) else {}
    return FieldTerm(
        id=key,
        type=str(body["type"]),
        names=_names(body),
        verbs=_names(body.get("verbs")),
        values=pools if body.get("values_from") == "pools" else _frozen(named),
        open_values=bool(body.get("open_values")),
        only_used=bool(body.get("only_used")),
        rules_only=bool(body.get("rules_only")),
        writable=bool(body.get("writable", True)),
        unit=_text(body.get("unit")),
        range=_range(body.get("range")),
        source=_text(body.get("source")),
        sensitivity=_text(body.get("sensitivity")),
        purpose=_text(body.get("purpose")),
    )


def _range(value: object) -> tuple[float, float] | None:
    if not isinstance(value, list) or len(value) != 2:
        return None
    return float(value[0]), float(value[1])


def _state(key: str, body: _Raw) -> StateTerm:
    where = body.get("where")
    clauses = where if isinstance(where, list) else []
    meaning = body.get("condition")
    return StateTerm(
        id=key,
        names=_names(body),
        where=tuple(_clause(c) for c in clauses),
        condition=None if meaning is None else from_json(meaning),  # type: ignore[arg-type]  # checked there
        date=_text(body.get("date")),
        done=_names(body.get("done")),
        past=_names(body.get("past")),
    )


def _clause(body: Mapping[str, object]) -> Clause:
    return Clause(
        field=str(body["field"]),
        values=_words(body.get("in") or body.get("not_in")),
        negated="not_in" in body,
        before_today=body.get("before") == "today",
        empty=body.get("empty") is True,
    )


def _action(key: str, body: _Raw) -> ActionTerm:
    args = body.get("args")
    governance = str(body.get("class", "internal"))
    if governance not in {"internal", "outbound", "gated", "forbidden"}:
        raise BadInputError(f"the action {key!r} has no such class: {governance!r}")
    return ActionTerm(
        id=key,
        names=_names(body),
        args=_frozen({str(k): str(v) for k, v in args.items()} if isinstance(args, dict) else {}),
        governance=governance,  # type: ignore[arg-type]  # checked above
        purpose=_text(body.get("purpose")),
        approver=_text(body.get("approver")),
    )


def _red_lines(raw: object) -> Mapping[str, RedLine]:
    lines = raw if isinstance(raw, list) else []
    return _frozen({
        str(line["id"]): RedLine(
            id=str(line["id"]),
            zh=str(line.get("zh", "")),
            en=str(line.get("en", "")),
            actions=_words(line.get("actions")),
            fields=_words(line.get("fields")),
        )
        for line in lines
        if isinstance(line, dict) and "id" in line
    })
