"""What the consent authority does: it takes requests, sends the person a code, and signs what a code allows.

Its key and its store are its own. The CRM passes requests and codes on and can make neither.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from knowledge_graph.consent_ports import Asked, ConsentRequest, KeptGrant
from knowledge_graph.errors import NotAllowedError, NotFoundError
from knowledge_graph.ontology.fields import Tier
from knowledge_graph.ontology.record import RecordRef
from knowledge_graph.ports import Clock
from knowledge_graph.sovereignty.durable import DurableFile
from knowledge_graph.sovereignty.errors import GrantError
from knowledge_graph.sovereignty.grants.grant import LONGEST, Grant, read_purpose
from knowledge_graph.sovereignty.grants.instants import write_instant
from knowledge_graph.sovereignty.grants.issue import check_issue
from knowledge_graph.sovereignty.grants.signed import sign_grant
from knowledge_graph.sovereignty.key_files import KeyPairOfTwo

CODE_DIGITS = 8
TRIES = 5
"""Wrong codes after which a request is dead: one guess in 20 million succeeds."""
CODE_LIFE = timedelta(hours=24)
_TABLES = (
    "CREATE TABLE IF NOT EXISTS requests (id TEXT PRIMARY KEY, body TEXT NOT NULL, code BLOB NOT NULL,"
    " tries INTEGER NOT NULL, state TEXT NOT NULL)",
    "CREATE TABLE IF NOT EXISTS acts (id TEXT PRIMARY KEY, grant_id TEXT NOT NULL)",
    "CREATE TABLE IF NOT EXISTS withdrawn (grant_id TEXT PRIMARY KEY, at TEXT NOT NULL)",
)


@dataclass(frozen=True, kw_only=True)
class Letter:
    """What the person gets, by a way that the CRM does not read."""

    person: RecordRef
    request_id: str
    code: str
    notice: str
    tiers: tuple[Tier, ...]
    purpose: str
    until: str


Post = Callable[[Letter], None]
"""Delivers a letter: mail, SMS, or a file that the person reads."""


class AuthorityDesk:
    """See `ConsentAuthority`; synchronous, safe to use from several threads.

    Args:
        path: The authority's own SQLite file.
        keys: Its signing keys.
        clock: Decides when a grant is issued and a code has expired.
        post: Delivers codes.
    """

    def __init__(self, path: Path, keys: KeyPairOfTwo, clock: Clock, post: Post) -> None:
        self._keys = keys
        self._clock = clock
        self._post = post
        self._db = DurableFile(path, _TABLES, name="the authority's file")

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def ask(self, request: ConsentRequest, *, recipient: str, notice: str) -> Asked:
        """Send the person a code for a request.

        Args:
            request: Whom, for what.
            recipient: Thumbprint of the asking workspace.
            notice: The text that the person is shown.

        Returns:
            The request's id here.

        Raises:
            GrantError: Several purposes, no tier, or more than 72 hours.
        """
        read_purpose(request.purpose)
        if not request.tiers or not 0 < request.hours <= LONGEST / timedelta(hours=1):
            raise GrantError("over_72_hours", "a grant names tiers and lasts 1 to 72 hours")
        asked_id = secrets.token_hex(8)
        code = "".join(secrets.choice("0123456789") for _ in range(CODE_DIGITS))
        now = self._now()
        body = request.body(recipient=recipient, notice=notice) | {"asked_at": write_instant(now)}
        with self._db.writing() as db:
            db.execute(
                "INSERT INTO requests (id, body, code, tries, state) VALUES (?, ?, ?, 0, 'open')",
                (asked_id, json.dumps(body, ensure_ascii=False), _mark(asked_id, code)),
            )
        self._post(
            Letter(
                person=request.person,
                request_id=asked_id,
                code=code,
                notice=notice,
                tiers=tuple(sorted(request.tiers)),
                purpose=request.purpose,
                until=write_instant(now + timedelta(hours=request.hours)),
            )
        )
        return Asked(id=asked_id, where="")

    def confirm(self, request_id: str, code: str, tiers: frozenset[Tier]) -> KeptGrant:
        """Sign the grant that a person gives with a code.

        Args:
            request_id: From `ask`.
            code: As the person typed it.
            tiers: Those the person chose, each by an act of its own.

        Returns:
            The signed grant.

        Raises:
            NotAllowedError: A wrong, spent or expired code, or a tier nobody asked for. No grant was made.
            NotFoundError: No such request.
        """
        with self._db.writing():
            body = self._taken(request_id, code)
        if body is None:
            raise NotAllowedError("this code is wrong, spent or expired; no grant was made")
        if not tiers or not tiers <= _tiers(body["tiers"]):
            raise NotAllowedError(
                "a tier that was not asked for cannot be granted; no grant was made"
            )
        now = self._now()
        grant = Grant(
            id=secrets.token_hex(16),
            subject=str(body["person"]),
            recipient=str(body["recipient"]),
            purpose=str(body["purpose"]),
            tiers=tiers,
            issued=now,
            not_before=now,
            expires=now + timedelta(hours=int(str(body["hours"]))),
            consented=now,
            act=secrets.token_hex(16),
            notice=hashlib.sha256(str(body["notice"]).encode()).hexdigest(),
        )
        check_issue(grant, now=now, clicked=tiers, acts={})
        with self._db.writing() as db:
            db.execute("INSERT INTO acts (id, grant_id) VALUES (?, ?)", (grant.act, grant.id))
        signed = sign_grant(grant, self._keys.signers)
        kind, _, record_id = grant.subject.partition(":")
        return KeptGrant(
            id=grant.id,
            person=RecordRef(kind=kind, id=record_id),
            body=signed.body,
            signatures=tuple((s.key, s.value) for s in signed.signatures),
        )

    def withdraw(self, grant_id: str) -> str:
        """Withdraw a grant; as easy as it can be: no code, and it cannot be taken back.

        Returns:
            From when on, UTC.
        """
        with self._db.writing() as db:
            db.execute(
                "INSERT OR IGNORE INTO withdrawn (grant_id, at) VALUES (?, ?)",
                (grant_id, write_instant(self._now())),
            )
            at = self._db.one("SELECT at FROM withdrawn WHERE grant_id = ?", (grant_id,))
        return str(at)

    def withdrawn(self) -> tuple[tuple[str, str], ...]:
        """Return all withdrawn grants and from when on."""
        rows = self._db.rows("SELECT grant_id, at FROM withdrawn ORDER BY at")
        return tuple((str(row[0]), str(row[1])) for row in rows)

    def _taken(self, request_id: str, code: str) -> Mapping[str, str | int | list[str]] | None:
        """Return a request whose code is right and spend it; a wrong code costs a try."""
        rows = self._db.rows(
            "SELECT body, code, tries, state FROM requests WHERE id = ?", (request_id,)
        )
        if not rows:
            raise NotFoundError(f"the authority has no request {request_id!r}")
        row = rows[0]
        body: dict[str, str | int | list[str]] = json.loads(row[0])
        oldest = write_instant(self._now() - CODE_LIFE)
        alive = row[3] == "open" and row[2] < TRIES and str(body["asked_at"]) >= oldest
        if not alive:
            return None
        if not hmac.compare_digest(_mark(request_id, code.strip()), bytes(row[1])):
            self._db.rows("UPDATE requests SET tries = tries + 1 WHERE id = ?", (request_id,))
            return None
        self._db.rows("UPDATE requests SET state = 'spent' WHERE id = ?", (request_id,))
        return body

    def _now(self) -> datetime:
        return self._clock.now().replace(microsecond=0)


def _tiers(value: str | int | list[str]) -> frozenset[Tier]:
    return frozenset(Tier(t) for t in value) if isinstance(value, list) else frozenset()


def _mark(request_id: str, code: str) -> bytes:
    return hashlib.scrypt(code.encode(), salt=request_id.encode(), n=2**12, r=8, p=1, dklen=32)
