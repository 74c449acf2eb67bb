"""Schema versions of HOME/guanxi.db: forward only, each step in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sqlalchemy import Connection

from knowledge_graph.errors import StoreUnavailableError
from knowledge_graph.stores.sqlite.rule_tables import EVENTS
from knowledge_graph.stores.sqlite.tables import HOLDERS, METADATA

Step = Callable[[Connection], None]


def _first(connection: Connection) -> None:
    METADATA.create_all(connection)


def _holders(connection: Connection) -> None:
    HOLDERS.create(connection, checkfirst=True)


def _rules(connection: Connection) -> None:
    EVENTS.metadata.create_all(connection)


STEPS: tuple[Step, ...] = (_first, _holders, _rules)
"""Step number n brings the file from version n to n + 1."""


def migrate(connection: Connection, steps: Sequence[Step] = STEPS) -> int:
    """Bring the file to the newest version and return it; the connection is in a write transaction.

    Args:
        connection: An open write transaction: either all steps happen or none.
        steps: What to do, from version 0 on.

    Returns:
        The version of the file now.

    Raises:
        StoreUnavailableError: A newer Guanxi wrote the file; nothing was changed.
    """
    version = int(connection.exec_driver_sql("PRAGMA user_version").scalar_one())
    if version > len(steps):
        raise StoreUnavailableError(
            f"this home was written by a newer Guanxi (state version {version}, known {len(steps)}); "
            "nothing was changed. Update Guanxi, or use another --home."
        )
    for step in steps[version:]:
        step(connection)
    if version < len(steps):
        connection.exec_driver_sql(f"PRAGMA user_version = {len(steps)}")
    return len(steps)
