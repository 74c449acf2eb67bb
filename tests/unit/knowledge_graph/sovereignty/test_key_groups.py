"""Groups of keys: an erasure rewraps some keys only, and spares nobody's copy for that."""

import secrets
import sqlite3
from pathlib import Path

import pytest

from knowledge_graph.sovereignty.crypto.envelope import Place, SealKey, seal
from knowledge_graph.sovereignty.errors import ErasedError, KeyVaultError
from knowledge_graph.sovereignty.keys.sealed_files import SealedFileRoots, key_file_key
from knowledge_graph.sovereignty.keys.subject_key import KeyUse
from knowledge_graph.sovereignty.keys.vault import SqliteKeys

MANY = tuple(f"contact:c{n}" for n in range(3_000))
"""More than there are groups, so that some share one."""


def opened(folder: Path) -> SqliteKeys:
    roots = SealedFileRoots(folder / "roots", key_file_key(folder / "machine.key"))
    return SqliteKeys(folder / "keys.db", roots, tenant="t")


def rows(folder: Path, statement: str) -> list[tuple[str, bytes]]:
    with sqlite3.connect(folder / "keys.db") as db:
        return db.execute(statement).fetchall()


def secrets_of(vault: SqliteKeys) -> dict[str, bytes]:
    return {s: k.key(KeyUse.FIELD).secret for s, k in vault.keys("subject", MANY)}


def test_an_erasure_wraps_few_keys_anew_and_keeps_all_others(tmp_path: Path) -> None:
    vault = opened(tmp_path)
    vault.ensure(MANY)
    before, held = (
        secrets_of(vault),
        dict(rows(tmp_path, "SELECT subject, wrapped FROM vault_keys")),
    )
    vault.erase([MANY[7]])
    now = dict(rows(tmp_path, "SELECT subject, wrapped FROM vault_keys"))
    changed = [s for s in now if now[s] != held[s]]
    assert 0 < len(changed) < 20
    assert secrets_of(vault) == {s: k for s, k in before.items() if s != MANY[7]}
    vault.close()
    again = opened(tmp_path)
    assert len(secrets_of(again)) == len(MANY) - 1
    again.close()


def test_the_old_row_of_the_erased_does_not_open_among_the_live_ones(tmp_path: Path) -> None:
    vault = opened(tmp_path)
    vault.ensure(MANY)
    with sqlite3.connect(tmp_path / "keys.db") as db:
        old = db.execute("SELECT * FROM vault_keys WHERE subject = ?", (MANY[7],)).fetchone()
        groups = db.execute("SELECT * FROM vault_groups").fetchall()
    vault.erase([MANY[7]])
    with sqlite3.connect(tmp_path / "keys.db") as db:
        db.execute("INSERT INTO vault_keys VALUES (?, ?, ?, ?)", old)
    with pytest.raises(KeyVaultError):
        vault.subject_key(MANY[7])
    with sqlite3.connect(tmp_path / "keys.db") as db:  # nor with the groups of the dead epoch
        db.executemany("INSERT OR REPLACE INTO vault_groups VALUES (?, ?, ?)", groups)
    with pytest.raises(KeyVaultError):
        vault.subject_key(MANY[7])
    vault.close()


def test_a_file_from_before_there_were_groups_is_taken_over(tmp_path: Path) -> None:
    vault = opened(tmp_path)
    subject, secret = "contact:old", secrets.token_bytes(16)
    roots = SealedFileRoots(tmp_path / "roots", key_file_key(tmp_path / "machine.key"))
    (wrapped,) = rows(tmp_path, "SELECT epoch, wrapped FROM vault_epoch")
    epoch = SealKey(id="epoch-1", secret=roots.unwrap(1, wrapped[1], "t/epoch/1"))
    place = Place(tenant="t", table="keys", column="k1", row="1", subject=subject)
    with sqlite3.connect(tmp_path / "keys.db") as db:
        db.execute("CREATE TABLE vault_subjects (subject TEXT, key_id TEXT, wrapped BLOB)")
        row = (subject, "k1", seal(epoch, secret, place))
        db.execute("INSERT INTO vault_subjects VALUES (?, ?, ?)", row)
    vault.close()
    again = opened(tmp_path)
    assert again.subject_key(subject).id == "k1"
    assert again.erase([subject]).survivors == 0
    with pytest.raises(ErasedError):
        again.subject_key(subject)
    again.close()
