"""What a translation can come to."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class NotLossless:
    """The other format cannot say this, or says what we cannot; nothing was translated."""

    reason: str
    """In English, for people: what stands in the way."""
