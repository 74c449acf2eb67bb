"""Which records are one person, what the person is called, and what would bring the person back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from knowledge_graph.erasure.person import Person, words_of
from knowledge_graph.errors import BadInputError, NotFoundError
from knowledge_graph.expression.nodes import Compare, Field, Query
from knowledge_graph.keeping import KeyVault
from knowledge_graph.ontology.change import Action, ChangeSet
from knowledge_graph.ontology.record import Record, RecordRef, Value
from knowledge_graph.ontology.schema import SUBJECT_KINDS
from knowledge_graph.ports import Clock, GraphStore
from knowledge_graph.sealing.layout import VALUES, index_value
from knowledge_graph.sealing.opening import key_tokens

_HISTORY = 10_000
_LEAST_DIGITS = 6
"""Of a phone number; names with fewer digits are none."""


@dataclass(frozen=True, kw_only=True)
class Found:
    """A person before an erasure."""

    refs: tuple[RecordRef, ...]
    title: str
    related: int
    """Records that refer to the person."""
    same: tuple[RecordRef, ...]
    """Other records with the same name or number: they may be the same person, and stay."""


@dataclass(frozen=True, kw_only=True)
class Lineage:
    """Looks a person up.

    Args:
        below: The store that keeps ciphertext.
        sealed: The store over it.
        vault: Has the keys.
        clock: Now.
    """

    below: GraphStore
    sealed: GraphStore
    vault: KeyVault
    clock: Clock

    async def plan(self, refs: Sequence[RecordRef]) -> Found:
        """Return the person that records are, and how much refers to the person.

        Raises:
            BadInputError: Not a contact or lead.
            NotFoundError: There are no such records.
        """
        own = await self._own(refs)
        same_mail = await self.same_person(refs)
        others = [("phone", r.get("phone")) for r in own] + [("name", r.get("name")) for r in own]
        same = tuple(r for r in await self._with(others) if r not in same_mail)
        related = await self.below.references_to(same_mail)
        return Found(
            refs=same_mail,
            title=own[0].title,
            related=len({e.source for e in related}),
            same=tuple(dict.fromkeys(same)),
        )

    async def same_person(self, refs: Sequence[RecordRef]) -> tuple[RecordRef, ...]:
        """Return the records that are the same person: these, and those with the same mail address.

        Args:
            refs: Contacts or leads.

        Returns:
            These first.

        Raises:
            BadInputError: Not a contact or lead.
            NotFoundError: There are no such records.
        """
        own = await self._own(refs)
        mails = [("email", r.get("email")) for r in own]
        return tuple(dict.fromkeys((*(r.ref for r in own), *await self._with(mails))))

    async def _own(self, refs: Sequence[RecordRef]) -> tuple[Record, ...]:
        for ref in refs:
            if ref.kind not in SUBJECT_KINDS:
                raise BadInputError(f"{ref} is no person; give a contact or a lead")
        own = await self.sealed.get(refs)
        if not own or len(own) < len(set(refs)):
            raise NotFoundError("there is no such person here (any more); nothing was erased")
        return own

    async def _with(self, values: Sequence[tuple[str, Value]]) -> list[RecordRef]:
        found = []
        for field, value in values:
            for kind in sorted(SUBJECT_KINDS) if isinstance(value, str) and value else ():
                term = Field(id=f"{kind}.{field}")
                query = Query(entity=kind, condition=Compare(op="eq", term=term, value=str(value)))
                page = await self.sealed.find(query, now=self.clock.now(), limit=1_000)
                found += [r.ref for r in page.records]
        return found

    async def person(self, refs: Sequence[RecordRef]) -> Person:
        """Return the person with all that texts may call it: also what was changed or merged away."""
        own = await self.sealed.get(refs)
        values: list[Mapping[str, Value]] = [r.values for r in own]
        merged: dict[RecordRef, None] = dict.fromkeys(refs)
        for ref in refs:
            for entry in await self.sealed.history(ref=ref, limit=_HISTORY):
                values += [v for c in entry.changes for v in (c.before, c.after)]
                if any(c.action is Action.UPDATE for c in entry.changes):
                    gone = await self._merged_with(ref, entry)
                    merged |= dict.fromkeys(c for c, _ in gone)
                    values += [v for _, v in gone]
        keys = tuple(dict.fromkeys(key for r in own for key in r.source_keys))
        return Person(refs=tuple(merged), words=words_of(values), keys=keys)

    async def _merged_with(
        self, ref: RecordRef, entry: ChangeSet
    ) -> list[tuple[RecordRef, Mapping[str, Value]]]:
        """Return the records that the same change deleted in favour of this one."""
        whole = await self.sealed.change_set(entry.id)
        mine = {key for c in whole.changes if c.ref == ref for key in c.source_keys}
        name = next((str(c.title) for c in whole.changes if c.ref == ref), "")
        return [
            (c.ref, c.before)
            for c in whole.changes
            if c.action is Action.DELETE
            and c.ref.kind == ref.kind
            and (mine & set(c.replaced_source_keys) or c.before.get("name") == name)
        ]

    async def samples(self, refs: Sequence[RecordRef], most: int) -> list[tuple[RecordRef, str]]:
        """Return sealed parts of the person's records, to try whether they still open afterwards."""
        own = await self.below.get(refs)
        found = [(r.ref, str(r.values[VALUES])) for r in own if r.values.get(VALUES)]
        return found[:most]

    async def tokens(self, person: Person) -> tuple[str, ...]:
        """Return the blind tokens by which an old file would bring the person back."""
        pairs = [("person.email", w) for w in person.words if "@" in w]
        numbers = (index_value("phone", word) for word in person.words if "@" not in word)
        pairs += [("person.phone", n) for n in dict.fromkeys(numbers) if len(n) >= _LEAST_DIGITS]
        keys = await key_tokens(self.vault, person.keys)
        return (*await self.vault.tokens(pairs), *keys.values())
