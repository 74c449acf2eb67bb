"""What we have written down: documents and their passages."""

from __future__ import annotations

from dataclasses import dataclass

from knowledge_graph.ontology.fields import FieldType as F
from knowledge_graph.ontology.fields import field_of


@dataclass(frozen=True, kw_only=True)
class Document:
    """A product sheet, a service description, a policy, a reference story."""

    name: str = field_of(F.TEXT, required=True)
    type: str | None = field_of(F.ENUM)
    language: str | None = field_of(F.ENUM)
    audience: str | None = field_of(F.ENUM, values=("public", "internal"))
    """Whom it may be shown to; only what is marked public is shown to customers."""
    product: str | None = field_of(F.REFERENCE, target="product")
    account: str | None = field_of(F.REFERENCE, target="account")
    text: str | None = field_of(F.LONG_TEXT)
    url: str | None = field_of(F.URL)
    published_on: str | None = field_of(F.DATE)


@dataclass(frozen=True, kw_only=True)
class Passage:
    """A quotable part of a document or of an interaction; its vector lies in vector memory under its id."""

    name: str | None = field_of(F.TEXT)
    document: str | None = field_of(F.REFERENCE, target="document", required=False)
    text: str = field_of(F.LONG_TEXT, required=True)
    position: int | None = field_of(F.INTEGER)
