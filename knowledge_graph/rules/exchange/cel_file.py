"""Rules as CEL in a text file: one expression a rule, the rest of the contract in comments before it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from knowledge_graph.errors import InvalidValueError
from knowledge_graph.rules.contract import RuleContract
from knowledge_graph.rules.exchange.cel import TRUE, from_cel, to_cel
from knowledge_graph.rules.exchange.lossless import NotLossless
from knowledge_graph.rules.exchange.tables import contract_from, rest_of

_RULE, _REST = "// rule: ", "// contract: "


def to_cel_file(rules: Sequence[RuleContract]) -> str | NotLossless:
    """Return rules as CEL expressions over the map of facts `f`.

    Args:
        rules: The contracts.

    Returns:
        The file, or why it would lose something.
    """
    parts = []
    for rule in rules:
        condition = rule.contract.condition
        text = to_cel(TRUE if condition is None else condition)
        if isinstance(text, NotLossless):
            return text
        parts.append(f"{_RULE}{rule.ref}\n{_REST}{rest_of(rule)}\n{text}\n")
    return "\n".join(parts)


def from_cel_file(text: str) -> tuple[RuleContract, ...] | NotLossless:
    """Return the rules of a file that `to_cel_file` wrote.

    Args:
        text: The file.

    Returns:
        The contracts, or why it is not read.
    """
    try:
        return tuple(_read(text))
    except InvalidValueError as error:
        return NotLossless(reason=str(error))


def _read(text: str) -> Iterator[RuleContract]:
    rest = ""
    for line in filter(None, (line.strip() for line in text.splitlines())):
        if line.startswith(_REST):
            rest = line.removeprefix(_REST)
        elif not line.startswith("//"):
            if not rest:
                raise InvalidValueError("an expression has no contract in a comment before it")
            condition = from_cel(line)
            if isinstance(condition, NotLossless):
                raise InvalidValueError(condition.reason)
            rule = contract_from(rest, "cel")
            known = None if condition == TRUE else condition
            yield replace(rule, contract=replace(rule.contract, condition=known))
            rest = ""
