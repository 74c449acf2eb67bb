"""The world of the sample workspace while it is made: seed, reference date, what exists so far."""

from __future__ import annotations

import csv
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from random import Random

from openpyxl import Workbook

from tools.transfer.sample.words import Words

TODAY = date(2026, 11, 20)
"""The sample is as of the morning of this day: what has happened lies before it, what is planned after it."""
Rowlike = list[object]


@dataclass
class World:
    """What has been made so far, for the tables that point to it."""

    random: Random
    words: Words
    accounts: list[tuple[str, str, bool, str]] = field(default_factory=list)
    """id, name, Chinese, owner name."""
    contacts: list[tuple[str, str, str, bool]] = field(default_factory=list)
    """id, name, account id, Chinese."""
    deals: list[tuple[str, str, str]] = field(default_factory=list)
    """id, account id, stage word."""

    def day(self, back: int, ahead: int = 0) -> date:
        """Return a day between so many days back and ahead."""
        return TODAY + timedelta(days=self.random.randint(-back, ahead))

    def chance(self, share: float) -> bool:
        """Return true in this share of the calls."""
        return self.random.random() < share


def write_csv(path: Path, header: list[str], rows: list[Rowlike], encoding: str = "utf-8") -> None:
    """Write a table as CSV."""
    with path.open("w", encoding=encoding, newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(header)
        writer.writerows(rows)


def write_xlsx(path: Path, sheets: dict[str, list[Rowlike]]) -> None:
    """Write sheets to a workbook."""
    book = Workbook(write_only=True)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.save(path)
