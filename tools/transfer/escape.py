"""Cells that a spreadsheet would run as a formula: a reversible mark on export, taken off on our own import.

A text that begins with `=`, `+`, `-`, `@`, a tab or a carriage return, or with an apostrophe, gets one
apostrophe in front. Numbers and telephone numbers (`+86 138 0000 0000`, `-5`) run nothing and stay as they
are. `plain_cell` takes exactly one apostrophe away; it is used only for files that carry our provenance
columns, because elsewhere an apostrophe may be meant.
"""

from __future__ import annotations

import re

_STARTS = ("=", "+", "-", "@", "\t", "\r", "'")
_HARMLESS = re.compile(r"[+-]\d[\d\s().-]*")


def safe_cell(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula.

    >>> safe_cell("=1+1"), safe_cell("+86 138"), safe_cell("'quoted'")
    ("'=1+1", '+86 138', "''quoted'")
    """
    if text.startswith(_STARTS) and not _HARMLESS.fullmatch(text):
        return f"'{text}"
    return text


def plain_cell(text: str) -> str:
    """Return the text that `safe_cell` was given.

    >>> plain_cell(safe_cell("@home"))
    '@home'
    """
    return text[1:] if text.startswith("'") else text
