"""Public record sets import with sensible kinds; skipped visibly where the data are absent."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from knowledge_graph.ontology.schema import TIME_FIELDS
from tests.unit.tools.transfer.workspace import ACCESS, Workspace
from tools.transfer.sample import sample_files
from tools.transfer.sample.generate import generate
from tools.transfer.sample.world import TODAY

DATA = Path(__file__).parents[3] / "shared" / "data"


def files(pattern: str) -> list[Path]:
    found = sorted(DATA.glob(pattern))
    if not found:
        pytest.skip(f"no public data {pattern!r} beside this checkout")
    return found


@pytest.fixture
def space(tmp_path: Path) -> Workspace:
    return Workspace.empty(tmp_path)


@pytest.mark.parametrize(
    ("pattern", "created", "skipped"),
    [
        (
            "workbench/*.csv",
            {"contact": 200, "task": 300, "interaction": 800, "usage_event": 1000},
            0,
        ),
        (
            "scuba_crm_records/*.json",
            {
                "account": 13,
                "contact": 5,
                "lead": 21,
                "opportunity": 15,
                "ticket": 10,
                "document": 5,
            },
            4,
        ),
        (
            "enterprisebench_crm/*",
            {"account": 400, "product": 1351, "order": 13510, "interaction": 310},
            0,
        ),
        ("tau2_retail/db.json", {"contact": 500, "order": 1000, "product": 50}, 0),
    ],
)
async def test_public_sets(
    space: Workspace, pattern: str, created: dict[str, int], skipped: int
) -> None:
    paths = files(pattern)
    report = await space.load(*paths)
    assert {kind: report.created.get(kind) for kind in created} == created
    assert len(report.skipped) == skipped
    assert (await space.load(*paths)).changed == 0


@pytest.mark.parametrize(
    ("name", "kind"),
    [("Account.csv", "account"), ("Contact.csv", "contact"), ("Opportunity.csv", "opportunity"), ("Lead.csv", "lead"),
     ("Case.csv", "ticket"), ("contacts.csv", "contact"), ("companies.csv", "account"), ("deals.csv", "opportunity"),
     ("zoho_deals", "opportunity"), ("zh_wecom_style", "account")],
)  # fmt: skip
async def test_headers_of_other_products(space: Workspace, name: str, kind: str) -> None:
    (path,) = files("crm_export_headers.json")
    sets = json.loads(path.read_text(encoding="utf-8"))
    known = {
        **sets["salesforce_data_export"],
        **sets["hubspot_export"],
        **{k: v for k, v in sets.items() if isinstance(v, list)},
    }
    table = space.folder / (name if name.endswith(".csv") else "export.csv")
    with table.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows([known[name], ["x"] * len(known[name])])
    plan = await space.transfer.propose([table], ACCESS)
    assert plan.mappings[0].kind == kind


async def test_the_sample_workspace_imports_whole(space: Workspace) -> None:
    report = await space.load(*sample_files())
    assert {k: report.created[k] for k in ("account", "contact", "opportunity", "interaction")} == {
        "account": 200, "contact": 600, "opportunity": 800, "interaction": 3000,
    }  # fmt: skip
    assert not report.skipped
    assert not report.rejected
    assert report.duplicates
    assert sum(path.stat().st_size for path in sample_files()) < 3_000_000


async def test_what_has_happened_in_the_sample_lies_in_the_past(space: Workspace) -> None:
    await space.load(*sample_files())
    happened = {**TIME_FIELDS, "task": ""}
    past = ("resolved_at", "last_contact_date", "trial_started_on")
    late = [
        f"{ref} {name} {record.get(name)}"
        for ref, record in (await space.all()).items()
        for name in (happened.get(ref.kind, ""), *past)
        if name and str(record.get(name) or "") > TODAY.isoformat()
    ]
    assert late == []


def test_the_sample_is_what_its_script_makes(tmp_path: Path) -> None:
    generate(tmp_path)
    shipped = {path.name: path for path in sample_files()}
    for path in tmp_path.glob("*.csv"):
        assert path.read_bytes() == shipped[path.name].read_bytes(), path.name
