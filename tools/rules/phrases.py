"""What a sentence says of its rule as a whole: what happens on leaving, and from when to when it holds.

These stand at the ends of the sentence and are taken off before the language of rules reads the rest.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date

from knowledge_graph.errors import BadInputError
from knowledge_graph.rules.contract import OnExit, RuleContract, Validity

_END = r"\s*[。.!！]?\s*$"
_UNDO = re.compile(
    r"[，,；;。.]?\s*(?:"
    r"(?:当|在)?(?:客户)?(?:条件)?(?:不再|不)(?:符合|满足|成立)(?:条件|要求)?(?:时|后|则)?[，,]?(?:自动|再)?"
    r"(?:移出|撤回|撤销|取消|移除)(?:该?池|标签|出来)?"
    r"|(?:and )?(?:take|remove) (?:it|them) (?:out|off)?(?: again)? (?:when|once|if) (?:it|they|the condition) "
    r"no longer (?:holds?|qualif(?:y|ies)|appl(?:y|ies)|matche?s?)"
    r"|(?:and )?(?:when|once|if) (?:it|they|the condition) no longer (?:holds?|qualif(?:y|ies)|appl(?:y|ies)|"
    r"matche?s?),? (?:take|remove) (?:it|them)(?: out| off)?(?: again)?"
    r")" + _END,
    re.IGNORECASE,
)
_KEEP = re.compile(
    r"[，,；;。.]?\s*(?:(?:客户)?(?:不再|不)(?:符合|满足|成立)(?:条件|要求)?(?:时|后)?[，,]?(?:也)?(?:保留|留在池中)"
    r"|(?:and )?keep (?:it|them) (?:there|in)? ?(?:when|once|even if) (?:it|they|the condition) no longer "
    r"(?:holds?|qualif(?:y|ies)|appl(?:y|ies)))" + _END,
    re.IGNORECASE,
)
_DAY = r"(\d{4})\s*(?:-|/|年)\s*(\d{1,2})\s*(?:-|/|月)\s*(\d{1,2})\s*日?"
_FROM = re.compile(
    rf"^\s*(?:自|从)\s*{_DAY}\s*(?:起|开始|以后)(?:生效|执行|实行)?\s*[，,]?\s*", re.IGNORECASE
)
_FROM_EN = re.compile(
    rf"^\s*(?:from|as of|starting|effective)\s+{_DAY}(?:\s+(?:on|onwards?))?\s*[:,]?\s*",
    re.IGNORECASE,
)
_FROM_END = re.compile(
    rf"[，,；;。.]?\s*(?:(?:自|从)\s*{_DAY}\s*(?:起|开始)(?:生效|执行|实行)?"
    rf"|(?:from|as of|starting|effective(?: from)?)\s+{_DAY}(?:\s+(?:on|onwards?))?)" + _END,
    re.IGNORECASE,
)
_TO_END = re.compile(
    rf"[，,；;。.]?\s*(?:(?:有效期?)?(?:至|到|截至)\s*{_DAY}\s*(?:为止|止|失效)?"
    rf"|(?:until|valid until|up to)\s+{_DAY})" + _END,
    re.IGNORECASE,
)


@dataclass(frozen=True, kw_only=True)
class Framed:
    """A sentence without what it says about its rule as a whole."""

    sentence: str
    on_exit: OnExit | None = None
    validity: Validity | None = None

    def applied(self, rule: RuleContract) -> RuleContract:
        """Return a contract with what the sentence said about it."""
        return replace(
            rule,
            on_exit=self.on_exit or rule.on_exit,
            validity=self.validity or rule.validity,
        )


def framed(sentence: str) -> Framed:
    """Return what a sentence says about its rule as a whole, and the rest of it.

    Args:
        sentence: As the person said it.

    Raises:
        BadInputError: It names a day that there is not.

    >>> found = framed("自2026年3月1日起，健康度低于60的客户加入流失预警池，不再符合时移出。")
    >>> found.sentence.strip(), found.on_exit, found.validity.start
    ('健康度低于60的客户加入流失预警池', 'undo', datetime.date(2026, 3, 1))
    """
    rest, found = sentence.rstrip(), _Found()
    for _ in _TAILS:
        for name, pattern in _TAILS:
            if match := pattern.search(rest):
                rest = rest[: match.start()]
                found.take(name, match)
    for pattern in (_FROM, _FROM_EN):
        if match := pattern.search(rest):
            # blanks, so that places in the sentence stay what they are
            rest = " " * match.end() + rest[match.end() :]
            found.take("start", match)
    if not rest.strip():
        return Framed(sentence=sentence)
    dated = found.start is not None or found.end is not None
    return Framed(
        sentence=rest,
        on_exit=found.on_exit,
        validity=Validity(start=found.start, end=found.end) if dated else None,
    )


_TAILS = (("undo", _UNDO), ("keep", _KEEP), ("end", _TO_END), ("start", _FROM_END))


@dataclass
class _Found:
    on_exit: OnExit | None = None
    start: date | None = None
    end: date | None = None

    def take(self, name: str, match: re.Match[str]) -> None:
        """Note what a pattern has found."""
        if name == "start":
            self.start = _day(match)
        elif name == "end":
            self.end = _day(match)
        else:
            self.on_exit = "undo" if name == "undo" else "keep"


def _day(match: re.Match[str]) -> date:
    year, month, day = (int(part) for part in match.groups() if part is not None)
    try:
        return date(year, month, day)
    except ValueError:
        raise BadInputError(f"there is no day {year}-{month}-{day}") from None
