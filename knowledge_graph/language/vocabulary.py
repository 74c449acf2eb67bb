"""All words that a workspace knows: the dictionary, its own fields, the values in use, its names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from types import MappingProxyType

from knowledge_graph.language.dictionary import Dictionary, FieldTerm, Names
from knowledge_graph.language.fields import QUOTES, FieldInfo, entity_of, kind_of
from knowledge_graph.language.lexicon import function_words
from knowledge_graph.language.meanings import (
    FieldMeaning,
    Meaning,
)
from knowledge_graph.language.names import NameIndex, NameMatch
from knowledge_graph.language.phrases import lengths_of, terms_of, value_words, with_values
from knowledge_graph.language.spelling import folded
from knowledge_graph.ontology.fields import FieldSpec
from knowledge_graph.ontology.record import RecordRef
from knowledge_graph.ontology.schema import MACHINERY, WorkspaceSchema

_ORGANISATIONS = frozenset(
    {"account", "accounts", "company", "companies", "organisation", "organisations", "organization"}
    | {
        "organizations",
        "firm",
        "firms",
        "business",
        "businesses",
        "公司",
        "企业",
        "单位",
        "厂家",
        "机构",
    }
)
_EMPTY: Mapping[str, int] = MappingProxyType({})
Phrases = Mapping[str, tuple[Meaning, ...]]


@dataclass(frozen=True, kw_only=True, repr=False, eq=False)
class Vocabulary:
    """Everything that words can link to. Immutable; build a new one when the workspace has changed."""

    dictionary: Dictionary
    schema: WorkspaceSchema
    names: NameIndex
    fields: Mapping[str, FieldInfo]
    values: Mapping[str, Mapping[str, tuple[str, ...]]]
    """By field: folded word -> the stored values it stands for."""
    phrases: Phrases
    lengths: Mapping[str, tuple[int, ...]]
    """By first character: the lengths of the phrases that begin with it, longest first."""
    counts: Mapping[str, int] = field(default_factory=lambda: _EMPTY)
    """Records by entity; empty: not known."""
    currency: str = "CNY"
    """The workspace's currency, as read-backs write it."""
    held: frozenset[str] = frozenset()
    """Entities that have or have had records: an emptied kind is still that kind."""
    money_floor: float = 1000.0
    """Bare amounts below it are asked back (see `parser.quantities.needs_unit`)."""

    @classmethod
    def build(
        cls,
        dictionary: Dictionary,
        schema: WorkspaceSchema,
        values: Mapping[str, tuple[str, ...]],
        names: NameIndex,
        *,
        counts: Mapping[str, int] = _EMPTY,
    ) -> Vocabulary:
        """Build the vocabulary of a workspace.

        Args:
            dictionary: The business dictionary.
            schema: The kinds and fields, with the workspace's own.
            values: Values in use by field id (`account.city` or `customer.city`).
            names: Names of the workspace's records.
            counts: Records by kind, where known; they decide what "customers" are.

        Returns:
            The vocabulary.
        """
        fields, static = _static(dictionary, schema)
        used = {_entity_id(key): found for key, found in values.items()}
        linked = {
            info.id: value_words(
                info, dictionary.fields.get(info.id), used.get(info.id, ()), schema
            )
            for info in fields.values()
        }
        phrases = with_values(static, linked)
        return cls(
            dictionary=dictionary,
            schema=schema,
            names=names,
            fields=fields,
            values=linked,
            phrases=phrases,
            lengths=lengths_of(phrases),
            counts={entity_of(kind): n for kind, n in counts.items()},
            held=frozenset(key.partition(".")[0] for key in used)
            | {entity_of(kind) for kind, n in counts.items() if n},
        )

    @cached_property
    def terms(self) -> tuple[str, ...]:
        """Every entity, field and value by its own name, for offers."""
        words = [w for term in self.dictionary.entities.values() for w in term.names.all]
        words += [w for info in self.fields.values() for w in info.names.all]
        words += [v for linked in self.values.values() for group in linked.values() for v in group]
        return tuple(dict.fromkeys(folded(word) for word in words if len(word) > 1))

    def only(self, entities: frozenset[str]) -> Vocabulary:
        """Return a vocabulary with the names and the values in use of some entities alone."""
        kept = NameIndex(e for e in self.names.entries() if entity_of(e.ref.kind) in entities)
        values = {
            key: tuple(v for group in linked.values() for v in group)
            for key, linked in self.values.items()
            if key.partition(".")[0] in entities
        }
        return Vocabulary.build(self.dictionary, self.schema, values, kept)

    def with_names(self, names: NameIndex) -> Vocabulary:
        """Return the same vocabulary over another index of names; cheap."""
        return replace(self, names=names)

    def __repr__(self) -> str:
        return f"Vocabulary({len(self.fields)} fields, {len(self.phrases)} phrases)"

    def field_of(self, key: str) -> FieldInfo | None:
        """Return what is known of a field id, None when there is no such field."""
        return self.fields.get(key)

    def entity_fields(self, entity: str) -> tuple[FieldInfo, ...]:
        """Return the fields of an entity, in the order of the dictionary."""
        return self._by_entity.get(entity, ())

    @cached_property
    def _by_entity(self) -> Mapping[str, tuple[FieldInfo, ...]]:
        found: dict[str, list[FieldInfo]] = {}
        for info in self.fields.values():
            found.setdefault(info.entity, []).append(info)
        return {entity: tuple(infos) for entity, infos in found.items()}

    @cached_property
    def paths(self) -> Mapping[str, frozenset[str]]:
        """By entity: the entities that its records point to."""
        return {
            entity: frozenset(entity_of(info.target) for info in infos if info.target)
            for entity, infos in self._by_entity.items()
        }

    @cached_property
    def children(self) -> Mapping[str, tuple[str, ...]]:
        """By entity: the entities whose records point to its records, in exactly one way."""
        found: dict[str, list[str]] = {}
        for spec in self.schema.kinds.values():
            if spec.name in MACHINERY:
                continue
            targets = [ref.target for ref in spec.references]
            for target in dict.fromkeys(targets):
                if target and targets.count(target) == 1 and target != spec.name:
                    found.setdefault(entity_of(target), []).append(entity_of(spec.name))
        return {entity: tuple(kids) for entity, kids in found.items()}

    def references(self, entity: str, kind: str | None = None) -> tuple[FieldInfo, ...]:
        """Return the reference fields of an entity, or those of them that point to a kind."""
        return tuple(
            info
            for info in self.entity_fields(entity)
            if info.type == "reference" and kind in {None, info.target}
        )

    def named(self, words: str) -> tuple[NameMatch, ...]:
        """Return the records that the whole words name by spelling; nothing by sound or likeness."""
        spans = self.names.spans(words)
        return next((s.matches for s in spans if (s.start, s.end) == (0, len(words))), ())

    def default_field(self, entity: str, what: str) -> FieldInfo | None:
        """Return the field that words without a field mean: a bare amount, or the date that is postponed.

        Args:
            entity: The entity of the records.
            what: `money`, `created`, `hours` or `due`.
        """
        named = self.dictionary.defaults.get(entity, {}).get(what)
        return None if named is None else self.field_of(named)

    def name_of(self, kind: str, key: str) -> str | None:
        """Return the quoted name that means this record alone, None when there is none."""
        ref = RecordRef(kind=kind, id=key)
        name = self.names.name_of(ref)
        if name is None or not name.strip():
            return None
        same = {
            m.entry.ref for m in self.named(name) if m.how == "exact" and m.entry.ref.kind == kind
        }
        if same != {ref}:
            return None
        return next((f"{a}{name}{b}" for a, b in QUOTES if a not in name and b not in name), None)

    def has_records(self, entity: str) -> bool:
        """Return whether the workspace holds records of an entity, as far as it is known."""
        return not self.counts or bool(self.counts.get(entity))

    def kept(self, entity: str, word: str = "") -> str:
        """Return the entity that keeps what a noun names: "customers" are whatever customers there are.

        Where there have never been accounts they are the contacts, and without contacts the leads. A word for
        an organisation never stands for people, and any other noun is itself.
        """
        if entity != "customer" or not self.counts or entity in self.held:
            return entity
        if folded(word) in _ORGANISATIONS:
            return entity
        return next((other for other in ("contact", "lead") if self.counts.get(other)), entity)

    def label(self, entity: str, lang: str) -> str:
        """Return the name of an entity that a read-back uses."""
        term = self.dictionary.entities.get(entity)
        if term is None:
            return entity.replace("_", " ")
        names = term.names.zh if lang == "zh" else term.names.en
        return (names or term.names.all or (entity.replace("_", " "),))[0]

    def value_label(self, field: str, value: str, lang: str) -> str:
        """Return the name of a value of an enumerated field; an unnamed one is its own name."""
        term = self.dictionary.fields.get(field)
        named = term.values.get(value) if term else None
        if named is None:
            return value
        return ((named.zh if lang == "zh" else named.en) or named.all or (value,))[0]


def _entity_id(field: str) -> str:
    kind, _, name = field.partition(".")
    return f"{entity_of(kind)}.{name}"


@lru_cache(maxsize=4)
def _cached(holder: _Holder, schema: WorkspaceSchema) -> _Static:
    return _build_static(holder.dictionary, schema)


class _Holder:
    """Carries a dictionary into a cache by identity: a dictionary holds mappings and has no hash."""

    def __init__(self, dictionary: Dictionary) -> None:
        self.dictionary = dictionary

    def __hash__(self) -> int:
        return id(self.dictionary)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Holder) and other.dictionary is self.dictionary


_Static = tuple[Mapping[str, FieldInfo], Phrases]


def _static(dictionary: Dictionary, schema: WorkspaceSchema) -> _Static:
    return _cached(_Holder(dictionary), schema)


def _build_static(dictionary: Dictionary, schema: WorkspaceSchema) -> _Static:
    fields = {info.id: info for info in _infos(dictionary, schema)}
    phrases: dict[str, list[Meaning]] = {}
    for word, meanings in function_words().items():
        phrases.setdefault(word, []).extend(meanings)
    own = {(i.entity, folded(w)) for i in fields.values() if i.custom for w in i.names.all}
    for word, meaning in terms_of(dictionary, fields.values()):
        if _is_overruled(word, meaning, fields, own):
            continue
        found = phrases.setdefault(folded(word), [])
        if meaning not in found:
            found.append(meaning)
    return fields, {word: tuple(found) for word, found in phrases.items()}


def _is_overruled(
    word: str, meaning: Meaning, fields: Mapping[str, FieldInfo], own: set[tuple[str, str]]
) -> bool:
    """Whether a synonym of a built-in field is the name that the workspace gave to a field of its own."""
    if not isinstance(meaning, FieldMeaning) or meaning.verb:
        return False
    info = fields[meaning.field]
    firsts = {folded(names[0]) for names in (info.names.zh, info.names.en) if names}
    spelled = folded(word)
    return not info.custom and (info.entity, spelled) in own and spelled not in firsts


def _infos(dictionary: Dictionary, schema: WorkspaceSchema) -> Iterator[FieldInfo]:
    seen: set[str] = set()
    for term in dictionary.fields.values():
        spec = _spec(schema, term)
        seen.add(term.id)
        yield FieldInfo(
            id=term.id,
            type="text" if term.type == "string" else term.type,
            names=term.names,
            target=spec.target if spec else None,
            closed=bool(spec.values) if spec else bool(term.values) and not term.open_values,
            writable=bool(spec and spec.writable and not spec.derivation) and term.writable,
        )
    for kind in schema.kinds.values():
        if kind.name in MACHINERY:
            continue
        for spec in kind.fields.values():
            if (key := f"{entity_of(kind.name)}.{spec.name}") not in seen:
                yield _own_field(key, spec)


def _spec(schema: WorkspaceSchema, term: FieldTerm) -> FieldSpec | None:
    kind = schema.kinds.get(kind_of(term.entity))
    return kind.fields.get(term.id.partition(".")[2]) if kind else None


def _own_field(key: str, spec: FieldSpec) -> FieldInfo:
    label = spec.label or spec.name.replace("_", " ")
    spoken = spec.name.replace("_", " ")
    names = tuple(dict.fromkeys([label, folded(label), spoken]))
    return FieldInfo(
        id=key,
        type=spec.type.value,
        names=Names(zh=names, en=names),
        target=spec.target,
        closed=bool(spec.values) and not spec.custom,
        writable=spec.writable and not spec.derivation,
        custom=spec.custom,
    )


__all__ = ["QUOTES", "FieldInfo", "Vocabulary", "entity_of", "kind_of"]
