"""The use case: propose a mapping, apply it, export."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TextIO

from knowledge_graph.graph import KnowledgeGraph
from knowledge_graph.keeping import ErasedPeople
from knowledge_graph.language.dictionary import Dictionary
from knowledge_graph.ontology.access import Access
from knowledge_graph.ontology.record import RecordRef
from knowledge_graph.ports import Clock
from tools.transfer.exporting import Format
from tools.transfer.exports import Exporter, ExportReport
from tools.transfer.headers import HeaderWords, spoken_words
from tools.transfer.importing import Around, Importing, Progress
from tools.transfer.mapping import ImportPlan
from tools.transfer.ownfiles import is_own, own_mapping, split_by_kind
from tools.transfer.proposing import (
    Draft,
    as_colleagues,
    assemble,
    colleagues,
    known_ids,
    map_as,
    settle,
    sketch_tables,
)
from tools.transfer.readers import open_tables
from tools.transfer.reporting import ImportReport

_EITHER = ("account", "contact")


class Transfer:
    """Import and export of a workspace.

    Args:
        graph: The gate to the records.
        clock: The time of the import, the observed-at of every value.
        reports_dir: Where reports of rejected rows are written.
        timezone: Holds for instants in files that name no zone.
        dictionary: The business dictionary, whose words are read as headers too; None: the shipped one.
        erased: Recognises who was erased, so that an old file brings nobody back; None: nobody was.
    """

    def __init__(
        self,
        graph: KnowledgeGraph,
        clock: Clock,
        reports_dir: Path,
        *,
        timezone: str = "UTC",
        dictionary: Dictionary | None = None,
        erased: ErasedPeople | None = None,
    ) -> None:
        self._erased = erased
        self._graph = graph
        self._clock = clock
        self._reports = reports_dir
        self._timezone = timezone
        self._dictionary = dictionary

    async def propose(
        self, files: Sequence[Path], access: Access | None = None, *, kind: str = ""
    ) -> ImportPlan:
        """Read files and propose how their rows become records; nothing is written.

        Args:
            files: CSV, TSV, XLSX, JSON, JSON Lines or Markdown files that belong together.
            access: Who asks; with it, references are also looked for in the workspace.
            kind: What all tables hold; empty: found out for each one.

        Returns:
            The plan, to be shown, edited and applied.

        Raises:
            ImportFileError: A file cannot be read.
            UnknownKindError: There is no such kind.
        """
        schema = await self._graph.schema()
        chosen = schema.kind(kind).name if kind else ""
        self._dictionary = self._dictionary or Dictionary.load()
        words = HeaderWords.load(schema, spoken_words(self._dictionary, schema))
        tables = [table for path in files for table in open_tables(path)]
        own = [part for table in tables if is_own(table) for part in split_by_kind(table)]
        drafts = sketch_tables([table for table in tables if not is_own(table)], schema, words)
        if chosen:
            drafts = tuple(map_as(draft, chosen) for draft in drafts)
        ids = known_ids(drafts)
        if access is not None:
            for kind, found in (await self._known_targets(drafts, access)).items():
                ids.setdefault(kind, set()).update(found)
        staff = colleagues(drafts)
        if not chosen:
            drafts = tuple(as_colleagues(draft, staff) for draft in drafts)
        plan = assemble(files, [settle(draft, ids, staff) for draft in drafts], ())
        mappings = tuple(own_mapping(part, schema) for part in own)
        return replace(plan, mappings=(*plan.mappings, *mappings), tables=(*plan.tables, *own))

    async def _known_targets(
        self, drafts: Sequence[Draft], access: Access
    ) -> Mapping[str, set[str]]:
        """Return by kind those cells of references that are ids in the workspace."""
        found: dict[str, set[str]] = {}
        for draft in drafts:
            for column in draft.mapping.columns:
                if column.lookup != "id" or not column.target:
                    continue
                cells = [c.strip() for c in list(draft.profile_of(column.header).distinct)[:200]]
                vague = column.target in _EITHER
                for target in _EITHER if vague else (column.target,):
                    keys = {f"{draft.mapping.system}|{target}|{cell}": cell for cell in cells}
                    held = await self._graph.by_source_key(tuple(keys), access)
                    seen = await self._graph.get(
                        [RecordRef(kind=target, id=c) for c in cells], access
                    )
                    known = found.setdefault(target, set())
                    known.update(keys[key] for key in held)
                    known.update(s.record.id for s in seen)
        return found

    async def apply(
        self, plan: ImportPlan, access: Access, progress: Progress | None = None
    ) -> ImportReport:
        """Write the records of a plan; each piece of rows is written whole or not at all.

        Args:
            plan: As proposed or edited; tables with a blocking problem are left out and named.
            access: Who imports.
            progress: Told after each piece.

        Returns:
            What was done and what was not.

        Raises:
            NotAllowedError: The actor may not import; nothing was changed.
            ImportStoppedError: The database or a file failed; what was written before stays.
        """
        one = Importing(
            self._graph,
            self._clock,
            plan,
            access,
            around=Around(reports=self._reports, timezone=self._timezone, erased=self._erased),
        )
        return await one.run(progress)

    async def export(
        self, kind: str | None, format_: Format, target: Path | TextIO, access: Access
    ) -> ExportReport:
        """Write records with all fields and their provenance.

        Args:
            kind: One kind; None: all kinds that have records.
            format_: csv, jsonl or xlsx.
            target: A folder that gets the files, or a text stream (jsonl, or csv of one kind).
            access: Who asks; fields that he may not see are left empty and counted.

        Returns:
            What was written.

        Raises:
            BadInputError: The format cannot be written there.
            UnknownKindError: There is no such kind.
        """
        return await Exporter(self._graph, self._clock).export(kind, format_, target, access)
