"""Does what rules have decided: through the change log, the inbox and the data sources, once for each key.

Every effect is looked at anew when it is done: what is so already is left alone, so that an effect whose
process ended between the graph and the journal is not done twice.
"""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from knowledge_graph.errors import (
    ConflictError,
    CrmError,
    NotAllowedError,
    NotFoundError,
    UnavailableError,
)
from knowledge_graph.expression.periods import iso_instant
from knowledge_graph.graph import KnowledgeGraph
from knowledge_graph.language.dictionary import Dictionary
from knowledge_graph.ontology.access import Access
from knowledge_graph.ontology.change import Action, ChangeSet, RecordChange
from knowledge_graph.ontology.record import Origin, Record, RecordRef, Value
from knowledge_graph.ports import Clock
from knowledge_graph.rule_ports import DataSource, Effect, RuleMessage, Settlement
from knowledge_graph.rules.contract import RuleContract
from knowledge_graph.rules.governance import purposes_of
from tools.rules import wording
from tools.rules.owners import Owners
from tools.rules.people import Addressee, People

_TRIES = 5
_WAIT_MIN = (1, 5, 30, 120)
"""Minutes before a data source or the database is tried again."""
_RACES = 5
"""How often a record that others change at the same moment is read again."""


@dataclass(frozen=True, kw_only=True)
class PerformerParts:
    """What doing needs from outside."""

    graph: KnowledgeGraph
    owners: Owners
    dictionary: Dictionary
    sources: Mapping[str, DataSource]
    """By id of the dictionary."""
    clock: Clock
    timezone: str = "Asia/Shanghai"


@dataclass(frozen=True, kw_only=True)
class _Task:
    """One effect in hand."""

    effect: Effect
    rule: RuleContract
    customer: Record
    access: Access
    now: datetime


@dataclass(frozen=True, kw_only=True)
class _Done:
    note: str
    change_id: str = ""
    messages: tuple[RuleMessage, ...] = ()
    held: bool = False


class Performer:
    """Does effects one after the other, each with the rights of the owner of its rule: there is one writer.

    Args:
        parts: What it needs.
    """

    def __init__(self, parts: PerformerParts) -> None:
        self._parts = parts
        self._people = People(parts.graph, parts.dictionary, parts.clock)
        self._acts: Mapping[str, Callable[[_Task], Awaitable[_Done]]] = {
            "pool.add": lambda t: self._member(t, "pools", "pool", add=True),
            "pool.remove": lambda t: self._member(t, "pools", "pool", add=False),
            "undo.pool.add": lambda t: self._member(t, "pools", "pool", add=False),
            "tag.add": lambda t: self._member(t, "tags", "tag", add=True),
            "undo.tag.add": lambda t: self._member(t, "tags", "tag", add=False),
            "tier.set": lambda t: self._set(t, "tier", str(t.effect.args["tier"])),
            "ticket.set_priority": lambda t: self._set(
                t, "priority", str(t.effect.args["priority"])
            ),
            "owner.assign": self._assign,
            "task.create": self._create_task,
            "notify": self._notify,
            "approval.request": self._request_approval,
            "brief.push": self._push_briefing,
            "email.send": self._draft_mail,
            "rebate.draft": self._draft_rebate,
        }

    async def perform(self, effect: Effect, rule: RuleContract) -> Settlement:
        """Return what came of one attempt at an effect.

        Args:
            effect: What is to be done.
            rule: The version that asks for it.
        """
        now, owner = self._parts.clock.now(), self._parts.owners.of(rule)
        if owner is None:
            return Settlement(key=effect.key, state="held", note=f"owner:{rule.author}")
        access = Access(
            actor=owner,
            purpose=purposes_of(rule)[0],
            at=iso_instant(now),
            turn=effect.firing,
            channel="rules",
        )
        act = self._acts.get(effect.action)
        if act is None:
            return Settlement(key=effect.key, state="failed", note=f"no action {effect.action!r}")
        try:
            seen = await self._parts.graph.get([effect.subject], access)
            if not seen:
                return Settlement(key=effect.key, state="failed", note="gone")
            task = _Task(effect=effect, rule=rule, customer=seen[0].record, access=access, now=now)
            done = await act(task)
        except UnavailableError as error:
            return _again(effect, now, str(error))
        except NotAllowedError as error:
            note = f"rights:{rule.author}: {error}"
            return Settlement(key=effect.key, state="held", note=note)
        except CrmError as error:
            return Settlement(key=effect.key, state="failed", note=str(error))
        return Settlement(
            key=effect.key,
            state="held" if done.held else "done",
            note=done.note,
            change_id=done.change_id,
            messages=done.messages,
        )

    # -- records

    async def _member(self, task: _Task, field: str, arg: str, *, add: bool) -> _Done:
        value = str(task.effect.args[arg])

        def after(record: Record) -> dict[str, Value]:
            held = record.get(field)
            members = set(held) if isinstance(held, tuple) else set()
            wanted = members | {value} if add else members - {value}
            return {} if wanted == members else {field: tuple(sorted(wanted))}

        return await self._change(task, after)

    async def _set(self, task: _Task, field: str, value: str) -> _Done:
        def after(record: Record) -> dict[str, Value]:
            return {} if record.get(field) == value else {field: value}

        return await self._change(task, after)

    async def _assign(self, task: _Task) -> _Done:
        found = await self._addressee(task)
        if found.person is None:
            return _Done(note="nobody", held=True)
        return await self._set(task, "owner", found.person.id)

    async def _change(self, task: _Task, after: Callable[[Record], dict[str, Value]]) -> _Done:
        """Return the change of the customer's record, written through the gate.

        Raises:
            ConflictError: Others kept changing it.
        """
        record, change_id = task.customer, change_id_of(task.effect)
        for _ in range(_RACES):
            values = after(record)
            if not values:
                return _Done(note="so", change_id=await self._written(change_id, task.access))
            change = RecordChange(
                action=Action.UPDATE,
                ref=record.ref,
                title=record.title,
                before={name: record.get(name) for name in values},
                after=values,
            )
            try:
                await self._commit(task, change, change_id)
            except ConflictError:
                seen = await self._parts.graph.get([record.ref], task.access)
                if not seen:
                    raise
                record = seen[0].record
                continue
            return _Done(note="changed", change_id=change_id)
        raise ConflictError(f"{record.title!r} keeps being changed by others")

    async def _commit(self, task: _Task, change: RecordChange, change_id: str) -> None:
        stamp = iso_instant(task.now)
        await self._parts.graph.commit(
            ChangeSet(
                id=change_id,
                at=stamp,
                actor=f"rule:{task.rule.ref}",
                reason=task.rule.source.text[:500],
                changes=(change,),
                origin=Origin(system="rule", place=task.rule.ref, observed_at=stamp),
                decision_id=task.effect.firing,
            ),
            task.access,
        )

    async def _written(self, change_id: str, access: Access) -> str:
        try:
            await self._parts.graph.change_set(change_id, access)
        except NotFoundError:
            return ""
        return change_id

    async def _create_task(self, task: _Task) -> _Done:
        found = await self._addressee(task)
        ref = RecordRef(kind="task", id=task_id(task.effect))
        if await self._parts.graph.get([ref], task.access):
            return _Done(note="so", change_id=change_id_of(task.effect))
        title = str(task.effect.args.get("title") or wording.task_title(task.rule, task.customer))
        values: dict[str, Value] = {
            "name": title,
            "account": task.customer.id if task.customer.kind == "account" else None,
            "status": "open",
            "created_on": self._today(task).isoformat(),
            "notes": wording.because(task.rule),
        }
        if found.person is not None:
            values["owner"] = found.person.id
        days = task.effect.args.get("due_days")
        if isinstance(days, int | float):
            values["due_on"] = (self._today(task) + timedelta(days=int(days))).isoformat()
        known = {name: value for name, value in values.items() if value is not None}
        change = RecordChange(action=Action.CREATE, ref=ref, title=title, before={}, after=known)
        change_id = change_id_of(task.effect)
        await self._commit(task, change, change_id)
        messages = () if found.person else (self._message(task, found, title, ""),)
        return _Done(note="changed", change_id=change_id, messages=messages)

    def _today(self, task: _Task) -> date:
        return task.now.astimezone(ZoneInfo(self._parts.timezone)).date()

    # -- people

    async def _addressee(self, task: _Task) -> Addressee:
        role = str(task.effect.args.get("role", "account_owner"))
        return await self._people.find(role, task.customer.values, task.access)

    def _message(
        self,
        task: _Task,
        found: Addressee,
        title: str,
        text: str,
        kind: wording.MessageKind = "notice",
    ) -> RuleMessage:
        said = (str(task.effect.args.get("_note", "")), text or wording.because(task.rule))
        return RuleMessage(
            key=task.effect.key,
            at=iso_instant(task.now),
            to=found.address,
            title=title,
            text="\n".join(filter(None, said)),
            subject=task.effect.subject,
            contract=task.rule.ref,
            kind=kind,
        )

    async def _notify(self, task: _Task) -> _Done:
        found = await self._addressee(task)
        title = wording.notice_title(task.rule, task.customer)
        return _Done(note=found.address, messages=(self._message(task, found, title, ""),))

    async def _request_approval(self, task: _Task) -> _Done:
        found = await self._addressee(task)
        title = wording.approval_title(task.rule, task.customer)
        sent = self._message(task, found, title, "", "approval")
        return _Done(note=found.address, messages=(sent,))

    async def _push_briefing(self, task: _Task) -> _Done:
        found = await self._addressee(task)
        template = str(task.effect.args["template"])
        term = self._parts.dictionary.templates[template]
        source_id = next(iter(task.rule.contract.data_sources), None) or term.source
        title = wording.briefing_title(task.rule, term, task.customer)
        if source_id is None:
            return _Done(
                note=found.address,
                messages=(self._message(task, found, title, "", "briefing"),),
            )
        source = self._parts.sources.get(source_id)
        if source is None:
            return _Done(note=f"source:{source_id}", held=True)
        reading = await source.read(template, task.effect.subject, keys=task.customer.source_keys)
        text = wording.briefing_text(task.rule.source.lang, reading)
        sent = self._message(task, found, title, text, "briefing")
        return _Done(note=f"{found.address} · {reading.place}", messages=(sent,))

    async def _draft_mail(self, task: _Task) -> _Done:
        """Outbound: a draft for the owner to send; nothing leaves this system by itself."""
        found = await self._people.find("account_owner", task.customer.values, task.access)
        term = self._parts.dictionary.templates[str(task.effect.args["template"])]
        title = wording.mail_title(task.rule, term, task.customer)
        return _Done(
            note=found.address,
            messages=(self._message(task, found, title, "", "draft"),),
            held=False,
        )

    async def _draft_rebate(self, task: _Task) -> _Done:
        """A statement for finance to decide on; nothing is booked, no settlement is touched."""
        role = self._parts.dictionary.actions["rebate.draft"].approver or "finance"
        found = await self._people.find(role, task.customer.values, task.access)
        rate, base = task.effect.args.get("rate"), task.effect.args.get("_base")
        if not isinstance(rate, int | float) or not isinstance(base, int | float):
            return _Done(note="base", held=True)
        title = wording.rebate_title(task.rule, task.customer, rate, base)
        sent = self._message(task, found, title, "", "draft")
        return _Done(note=f"{base:.2f} × {rate:g} = {base * rate:.2f}", messages=(sent,))


def change_id_of(effect: Effect) -> str:
    """Return the id of the change set of an effect: the same each time it is tried."""
    return f"r{_digest(effect.key)[:19]}"


def task_id(effect: Effect) -> str:
    """Return the id of the task that an effect makes: the same each time it is tried."""
    return f"t{_digest(effect.key)[:11]}"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _again(effect: Effect, now: datetime, why: str) -> Settlement:
    """Return the next try, later each time; after the last one it has failed."""
    if effect.attempts + 1 >= _TRIES:
        return Settlement(key=effect.key, state="failed", note=why)
    wait = timedelta(minutes=_WAIT_MIN[min(effect.attempts, len(_WAIT_MIN) - 1)])
    return Settlement(key=effect.key, state="waiting", note=why, due_at=iso_instant(now + wait))
