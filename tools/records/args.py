"""The arguments of the record tools, as a model sees them: sentences of the business language."""

from __future__ import annotations

from pydantic import Field

from tools.spec import ToolArgs


class FindRecordsArgs(ToolArgs):
    """Arguments of find_records."""

    kind: str = Field(
        default="",
        max_length=80,
        description="customer, contact, lead, opportunity, order, ticket, … or empty when `where` says it.",
    )
    where: str = Field(
        default="",
        max_length=4000,
        description='A filter sentence: "owner is Raj Patel and amount over 50000"; empty = all.',
    )
    sort: str = Field(default="", max_length=200, description='For example "amount descending".')
    limit: int | None = Field(default=None, ge=1, le=200, description="At most so many rows.")
    measure: str = Field(
        default="",
        max_length=200,
        description='Numbers instead of rows: "count", "count; sum of amount", "average of amount".',
    )
    fields: str = Field(
        default="",
        max_length=200,
        description='The fields that answer the question: "close date; owner"; empty = the usual ones.',
    )


class ShowRecordArgs(ToolArgs):
    """Arguments of show_record."""

    record: str = Field(max_length=400, description="A name, or @kind:id.")
    field: str = Field(
        default="",
        max_length=80,
        description="One field to answer with: phone, owner; empty = all.",
    )


class CreateRecordArgs(ToolArgs):
    """Arguments of create_record."""

    kind: str = Field(max_length=80, description="customer, contact, lead, opportunity, task, …")
    values: str = Field(
        max_length=8000,
        description='`name = "Morgan Wilson"; owner = Raj Patel; status = Lead`.',
    )


class UpdateRecordsArgs(ToolArgs):
    """Arguments of update_records."""

    kind: str = Field(
        default="", max_length=80, description="The kind, or empty when `where` says it."
    )
    where: str = Field(
        max_length=4000, description="Which records: a filter sentence, a name or @kind:id."
    )
    changes: str = Field(
        max_length=8000, description='`owner = Raj Patel; status = won; notes add "called"`.'
    )


class DeleteRecordsArgs(ToolArgs):
    """Arguments of delete_records."""

    kind: str = Field(
        default="", max_length=80, description="The kind, or empty when `where` says it."
    )
    where: str = Field(
        max_length=4000, description="Which records: a filter sentence, a name or @kind:id."
    )


class MergeRecordsArgs(ToolArgs):
    """Arguments of merge_records."""

    records: str = Field(
        max_length=2000,
        description="Two or more records, separated by semicolons: names or @kind:id.",
    )
    keep: str = Field(default="", max_length=400, description="The one to keep; empty = the first.")


class LogInteractionArgs(ToolArgs):
    """Arguments of log_interaction."""

    about: str = Field(
        max_length=400,
        description="The customer, contact, lead or opportunity: a name or @kind:id.",
    )
    type: str = Field(
        default="note", max_length=40, description="call, meeting, email, message, visit or note."
    )
    when: str = Field(
        default="",
        max_length=80,
        description='A date or moment: "today", "2026-03-02"; empty = now.',
    )
    text: str = Field(
        default="", max_length=20000, description="What was said, in the user's words."
    )


class UndoChangeArgs(ToolArgs):
    """Arguments of undo_change."""

    change: str = Field(
        default="", max_length=80, description="The id of the change; empty = the user's last one."
    )
    about: str = Field(
        default="",
        max_length=400,
        description="Without an id: the record whose last change is meant, a name or @kind:id.",
    )


class ExplainDecisionArgs(ToolArgs):
    """Arguments of explain_decision."""

    decision: str = Field(
        default="",
        max_length=80,
        description="The id of the decision; empty = the last of this conversation.",
    )
