"""Drafts to changes: which record a draft stands for, what it changes of it, what contradicts."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from rapidfuzz import fuzz

from knowledge_graph.ontology.change import RecordChange
from knowledge_graph.ontology.record import Origin, Record, RecordRef, Value, new_id
from knowledge_graph.ontology.schema import SUBJECT_KINDS
from tools.transfer.drafting import Finding, Pointer, RecordDraft, name_from_email, normal_name
from tools.transfer.running import KIND_ORDER, Deferred, Run, Working, natural
from tools.transfer.sketch import link_field

_OWNED_SLOTS = frozenset({"opportunity", "contact", "contract"})
_SAME_NAME = 45.0
MASK = "•••"
"""Stands in a report for a value that its reader may not be told."""


@dataclass(kw_only=True)
class Piece:
    """A piece of rows that is committed at once."""

    run: Run
    origin: Origin
    """System and place of the rows."""
    keys: Mapping[str, RecordRef]
    """Source keys that the workspace knows."""
    records: Mapping[RecordRef, Record]
    hidden: Mapping[RecordRef, frozenset[str]] = field(default_factory=dict)
    """Fields whose present value the author of the import may not be told."""
    findings: list[Finding] = field(default_factory=list)
    working: dict[RecordRef, Working] = field(default_factory=dict)
    unchanged: int = 0
    rejected: int = 0

    def take(self, drafts: Sequence[RecordDraft]) -> None:
        """Work the records of one row in."""
        ordered = sorted(drafts, key=lambda d: KIND_ORDER.index(d.kind))
        main = drafts[0]
        placed: dict[str, str] = {}
        for draft in ordered:
            self._link(draft, main, placed)
            deferred = self._resolve(draft)
            ref = self._place(draft, len(drafts) > 1)
            if ref is None:
                if draft.main:
                    self.rejected += 1
                    return
                continue
            placed[draft.kind] = ref.id
            self.run.deferred += (
                Deferred(ref=ref, pointer=p, origin=self._origin_of(draft, p.field))
                for p in deferred
            )

    def _origin(self, row: int) -> Origin:
        return Origin(
            system=self.origin.system, place=self.origin.place, row=row, observed_at=self.origin.observed_at,
            source_id=self.origin.source_id,
        )  # fmt: skip

    def _origin_of(self, draft: RecordDraft, name: str) -> Origin:
        own = draft.own.origins if draft.own is not None else {}
        return own.get(name) or own.get("*") or self._origin(draft.row)

    def _finding(
        self, draft: RecordDraft, column: str, value: str, reason: str, detail: str = ""
    ) -> None:
        self.findings.append(
            Finding(
                file=self.origin.place,
                row=draft.row,
                column=column,
                value=value[:500],
                reason=reason,
                detail=detail,
            )
        )

    # -- references

    def _link(self, draft: RecordDraft, main: RecordDraft, placed: Mapping[str, str]) -> None:
        """Point the records of one row to each other."""
        pointed = {pointer.field for pointer in draft.pointers}
        for kind, record_id in placed.items():
            name = link_field(self.run.schema, draft.kind, kind)
            if name and kind != "employee" and name not in draft.values and name not in pointed:
                draft.values[name] = record_id
        if not draft.main and draft.kind in _OWNED_SLOTS and main.kind == "account":
            owners = tuple(p for p in main.pointers if p.field == "owner")
            if "owner" not in pointed and owners:
                draft.pointers = (*draft.pointers, *owners)

    def _resolve(self, draft: RecordDraft) -> list[Pointer]:
        """Fill in the references of a draft; return those whose record is not known yet."""
        open_ = []
        for pointer in draft.pointers:
            found = self.find(pointer, str(draft.values.get("account") or ""))
            if len(found) > 1:
                self._finding(
                    draft,
                    pointer.header,
                    pointer.text,
                    "ambiguous_reference",
                    ", ".join(map(str, found)),
                )
            elif found:
                draft.values[pointer.field] = found[0].id
            elif pointer.create and not (pointer.lookup == "id" and pointer.target == draft.kind):
                account = str(draft.values.get("account") or "")
                draft.values[pointer.field] = self._stub(pointer, draft.row, account).id
            else:
                open_.append(pointer)
        return open_

    def find(self, pointer: Pointer, account: str = "") -> tuple[RecordRef, ...]:
        """Return the records that a cell may name."""
        known = self._by_outside_id(pointer.target, pointer.text)
        if known is None:
            stub = f"{self.origin.system}|{pointer.target}|?{natural(pointer)}"
            known = self.run.placed.get(stub) or self.keys.get(stub)
        if known is not None:
            return (known,)
        directory = self.run.directory
        if "@" in pointer.text:
            return directory.by_email(pointer.target, pointer.text)
        return directory.by_name(pointer.target, pointer.text, account)

    def _by_outside_id(self, kind: str, outside_id: str) -> RecordRef | None:
        """Return the record that an id of the files, or of our own, stands for."""
        for system in (self.origin.system, *self.run.systems.get(kind, ())):
            key = f"{system}|{kind}|{outside_id}"
            ref = self.run.placed.get(key) or self.keys.get(key)
            if ref is not None:
                return ref
        own = RecordRef(kind=kind, id=outside_id)
        return own if own in self.records or own in self.run.used else None

    def _stub(self, pointer: Pointer, row: int, account: str) -> RecordRef:
        values: dict[str, Value] = {"name": pointer.text}
        if "@" in pointer.text:
            values = {"name": name_from_email(pointer.text), "email": pointer.text.lower()}
        if pointer.target == "contact" and account:
            values["account"] = account
        outside = pointer.text if pointer.lookup == "id" else ""
        whose = f"@{account}" if "account" in values and "email" not in values else ""
        key = f"{self.origin.system}|{pointer.target}|?{natural(pointer)}{whose}"
        draft = RecordDraft(
            kind=pointer.target,
            main=False,
            key=key,
            outside_id=outside,
            values=values,
            pointers=(),
            row=row,
        )
        return self._create(draft)

    # -- records

    def _place(self, draft: RecordDraft, with_others: bool) -> RecordRef | None:
        """Find or make the record that a draft stands for, and note what changes of it."""
        if draft.own is not None:
            return self._place_own(draft)
        if draft.main and draft.key in self.run.mains:
            if not with_others:
                self._finding(
                    draft,
                    "id",
                    draft.outside_id or str(draft.values.get("name", "")),
                    "repeated_id",
                )
                return None
            draft.main = False  # one customer on several rows, each with another contact or deal
        elif draft.main:
            self.run.mains.add(draft.key)
        ref = self.run.placed.get(draft.key) or self.keys.get(draft.key)
        if ref is None and not draft.main and draft.outside_id:
            ref = self._by_outside_id(draft.kind, draft.outside_id)
        if ref is None:
            return self._place_unknown(draft)
        if draft.main and self._other_record(draft, ref):
            self._finding(draft, "id", draft.outside_id, "other_record", str(ref))
            return None
        self._update(draft, ref, ())
        return ref

    def _place_unknown(self, draft: RecordDraft) -> RecordRef | None:
        found = self._same(draft)
        if draft.main:
            stubs = [r for r in found if self.run.directory.cards[r].stub]
            if len(found) == 1 and stubs:
                self._update(draft, stubs[0], (draft.key,))
                return stubs[0]
            return self._create(draft)
        if len(found) > 1:
            title = str(draft.values.get("name") or draft.values.get("email") or "")
            self._finding(
                draft, draft.kind, title, "ambiguous_reference", ", ".join(map(str, found))
            )
            return None
        if found:
            self._update(draft, found[0], (draft.key,))
            return found[0]
        return self._create(draft)

    def _same(self, draft: RecordDraft) -> tuple[RecordRef, ...]:
        mail = str(draft.values.get("email") or "")
        found = self.run.directory.by_email(draft.kind, mail) if mail else ()
        if found:
            return found
        account = str(draft.values.get("account") or "")
        if draft.kind == "contact" and not account and not draft.main:
            return ()
        return self.run.directory.by_name(draft.kind, str(draft.values.get("name") or ""), account)

    def _other_record(self, draft: RecordDraft, ref: RecordRef) -> bool:
        """Return whether an id that is known stands for somebody else here: another file, another name."""
        record = self.records.get(ref)
        if record is None or not draft.outside_id:
            return False
        origin = record.origin_of("name")
        names = (str(record.get("name") or ""), str(draft.values.get("name") or ""))
        mails = (record.get("email"), draft.values.get("email"))
        if origin is None or origin.place == self.origin.place or not all(names):
            return False
        return mails[0] != mails[1] and fuzz.ratio(*map(normal_name, names)) < _SAME_NAME

    def _create(self, draft: RecordDraft) -> RecordRef:
        ref = RecordRef(kind=draft.kind, id=own_id(draft))
        if ref in self.records or ref in self.run.used:
            ref = RecordRef(kind=draft.kind, id=new_id())
        self._start(draft, ref, (draft.key,), {})
        self.run.placed[draft.key] = ref
        return ref

    def _start(
        self, draft: RecordDraft, ref: RecordRef, keys: tuple[str, ...], origins: dict[str, Origin]
    ) -> None:
        values: dict[str, Value] = {
            n: v for n, v in draft.values.items() if v is not None and v != ""
        }
        whole = origins.pop("*", None) or self._origin(draft.row)
        self.working[ref] = Working(
            ref=ref, create=True, before={}, after=values, origin=whole, origins=origins, keys=keys,
            title=str(values.get("name") or ref.id),
        )  # fmt: skip
        self.run.used.add(ref)
        self.run.touched.add(ref)
        self.run.directory.add(ref, values, keys)

    def _update(self, draft: RecordDraft, ref: RecordRef, keys: tuple[str, ...]) -> None:
        """Note what a draft changes of a record that exists; a later change by others is never overwritten."""
        self.run.placed[draft.key] = ref
        record = self.records.get(ref)
        held = self.working.get(ref)
        now: dict[str, Value] = {
            **(record.values if record else {}),
            **(held.after if held else {}),
        }
        news: dict[str, Value] = {}
        for name, value in draft.values.items():
            if value is None or value in {"", ()} or now.get(name) == value:
                continue
            if self._may_set(draft, record, held, name, now):
                news[name] = value
            else:
                self._conflict(draft, ref, name, value, now.get(name))
        self._note(draft, ref, news, keys)

    def _conflict(
        self, draft: RecordDraft, ref: RecordRef, name: str, value: Value, now: Value
    ) -> None:
        told = MASK if name in self.hidden.get(ref, ()) else _shown(now)
        self._finding(draft, name, _shown(value), "conflict", told)

    def _may_set(
        self,
        draft: RecordDraft,
        record: Record | None,
        held: Working | None,
        name: str,
        now: Mapping[str, Value],
    ) -> bool:
        if now.get(name) is None:
            cleared = record.origins.get(name) if record else None
            return cleared is None or cleared.system == self.origin.system
        if held is not None and name in held.after:
            return self._was_stub(held, draft)
        origin = record.origin_of(name) if record else None
        if (
            record is not None
            and record.source_keys
            and all("|?" in key for key in record.source_keys)
        ):
            return (
                draft.main
                and (origin is None or origin.observed_at <= self.origin.observed_at)
                and name == "name"
            )
        return draft.main and origin is not None and origin.system == self.origin.system

    @staticmethod
    def _was_stub(held: Working, draft: RecordDraft) -> bool:
        return draft.main and all("|?" in key for key in held.keys)

    def _note(
        self, draft: RecordDraft, ref: RecordRef, news: Mapping[str, Value], keys: tuple[str, ...]
    ) -> None:
        record = self.records.get(ref)
        held = self.working.get(ref)
        known = held.keys if held and held.keys else record.source_keys if record else ()
        added = tuple(key for key in keys if key not in known)
        if not news and not added:
            self.unchanged += held is None and draft.main
            return
        if held is None:
            held = self.working[ref] = Working(
                ref=ref, create=False, before={}, after={}, origin=self._origin(draft.row), origins={},
                keys=known, title=record.title if record else ref.id,
            )  # fmt: skip
        held.keys = (*known, *added)
        for name, value in news.items():
            if not held.create and name not in held.before:
                held.before[name] = record.get(name) if record else None
            held.after[name] = value
        merged = {**(record.values if record else {}), **held.after}
        self.run.directory.add(ref, merged, held.keys)

    def _place_own(self, draft: RecordDraft) -> RecordRef | None:
        """Put back a record of our own export."""
        own = draft.own
        if own is None:
            return None
        ref = RecordRef(kind=draft.kind, id=own.id)
        record = self.records.get(ref)
        if record is None and ref not in self.run.used:
            self._start(draft, ref, own.source_keys, dict(own.origins))
            self.run.placed.update(dict.fromkeys(own.source_keys, ref))
            return ref
        if record is None or ref in self.working:
            self._finding(draft, "id", own.id, "repeated_id")
            return None
        news = {n: v for n, v in draft.values.items() if v is not None and record.get(n) != v}
        if news and record.version != own.version:
            for name, value in news.items():
                self._conflict(draft, ref, name, value, record.get(name))
            news = {}
        self._note(draft, ref, news, ())
        return ref

    def changes(self) -> tuple[RecordChange, ...]:
        """Return the changes in an order in which references point to what exists."""
        ordered = sorted(self.working.values(), key=lambda w: KIND_ORDER.index(w.ref.kind))
        return tuple(w.change() for w in ordered)


_OPAQUE_ID = re.compile(r"(?=.*\d)[A-Za-z0-9_.:-]{1,40}")
_PHONE_ID = re.compile(r"\+?[0-9().-]{10,}")


def own_id(draft: RecordDraft) -> str:
    """Return the id that a new record gets: the outside one, unless it may tell who a person is.

    The ids of people stand in the clear in links, logs and reports: no name, address or number may be one.
    """
    outside = draft.outside_id
    tells = not _OPAQUE_ID.fullmatch(outside) or _PHONE_ID.fullmatch(outside)
    if draft.kind in SUBJECT_KINDS and tells:
        return new_id()
    return outside or new_id()


def _shown(value: Value) -> str:
    return "; ".join(value) if isinstance(value, tuple) else "" if value is None else str(value)
