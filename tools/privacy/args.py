"""The arguments of the privacy tools, as a model sees them."""

from __future__ import annotations

from pydantic import Field

from tools.spec import ToolArgs

_PERSON = "The contact or lead, as a name, a mail address or @kind:id, in the user's own words."


class ExportSubjectArgs(ToolArgs):
    """Arguments of export_subject."""

    person: str = Field(max_length=400, description=_PERSON)


class EraseSubjectArgs(ToolArgs):
    """Arguments of erase_subject."""

    person: str = Field(max_length=400, description=_PERSON)
    confirm: str = Field(
        default="",
        max_length=200,
        description="Only what the user answered to the question whether to erase; never filled in otherwise.",
    )
