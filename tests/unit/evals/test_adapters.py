"""The adapters of public sets make readable cases; skipped, with the reason, where the sets are absent."""

from __future__ import annotations

from pathlib import Path

import pytest

from evals.adapters import enterprisebench, tau2, workbench

DATA = Path(__file__).parents[4] / "shared" / "data"


def folder(name: str) -> Path:
    """Return the folder of a set, or skip."""
    path = DATA / name
    if not path.is_dir():
        pytest.skip(f"the public set {name!r} is not beside the checkout (shared/data/{name})")
    return path


def test_workbench():
    cases = list(workbench.cases(folder("workbench")))
    assert len(cases) == 30
    assert sum(bool(case.tags) for case in cases) == 5
    assert {record.kind for case in cases for record in case.state} == {"contact"}


def test_tau2():
    cases = list(tau2.cases(folder("tau2_retail")))
    assert len(cases) >= 20
    assert len({case.id for case in cases}) == len(cases)
    assert all(case.state or case.turns[0].contains for case in cases)


def test_enterprisebench():
    cases = list(enterprisebench.cases(folder("enterprisebench_crm")))
    assert len(cases) >= 20
    assert all(case.quote_has[0] not in case.question.casefold() for case in cases)
