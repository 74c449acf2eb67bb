"""Group commit for many threads: whoever gets the turn commits what all have queued."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

from knowledge_graph.errors import CrmError
from knowledge_graph.sovereignty.errors import LedgerError
from knowledge_graph.sovereignty.ledger.entry import Draft


class GroupWriter:
    """Appends for many threads at once: whoever gets the turn commits what all have queued.

    Args:
        append: `SqliteLedger.append`.
        most: Entries in one group.
    """

    def __init__(
        self, append: Callable[[Sequence[Draft]], tuple[int, ...]], *, most: int = 2_000
    ) -> None:
        self._append = append
        self._most = most
        self._turn = threading.Lock()
        self._queue: list[_Ticket] = []
        self._queue_lock = threading.Lock()

    def append(self, draft: Draft) -> int:
        """Append one entry.

        Args:
            draft: The entry.

        Returns:
            Its place, when it is durable.

        Raises:
            CrmError: As `SqliteLedger.append`; the entry is then not in the ledger.
        """
        ticket = _Ticket(draft)
        with self._queue_lock:
            self._queue.append(ticket)
        while True:
            with self._turn:
                if ticket.error is not None:
                    raise ticket.error
                if ticket.seq is not None:
                    return ticket.seq
                self._commit_group()

    def _commit_group(self) -> None:
        with self._queue_lock:
            group, self._queue = self._queue[: self._most], self._queue[self._most :]
        failure: CrmError = LedgerError("the ledger was interrupted; the entry was not appended")
        try:
            for ticket, place in zip(
                group, self._append([ticket.draft for ticket in group]), strict=True
            ):
                ticket.seq = place
        except CrmError as error:
            failure = error
        finally:  # whatever happens, nobody waits for ever on a group that is gone
            for ticket in group:
                if ticket.seq is None:
                    ticket.error = failure


class _Ticket:
    """One draft in the queue, and what became of it."""

    def __init__(self, draft: Draft) -> None:
        self.draft = draft
        self.seq: int | None = None
        self.error: CrmError | None = None
