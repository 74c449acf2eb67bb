"""What compiling a rule came to, as one JSON object."""

from __future__ import annotations

from knowledge_graph.expression.codec import JsonObject, to_json
from knowledge_graph.language.rules.codec import contract_json
from knowledge_graph.language.rules.results import RuleAsk, RuleCompiled, RuleResult


def reply_json(result: RuleResult) -> JsonObject:
    """Return a result in the published form.

    Args:
        result: A contract, a question or a refusal.

    Returns:
        `outcome` (compile, ask or refuse) with the contract and `readback`, or `reason` and `question`.
    """
    if isinstance(result, RuleCompiled):
        return {
            "outcome": "compile",
            **contract_json(result.contract),
            "readback": result.readback,
            "lang": result.lang,
        }
    if isinstance(result, RuleAsk):
        found: JsonObject = {
            "outcome": "ask",
            "reason": result.reason,
            "about": list(result.about),
            "question": result.text,
        }
        if result.readings:
            found["readings"] = [to_json(reading) for reading in result.readings]
        if result.offers:
            found["offers"] = list(result.offers)
        return found
    return {"outcome": "refuse", "reason": f"red_line:{result.red_line}", "question": result.text}
