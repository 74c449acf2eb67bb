"""Erases people: the order of the steps, and going on after an interruption.

    requested → wiped (every place, then probed) → destroyed (keys) → done (signed report)

Each step is durable before the next begins, each can be done again. Nothing is called done before the root
version of the old key epoch is destroyed. Before the keys go nothing is lost that an interruption would need:
the words by which texts speak of the person are sealed under a key that the same destruction takes.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from knowledge_graph.erasure.backup import Restorer
from knowledge_graph.erasure.files import search
from knowledge_graph.erasure.graph import GraphPlace
from knowledge_graph.erasure.journal import Erasure, ErasureJournal, Step
from knowledge_graph.erasure.lineage import Found, Lineage
from knowledge_graph.erasure.person import Person
from knowledge_graph.erasure.places import Place, Wiped
from knowledge_graph.erasure.report import ReportSigner, report_text
from knowledge_graph.erasure.state import StatePlace
from knowledge_graph.errors import NotAllowedError, NotFoundError
from knowledge_graph.keeping import Attestation, KeyVault, Sealed, Spot
from knowledge_graph.ontology.access import Access, Role
from knowledge_graph.ontology.record import RecordRef, new_id
from knowledge_graph.ports import Clock, GraphStore
from knowledge_graph.sealing.opening import envelopes_of, spot
from knowledge_graph.sealing.texts import Text, opened_texts, sealed_texts
from knowledge_graph.stores.local_home import FileLock

MAY_ERASE = frozenset({Role.STEWARD, Role.OWNER})
_SAMPLES = 20
_PATIENCE_S = 0.05
"""Between two looks whether another process is done erasing."""


@dataclass(frozen=True, kw_only=True)
class EraserPorts:
    """What an eraser works with."""

    vault: KeyVault
    journal: ErasureJournal
    lineage: Lineage
    caches: Sequence[Place]
    """Wiped first, while the graph still tells what refers to the person."""
    graph: GraphPlace
    state: StatePlace
    attestation: Attestation
    clock: Clock
    home: Path
    """Searched byte by byte."""
    lock: FileLock
    """Held while somebody is erased: what another process is busy with was not interrupted."""


class Eraser:
    """Erases people, one after the other.

    Args:
        ports: What it works with.
        fault: Called with the name of each step that is durable; a test ends the process there.
    """

    def __init__(
        self, ports: EraserPorts, fault: Callable[[str], None] = lambda step: None
    ) -> None:
        self._p = ports
        self._fault = fault
        self._turn = asyncio.Lock()

    async def plan(self, refs: Sequence[RecordRef], access: Access) -> Found:
        """Return what erasing a person would do.

        Args:
            refs: Contacts or leads that are one person.
            access: Who asks.

        Raises:
            NotAllowedError: The actor may not, or a law forbids it for now.
            NotFoundError: No such person.
        """
        _check(access)
        self._check_holds(refs)
        return await self._p.lineage.plan(refs)

    async def erase(self, refs: Sequence[RecordRef], access: Access) -> Erasure:
        """Erase a person everywhere; returned means done.

        Args:
            refs: Contacts or leads that are one person.
            access: Who asks.

        Returns:
            The erasure with its signed report.

        Raises:
            NotAllowedError: The actor may not, or a law forbids it for now; nothing was changed.
            NotFoundError: No such person, or another erasure was first; nothing was changed.
        """
        async with self._alone():
            _check(access)
            self._check_holds(refs)
            person = await self._p.lineage.person(await self._p.lineage.same_person(refs))
            erasure = await self._begin(person, str(access.actor))
            return await self._run(erasure)

    @property
    def below(self) -> GraphStore:
        """The store that keeps ciphertext, for backups."""
        return self._p.graph.below

    def restorer(self) -> Restorer:
        """Return what fills this workspace, which is empty, from a backup."""
        return Restorer(
            below=self.below, graph=self._p.graph, state=self._p.state, journal=self._p.journal
        )

    async def resume(self) -> tuple[Erasure, ...]:
        """Finish what an interruption left undone; what another process is busy with is waited for."""
        if not await asyncio.to_thread(self._p.journal.unfinished):
            return ()
        async with self._alone():
            found = await asyncio.to_thread(self._p.journal.unfinished)
            return tuple([await self._run(erasure) for erasure in found])

    @asynccontextmanager
    async def _alone(self) -> AsyncIterator[None]:
        """Let nobody else erase, in this process or another one; a process that dies lets go."""
        async with self._turn:
            while not self._p.lock.acquire():  # noqa: ASYNC110 - another process sends no event
                await asyncio.sleep(_PATIENCE_S)
            try:
                yield
            finally:
                self._p.lock.release()

    def reports(self) -> tuple[Erasure, ...]:
        """Return all erasures, oldest first."""
        return self._p.journal.all()

    @property
    def _places(self) -> tuple[Place, ...]:
        return (*self._p.caches, self._p.state, self._p.graph)

    def _check_holds(self, refs: Sequence[RecordRef]) -> None:
        holds = self._p.journal.holds(self._p.clock.now().date().isoformat())
        for hold in holds:
            if hold.ref in refs:
                raise NotAllowedError(
                    f"{hold.ref} must be kept until {hold.until}: {hold.ground}. Nothing was erased."
                )

    async def _begin(self, person: Person, actor: str) -> Erasure:
        erasure_id, at = new_id(), self._now()
        secret = json.dumps({"words": person.words, "keys": person.keys}, ensure_ascii=False)
        text = Text(spot=_words_spot(erasure_id), text=secret)
        (words,) = await sealed_texts(self._p.vault, _words_holder(erasure_id), [text])
        # the ledger first: an erasure that nobody can deny is the one that a restore repeats
        entry = await self._p.attestation.attest("erasure.requested", at, {"erasure": erasure_id})
        erasure = Erasure(
            id=erasure_id,
            at=at,
            actor=actor,
            refs=person.refs,
            words=words,
            step=Step.REQUESTED,
            wiped=json.dumps({"ledger": asdict(entry)}),
        )
        await asyncio.to_thread(self._p.journal.begin, erasure)
        self._fault("requested")
        return erasure

    async def _run(self, erasure: Erasure) -> Erasure:
        steps = {
            Step.REQUESTED: self._wipe,
            Step.WIPED: self._destroy,
            Step.DESTROYED: self._report,
        }
        while erasure.step is not Step.DONE:
            erasure, tokens = await steps[erasure.step](erasure)
            await asyncio.to_thread(self._p.journal.move, erasure, tokens)
            self._fault(erasure.step.value)
        return erasure

    async def _wipe(self, erasure: Erasure) -> tuple[Erasure, Sequence[str]]:
        person = await self._person(erasure)
        samples = await self._p.lineage.samples(person.refs, _SAMPLES)
        wiped: list[Wiped] = []
        for place in self._places:
            wiped.append(await place.wipe(person))
            self._fault(f"wiped {place.name}")
        left = {place.name: await place.probe(person) for place in self._places}
        found = await asyncio.to_thread(search, self._p.home, person.words)
        held = [h.ref for h in self._p.journal.holds(erasure.at[:10])]
        done = {
            **json.loads(erasure.wiped),
            "places": [asdict(w) for w in wiped],
            "probes": left,
            "files": found,
            "words": len(person.words),
            "samples": [[str(ref), text] for ref, text in samples],
            "holds": [str(ref) for ref in held],
        }
        tokens = await self._p.lineage.tokens(person)
        text = json.dumps(done, ensure_ascii=False)
        return replace(erasure, step=Step.WIPED, wiped=text), tokens

    async def _destroy(self, erasure: Erasure) -> tuple[Erasure, Sequence[str]]:
        done = json.loads(erasure.wiped)
        holders = [str(ref) for ref in erasure.refs]
        holders += [h for place in done["places"] for h in place["holders"]]
        destroyed = await self._p.vault.erase([*holders, _words_holder(erasure.id)])
        done["keys"] = {
            "destroyed": len(destroyed.holders),
            "checks": dict(destroyed.checks),
            "epoch": destroyed.epoch,
            "survivors": destroyed.survivors,
            "roots": list(destroyed.roots),
        }
        text = json.dumps(done, ensure_ascii=False)
        return replace(erasure, step=Step.DESTROYED, wiped=text, words=""), ()

    async def _report(self, erasure: Erasure) -> tuple[Erasure, Sequence[str]]:
        done = json.loads(erasure.wiped)
        done["opened"] = await self._still_open(done.pop("samples"))
        await self._p.attestation.forget([str(ref) for ref in erasure.refs])
        signer = await ReportSigner.of(self._p.vault, self._p.journal)
        text = report_text(erasure, done, self._now(), signer)
        await self._p.attestation.attest(
            "erasure.done", self._now(), {"erasure": erasure.id, "digest": signer.digest(text)}
        )
        path = self._p.home / "reports" / f"erasure-{erasure.id}.json"
        await asyncio.to_thread(_write, path, text)
        return replace(erasure, step=Step.DONE, report=text), ()

    async def _still_open(self, samples: Sequence[Sequence[str]]) -> str:
        items = [
            Sealed(spot=spot(_ref(name)), envelope=envelope)
            for name, text in samples
            for envelope in envelopes_of(text)
        ]
        opened = await self._p.vault.open(items)
        return f"{sum(o is not None for o in opened)} of {len(items)}"

    async def _person(self, erasure: Erasure) -> Person:
        text = Text(spot=_words_spot(erasure.id), text=erasure.words)
        (secret,) = await opened_texts(self._p.vault, [text])
        if secret is None:
            raise NotFoundError(f"erasure {erasure.id!r} has lost its key")
        found = json.loads(secret)
        return Person(refs=erasure.refs, words=tuple(found["words"]), keys=tuple(found["keys"]))

    def _now(self) -> str:
        return self._p.clock.now().strftime("%Y-%m-%dT%H:%M:%SZ")


def _check(access: Access) -> None:
    if access.actor.role not in MAY_ERASE:
        raise NotAllowedError(
            f"{access.actor.role} may not erase people; nothing was changed. Ask the steward."
        )


def _words_holder(erasure_id: str) -> str:
    return f"erasure:{erasure_id}"


def _words_spot(erasure_id: str) -> Spot:
    return Spot(table="erasure", column="words", row=erasure_id)


def _ref(name: str) -> RecordRef:
    kind, _, record_id = name.partition(":")
    return RecordRef(kind=kind, id=record_id)


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
