"""Decision tables as DMN 1.3 XML.

Source: Decision Model and Notation 1.3, OMG formal/2021-01-01.
"""

from __future__ import annotations

from collections.abc import Sequence
from xml.etree import ElementTree as ET

from defusedxml import DefusedXmlException
from defusedxml import ElementTree as SafeET

from knowledge_graph.errors import InvalidValueError
from knowledge_graph.rules.contract import RuleContract
from knowledge_graph.rules.exchange.lossless import NotLossless
from knowledge_graph.rules.exchange.tables import Row, Table, rules_of, table_of

_SPACE = "https://www.omg.org/spec/DMN/20191111/MODEL/"
_NS = {"d": _SPACE}


def to_dmn(rules: Sequence[RuleContract], name: str = "rules") -> str | NotLossless:
    """Return rules as one decision table with the hit policy COLLECT.

    Args:
        rules: The contracts.
        name: The name of the decision.

    Returns:
        DMN 1.3 XML, or why it would lose something.
    """
    try:
        table = table_of(rules, "feel")
    except InvalidValueError as error:
        return NotLossless(reason=str(error))
    ET.register_namespace("", _SPACE)
    root = _element(None, "definitions", id="definitions", name=name, namespace="guanxi")
    decision = _element(root, "decision", id="decision", name=name)
    made = _element(decision, "decisionTable", id="table", hitPolicy="COLLECT")
    for n, column in enumerate(table.columns):
        found = _element(made, "input", id=f"input_{n}", label=column)
        expression = _element(found, "inputExpression", id=f"expression_{n}")
        _text(expression, f"fact_{n}")
    _element(made, "output", id="output", name="contract")
    _element(made, "annotation", name="rule")
    for n, row in enumerate(table.rows):
        _row(made, n, row, table.columns)
    return ET.tostring(root, encoding="unicode", xml_declaration=True)


def _row(table: ET.Element, n: int, row: Row, columns: Sequence[str]) -> None:
    made = _element(table, "rule", id=f"rule_{n}")
    for m, column in enumerate(columns):
        _text(_element(made, "inputEntry", id=f"entry_{n}_{m}"), row.cells.get(column, "-"))
    _text(_element(made, "outputEntry", id=f"contract_{n}"), row.rest)
    _text(_element(made, "annotationEntry"), row.rule)


def _element(parent: ET.Element | None, tag: str, **attributes: str) -> ET.Element:
    name = f"{{{_SPACE}}}{tag}"
    return (
        ET.Element(name, attributes) if parent is None else ET.SubElement(parent, name, attributes)
    )


def _text(parent: ET.Element, text: str) -> None:
    _element(parent, "text").text = text


def from_dmn(text: str) -> tuple[RuleContract, ...] | NotLossless:
    """Return the rules of a table that `to_dmn` wrote.

    Args:
        text: DMN XML; entities and external references are refused.

    Returns:
        The contracts, or why it is not read.
    """
    try:
        root = SafeET.fromstring(text)
        table = root.find(".//d:decisionTable", _NS)
        if table is None:
            return NotLossless(reason="there is no decision table")
        columns = tuple(str(i.get("label")) for i in table.findall("d:input", _NS))
        rows = tuple(_read(row, columns) for row in table.findall("d:rule", _NS))
        return rules_of(Table(columns=columns, rows=rows), "feel", "dmn")
    except (ET.ParseError, DefusedXmlException, InvalidValueError) as error:
        return NotLossless(reason=str(error) or type(error).__name__)


def _read(row: ET.Element, columns: Sequence[str]) -> Row:
    cells = [str(cell.text or "") for cell in row.findall("d:inputEntry/d:text", _NS)]
    rest = row.find("d:outputEntry/d:text", _NS)
    rule = row.find("d:annotationEntry/d:text", _NS)
    if rest is None or rule is None or len(cells) != len(columns):
        raise InvalidValueError("a row has not the parts of a rule of ours")
    kept = {c: cell for c, cell in zip(columns, cells, strict=True) if cell != "-"}
    return Row(rule=str(rule.text), cells=kept, rest=str(rest.text))
