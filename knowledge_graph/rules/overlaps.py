"""How much of a pool that a rule fills lies in other pools, counted on the workspace's own records."""

from __future__ import annotations

from collections.abc import Iterator

from knowledge_graph.expression.nodes import Field, Has
from knowledge_graph.rules.findings import Finding, Overlap, Witness
from knowledge_graph.rules.population import Population
from knowledge_graph.rules.ruleset import PreparedRule, RuleSet


def overlaps_of(
    new: PreparedRule, rules: RuleSet, people: Population, jaccard: float, contained: float
) -> Iterator[Finding]:
    """Yield the groups that share much with those that a rule makes.

    Args:
        new: The rule; each set value that it adds is a group.
        rules: The others; who is in a group today counts, and whom they would add.
        people: The workspace's records.
        jaccard: The Jaccard index from which an overlap is told.
        contained: The share of the rule's records within another group from which it is told.

    Yields:
        The overlaps, the greatest Jaccard index first.
    """
    if not any(act.effect is not None and act.effect.mode == "add" for act in new.acts):
        return
    groups = _groups(rules, people, new.rule.id)
    found: list[Finding] = []
    for act in new.acts:
        if act.effect is None or act.effect.mode != "add":
            continue
        mine = people.hits(act.prepared.condition)
        for (target, value), (theirs, refs) in groups.items():
            if target != act.effect.target or value == act.effect.value:
                continue
            counted = Overlap(
                one=mine.bit_count(), other=theirs.bit_count(), both=(mine & theirs).bit_count()
            )
            if counted.jaccard >= jaccard or counted.contained >= contained:
                record = people.ids_of(mine & theirs, limit=1)[0]
                found.append(
                    Finding(
                        kind="overlap",
                        rules=(new.rule.ref, *refs),
                        about=(value,),
                        overlap=counted,
                        witness=Witness(record=record, facts=people.facts[record]),
                    )
                )
    yield from sorted(found, key=lambda f: -(f.overlap.jaccard if f.overlap else 0.0))


def _groups(
    rules: RuleSet, people: Population, but: str
) -> dict[tuple[str, str], tuple[int, tuple[str, ...]]]:
    """Return by set and value who is in it: those who are now, and those whom rules add."""
    found: dict[tuple[str, str], tuple[int, tuple[str, ...]]] = {}
    for rule in rules.rules.values():
        for act in rule.acts:
            if act.effect is None or act.effect.mode != "add" or rule.rule.id == but:
                continue
            key = (act.effect.target, act.effect.value)
            if key not in found:
                now = people.hits(Has(term=Field(id=key[0]), value=key[1]))
                found[key] = (now, ())
            mask, refs = found[key]
            ref = rule.rule.ref
            refs = refs if ref in refs else (*refs, ref)
            found[key] = (mask | people.hits(act.prepared.condition), refs)
    for value in rules.dictionary.pools:
        key = ("customer.pools", value)
        if key not in found:
            found[key] = (people.hits(Has(term=Field(id=key[0]), value=value)), ())
    return found
