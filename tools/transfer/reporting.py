"""The report of an import: counts, conflicts, rejected rows as a CSV file."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from knowledge_graph.errors import UnavailableError
from tools.transfer.drafting import Finding
from tools.transfer.duplicates import Duplicate
from tools.transfer.escape import safe_cell
from tools.transfer.mapping import Assumption

REJECTING = frozenset({
    "ragged",
    "total_line",
    "missing_required",
    "repeated_id",
    "other_record",
    "erased",
})
"""Reasons for which a whole row was left out."""
KEPT_FINDINGS = 1_000
COLUMNS = ("path", "row", "column", "value", "reason", "detail")


@dataclass(frozen=True, kw_only=True)
class ImportReport:
    """What an import did."""

    rows: int
    created: Mapping[str, int]
    """By kind."""
    updated: Mapping[str, int]
    unchanged: int
    rejected: int
    """Rows left out as a whole."""
    conflicts: int
    """Cells not taken over because the workspace says otherwise since."""
    findings: tuple[Finding, ...]
    """The first ones; the file has all."""
    findings_total: int
    duplicates: tuple[Duplicate, ...]
    change_ids: tuple[str, ...]
    """Oldest first: parts of one change, which is undone as a whole."""
    skipped: tuple[str, ...] = ()
    """Tables that were not imported because of a problem in their mapping."""
    path: Path | None = None
    """The report file, when there is anything in it."""
    total: int = 0
    """Rows that there were to read."""
    assumptions: tuple[Assumption, ...] = ()
    report_error: str = ""
    """Why the report file is not whole."""

    @property
    def changed(self) -> int:
        """How many records were created or updated."""
        return sum(self.created.values()) + sum(self.updated.values())


class ImportStoppedError(UnavailableError):
    """An import ended before its last row; what it wrote stays.

    Args:
        cause: Why, in one sentence.
        report: What was written before.
    """

    code = "E-STOPPED"

    def __init__(self, cause: str, report: ImportReport) -> None:
        self.cause = cause
        self.report = report
        created, updated = sum(report.created.values()), sum(report.updated.values())
        super().__init__(
            f"the import stopped after {report.rows:,} of {report.total:,} rows: {cause}. "
            f"Written and kept: {created:,} records created, {updated:,} updated. The rows after that were "
            "not written. Import the same files again to go on; nothing is written twice."
        )


class FindingLog:
    """Findings of an import, written to a CSV file as they come; only the first ones are kept in memory.

    A disk that is full ends the file, never the import.

    Args:
        path: The new file; it is made with the first finding.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._stream: TextIO | None = None
        self.first: list[Finding] = []
        self.reasons: Counter[str] = Counter()
        self.error = ""

    @property
    def total(self) -> int:
        """How many findings there were."""
        return self.reasons.total()

    @property
    def path(self) -> Path | None:
        """The file, when there is one."""
        return self._path if self._stream is not None else None

    def add(self, findings: Iterable[Finding]) -> None:
        """Keep and write findings."""
        for f in findings:
            self.reasons[f.reason] += 1
            if len(self.first) < KEPT_FINDINGS:
                self.first.append(f)
            self._write((f.file, str(f.row), f.column, f.value, f.reason, f.detail))

    def close(self, duplicates: Sequence[Duplicate] = ()) -> None:
        """Write the records that may be the same, one line each, and end the file."""
        for d in duplicates:
            first, second = f"{d.first} {d.first_name}", f"{d.second} {d.second_name}"
            self._write(("", "", ",".join(d.reasons), first, "duplicate", second))
        if self._stream is not None:
            try:
                self._stream.close()
            except OSError as error:
                self.error = error.strerror or str(error)

    def _write(self, cells: Sequence[str]) -> None:
        if self.error:
            return
        try:
            if self._stream is None:
                self._path.parent.mkdir(parents=True, exist_ok=True)
                self._stream = self._path.open("w", encoding="utf-8-sig", newline="")
                csv.writer(self._stream).writerow(COLUMNS)
            csv.writer(self._stream).writerow([safe_cell(cell) for cell in cells])
        except OSError as error:
            self.error = error.strerror or str(error)
