"""Recognises people who were erased by what a file says of them, without knowing who they were."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from knowledge_graph.keeping import KeyVault, Outside, Tombstones
from knowledge_graph.sealing.layout import index_value
from knowledge_graph.sealing.opening import key_tokens


@dataclass(frozen=True, kw_only=True)
class BlindTombstones:
    """See `ErasedPeople`.

    Args:
        vault: Makes blind tokens, and knows whose keys were destroyed.
        tombstones: The tokens of the erased.
    """

    vault: KeyVault
    tombstones: Tombstones

    async def among(self, people: Sequence[Outside]) -> frozenset[int]:
        """Return the places of those who were erased."""
        owned = [(n, field, value) for n, p in enumerate(people) for field, value in _values(p)]
        tokens = await self.vault.tokens([(f"person.{f}", index_value(f, v)) for _, f, v in owned])
        keyed = [(n, key) for n, p in enumerate(people) for key in p.keys]
        by_key = await key_tokens(self.vault, [key for _, key in keyed])
        pairs = [(n, token) for (n, _, _), token in zip(owned, tokens, strict=True)]
        pairs += [(n, by_key[key]) for n, key in keyed]
        buried = await self.tombstones.buried([token for _, token in pairs])
        return frozenset(n for n, token in pairs if token in buried)

    async def taken(self, holders: Sequence[str]) -> frozenset[str]:
        """Return those `kind:id` that were of somebody who was erased."""
        return frozenset(await self.vault.erased(holders))


def _values(person: Outside) -> tuple[tuple[str, str], ...]:
    both = (("email", person.email), ("phone", person.phone))
    return tuple((field, value) for field, value in both if value)
