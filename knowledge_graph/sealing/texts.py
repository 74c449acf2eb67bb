"""Texts sealed one by one: what a change set says as its reason, and the columns of the state file."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass

from knowledge_graph.errors import StoreUnavailableError
from knowledge_graph.keeping import KeyVault, Plain, Sealed, Spot

MARK = "sealed:1:"
"""How a sealed text begins; other texts were written before there was sealing."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Text:
    """A text and where it is kept."""

    spot: Spot
    text: str


async def sealed_texts(vault: KeyVault, holder: str, texts: Sequence[Text]) -> tuple[str, ...]:
    """Return texts sealed for one holder; an empty text stays empty.

    Args:
        vault: Has the keys.
        holder: Whose erasure makes them unreadable.
        texts: What to seal.

    Returns:
        In the same order.

    Raises:
        ErasedError: The holder was erased.
    """
    plain = [Plain(holder=holder, spot=t.spot, data=t.text.encode()) for t in texts if t.text]
    envelopes = iter(await vault.seal(plain) if plain else ())
    return tuple(MARK + base64.b64encode(next(envelopes)).decode() if t.text else "" for t in texts)


async def opened_texts(vault: KeyVault, texts: Sequence[Text]) -> tuple[str | None, ...]:
    """Return texts as they were; None where the holder was erased.

    Args:
        vault: Has the keys.
        texts: As they are kept; one that is not sealed is returned as it is.

    Returns:
        In the same order.

    Raises:
        StoreUnavailableError: A text is damaged.
    """
    sealed = [t for t in texts if t.text.startswith(MARK)]
    items = [Sealed(spot=t.spot, envelope=_bytes(t.text.removeprefix(MARK))) for t in sealed]
    found = iter(await vault.open(items) if items else ())
    return tuple(_decoded(next(found)) if t.text.startswith(MARK) else t.text for t in texts)


def _decoded(data: bytes | None) -> str | None:
    return None if data is None else data.decode()


def _bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise StoreUnavailableError("a sealed text is damaged") from None
