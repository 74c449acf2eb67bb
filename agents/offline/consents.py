"""What a clause about consent says: which data, for what, for how long."""

from __future__ import annotations

import re
from collections.abc import Mapping

from agents.offline.slots import SlotMiss
from tools.grounds import purposes_in, tiers_in

_HOURS = re.compile(r"(?P<n>\d{1,3})\s*(?P<unit>hours?|h\b|days?|个?小时|天)", re.IGNORECASE)
_DAY = re.compile(r"today|tomorrow|a day|one day|今天|明天|一天", re.IGNORECASE)
_CODE = re.compile(r"[0-9][0-9 -]{3,18}")
_LONGEST = 72


def consent_args(slots: Mapping[str, str]) -> tuple[tuple[str, str | int], ...]:
    """Return the arguments of a consent tool.

    Args:
        slots: The texts of a frame: `tiers`, `purpose`, `when`, `code`.

    Returns:
        Name and value of each argument that was said.

    Raises:
        SlotMiss: A text names no data, no purpose, no time up to 72 hours, or no code.

    >>> consent_args({"tiers": "transaction data", "purpose": "this quote", "when": "until tomorrow"})
    (('tiers', 'transaction data'), ('purpose', 'this quote'), ('hours', 24))
    """
    found: list[tuple[str, str | int]] = []
    if "tiers" in slots:
        if not tiers_in(slots["tiers"]):
            raise SlotMiss
        found.append(("tiers", slots["tiers"]))
    if "purpose" in slots:
        if not purposes_in(slots["purpose"]):
            raise SlotMiss
        found.append(("purpose", slots["purpose"]))
    if "when" in slots:
        found.append(("hours", _hours(slots["when"])))
    if "code" in slots:
        if not _CODE.fullmatch(slots["code"].strip()):
            raise SlotMiss
        found.append(("code", re.sub(r"[ -]", "", slots["code"])))
    return tuple(found)


def _hours(text: str) -> int:
    match = _HOURS.search(text)
    if match is None:
        if _DAY.search(text):
            return 24
        raise SlotMiss
    n = int(match["n"]) * (24 if match["unit"].lower().startswith(("day", "天")) else 1)
    if not 1 <= n <= _LONGEST:
        raise SlotMiss
    return n
