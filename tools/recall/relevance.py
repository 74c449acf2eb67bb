"""The test that a passage must pass before it is quoted: measured thresholds, not a guess.

A passage answers when it has enough of what the question asks for besides the names in it, and is near to it in
meaning; the nearer it is, the fewer words it needs. A product's name in a passage is no answer. Words of one
language are found in the other through the synonyms; what they leave open, only a higher similarity can fill.
The numbers are chosen on labelled sets (tests/integration/test_recall_quality.py holds them to one).
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from tools.recall.words import is_chinese

CODE = re.compile(
    r"(?<![a-zA-Z\d])(?=[a-zA-Z./-]*\d)(?=[\d./-]*[a-zA-Z])[a-zA-Z\d][a-zA-Z\d./-]*[a-zA-Z\d]"
)
"""Letters and digits together: a model number."""
_AMOUNT = re.compile(
    r"多少|几[^乎]|多久|多长|多大|多重|多高|多远|百分之几"
    r"|\bhow (?:many|much|long|often|far|heavy|fast|soon|large|big|high|old)\b",
    re.I,
)
_NUMBER = re.compile(
    r"\d|[一二三四五六七八九十百千万两半]|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty|thirty|"
    r"forty|fifty|sixty|seventy|eighty|ninety|hundred|thousand|once|twice|free|none|never|immediately)\b|免费|当天|立即|随时",
    re.I,
)


@dataclass(frozen=True, kw_only=True)
class Score:
    """How well a passage fits a question."""

    similarity: float
    """Cosine of the centred vectors."""
    coverage: float
    """Share, by weight, of what the question asks for, names left out."""
    crosses: bool
    """Question and passage are in different languages."""
    whole: float = 0.0
    """Share of all the question's words."""
    focus: float = 0.0
    """Cosine of the passage and the question without names."""
    names_fit: bool = True
    """Every code in the question (SG110, VM-8) stands in the passage or its title."""
    amount_fits: bool = True
    """The question asks for no amount, or the passage has a number."""

    public: bool = True
    """From a document or a product, not from what was said with one customer."""

    @property
    def rank(self) -> float:
        """Orders passages."""
        near = 0.5 * self.similarity + 0.5 * self.focus
        return near + 0.35 * self.coverage + 0.25 * self.whole + (0.0 if self.amount_fits else -0.2)

    @property
    def answers(self) -> float:
        """How likely it answers: what the question asks for besides names, in words and in meaning."""
        return (
            self.focus
            + 0.3 * self.similarity
            + 0.6 * self.coverage
            - (0.0 if self.amount_fits else 0.2)
        )


@dataclass(frozen=True, kw_only=True)
class Thresholds:
    """What a passage must reach."""

    coverage: float
    answers: float
    coverage_across: float
    answers_across: float
    coverage_private: float
    answers_private: float
    focus_private: float
    focus_across: float


def passes(score: Score, needed: Thresholds) -> bool:
    """Return whether a passage may be quoted as an answer.

    Args:
        score: How well it fits.
        needed: What it must reach.
    """
    if not score.names_fit:
        return False
    if not score.public:
        near = score.focus >= needed.focus_private
        return (
            near
            and score.coverage >= needed.coverage_private
            and score.answers >= needed.answers_private
        )
    if score.crosses:
        near = score.focus >= needed.focus_across
        return (
            near
            and score.coverage >= needed.coverage_across
            and score.answers >= needed.answers_across
        )
    return score.coverage >= needed.coverage and score.answers >= needed.answers


def crosses(question: str, text: str) -> bool:
    """Return whether question and text are in different languages."""
    return is_chinese(question) != is_chinese(text)


def names_fit(question: str, text: str) -> bool:
    """Return whether every code in a question, such as a model number, stands in a text.

    >>> names_fit("weight of the SG110?", "SG250 weighs 99 kg"), names_fit("VM-8 的电池", "VM-8: 4 h")
    (False, True)
    """
    return codes(question) <= codes(text)


def amount_fits(question: str, text: str) -> bool:
    """Return whether a question asks for no amount, or a text has a number.

    >>> amount_fits("how heavy is it?", "It is light."), amount_fits("多久响应", "两小时内响应")
    (False, True)
    """
    return _AMOUNT.search(question) is None or _NUMBER.search(text) is not None


def codes(text: str) -> frozenset[str]:
    """Return the words of letters and digits together.

    >>> sorted(codes("The SG110 and the VM-8 of 2024"))
    ['sg110', 'vm8']
    """
    folded = unicodedata.normalize("NFKC", text).lower()
    return frozenset(re.sub(r"[./-]", "", m) for m in CODE.findall(folded))


MEANING = Thresholds(
    coverage=0.2,
    answers=0.62,
    coverage_across=0.25,
    answers_across=0.57,
    coverage_private=0.5,
    answers_private=0.75,
    focus_private=0.2,
    focus_across=0.15,
)
"""For the bundled model. Source: tests/integration/test_recall_quality.py."""
WORDS = Thresholds(
    coverage=0.67,
    answers=-1.0,
    coverage_across=0.6,
    answers_across=-1.0,
    coverage_private=0.7,
    answers_private=-1.0,
    focus_private=-1.0,
    focus_across=-1.0,
)
"""For the embedder without a model: words decide."""
