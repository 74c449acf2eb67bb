"""Bases, grants, requests, restrictions and answered groups, in SQLite."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict

from sqlalchemy import (
    Column,
    Connection,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    delete,
    func,
    select,
    update,
)
from sqlalchemy.dialects.sqlite import insert

from knowledge_graph.aggregates import MOST_KEPT, person_in
from knowledge_graph.consent import Ground, LegalBasis
from knowledge_graph.consent_ports import ConsentRequest, GrantUse, KeptGrant
from knowledge_graph.errors import NotFoundError
from knowledge_graph.ontology.fields import Tier
from knowledge_graph.ontology.record import RecordRef
from knowledge_graph.stores.sqlite.file import SqliteFile

TABLES = MetaData()
_STATE = Table(
    "consent_state", TABLES,
    Column("one", Integer, primary_key=True),
    Column("mark", Integer, nullable=False),
    Column("latest_seen", String, nullable=False),
)  # fmt: skip
_BASES = Table(
    "legal_bases", TABLES,
    Column("id", String, primary_key=True),
    Column("person", String, nullable=False),
    Column("body", Text, nullable=False),
    Column("ended_at", String, nullable=False),
)  # fmt: skip
_GRANTS = Table(
    "consent_grants", TABLES,
    Column("id", String, primary_key=True),
    Column("person", String, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("signatures", Text, nullable=False),
    Column("revoked_at", String, nullable=False),
)  # fmt: skip
_USES = Table(
    "consent_uses", TABLES,
    Column("grant_id", String, primary_key=True),
    Column("turn", String, primary_key=True),
    Column("thread", String, nullable=False),
    Column("at", String, nullable=False),
    Index("consent_uses_by_thread", "thread"),
)  # fmt: skip
_RESTRICTED = Table(
    "consent_restricted", TABLES,
    Column("person", String, primary_key=True),
    Column("reason", String, nullable=False),
)  # fmt: skip
_REQUESTS = Table(
    "consent_requests", TABLES,
    Column("id", String, primary_key=True),
    Column("order", Integer, nullable=False),
    Column("person", String, nullable=False),
    Column("body", Text, nullable=False),
)  # fmt: skip
_GROUPS = Table(
    "answered_groups", TABLES,
    Column("order", Integer, primary_key=True, autoincrement=True),
    Column("actor", String, nullable=False),
    Column("field", String, nullable=False),
    Column("people", Text, nullable=False),
    Column("at", String, nullable=False),
    Index("answered_groups_by_actor", "actor", "field", "order"),
)  # fmt: skip


class SqliteConsents:
    """See `ConsentStore` and `AnsweredGroups`.

    Args:
        file: The state file.
    """

    def __init__(self, file: SqliteFile) -> None:
        self._file = file

    async def open(self) -> None:
        """Make the tables that are missing."""

        def work(connection: Connection) -> None:
            TABLES.create_all(connection)
            connection.execute(
                insert(_STATE).values(one=1, mark=0, latest_seen="").on_conflict_do_nothing()
            )

        await self._file.write(work)

    async def mark(self) -> str:
        """Return a text that differs after every change."""
        found = await self._file.read(lambda c: c.execute(select(_STATE.c.mark)).scalar_one())
        return str(found)

    async def bases(self) -> tuple[LegalBasis, ...]:
        """Return the bases that have not been ended."""
        query = select(_BASES.c.body).where(_BASES.c.ended_at == "").order_by(_BASES.c.id)
        rows = await self._file.read(lambda c: c.execute(query).scalars().all())
        return tuple(_basis_from(row) for row in rows)

    async def record_basis(self, basis: LegalBasis) -> None:
        """Keep a basis; one of the same id is replaced."""
        values = {"person": _text(basis.person), "body": _basis_text(basis), "ended_at": ""}

        def work(connection: Connection) -> None:
            connection.execute(
                insert(_BASES)
                .values(id=basis.id, **values)
                .on_conflict_do_update(index_elements=["id"], set_=values)
            )
            _changed(connection)

        await self._file.write(work)

    async def end_basis(self, basis_id: str, *, at: str) -> None:
        """End a basis; it stays on file.

        Raises:
            NotFoundError: There is none.
        """

        def work(connection: Connection) -> None:
            done = connection.execute(
                update(_BASES).where(_BASES.c.id == basis_id).values(ended_at=at)
            )
            if not done.rowcount:
                raise NotFoundError(f"no legal basis {basis_id!r}; nothing was changed")
            _changed(connection)

        await self._file.write(work)

    async def grants(self) -> tuple[KeptGrant, ...]:
        """Return all grants on file."""

        def work(connection: Connection) -> tuple[KeptGrant, ...]:
            turns: dict[str, set[str]] = {}
            for grant_id, turn in connection.execute(select(_USES.c.grant_id, _USES.c.turn)):
                turns.setdefault(grant_id, set()).add(turn)
            return tuple(
                KeptGrant(
                    id=row.id,
                    person=_ref(row.person),
                    body=bytes(row.body),
                    signatures=tuple((k, bytes.fromhex(v)) for k, v in json.loads(row.signatures)),
                    revoked_at=row.revoked_at,
                    turns=frozenset(turns.get(row.id, ())),
                )
                for row in connection.execute(select(_GRANTS).order_by(_GRANTS.c.id))
            )

        return await self._file.read(work)

    async def add_grant(self, grant: KeptGrant) -> None:
        """Keep a grant; one of the same id stays as it is."""

        def work(connection: Connection) -> None:
            connection.execute(
                insert(_GRANTS)
                .values(
                    id=grant.id,
                    person=_text(grant.person),
                    body=grant.body,
                    signatures=json.dumps([(k, v.hex()) for k, v in grant.signatures]),
                    revoked_at=grant.revoked_at,
                )
                .on_conflict_do_nothing()
            )
            _changed(connection)

        await self._file.write(work)

    async def revoke(self, grant_id: str, *, at: str) -> None:
        """Withdraw a grant from this instant on; an earlier withdrawal stands.

        Raises:
            NotFoundError: There is none.
        """

        def work(connection: Connection) -> None:
            query = select(_GRANTS.c.revoked_at).where(_GRANTS.c.id == grant_id)
            held = connection.execute(query).scalar_one_or_none()
            if held is None:
                raise NotFoundError(f"no grant {grant_id!r}; nothing was changed")
            if not held or at < held:
                connection.execute(
                    update(_GRANTS).where(_GRANTS.c.id == grant_id).values(revoked_at=at)
                )
            _changed(connection)

        await self._file.write(work)

    async def used_in(self, thread: str) -> tuple[GrantUse, ...]:
        """Return the uses of grants in a conversation."""
        query = select(_USES).where(_USES.c.thread == thread)
        rows = await self._file.read(lambda c: c.execute(query).all())
        return tuple(
            GrantUse(grant=r.grant_id, turn=r.turn, thread=r.thread, at=r.at) for r in rows
        )

    async def spend(self, use: GrantUse, *, most: int | None) -> bool:
        """Note a use, once a turn; False when `most` other turns have used the grant."""

        def work(connection: Connection) -> bool:
            others = connection.execute(
                select(func.count())
                .select_from(_USES)
                .where(_USES.c.grant_id == use.grant, _USES.c.turn != use.turn)
            ).scalar_one()
            if most is not None and others >= most:
                return False
            connection.execute(
                insert(_USES)
                .values(grant_id=use.grant, turn=use.turn, thread=use.thread, at=use.at)
                .on_conflict_do_nothing()
            )
            if most is not None:
                _changed(connection)
            return True

        return await self._file.write(work)

    async def restrict(self, person: RecordRef, reason: str) -> None:
        """Withhold all data of a person, or lift it with an empty reason."""

        def work(connection: Connection) -> None:
            connection.execute(delete(_RESTRICTED).where(_RESTRICTED.c.person == str(person)))
            if reason:
                connection.execute(insert(_RESTRICTED).values(person=str(person), reason=reason))
            _changed(connection)

        await self._file.write(work)

    async def restricted(self) -> Mapping[RecordRef, str]:
        """Return the people whose data may not be used."""
        rows = await self._file.read(lambda c: c.execute(select(_RESTRICTED)).all())
        return {_ref(row.person): row.reason for row in rows}

    async def add_request(self, request: ConsentRequest) -> None:
        """Keep a request, or its new status."""
        body = {**asdict(request), "person": str(request.person), "tiers": sorted(request.tiers)}

        def work(connection: Connection) -> None:
            order = connection.execute(select(func.count()).select_from(_REQUESTS)).scalar_one()
            connection.execute(
                insert(_REQUESTS)
                .values(
                    id=request.id,
                    order=order,
                    person=str(request.person),
                    body=json.dumps(body, ensure_ascii=False),
                )
                .on_conflict_do_update(
                    index_elements=["id"], set_={"body": json.dumps(body, ensure_ascii=False)}
                )
            )
            _changed(connection)

        await self._file.write(work)

    async def requests(self, person: RecordRef | None = None) -> tuple[ConsentRequest, ...]:
        """Return requests, newest first."""
        query = select(_REQUESTS.c.body).order_by(_REQUESTS.c.order.desc())
        if person is not None:
            query = query.where(_REQUESTS.c.person == str(person))
        rows = await self._file.read(lambda c: c.execute(query).scalars().all())
        return tuple(_request_from(row) for row in rows)

    async def latest_seen(self, at: str) -> str:
        """Return the highest instant that this workspace's clock has shown, `at` included."""

        def work(connection: Connection) -> str:
            held = str(connection.execute(select(_STATE.c.latest_seen)).scalar_one())
            if at > held:
                connection.execute(update(_STATE).values(latest_seen=at))
            return max(at, held)

        return await self._file.write(work)

    async def earlier(self, actor: str, field: str) -> Sequence[frozenset[str]]:
        """Return the groups that an actor was told a number of."""
        query = (
            select(_GROUPS.c.people)
            .where(_GROUPS.c.actor == actor, _GROUPS.c.field == field)
            .order_by(_GROUPS.c.order.desc())
            .limit(MOST_KEPT)
        )
        rows = await self._file.read(lambda c: c.execute(query).scalars().all())
        return tuple(frozenset(row.split()) for row in rows)

    async def keep(self, actor: str, field: str, group: frozenset[str], at: str) -> None:
        """Remember one more; durable before the number is told."""
        people = " ".join(sorted(group))

        def work(connection: Connection) -> None:
            known = (_GROUPS.c.actor == actor, _GROUPS.c.field == field)
            connection.execute(delete(_GROUPS).where(*known, _GROUPS.c.people == people))
            connection.execute(
                insert(_GROUPS).values(actor=actor, field=field, people=people, at=at)
            )

        await self._file.write(work)

    async def forget(self, person: RecordRef) -> int:
        """Erase everything about a person; return how many rows."""
        name = str(person)

        def work(connection: Connection) -> int:
            mine = select(_GRANTS.c.id).where(_GRANTS.c.person == name)
            done = connection.execute(delete(_USES).where(_USES.c.grant_id.in_(mine))).rowcount
            for table in (_GRANTS, _BASES, _RESTRICTED, _REQUESTS):
                done += connection.execute(delete(table).where(table.c.person == name)).rowcount
            for row in connection.execute(select(_GROUPS.c.order, _GROUPS.c.people)).all():
                if name in map(person_in, row.people.split()):
                    done += connection.execute(
                        delete(_GROUPS).where(_GROUPS.c.order == row.order)
                    ).rowcount
            _changed(connection)
            return done

        return await self._file.write(work)


def _changed(connection: Connection) -> None:
    connection.execute(update(_STATE).values(mark=_STATE.c.mark + 1))


def _text(person: RecordRef | None) -> str:
    return "" if person is None else str(person)


def _ref(text: str) -> RecordRef:
    kind, _, record_id = text.partition(":")
    return RecordRef(kind=kind, id=record_id)


def _basis_text(basis: LegalBasis) -> str:
    body = {**asdict(basis), "person": _text(basis.person), "purposes": sorted(basis.purposes)}
    return json.dumps(body, ensure_ascii=False)


def _basis_from(text: str) -> LegalBasis:
    body = json.loads(text)
    return LegalBasis(**{
        **body,
        "tier": Tier(body["tier"]),
        "ground": Ground(body["ground"]),
        "person": _ref(body["person"]) if body["person"] else None,
        "purposes": frozenset(body["purposes"]),
    })


def _request_from(text: str) -> ConsentRequest:
    body = json.loads(text)
    return ConsentRequest(**{
        **body,
        "person": _ref(body["person"]),
        "tiers": frozenset(Tier(t) for t in body["tiers"]),
    })
