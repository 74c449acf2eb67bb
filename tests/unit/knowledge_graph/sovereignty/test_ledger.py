"""The ledger in its file: appending, proofs, tampering, what a second writer and an erasure leave."""

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from knowledge_graph.errors import InvalidValueError, NotFoundError, StoreUnavailableError
from knowledge_graph.sovereignty.crypto.digests import DigestAlgorithm, digest
from knowledge_graph.sovereignty.errors import LedgerError, NoteError
from knowledge_graph.sovereignty.ledger.anchor import FileAnchor
from knowledge_graph.sovereignty.ledger.entry import Commitment, Draft, commit_to, opens
from knowledge_graph.sovereignty.ledger.notes import (
    Checkpoint,
    NoteSigner,
    open_note,
    parse_checkpoint,
)
from knowledge_graph.sovereignty.ledger.store import SqliteLedger
from knowledge_graph.sovereignty.ledger.tree import (
    leaf_hash,
    verify_consistency,
    verify_inclusion,
)
from tests.unit.knowledge_graph.sovereignty.ledger_parts import AT, ORIGIN, draft, keys

Vectors = Callable[[str], Any]
SHA256, SM3 = DigestAlgorithm.SHA256, DigestAlgorithm.SM3


def test_commitments_open_only_to_their_record() -> None:
    made = commit_to({"use": "quote", "n": 1})
    assert opens(made, {"n": 1, "use": "quote"})
    assert not opens(made, {"n": 2, "use": "quote"})
    assert not opens(Commitment(value=made.value, opening=bytes(32)), {"n": 1, "use": "quote"})
    assert not opens(
        Commitment(value=made.value[:16], opening=made.opening), {"n": 1, "use": "quote"}
    )
    assert commit_to({"n": 1}).value != commit_to({"n": 1}).value
    assert made.opening.hex() not in repr(made)
    with pytest.raises(InvalidValueError):
        Draft(type="x", at=AT, actor="a", commitment=b"short")


def test_appended_entries_are_proved(ledger: SqliteLedger) -> None:
    assert ledger.append([]) == ()
    for group in (1, 2, 5, 13, 64):
        ledger.append([draft(n) for n in range(group)])
    size = ledger.size
    assert size == 85
    assert ledger.root(0) == digest(SM3, b"")
    whole = ledger.root()
    for seq in range(size):
        leaf = leaf_hash(SM3, ledger.entry(seq).leaf)
        assert verify_inclusion(SM3, leaf, (seq, size), ledger.inclusion(seq), whole)
    for old in range(1, size + 1):
        proof = ledger.consistency(old)
        assert verify_consistency(SM3, (old, size), (ledger.root(old), whole), proof)
    assert ledger.audit() == size
    for call in (lambda: ledger.root(86), lambda: ledger.inclusion(3, 900)):
        with pytest.raises(InvalidValueError):
            call()
    with pytest.raises(NotFoundError):
        ledger.entry(85)


def test_a_second_writer_continues_the_same_tree(tmp_path: Path, ledger: SqliteLedger) -> None:
    other = SqliteLedger(tmp_path / "ledger.db", origin=ORIGIN)
    for _ in range(5):
        ledger.append([draft(), draft()])
        other.append([draft()])
    assert ledger.size == other.size == 15
    assert ledger.root() == other.root()
    assert ledger.audit() == 15
    other.close()


def test_forgetting_blinds_and_keeps_the_tree(tmp_path: Path, ledger: SqliteLedger) -> None:
    secret = b"sealed-canary-7731"
    drafts = [draft(n, subject="gone-handle") for n in range(3)]
    ledger.append([Draft(**{**vars(d), "sealed": secret}) for d in drafts])
    ledger.append([draft(subject="stays")])
    before = ledger.root()
    assert ledger.forget("gone-handle") == 3
    assert ledger.entries_of("gone-handle") == ()
    assert ledger.entries_of("") == ()
    assert len(ledger.entries_of("stays")) == 1
    assert ledger.root() == before
    assert ledger.audit() == 4
    for file in tmp_path.iterdir():
        data = file.read_bytes()
        assert secret not in data
        assert b"gone-handle" not in data


def test_tampering_is_refused_or_found(
    tmp_path: Path, ledger: SqliteLedger, signers: tuple[NoteSigner, ...]
) -> None:
    ledger.append([draft(n) for n in range(9)])
    kept = parse_checkpoint(open_note(ledger.checkpoint(signers), keys(signers)))
    db = sqlite3.connect(tmp_path / "ledger.db")
    for statement in ("UPDATE ledger_entries SET leaf = x'00'", "DELETE FROM ledger_entries"):
        with pytest.raises(sqlite3.IntegrityError):
            db.execute(statement)
    db.execute("DROP TRIGGER ledger_no_change")
    db.execute("UPDATE ledger_entries SET leaf = x'00' WHERE seq = 4")
    db.commit()
    with pytest.raises(LedgerError):
        ledger.audit()
    db.execute("UPDATE ledger_nodes SET hash = zeroblob(32) WHERE level = 3")
    db.commit()
    with pytest.raises(LedgerError, match="rewritten"):
        ledger.check(kept)
    ledger.append([draft()])
    with pytest.raises(LedgerError):
        ledger.checkpoint(signers)
    db.close()


def test_a_ledger_cut_back_is_noticed(tmp_path: Path, signers: tuple[NoteSigner, ...]) -> None:
    anchor = FileAnchor(tmp_path / "anchor.jsonl")
    ledger = SqliteLedger(tmp_path / "a.db", origin=ORIGIN)
    ledger.append([draft(n) for n in range(4)])
    anchor.submit(ledger.checkpoint(signers), at=AT)
    old = SqliteLedger(tmp_path / "b.db", origin=ORIGIN)
    old.append([draft(n) for n in range(3)])
    last = anchor.last()
    assert last is not None
    published = parse_checkpoint(open_note(last, keys(signers)))
    ledger.check(published)
    with pytest.raises(LedgerError, match="older"):
        old.check(published)
    old.append([draft()])
    with pytest.raises(LedgerError, match="rewritten"):
        old.check(published)
    with pytest.raises(LedgerError, match="not of"):
        ledger.check(Checkpoint(origin="other/sm3", size=1, root=bytes(32)))
    ledger.close()
    old.close()


def test_an_unusable_file_is_a_typed_error(tmp_path: Path) -> None:
    (tmp_path / "x.db").write_bytes(b"no database, but long enough to look like a file" * 40)
    with pytest.raises(StoreUnavailableError):
        SqliteLedger(tmp_path / "x.db", origin=ORIGIN)
    with pytest.raises(NoteError):
        SqliteLedger(tmp_path / "y.db", origin="example.com/ledger")
