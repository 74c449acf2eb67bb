"""Instants of grants: whole seconds with a time zone. What leaves room for two readings is refused."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from knowledge_graph.sovereignty.errors import GrantError

_INSTANT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:Z|[+-][0-9]{2}:[0-9]{2})"
)


def read_instant(text: object) -> datetime:
    """Read an instant.

    Args:
        text: "YYYY-MM-DDTHH:MM:SSZ" or with an offset like "+08:00"; ASCII digits only.

    Returns:
        The instant, UTC.

    Raises:
        GrantError: No time zone, no such day or second (a leap second neither), or another form.

    >>> read_instant("2026-11-22T16:00:00+08:00").isoformat()
    '2026-11-22T08:00:00+00:00'
    """
    if not isinstance(text, str) or not _INSTANT.fullmatch(text):
        raise GrantError("bad_time", f"{text!r} is no instant with a time zone")
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        raise GrantError("bad_time", f"{text!r} is no instant that exists") from None


def write_instant(instant: datetime) -> str:
    """Return an instant as "YYYY-MM-DDTHH:MM:SSZ".

    Args:
        instant: Whole seconds, with a time zone.

    Returns:
        The one text of this instant.

    Raises:
        GrantError: No time zone, or a part of a second.
    """
    if instant.utcoffset() is None or instant.microsecond:
        raise GrantError("bad_time", "an instant has a time zone and whole seconds")
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
