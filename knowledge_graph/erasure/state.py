"""The state file as a place of copies: conversations, transcripts, proposals, decisions, buttons, inbox."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Column, Connection, Delete, Table, Update, delete, select, update

from knowledge_graph.erasure.person import Person
from knowledge_graph.erasure.places import Wiped
from knowledge_graph.keeping import KeyVault, Spot
from knowledge_graph.sealing.state import holder_of, new_holder
from knowledge_graph.sealing.texts import Text, opened_texts, sealed_texts
from knowledge_graph.stores.sqlite import tables as t
from knowledge_graph.stores.sqlite.file import SqliteFile


@dataclass(frozen=True, kw_only=True)
class _Kept:
    """One sealed column of one table."""

    table: Table
    key: str
    scope: str
    column: str
    label: str
    """How the store that writes it names the column in the seal."""
    prefix: str = ""
    """Before the scope's own name."""


_ALL = (
    _Kept(table=t.MESSAGES, key="order", scope="thread", column="text", label="message"),
    _Kept(
        table=t.CONVERSATIONS, key="thread", scope="thread", column="focus", label="conversation"
    ),
    _Kept(
        table=t.CONVERSATIONS, key="thread", scope="thread", column="question", label="conversation"
    ),
    _Kept(table=t.PROPOSALS, key="id", scope="thread", column="body", label="proposal"),
    _Kept(table=t.DECISIONS, key="id", scope="thread", column="body", label="decision"),
    _Kept(table=t.TRANSCRIPTS, key="order", scope="thread", column="text", label="transcript"),
    _Kept(table=t.TRANSCRIPTS, key="order", scope="thread", column="reply", label="transcript"),
    _Kept(table=t.BUTTONS, key="id", scope="thread", column="text", label="button"),
    _Kept(table=t.BUTTONS, key="id", scope="thread", column="label", label="button"),
    _Kept(
        table=t.INBOX, key="order", scope="channel", column="body", label="inbox", prefix="inbox:"
    ),
)


@dataclass(frozen=True, kw_only=True)
class _Cell:
    """One sealed text."""

    kept: _Kept
    key: object
    scope: str
    text: str


@dataclass(frozen=True, kw_only=True)
class StatePlace:
    """See `Place`.

    Args:
        file: The state file.
        vault: Has the keys.
    """

    file: SqliteFile
    vault: KeyVault
    name: str = "conversations, proposals, decisions and inbox"

    async def wipe(self, person: Person) -> Wiped:
        """Write the conversations that speak of the person anew, without him or her, under new keys."""
        cells = await self._cells()
        scopes = {c.scope for c in cells if person.is_in(c.text)}
        by_scope: Mapping[str, list[_Cell]] = defaultdict(list)
        for cell in cells:
            if cell.scope in scopes:
                by_scope[cell.scope].append(cell)
        old = [await self._renew(scope, found, person) for scope, found in by_scope.items()]
        if old:
            await self.file.scrub()
        rewritten = sum(person.masked(c.text) != c.text for f in by_scope.values() for c in f)
        return Wiped(
            place=self.name,
            found=sum(person.is_in(c.text) for c in cells),
            rewritten=rewritten,
            holders=tuple(old),
        )

    async def probe(self, person: Person) -> int:
        """Return how many texts still speak of the person."""
        return sum(person.is_in(cell.text) for cell in await self._cells())

    async def reseal(self) -> int:
        """Seal what stands in the clear, in a file that was made before there was sealing.

        Returns:
            How many texts are sealed now.
        """
        by_scope: Mapping[str, list[_Cell]] = defaultdict(list)
        for cell in await self._cells():
            by_scope[cell.scope].append(cell)
        nobody = Person(refs=(), words=())
        for scope, cells in by_scope.items():
            await self._renew(scope, cells, nobody)
        await self.file.scrub()
        return sum(map(len, by_scope.values()))

    async def sweep(self) -> int:
        """Remove the texts whose keys were destroyed, after a restore.

        Returns:
            How many texts were removed.
        """
        raw = await self.file.read(_read)
        texts = [Text(spot=_spot(cell), text=cell.text) for cell in raw]
        opened = await opened_texts(self.vault, texts)
        dead = [cell for cell, text in zip(raw, opened, strict=True) if text is None]
        scopes = sorted({cell.scope for cell in dead})

        def work(connection: Connection) -> None:
            for cell in dead:
                connection.execute(_removal(cell))
            for scope in scopes:
                connection.execute(
                    update(t.HOLDERS).where(t.HOLDERS.c.scope == scope).values(holder=new_holder())
                )

        if dead:
            await self.file.write(work)
            await self.file.scrub()
        return len(dead)

    async def _cells(self) -> list[_Cell]:
        """Return all texts that open, as they were."""
        raw = await self.file.read(_read)
        texts = [Text(spot=_spot(cell), text=cell.text) for cell in raw]
        opened = await opened_texts(self.vault, texts)
        return [
            _Cell(kept=cell.kept, key=cell.key, scope=cell.scope, text=text)
            for cell, text in zip(raw, opened, strict=True)
            if text
        ]

    async def _renew(self, scope: str, cells: Sequence[_Cell], person: Person) -> str:
        """Write a scope's texts under a new holder and return the old one."""
        new = new_holder()
        texts = [Text(spot=_spot(c), text=person.masked(c.text)) for c in cells]
        sealed = await sealed_texts(self.vault, new, texts)

        def work(connection: Connection) -> str:
            old = holder_of(connection, scope)
            connection.execute(
                update(t.HOLDERS).where(t.HOLDERS.c.scope == scope).values(holder=new)
            )
            for cell, text in zip(cells, sealed, strict=True):
                table, key = cell.kept.table, _column(cell.kept.table, cell.kept.key)
                row = update(table).where(key == cell.key)
                connection.execute(row.values({cell.kept.column: text}))
            return old

        return await self.file.write(work)


def _read(connection: Connection) -> list[_Cell]:
    found = []
    for kept in _ALL:
        names = (kept.key, kept.scope, kept.column)
        key, scope, column = (_column(kept.table, name) for name in names)
        rows = connection.execute(select(key, scope, column).where(column != ""))
        found += [
            _Cell(kept=kept, key=row[0], scope=kept.prefix + row[1], text=row[2]) for row in rows
        ]
    return found


def _removal(cell: _Cell) -> Update | Delete:
    """Return the statement that takes a text out: conversations keep their row, others go."""
    table = cell.kept.table
    here = _column(table, cell.kept.key) == cell.key
    if table is t.CONVERSATIONS:
        return update(table).where(here).values({cell.kept.column: ""})
    return delete(table).where(here)


def _column(table: Table, name: str) -> Column[str]:
    return table.c[name]


def _spot(cell: _Cell) -> Spot:
    return Spot(table="state", column=cell.kept.label, row=cell.scope)
