"""The ledger as the workspace uses it: events in, a person's entries and bundle out. See `Ledger`."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import Mapping, Sequence

from knowledge_graph.consent_ports import BoardEntry, LedgerEvent
from knowledge_graph.errors import UnavailableError
from knowledge_graph.keeping import KeyVault, Plain, Sealed, Spot
from knowledge_graph.ontology.record import RecordRef
from knowledge_graph.sovereignty.canonical import Value
from knowledge_graph.sovereignty.crypto.digests import hmac_sm3
from knowledge_graph.sovereignty.errors import LedgerError
from knowledge_graph.sovereignty.key_files import KeyPairOfTwo
from knowledge_graph.sovereignty.ledger.anchor import Anchor, AnchorReceipt
from knowledge_graph.sovereignty.ledger.bundle import OpenedEntry, Publication, build_bundle
from knowledge_graph.sovereignty.ledger.entry import OPENING_BYTES, Counted, Entry
from knowledge_graph.sovereignty.ledger.notes import NoteKey, NoteSigner
from knowledge_graph.sovereignty.ledger.store import SqliteLedger

_ROW_BYTES = 8


class LedgerBook:
    """See `Ledger`.

    Args:
        ledger: The tree in its file.
        keys: Sign checkpoints.
        vault: Seals records and openings under the person's key; None keeps them as they are, for tests.
        anchors: Where checkpoints are published; one that does not answer is passed over.
    """

    def __init__(
        self,
        ledger: SqliteLedger,
        keys: KeyPairOfTwo,
        *,
        vault: KeyVault | None = None,
        anchors: Sequence[Anchor] = (),
    ) -> None:
        self._ledger = ledger
        self._vault = vault
        self._anchors = tuple(anchors)
        name = ledger.origin.rpartition("/")[0]
        self._signers = tuple(NoteSigner(name=name, signer=signer) for signer in keys.signers)
        self._secret = keys.ed25519.secret()

    @property
    def keys(self) -> tuple[NoteKey, ...]:
        """The keys that verify this ledger's checkpoints."""
        return tuple(signer.note_key for signer in self._signers)

    async def append(self, events: Sequence[LedgerEvent]) -> tuple[int, ...]:
        """Keep events in this order; returned means durable."""
        if not events:
            return ()
        records = [_record(event) for event in events]
        openings = [secrets.token_bytes(OPENING_BYTES) for _ in events]
        rows = [secrets.token_bytes(_ROW_BYTES) for _ in events]
        bodies = [
            json.dumps({"r": record, "o": opening.hex()}, ensure_ascii=False).encode()
            for record, opening in zip(records, openings, strict=True)
        ]
        people = [event.person for event in events]
        sealed = await self._sealed(people, rows, bodies)
        counted = [
            Counted(
                type=event.type,
                at=event.at,
                actor=self.pseudonym(event.actor),
                subject=str(event.person),
                record=record,
                opening=opening,
                sealed=row + envelope,
                grant=event.grant,
            )
            for event, record, opening, row, envelope in zip(
                events, records, openings, rows, sealed, strict=True
            )
        ]
        return await asyncio.to_thread(self._ledger.append_counted, counted)

    def pseudonym(self, actor: str) -> str:
        """Return how an actor stands in the tree: always the same, telling nothing without our key."""
        return hmac_sm3(self._secret, b"guanxi/actor/1\n" + actor.encode()).hex()[:32]

    async def entries(self, person: RecordRef) -> tuple[BoardEntry, ...]:
        """Return a person's entries, oldest first; none after an erasure."""
        return tuple(
            BoardEntry(
                seq=opened.seq,
                n=n,
                type=str(record["type"]),
                at=str(record["at"]),
                facts={k: _fact(v) for k, v in record.items() if k not in {"type", "at", "n", "v"}},
            )
            for n, (opened, record) in enumerate(await self._opened(person), start=1)
        )

    async def bundle(self, person: RecordRef, *, previous: str = "") -> str:
        """Return a person's entries with all it takes to verify them without us, as JSON."""
        opened = [entry for entry, _ in await self._opened(person)]
        note, receipts = await asyncio.to_thread(self._published, "")
        publication = Publication(
            note=note, keys=self.keys, previous=previous or None, anchors=receipts
        )
        return await asyncio.to_thread(build_bundle, self._ledger, opened, publication)

    async def checkpoint(self, *, at: str) -> str:
        """Sign the ledger as it is, publish it at the anchors, and return the note."""
        note, _ = await asyncio.to_thread(self._published, at)
        return note

    async def forget(self, person: RecordRef) -> int:
        """Drop what opens a person's entries; the leaves stay."""
        return await asyncio.to_thread(self._ledger.forget, str(person))

    def _published(self, at: str) -> tuple[str, tuple[AnchorReceipt, ...]]:
        """Return the newest note and its receipts; submitted to the anchors when `at` is given."""
        note = self._ledger.checkpoint(self._signers)
        receipts = list(self._ledger.receipts(note))
        if at:
            given = {receipt.kind for receipt in receipts}
            for anchor in (a for a in self._anchors if a.kind not in given):
                try:
                    receipts.append(anchor.submit(note, at=at))
                except UnavailableError:
                    continue  # the checkpoint stays valid, unanchored
            self._ledger.keep_receipts(note, receipts)
        return note, tuple(receipts)

    async def _sealed(
        self, people: Sequence[RecordRef], rows: Sequence[bytes], bodies: Sequence[bytes]
    ) -> Sequence[bytes]:
        if self._vault is None:
            return bodies
        return await self._vault.seal([
            Plain(holder=str(person), spot=_spot(row), data=body)
            for person, row, body in zip(people, rows, bodies, strict=True)
        ])

    async def _unsealed(self, entries: Sequence[Entry]) -> Sequence[bytes | None]:
        if self._vault is None:
            return [e.sealed[_ROW_BYTES:] for e in entries]
        return await self._vault.open([
            Sealed(spot=_spot(e.sealed[:_ROW_BYTES]), envelope=e.sealed[_ROW_BYTES:])
            for e in entries
        ])

    async def _opened(
        self, person: RecordRef
    ) -> tuple[tuple[OpenedEntry, Mapping[str, Value]], ...]:
        entries = await asyncio.to_thread(self._ledger.entries_of, str(person))
        bodies = await self._unsealed(entries)
        pairs = zip(entries, bodies, strict=True)
        return tuple(
            _opened(entry, body, n) for n, (entry, body) in enumerate(pairs, 1) if body is not None
        )


def _spot(row: bytes) -> Spot:
    return Spot(table="ledger", column="record", row=row.hex())


def _record(event: LedgerEvent) -> dict[str, Value]:
    facts: dict[str, Value] = {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in event.facts.items()
    }
    return {"v": 1, "type": event.type, "at": event.at, "actor": event.actor, **facts}


def _opened(entry: Entry, body: bytes, n: int) -> tuple[OpenedEntry, Mapping[str, Value]]:
    try:
        held = json.loads(body)
        record: dict[str, Value] = {**held["r"], "n": n}
        opening = bytes.fromhex(held["o"])
    except (ValueError, KeyError, TypeError) as error:
        raise LedgerError(f"entry {entry.seq} of the ledger cannot be read") from error
    return OpenedEntry(seq=entry.seq, record=record, opening=opening), record


def _fact(value: Value) -> str | tuple[str, ...]:
    if isinstance(value, (list, tuple)):
        return tuple(str(v) for v in value)
    return str(value)
