"""Proposals and decisions as JSON and back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from functools import cache

from pydantic import TypeAdapter

from knowledge_graph.ontology.change import Proposal
from knowledge_graph.ports import Decision


@cache
def _proposals() -> TypeAdapter[Proposal]:
    return TypeAdapter(Proposal)


@cache
def _decisions() -> TypeAdapter[Decision]:
    return TypeAdapter(Decision)


def proposal_to_json(proposal: Proposal) -> str:
    """Return a proposal as JSON text."""
    return _json(proposal)


def proposal_from_json(text: str) -> Proposal:
    """Return the proposal of a JSON text."""
    return _proposals().validate_json(text)


def decision_to_json(decision: Decision) -> str:
    """Return a decision as JSON text."""
    return _json(decision)


def decision_from_json(text: str) -> Decision:
    """Return the decision of a JSON text."""
    return _decisions().validate_json(text)


def _json(value: object) -> str:
    return json.dumps(_plain(value), ensure_ascii=False, allow_nan=False)


def _plain(value: object) -> object:
    """Return dataclasses and read-only mappings as what JSON knows."""
    if is_dataclass(value):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value
