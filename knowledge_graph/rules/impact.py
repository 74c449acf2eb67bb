"""What a change of a rule would do: who enters, who leaves, which schedules stop, which rules notice."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from knowledge_graph.language.dictionary import Names
from knowledge_graph.language.results import Lang
from knowledge_graph.language.rules.results import RuleAction, all_actions
from knowledge_graph.rules.contract import RuleContract
from knowledge_graph.rules.effects import Effect, effect_of
from knowledge_graph.rules.ruleset import RuleSet


@dataclass(frozen=True, kw_only=True)
class Hits:
    """Ids of the records that a rule holds for, before and after a change."""

    before: frozenset[str]
    after: frozenset[str]


@dataclass(frozen=True, kw_only=True)
class Impact:
    """What a change does; nothing of it has happened yet."""

    enter: tuple[str, ...]
    """Ids of records that the rule will newly hold for, sorted."""
    leave: tuple[str, ...]
    stay: int
    fills: tuple[Names, ...]
    """What the rule fills: pools and tags."""
    schedules_stopped: int
    """Recurring actions of single records that end, because the record leaves or the action is gone."""
    schedules_started: int
    readers: tuple[str, ...]
    """Rules, "id@version", that look at what the rule changes."""

    @property
    def is_none(self) -> bool:
        """Whether nobody and nothing is affected."""
        return not (self.enter or self.leave or self.schedules_stopped or self.schedules_started)

    def told(self, lang: Lang) -> str:
        """Return the impact in one sentence."""
        labels = [((n.zh if lang == "zh" else n.en) or n.all)[0] for n in self.fills]
        where = ("、" if lang == "zh" else ", ").join(labels)
        texts = _zh(self, where) if lang == "zh" else _en(self, where)
        if self.is_none:
            texts = ["没有客户受影响"] if lang == "zh" else ["no customer is affected"]
        if self.readers:
            names = ("、" if lang == "zh" else ", ").join(self.readers)
            zh, en = (
                f"规则 {names} 会读取这些结果",
                f"{names} {_read(self.readers)} what it changes",
            )
            texts.append(zh if lang == "zh" else en)
        text = ("，" if lang == "zh" else ", ").join(texts)
        return text + "。" if lang == "zh" else f"{text[:1].upper()}{text[1:]}."


def _read(readers: tuple[str, ...]) -> str:
    return "reads" if len(readers) == 1 else "read"


def _zh(impact: Impact, where: str) -> list[str]:
    found = []
    if impact.enter:
        found.append(f"{len(impact.enter)} 个客户进入{where}")
    if impact.leave:
        found.append(f"{len(impact.leave)} 个客户离开{where}")
    if impact.schedules_stopped:
        found.append(f"{impact.schedules_stopped} 个定时动作停止")
    if impact.schedules_started:
        found.append(f"{impact.schedules_started} 个定时动作开始")
    return found


def _en(impact: Impact, where: str) -> list[str]:
    place = where or "the rule"
    counts = (
        (len(impact.enter), "customer", "enter", f" {place}"),
        (len(impact.leave), "customer", "leave", f" {place}"),
        (impact.schedules_stopped, "schedule", "stop", ""),
        (impact.schedules_started, "schedule", "start", ""),
    )
    return [
        f"{n} {noun} {verb}s{tail}" if n == 1 else f"{n} {noun}s {verb}{tail}"
        for n, noun, verb, tail in counts
        if n
    ]


def impact(
    before: RuleContract | None, after: RuleContract | None, hits: Hits, rules: RuleSet
) -> Impact:
    """Return what the change from one version to another does.

    Args:
        before: The version in force; None: the rule is new.
        after: The version to come; None: the rule is retired.
        hits: Whom they hold for.
        rules: The rules in force, to see which of them look at what this one changes.
    """
    old = hits.before if before is not None else frozenset()
    new = hits.after if after is not None else frozenset()
    stopped, started = _schedules(before, after, old, new)
    effects = _effects(before, rules) | _effects(after, rules)
    own = {rule.id for rule in (before, after) if rule is not None}
    readers = {
        reader.rule.ref
        for effect in effects
        for reader in rules.readers(effect.target)
        if reader.rule.id not in own
    }
    return Impact(
        enter=tuple(sorted(new - old)),
        leave=tuple(sorted(old - new)),
        stay=len(old & new),
        fills=tuple(_names(e.value, rules) for e in sorted(effects, key=str) if e.mode == "add"),
        schedules_stopped=stopped,
        schedules_started=started,
        readers=tuple(sorted(readers)),
    )


def _names(value: str, rules: RuleSet) -> Names:
    pool = rules.dictionary.pools.get(value)
    return Names(zh=(value,), en=(value,)) if pool is None else pool.names


def _effects(rule: RuleContract | None, rules: RuleSet) -> set[Effect]:
    if rule is None:
        return set()
    found = (effect_of(action, rules.dictionary) for action in all_actions(rule.contract))
    return {effect for effect in found if effect is not None}


def _schedules(
    before: RuleContract | None,
    after: RuleContract | None,
    old: Collection[str],
    new: Collection[str],
) -> tuple[int, int]:
    """Return how many recurring actions of single records end, and how many begin."""
    was, will = _recurring(before), _recurring(after)
    kept = [action for action in was if action in will]
    left, come = len(set(old) - set(new)), len(set(new) - set(old))
    gone, added = len(was) - len(kept), len(will) - len(kept)
    return left * len(kept) + gone * len(old), come * len(kept) + added * len(new)


def _recurring(rule: RuleContract | None) -> list[RuleAction]:
    if rule is None:
        return []
    return [action for action in rule.contract.actions if action.schedule is not None]
