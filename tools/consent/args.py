"""Arguments of the consent tools."""

from __future__ import annotations

from pydantic import Field

from tools.spec import ToolArgs


class CheckConsentArgs(ToolArgs):
    """Whose grounds to look at."""

    person: str = Field(default="", max_length=200, description="The contact or lead, by name.")


class DataCardArgs(ToolArgs):
    """Whose card."""

    person: str = Field(default="", max_length=200, description="The contact or lead, by name.")


class DataUsesArgs(ToolArgs):
    """Whose data."""

    person: str = Field(default="", max_length=200, description="The contact or lead, by name.")


class RequestConsentArgs(ToolArgs):
    """What to ask a person for, or the code with which the person says yes."""

    person: str = Field(default="", max_length=200, description="The contact or lead, by name.")
    tiers: str = Field(
        default="",
        max_length=100,
        description="Which data: identity, transaction, sentiment; several with commas.",
    )
    purpose: str = Field(default="", max_length=60, description="One purpose: quote, service, …")
    hours: int = Field(default=24, ge=1, le=72, description="For how long, 1 to 72 hours.")
    code: str = Field(
        default="", max_length=20, description="The code that the person got from the authority."
    )


class WithdrawConsentArgs(ToolArgs):
    """Which consent ends."""

    person: str = Field(default="", max_length=200, description="The contact or lead, by name.")
    grant: str = Field(default="", max_length=40, description="Id of one grant; empty: all.")
