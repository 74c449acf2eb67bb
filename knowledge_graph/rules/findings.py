"""What the validator tells about a rule, with an example customer for each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from knowledge_graph.language.results import Lang
from knowledge_graph.rules.facts import Facts

Kind = Literal[
    "red_line",
    "missing_purpose",
    "unreachable",
    "contradiction",
    "redundant",
    "overlap",
    "chain",
    "loop",
    "not_decided",
]
Weight = Literal["blocks", "warns", "tells"]
WEIGHTS: dict[Kind, Weight] = {
    "red_line": "blocks", "missing_purpose": "blocks", "unreachable": "blocks", "contradiction": "blocks",
    "loop": "blocks", "redundant": "warns", "overlap": "warns", "not_decided": "warns", "chain": "tells",
}  # fmt: skip
"""blocks: not to be deployed as it is; warns: a person should look; tells: good to know."""


@dataclass(frozen=True, kw_only=True)
class Witness:
    """A record that a finding is about."""

    facts: Facts
    record: str | None = None
    """The id of a real record; None: there is none, the facts are made up."""

    @property
    def is_real(self) -> bool:
        """Whether it is a record of the workspace."""
        return self.record is not None


@dataclass(frozen=True, kw_only=True)
class Overlap:
    """Two groups of records, counted."""

    one: int
    other: int
    both: int

    @property
    def jaccard(self) -> float:
        """The share of the records of either that are in both."""
        either = self.one + self.other - self.both
        return self.both / either if either else 0.0

    @property
    def contained(self) -> float:
        """The share of the first group that lies within the second."""
        return self.both / self.one if self.one else 0.0

    @property
    def containing(self) -> float:
        """The share of the second group that lies within the first."""
        return self.both / self.other if self.other else 0.0


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing to know before a rule is deployed."""

    kind: Kind
    rules: tuple[str, ...]
    """The rules that it is about, "id@version"; the new one first."""
    about: tuple[str, ...] = ()
    """What it is about: a target and two values, fields, a red line, a pool."""
    witness: Witness | None = None
    overlap: Overlap | None = None
    weight: Weight | None = None
    """As given, or that of its kind."""

    @property
    def blocks(self) -> bool:
        """Whether the rule is not to be deployed as it is."""
        return (self.weight or WEIGHTS[self.kind]) == "blocks"

    def told(self, lang: Lang) -> str:
        """Return the finding in one sentence; the caller adds the witness.

        Args:
            lang: The language of the reader.
        """
        zh, en = _SENTENCES[self.kind]
        numbers = self.overlap or Overlap(one=0, other=0, both=0)
        joint = "、" if lang == "zh" else ", "
        return (zh if lang == "zh" else en).format(
            others=joint.join(self.rules[1:]) or self.rules[0],
            about=joint.join(self.about),
            path=" → ".join((*self.rules, self.rules[0])),
            both=numbers.both,
            jaccard=numbers.jaccard,
            contained=numbers.contained,
        )


_SENTENCES: dict[Kind, tuple[str, str]] = {
    "red_line": ("触及红线：{about}。", "It crosses a red line: {about}."),
    "missing_purpose": (
        "读取的数据没有授权目的：{about}。",
        "It reads data without a consent purpose: {about}.",
    ),
    "unreachable": ("条件永远不会成立。", "Its condition can never hold."),
    "contradiction": (
        "与 {others} 冲突：可能对同一客户给出相反的结果（{about}）。",
        "It contradicts {others}: both may hold for one customer, with opposite results ({about}).",
    ),
    "redundant": (
        "多余：{others} 已经对同样的客户做同样的事（{about}）。",
        "It is redundant: {others} already does the same for the same customers ({about}).",
    ),
    "overlap": (
        "与 {about} 重叠：{both} 个客户同时属于两者（Jaccard {jaccard:.0%}，其中 {contained:.0%} 已在其中）。",
        "It overlaps with {about}: {both} customers are in both "
        "(Jaccard {jaccard:.0%}; {contained:.0%} of its customers are there already).",
    ),
    "chain": (
        "会触发连锁：它的结果是 {others} 的条件（{about}）。",
        "It starts a chain: {others} looks at what it changes ({about}).",
    ),
    "loop": ("规则成环：{path}（{about}）。", "The rules form a loop: {path} ({about})."),
    "not_decided": (
        "在限定时间内无法判断是否与 {others} 冲突（{about}）。",
        "It was not decided in time whether it conflicts with {others} ({about}).",
    ),
}
