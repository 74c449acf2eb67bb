from __future__ import annotations

import asyncio
import io
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from knowledge_graph.errors import BadInputError
from knowledge_graph.ontology.change import Action, ChangeSet, RecordChange
from knowledge_graph.ontology.fields import FieldSpec, FieldType
from knowledge_graph.ontology.record import Origin, Record, RecordRef
from knowledge_graph.ontology.schema import WorkspaceSchema
from tests.unit.tools.transfer.workspace import ACCESS, Workspace
from tools.transfer.exporting import FORMATS, Format

TEXT = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), min_size=1, max_size=30
)
ORIGIN = st.builds(
    Origin, system=st.sampled_from(["salesforce", "chat", "=file"]), place=TEXT, row=st.none() | st.integers(1, 99),
    observed_at=st.just("2026-11-20T08:00:00Z"),
)  # fmt: skip


@st.composite
def worlds(draw: st.DrawFn) -> list[RecordChange]:
    """Some accounts, and contacts that point to them, with odd texts, sets and custom fields."""
    changes = []
    accounts = draw(st.lists(TEXT, min_size=1, max_size=4, unique=True))
    for number, record_id in enumerate(accounts):
        values = {
            "name": draw(TEXT),
            "tags": tuple(sorted(set(draw(st.lists(TEXT, max_size=3))))),
            "annual_revenue": draw(st.none() | st.integers(-(2**53), 2**53) | st.floats(-1e9, 1e9)),
            "floor": draw(st.none() | st.integers(0, 9)),
        }
        if number:
            values["parent"] = accounts[0]
        changes.append(_create("account", record_id, values, draw(ORIGIN), number))
    for number in range(draw(st.integers(0, 3))):
        values = {
            "name": draw(TEXT),
            "account": draw(st.sampled_from(accounts)),
            "consent_marketing": draw(st.booleans()),
        }
        changes.append(_create("contact", f"0{number}", values, draw(ORIGIN), number))
    return changes


def _create(
    kind: str, record_id: str, values: dict[str, object], origin: Origin, number: int
) -> RecordChange:
    kept = {k: v for k, v in values.items() if v not in {None, ()}}
    return RecordChange(
        action=Action.CREATE, ref=RecordRef(kind=kind, id=record_id), title="", before={}, after=kept,  # type: ignore[arg-type] -- values
        origin=origin, source_keys=(f"s|{kind}|{number}",), origins={"name": origin},
    )  # fmt: skip


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(worlds(), st.sampled_from(FORMATS))
def test_import_of_an_export_is_the_same_workspace(
    changes: list[RecordChange], format_: Format
) -> None:
    asyncio.run(_round_trip(changes, format_))


async def _round_trip(changes: list[RecordChange], format_: Format) -> None:
    with tempfile.TemporaryDirectory() as name:
        first, second = Workspace.empty(Path(name)), Workspace.empty(Path(name))
        floor = FieldSpec(
            kind="account", name="floor", type=FieldType.INTEGER, label="Floor", custom=True
        )
        await first.graph.save_schema(WorkspaceSchema().with_fields([floor]), ACCESS)
        origin = Origin(system="chat", place="console", observed_at="2026-11-20T08:00:00Z")
        await first.graph.commit(
            ChangeSet(
                id="1",
                at="2026-11-20T08:00:00Z",
                actor="a",
                reason="",
                changes=tuple(changes),
                origin=origin,
            ),
            ACCESS,
        )
        written = await first.transfer.export(None, format_, Path(name) / "out", ACCESS)
        report = await second.load(*written.files)
        assert not report.findings
        assert _facts(await first.all()) == _facts(await second.all())


def _facts(records: dict[RecordRef, Record]) -> dict[RecordRef, object]:
    return {
        ref: (dict(r.values), r.source_keys, {n: r.origin_of(n) for n in r.values})
        for ref, r in records.items()
    }


async def test_streams_take_lines_and_one_kind_of_csv(tmp_path: Path) -> None:
    space = Workspace.empty(tmp_path)
    await space.load(
        space.file("contacts.csv", "Contact Name,Email,Company\nAnn,a@x.org,=cmd|' /C calc'!A0\n")
    )
    lines = io.StringIO()
    report = await space.transfer.export(None, "jsonl", lines, ACCESS)
    assert len(lines.getvalue().splitlines()) == 2 == sum(report.counts.values())
    cells = io.StringIO()
    await space.transfer.export("account", "csv", cells, ACCESS)
    assert "'=cmd" in cells.getvalue()
    with pytest.raises(BadInputError):
        await space.transfer.export(None, "csv", cells, ACCESS)
    with pytest.raises(BadInputError):
        await space.transfer.export("account", "xlsx", cells, ACCESS)
