"""All rules of a workspace, read from the graph and kept up to date at the cost of what has changed."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from typing import cast, get_args

from knowledge_graph.errors import InvalidValueError, NotFoundError
from knowledge_graph.expression.nodes import Query
from knowledge_graph.graph import KnowledgeGraph
from knowledge_graph.ontology.access import Access, Actor, Role
from knowledge_graph.ontology.change import Action, RecordChange
from knowledge_graph.ontology.record import Record, RecordRef, Value
from knowledge_graph.rules.codec import from_json, to_json
from knowledge_graph.rules.contract import RuleContract, Status
from knowledge_graph.rules.meaning import content_hash

KIND = "rule"
LIVE: frozenset[Status] = frozenset({"active"})
_STATES = frozenset(get_args(Status))
_LOOK_BACK = 20
"""Change sets that are looked at one by one; after more than that all rules are read anew."""
_MOST_RULES = 20_000


@dataclass(frozen=True, kw_only=True)
class Kept:
    """One version of a rule as it stands in the graph."""

    contract: RuleContract
    record: Record

    @property
    def ref(self) -> RecordRef:
        """Its node."""
        return self.record.ref


@dataclass(frozen=True, kw_only=True)
class Shelf:
    """All versions of all rules, at one moment."""

    kept: Mapping[str, Kept]
    """By `RULE@VERSION`."""
    mark: str
    broken: tuple[str, ...] = ()
    """Nodes whose contract cannot be read or was tampered with; they never run."""

    @cached_property
    def live(self) -> tuple[RuleContract, ...]:
        """The contracts in force."""
        return tuple(k.contract for k in self.kept.values() if k.contract.status in LIVE)

    @cached_property
    def newest(self) -> Mapping[str, Kept]:
        """The newest version of each rule, by rule id."""
        found: dict[str, Kept] = {}
        for kept in self.kept.values():
            held = found.get(kept.contract.id)
            if held is None or held.contract.version < kept.contract.version:
                found[kept.contract.id] = kept
        return found

    def versions(self, rule_id: str) -> tuple[Kept, ...]:
        """Return all versions of a rule, newest first."""
        found = [k for k in self.kept.values() if k.contract.id == rule_id]
        return tuple(sorted(found, key=lambda k: -k.contract.version))

    def get(self, name: str) -> Kept:
        """Return a rule by "R12" (its version in force, else the newest) or "R12@3".

        Raises:
            NotFoundError: There is none.
        """
        name = name.strip().upper()
        if name in self.kept:
            return self.kept[name]
        versions = self.versions(name)
        if not versions:
            raise NotFoundError(f"no rule {name!r}")
        return next((k for k in versions if k.contract.status in {*LIVE, "paused"}), versions[0])

    def next_id(self) -> str:
        """Return the id of a new rule: one more than the highest, never one that was used."""
        numbers = [int(i[1:]) for i in self.newest if i[1:].isdecimal()]
        return f"R{max(numbers, default=0) + 1}"


class RuleBook:
    """Reads the rules of a workspace.

    Args:
        graph: The gate to the graph.
    """

    def __init__(self, graph: KnowledgeGraph) -> None:
        self._graph = graph
        self._shelf: Shelf | None = None
        self._change = ""
        self._turn = asyncio.Lock()

    async def shelf(self) -> Shelf:
        """Return all rules as they are now.

        Raises:
            StoreUnavailableError: The database does not answer.
        """
        async with self._turn:
            mark = await self._graph.change_mark()
            if self._shelf is None or self._shelf.mark != mark:
                self._shelf = await self._read(mark)
            return self._shelf

    async def _read(self, mark: str) -> Shelf:
        access = service_access(datetime(1970, 1, 1, tzinfo=UTC))
        recent = await self._graph.history(access, limit=_LOOK_BACK)
        ids = [c.id for c in recent]
        before = self._shelf
        if before is not None and self._change in ids:
            fresh = recent[: ids.index(self._change)]
            refs = {c.ref for change_set in fresh for c in change_set.changes}
            whole = all(len(c.changes) < _SHOWN for c in fresh)
            touched = sorted(r for r in refs if r.kind == KIND)
            if whole:
                self._change = ids[0] if ids else ""
                return await self._patched(before, touched, mark, access)
        self._change = ids[0] if ids else ""
        page = await self._graph.find(
            Query(entity=KIND), access, now=datetime(1970, 1, 1, tzinfo=UTC), limit=_MOST_RULES
        )
        return _shelved((s.record for s in page.records), mark)

    async def _patched(
        self, before: Shelf, touched: list[RecordRef], mark: str, access: Access
    ) -> Shelf:
        if not touched:
            kept = replace(before, mark=mark)
            kept.__dict__.update({
                k: v for k, v in before.__dict__.items() if k in {"live", "newest"}
            })
            return kept
        seen = await self._graph.get(touched, access)
        gone = {r.id for r in touched}
        rest = [k.record for name, k in before.kept.items() if k.record.id not in gone]
        known = {k.record.id: k for k in before.kept.values() if k.record.id not in gone}
        return _shelved((*rest, *(s.record for s in seen)), mark, known)


_SHOWN = 50
"""A change set in the log shows at most so many changes: one with as many may have more."""


def _shelved(
    records: Iterable[Record], mark: str, known: Mapping[str, Kept] | None = None
) -> Shelf:
    kept: dict[str, Kept] = {}
    broken: list[str] = []
    for record in records:
        held = known.get(record.id) if known else None
        try:
            one = held or Kept(contract=contract_of(record), record=record)
        except InvalidValueError:
            broken.append(record.id)
            continue
        kept[one.contract.ref] = one
    return Shelf(kept=kept, mark=mark, broken=tuple(broken))


def contract_of(record: Record) -> RuleContract:
    """Return the contract that a node holds, in the state that the node is in.

    Raises:
        InvalidValueError: It is none, or its meaning is not what its hash says.
    """
    state = record.get("state")
    if state not in _STATES:
        raise InvalidValueError(f"the rule {record.id!r} has no state {state!r}")
    try:
        found = from_json(json.loads(str(record.get("contract"))))
    except ValueError as error:
        raise InvalidValueError(f"the rule {record.id!r} cannot be read: {error}") from error
    return found.with_status(cast(Status, state))


def node_change(contract: RuleContract, *, reason: str = "") -> RecordChange:
    """Return the creation of a contract's node.

    Args:
        contract: The contract, in the state that it is to have.
        reason: Why.
    """
    values: dict[str, Value] = {
        "rule": contract.id,
        "revision": contract.version,
        "state": contract.status,
        "sentence": contract.source.text,
        "spoken": contract.source.lang,
        "said": contract.source.readback,
        "contract": json.dumps(to_json(contract), ensure_ascii=False, sort_keys=True),
        "digest": content_hash(contract),
        "author": contract.author,
    }
    if reason:
        values["reason"] = reason
    if contract.supersedes is not None:
        values["supersedes"] = f"{contract.id}@{contract.supersedes}"
    return RecordChange(
        action=Action.CREATE,
        ref=RecordRef(kind=KIND, id=contract.ref),
        title=contract.ref,
        before={},
        after=values,
    )


def state_change(kept: Kept, state: Status, reason: str = "") -> RecordChange:
    """Return the change of a version's state.

    Args:
        kept: The version.
        state: What it is to be.
        reason: Why.
    """
    before: dict[str, Value] = {"state": kept.record.get("state")}
    after: dict[str, Value] = {"state": state}
    if reason:
        before["reason"], after["reason"] = kept.record.get("reason"), reason
    return RecordChange(
        action=Action.UPDATE, ref=kept.ref, title=kept.contract.ref, before=before, after=after
    )


def service_access(now: datetime, contract: str = "") -> Access:
    """Return the request for data of the rules' own service.

    Args:
        now: When.
        contract: The `RULE@VERSION` that it acts for; empty: all of them.
    """
    name = f"rule:{contract}" if contract else "rules"
    stamp = now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return Access(actor=Actor(role=Role.OWNER, id=name), purpose="service", at=stamp)
