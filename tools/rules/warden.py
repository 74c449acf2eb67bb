"""Keeps the book of rules in order: nobody's rules pause, the approved begin, the overdue and expired end.

It writes states alone, as the workspace's own machinery; what a rule does is done by its owner (owners.py).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from knowledge_graph.errors import ConflictError
from knowledge_graph.expression.periods import iso_instant, parse_instant
from knowledge_graph.graph import KnowledgeGraph
from knowledge_graph.ontology.change import ChangeSet, RecordChange
from knowledge_graph.ontology.record import Origin, RecordRef, new_id
from knowledge_graph.ports import Clock
from knowledge_graph.rule_ports import Batch, RuleJournal, RuleMessage
from knowledge_graph.rules.contract import RuleContract
from knowledge_graph.rules.governance import Approval, CommitteePolicy, Vote, approval_of
from tools.rules import wording
from tools.rules.book import Kept, RuleBook, Shelf, service_access, state_change
from tools.rules.owners import Owners

COMMITTEE_INBOX = "role:rule_committee"
"""Read by the members and by the owners of the workspace."""


@dataclass(frozen=True, kw_only=True)
class WardenParts:
    """What it needs."""

    graph: KnowledgeGraph
    journal: RuleJournal
    book: RuleBook
    owners: Owners
    clock: Clock
    committee: CommitteePolicy
    timezone: str


@dataclass
class Warden:
    """See the module.

    Args:
        parts: What it needs.
    """

    parts: WardenParts
    _looked: tuple[object, ...] = ()

    async def round(self) -> None:
        """Look at every rule that runs or waits, once for each change of anything that counts."""
        parts = self.parts
        await parts.owners.refresh()
        shelf = await parts.book.shelf()
        today = parts.clock.now().astimezone(ZoneInfo(parts.timezone)).date()
        standing = [k for k in shelf.kept.values() if k.contract.status in {"active", "confirmed"}]
        await parts.owners.learn(k.contract for k in standing)
        waiting = [k for k in standing if k.contract.status == "confirmed"]
        looked = (shelf.mark, parts.owners.version, today)
        if looked == self._looked and not waiting:
            return
        for kept in standing:
            end = kept.contract.validity.end
            if end is not None and end < today:
                await self._write([state_change(kept, "retired", f"valid until {end}")], "expired")
            elif kept.contract.status == "active":
                await self._owned(kept)
            else:
                await self._decided(kept, shelf)
        self._looked = looked

    async def _owned(self, kept: Kept) -> None:
        """Pause a rule behind which nobody stands, and tell."""
        rule = kept.contract
        why = self.parts.owners.unable(rule)
        if why is None:
            return
        reason = wording.orphaned(rule, why)
        if await self._write([state_change(kept, "paused", reason)], reason):
            about = f"orphan|{rule.ref}|{iso_instant(self.parts.clock.now())}"
            await self._tell(rule, about, wording.orphan_title(rule), reason)

    async def approval(self, rule: RuleContract) -> Approval:
        """Return how far the committee has come with a rule."""
        votes = [
            Vote(by=v.voter, yes=v.approves, reason=v.reason)
            for v in await self.parts.journal.votes(rule.ref)
        ]
        return approval_of(rule, votes, self.parts.committee)

    def lapses(self, rule: RuleContract) -> datetime:
        """Return until when the committee may decide on a rule."""
        begun = parse_instant(rule.confirmed_at or iso_instant(self.parts.clock.now()))
        return begun.astimezone(UTC) + timedelta(days=self.parts.committee.days)

    async def _decided(self, kept: Kept, shelf: Shelf) -> None:
        """Put in force what the committee has agreed to; end what it refuses or leaves lying."""
        rule, found = kept.contract, await self.approval(kept.contract)
        said = "; ".join(
            f"{v.by} {'✓' if v.yes else '✗'} {v.reason}" for v in (*found.yes, *found.no)
        )
        if found.outcome in {"granted", "not_needed"}:
            changes = [state_change(kept, "active", said), *replaced_by(rule, shelf)]
            await self._write(changes, said)
        elif found.outcome == "refused":
            reason = wording.refused(rule, said)
            await self._write([state_change(kept, "retired", reason)], reason)
        elif self.parts.clock.now() >= self.lapses(rule):
            reason = wording.lapsed(rule, self.parts.committee.days)
            await self._write([state_change(kept, "retired", reason)], reason)
            await self._tell(rule, f"lapsed|{rule.ref}", wording.waiting_title(rule), reason)
        else:
            until = self.lapses(rule).astimezone(ZoneInfo(self.parts.timezone)).date()
            members = self.parts.committee.voters(rule)
            text = wording.waiting_text(rule, members, self.parts.committee.quorum, until)
            await self._tell(rule, f"waits|{rule.ref}", wording.waiting_title(rule), text, members)

    async def _write(self, changes: Iterable[RecordChange], reason: str) -> bool:
        now = self.parts.clock.now()
        stamp = iso_instant(now)
        change_set = ChangeSet(
            id=new_id(),
            at=stamp,
            actor="rules",
            reason=reason[:500],
            changes=tuple(changes),
            origin=Origin(system="rule", place="warden", observed_at=stamp),
        )
        try:
            await self.parts.graph.commit(change_set, service_access(now))
        except ConflictError:
            return False  # somebody has changed the rule; the next round looks again
        return True

    async def _tell(
        self,
        rule: RuleContract,
        key: str,
        title: str,
        text: str,
        to: Iterable[str] = (),
    ) -> None:
        kind: Literal["notice", "approval"] = "approval" if key.startswith("waits") else "notice"
        messages = tuple(
            RuleMessage(
                key=f"{key}|{address}",
                at=iso_instant(self.parts.clock.now()),
                to=address,
                title=title,
                text=text,
                subject=RecordRef(kind="rule", id=rule.ref),
                contract=rule.ref,
                kind=kind,
            )
            for address in ([f"user:{member}" for member in to] or [COMMITTEE_INBOX])
        )
        await self.parts.journal.record(Batch(messages=messages))


def replaced_by(rule: RuleContract, shelf: Shelf) -> tuple[RecordChange, ...]:
    """Return the change that ends the version whose place a rule takes."""
    if rule.supersedes is None:
        return ()
    before = shelf.kept.get(f"{rule.id}@{rule.supersedes}")
    if before is None or before.contract.status not in {"active", "paused"}:
        return ()
    return (state_change(before, "retired"),)
