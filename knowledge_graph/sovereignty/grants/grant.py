"""A grant: what a data subject allows. Frozen, with one canonical form that is signed.

A grant that breaks a rule can be neither made nor read, so that whatever checks it at use checks the same thing
that was refused at issue: one purpose, known tiers, 72 hours at most.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from knowledge_graph.errors import InvalidValueError
from knowledge_graph.ontology.fields import Tier
from knowledge_graph.sovereignty.canonical import Value, canonical, parse_canonical
from knowledge_graph.sovereignty.errors import GrantError
from knowledge_graph.sovereignty.grants.instants import read_instant, write_instant
from knowledge_graph.sovereignty.grants.purposes import PURPOSES

VERSION = 1
LONGEST = timedelta(hours=72)
"""Source: the brief (72 h limit); status "from the brief, not verified"."""
SMALLEST_GROUP = 5
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9:._/@-]{0,127}")
_ID = re.compile(r"[0-9a-f]{32}")
_DIGEST = re.compile(r"[0-9a-f]{64}")


class Answer(StrEnum):
    """What a grant lets out: a summary of the fields it covers. Raw rows never leave."""

    SUMMARY = "summary"
    AGGREGATE = "aggregate"


@dataclass(frozen=True, kw_only=True)
class Grant:
    """One permission of one person.

    Raises:
        GrantError: A rule is broken; `reason` names it.
    """

    id: str
    """32 hexadecimal digits, random."""
    subject: str
    """Pairwise handle: another recipient knows the person by another one."""
    recipient: str
    """Thumbprint or name of the recipient's key."""
    purpose: str
    """One code of `PURPOSES`."""
    tiers: frozenset[Tier]
    """Chosen one by one; none implies another."""
    issued: datetime
    not_before: datetime
    expires: datetime
    """Exclusive."""
    consented: datetime
    """When the person acted; signing again does not start the 72 hours anew."""
    act: str
    """Id of that act, 32 hexadecimal digits: one act, one grant and its narrowings."""
    node: str = "local"
    region: str = ""
    templates: frozenset[str] = frozenset()
    """Query templates that may run; none means those registered for the purpose."""
    max_uses: int | None = None
    k: int = SMALLEST_GROUP
    """Aggregates over fewer people are withheld."""
    legal_basis: str = "consent"
    notice: str = ""
    """SHA-256 of the text that the person was shown."""
    parent: str = ""
    """Id of the grant that this one narrows."""

    def __post_init__(self) -> None:
        _check_names(self)
        _check_scope(self)
        _check_times(self)

    def to_json(self) -> bytes:
        """Return the canonical form, which is signed."""
        return canonical({
            "v": VERSION,
            "id": self.id,
            "subject": self.subject,
            "recipient": self.recipient,
            "purpose": self.purpose,
            "purpose_iri": PURPOSES[self.purpose],
            "tiers": sorted(self.tiers),
            "iat": write_instant(self.issued),
            "nbf": write_instant(self.not_before),
            "exp": write_instant(self.expires),
            "act": self.act,
            "act_at": write_instant(self.consented),
            "node": self.node,
            "region": self.region,
            "templates": sorted(self.templates),
            "max_uses": self.max_uses,
            "k": self.k,
            "legal_basis": self.legal_basis,
            "notice": self.notice,
            "parent": self.parent,
        })


def read_grant(data: bytes) -> Grant:
    """Read the canonical form of a grant; every other form of it is refused.

    Args:
        data: From `Grant.to_json`.

    Returns:
        The grant.

    Raises:
        GrantError: It breaks a rule, or holds more or less than a grant does.
    """
    try:
        value = parse_canonical(data)
    except InvalidValueError as error:
        raise GrantError("malformed", str(error)) from error
    if not isinstance(value, dict) or value.get("v") != VERSION:
        raise GrantError("malformed", "this is no grant of a known version")
    grant = Grant(
        id=_text(value, "id"),
        subject=_text(value, "subject"),
        recipient=_text(value, "recipient"),
        purpose=read_purpose(value.get("purpose")),
        tiers=read_tiers(value.get("tiers")),
        issued=read_instant(value.get("iat")),
        not_before=read_instant(value.get("nbf")),
        expires=read_instant(value.get("exp")),
        consented=read_instant(value.get("act_at")),
        act=_text(value, "act"),
        node=_text(value, "node"),
        region=_text(value, "region"),
        templates=frozenset(_texts(value.get("templates"), "templates")),
        max_uses=_count(value.get("max_uses")),
        k=_count(value.get("k")) or 0,
        legal_basis=_text(value, "legal_basis"),
        notice=_text(value, "notice"),
        parent=_text(value, "parent"),
    )
    if grant.to_json() != data:
        raise GrantError("malformed", "a grant holds exactly the known fields")
    return grant


def read_purpose(value: object) -> str:
    """Return one known purpose.

    Args:
        value: What stands in a form or file.

    Returns:
        A code of `PURPOSES`.

    Raises:
        GrantError: Several, a wildcard, or a code that is not known letter by letter.
    """
    if isinstance(value, list | tuple | set | frozenset):
        raise GrantError("several_purposes", "a grant has one purpose")
    if not isinstance(value, str) or value not in PURPOSES:
        raise GrantError(
            "unknown_purpose", f"{value!r} is no purpose; known: {', '.join(PURPOSES)}"
        )
    return value


def read_tiers(value: object) -> frozenset[Tier]:
    """Return the chosen tiers.

    Args:
        value: A list of names.

    Returns:
        At least one tier.

    Raises:
        GrantError: None, an unknown one, "*" or "all".
    """
    names = _texts(value, "tiers")
    unknown = [name for name in names if name not in set(Tier)]
    if unknown or not names:
        raise GrantError(
            "unknown_tier", f"choose tiers one by one from {', '.join(Tier)}: {names!r}"
        )
    return frozenset(Tier(name) for name in names)


def _check_names(grant: Grant) -> None:
    for name in (grant.subject, grant.recipient, grant.node, *grant.templates):
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            raise GrantError("malformed", f"{name!r} is no single name; wildcards do not exist")
    if not _ID.fullmatch(grant.id) or not _ID.fullmatch(grant.act):
        raise GrantError("malformed", "ids of grants and acts are 32 hexadecimal digits")
    for text in (grant.region, grant.legal_basis):
        if text and not _NAME.fullmatch(text):
            raise GrantError("malformed", f"{text!r} is no single name")
    if grant.notice and not _DIGEST.fullmatch(grant.notice):
        raise GrantError("malformed", "a notice is named by its SHA-256")
    if grant.parent and not _ID.fullmatch(grant.parent):
        raise GrantError("malformed", "the parent of a grant is named by its id")


def _check_scope(grant: Grant) -> None:
    read_purpose(grant.purpose)
    if not grant.tiers or not all(isinstance(tier, Tier) for tier in grant.tiers):
        raise GrantError("unknown_tier", "a grant names its tiers one by one")
    if isinstance(grant.max_uses, bool) or (grant.max_uses is not None and grant.max_uses < 1):
        raise GrantError("no_uses", "a grant allows at least one use")
    if grant.k < SMALLEST_GROUP:
        raise GrantError("small_group", f"groups have at least {SMALLEST_GROUP} people")


def _check_times(grant: Grant) -> None:
    for instant in (grant.issued, grant.not_before, grant.expires, grant.consented):
        write_instant(instant)
    if not grant.consented <= grant.issued <= grant.not_before < grant.expires:
        raise GrantError("bad_time", "act, issue, beginning and end of a grant follow each other")
    if grant.expires - grant.issued > LONGEST:
        raise GrantError("over_72_hours", "a grant ends 72 hours after its issue at the latest")
    if grant.expires - grant.consented > LONGEST:
        raise GrantError("over_72_hours", "signing again does not lengthen a grant: ask the person")


def _text(value: Mapping[str, Value], name: str) -> str:
    found = value.get(name)
    if not isinstance(found, str):
        raise GrantError("malformed", f"{name!r} of a grant is a text")
    return found


def _texts(value: object, name: str) -> tuple[str, ...]:
    items = tuple(value) if isinstance(value, list | tuple | set | frozenset) else None
    if items is None or not all(isinstance(item, str) for item in items):
        raise GrantError("malformed", f"{name!r} of a grant is a list of texts")
    return tuple(str(item) for item in items)


def _count(value: object) -> int | None:
    if value is None or (isinstance(value, int) and not isinstance(value, bool)):
        return value
    raise GrantError("malformed", f"{value!r} is no count")
