"""Dates like 03/04/2026: which order a table's other dates, or the user's region, speak for."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from tools.transfer.dates import DateOrder
from tools.transfer.mapping import Assumption, ImportPlan, TableMapping

_MONTH_FIRST = frozenset({"US", "PH", "FM", "MH", "PW"})
"""Regions that write the month first. Source: Unicode CLDR, short date formats."""
_YEAR_FIRST = frozenset({"CN", "TW", "JP", "KR", "HU", "LT", "MN", "SE", "CA", "ZA", "IR"})
"""Regions whose own short dates begin with the year, so that they tell nothing of day and month."""


@dataclass(frozen=True, kw_only=True)
class Suggestion:
    """An order and where it was taken from."""

    order: DateOrder
    reason: Literal["table", "files", "region", "chosen"]


def unsure_columns(plan: ImportPlan) -> tuple[tuple[TableMapping, str], ...]:
    """Return the tables and headers whose day and month cannot be told apart."""
    return tuple(
        (mapping, header)
        for mapping, problem in plan.problems
        if problem.code == "ambiguous_dates"
        for header in problem.headers
    )


def suggest_order(plan: ImportPlan, mapping: TableMapping, region: str = "") -> Suggestion | None:
    """Return the order that speaks for itself elsewhere, None when nothing does.

    Args:
        plan: All tables.
        mapping: The table with the column in question.
        region: The user's region, two letters, empty when it is not known.

    Returns:
        The order of the table's other columns, of the other tables, of the region, in this order.
    """
    for reason, tables in (("table", (mapping,)), ("files", plan.mappings)):
        orders = {c.order for m in tables for c in m.columns if c.order}
        if len(orders) == 1:
            return Suggestion(order=orders.pop(), reason=reason)  # type: ignore[arg-type] # a literal of the loop
    if not region or region.upper() in _YEAR_FIRST:
        return None
    return Suggestion(order="mdy" if region.upper() in _MONTH_FIRST else "dmy", reason="region")


def with_order(
    plan: ImportPlan, mapping: TableMapping, header: str, suggestion: Suggestion
) -> ImportPlan:
    """Return the plan with the order of one column set, and the assumption noted for the report.

    Args:
        plan: The plan.
        mapping: A table of the plan; its newest mapping is looked up.
        header: The column.
        suggestion: The order; one that a person chose is no assumption.
    """
    now = next(m for m in plan.mappings if (m.file, m.table) == (mapping.file, mapping.table))
    columns = tuple(
        replace(c, order=suggestion.order) if c.header == header else c for c in now.columns
    )
    problems = tuple(
        p for p in now.problems if not (p.code == "ambiguous_dates" and header in p.headers)
    )
    changed = plan.with_mapping(replace(now, columns=columns, problems=problems))
    if suggestion.reason == "chosen":
        return changed
    assumed = Assumption(
        file=now.file,
        table=now.table,
        header=header,
        order=suggestion.order,
        reason=suggestion.reason,
    )
    return replace(changed, assumptions=(*changed.assumptions, assumed))
