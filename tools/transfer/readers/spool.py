"""Rows kept beside the memory: a format that is slow to read is read once, its rows as often as needed."""

from __future__ import annotations

import json
import tempfile
import weakref
from collections.abc import Iterable, Iterator
from itertools import islice

from knowledge_graph.errors import ImportFileError
from tools.transfer.tables import Cell

_BATCH = 256
"""Records read at once, so that several readers may share the file."""


_NO_ROOM = (
    "a workbook needs room for a temporary file, and there is none ({}). Nothing was changed."
)


class Spool:
    """A temporary file of records that goes when nobody holds it any more.

    Raises:
        ImportFileError: There is no room for temporary files.
    """

    def __init__(self) -> None:
        try:
            self._file = tempfile.TemporaryFile()  # noqa: SIM115 -- closed with the last reader
        except OSError as error:
            raise ImportFileError(_NO_ROOM.format(error.strerror)) from error
        weakref.finalize(self, self._file.close)

    def write(self, records: Iterable[tuple[Cell, ...]]) -> int:
        """Append records.

        Args:
            records: Rows of plain cells, none of them a tuple.

        Returns:
            The place of the first one, for `read`.

        Raises:
            ImportFileError: There is no room for temporary files.
        """
        try:
            start = self._file.seek(0, 2)
            for record in records:
                self._file.write(json.dumps(record, ensure_ascii=True).encode() + b"\n")
            self._file.write(b"\n")
            self._file.flush()
        except OSError as error:
            raise ImportFileError(_NO_ROOM.format(error.strerror)) from error
        return start

    def read(self, start: int) -> Iterator[tuple[Cell, ...]]:
        """Yield the records that one `write` appended.

        Args:
            start: What that `write` returned.
        """
        while True:
            self._file.seek(start)
            lines = list(islice(self._file, _BATCH))
            for line in lines:
                if line == b"\n":
                    return
                yield tuple(json.loads(line))
            start += sum(map(len, lines))
