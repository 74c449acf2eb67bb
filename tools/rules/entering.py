"""How a version comes into force: at once, or after the rule committee has agreed."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from knowledge_graph.ontology.change import RecordChange
from knowledge_graph.rules.contract import RuleContract
from knowledge_graph.rules.governance import approval_of
from tools.rules.book import Shelf, node_change
from tools.rules.service import RuleService
from tools.rules.warden import replaced_by
from tools.rules.wording import waiting_text


def entering(
    rule: RuleContract, shelf: Shelf, service: RuleService, *, reason: str = ""
) -> tuple[tuple[RecordChange, ...], tuple[str, ...]]:
    """Return the changes that bring a version into force, and what the person has to know of it.

    Args:
        rule: The version; who confirms it is its author and will be its owner.
        shelf: The rules there are.
        service: The rules.
        reason: Why, for the record.
    """
    committee = service.parts.committee
    if approval_of(rule, (), committee).outcome == "not_needed":
        begins = node_change(rule.with_status("active"), reason=reason)
        return (begins, *replaced_by(rule, shelf)), ()
    until = service.warden.lapses(rule).astimezone(ZoneInfo(service.parts.timezone)).date()
    waits = waiting_text(rule, committee.voters(rule), committee.quorum, until)
    told = waits.removesuffix(rule.source.readback).rstrip()
    return (node_change(rule.with_status("confirmed"), reason=reason),), (told,)
