"""Forward migrations: numbered steps, each run once and in order.

A step returns statements. Schema statements run alone, each in its own transaction, and may run again after a
crash in the middle; so a data step has to be written as one that may run twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from knowledge_graph.ontology.schema import WorkspaceSchema
from knowledge_graph.stores.migrations import step_0001_records, step_0002_indexes

Step = Callable[[WorkspaceSchema], Iterable[str]]

STEPS: tuple[Step, ...] = (step_0001_records.statements, step_0002_indexes.statements)
"""Step n brings the database from version n to version n + 1; never change one that was released."""
