"""Opens and seals the personal parts of records, many at once."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from knowledge_graph.errors import StoreUnavailableError
from knowledge_graph.keeping import KeyVault, Plain, Sealed, Spot
from knowledge_graph.ontology.record import Record, RecordRef
from knowledge_graph.sealing.content import Content, content_bytes, content_from, opened
from knowledge_graph.sealing.layout import HOLDERS, KEY_TOKEN, TOKENS, VALUES, index_value


@dataclass(frozen=True, kw_only=True)
class Closed:
    """A sealed part as it stands in the store below."""

    ref: RecordRef
    text: str


@dataclass(frozen=True, kw_only=True)
class Unsealed:
    """A part that is to be sealed."""

    ref: RecordRef
    holders: tuple[RecordRef, ...]
    content: Content


async def contents_of(vault: KeyVault, parts: Sequence[Closed]) -> list[Content | None]:
    """Return the contents of sealed parts; None where everybody they are about was erased.

    Args:
        vault: Has the keys.
        parts: What stands in the store.

    Returns:
        In the order of `parts`.

    Raises:
        StoreUnavailableError: A part is not as it was written.
    """
    found: list[Content | None] = [None] * len(parts)
    left = [(n, 0) for n in range(len(parts))]
    envelopes = [envelopes_of(part.text) for part in parts]
    while left:
        items = [Sealed(spot=spot(parts[n].ref), envelope=envelopes[n][at]) for n, at in left]
        tried = zip(left, await vault.open(items), strict=True)
        left = []
        for (n, at), data in tried:
            if data is not None:
                found[n] = content_from(data)
            elif at + 1 < len(envelopes[n]):
                left.append((n, at + 1))
    return found


async def opened_records(vault: KeyVault, records: Iterable[Record]) -> tuple[Record, ...]:
    """Return records as the workspace sees them, with those parts that still open."""
    rows = tuple(records)
    closed = [n for n, r in enumerate(rows) if r.values.get(VALUES)]
    parts = [Closed(ref=rows[n].ref, text=str(rows[n].values[VALUES])) for n in closed]
    contents: Mapping[int, Content | None] = dict(
        zip(closed, await contents_of(vault, parts), strict=True)
    )
    return tuple(opened(r, contents.get(n)) for n, r in enumerate(rows))


async def sealed_texts(vault: KeyVault, parts: Sequence[Unsealed]) -> list[str]:
    """Return what is kept of parts: one envelope for each person that they are about."""
    plain = [
        Plain(holder=str(holder), spot=spot(part.ref), data=data)
        for part, data in zip(parts, map(content_bytes, (p.content for p in parts)), strict=True)
        for holder in part.holders
    ]
    envelopes = iter(await vault.seal(plain))
    return [
        ".".join(base64.b64encode(next(envelopes)).decode() for _ in part.holders) for part in parts
    ]


async def blind_values(vault: KeyVault, parts: Sequence[Unsealed]) -> list[dict[str, str | None]]:
    """Return by property the blind tokens of what identifies the person that a part is."""
    wanted = [
        (n, field, f"person.{field}", index_value(field, str(part.content.values[field])))
        for n, part in enumerate(parts)
        for field in TOKENS
        if part.holders == (part.ref,) and part.content.values.get(field)
    ]
    tokens = await vault.tokens([(index, value) for _, _, index, value in wanted])
    found: list[dict[str, str | None]] = [
        dict.fromkeys(TOKENS.values()) if part.holders == (part.ref,) else {} for part in parts
    ]
    for (n, field, _, _), token in zip(wanted, tokens, strict=True):
        found[n][TOKENS[field]] = token
    return found


async def key_tokens(vault: KeyVault, keys: Sequence[str]) -> dict[str, str]:
    """Return by source key the form in which it stands in the store below."""
    tokens = await vault.tokens([("source", key) for key in keys])
    return {key: KEY_TOKEN + token for key, token in zip(keys, tokens, strict=True)}


def holders_of(record: Record) -> tuple[RecordRef, ...]:
    """Return the people for whom a record of the store below is sealed."""
    names = str(record.values.get(HOLDERS) or "").split()
    pairs = (name.partition(":") for name in names)
    return tuple(RecordRef(kind=kind, id=record_id) for kind, _, record_id in pairs)


def spot(ref: RecordRef) -> Spot:
    """Return where the sealed part of a record is kept."""
    return Spot(table=ref.kind, column="values", row=ref.id)


def envelopes_of(text: str) -> tuple[bytes, ...]:
    """Return the envelopes of a sealed part, one for each person.

    Args:
        text: The property of the store below.

    Raises:
        StoreUnavailableError: It is damaged.
    """
    try:
        return tuple(base64.b64decode(part, validate=True) for part in text.split("."))
    except (binascii.Error, ValueError):
        raise StoreUnavailableError("a sealed value of the graph database is damaged") from None
