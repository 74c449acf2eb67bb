"""The key vault: erasing kills every older copy, whatever step it is interrupted at."""

import shutil
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from knowledge_graph.errors import CrmError, StoreUnavailableError
from knowledge_graph.sovereignty.crypto.envelope import Place, seal, unseal
from knowledge_graph.sovereignty.errors import ErasedError, KeyVaultError, SealError
from knowledge_graph.sovereignty.keys.sealed_files import (
    SealedFileRoots,
    key_file_key,
    passphrase_key,
)
from knowledge_graph.sovereignty.keys.subject_key import KeyUse
from knowledge_graph.sovereignty.keys.vault import SqliteKeys

STEPS = ("requested", "root-created", "rewrapping", "rewrapped", "destroyed")
PLACE = Place(tenant="t", table="contact", column="phone", row="1", subject="s")


class CrashError(Exception):
    """The process dies here."""


def crash_at(wanted: str) -> Callable[[str], None]:
    def fault(step: str) -> None:
        if step == wanted:
            raise CrashError(step)

    return fault


def roots(folder: Path) -> SealedFileRoots:
    return SealedFileRoots(folder / "roots", key_file_key(folder / "machine.key"))


def vault(
    folder: Path, *, fault: Callable[[str], None] = lambda step: None, name: str = "keys.db"
) -> SqliteKeys:
    return SqliteKeys(folder / name, roots(folder), tenant="t", fault=fault)


def copy_of(folder: Path, to: Path) -> None:
    for file in folder.glob("keys.db*"):
        shutil.copy(file, to / file.name)


def test_keys_last_and_differ(tmp_path: Path) -> None:
    made = vault(tmp_path)
    one, two = made.create(), made.create()
    sealed = seal(made.subject_key(one).key(KeyUse.FIELD), b"13800138000", PLACE)
    values = {made.subject_key(s).key(use).secret for s in (one, two) for use in KeyUse}
    assert len(values) == 2 * len(KeyUse)
    made.close()
    again = vault(tmp_path)
    assert unseal(again.subject_key(one).key(KeyUse.FIELD), sealed, PLACE) == b"13800138000"
    assert again.epoch == 1
    assert again.subjects() == tuple(sorted((one, two)))
    with pytest.raises(KeyVaultError):
        again.create(one)
    assert again.subject_key(one).key(KeyUse.FIELD).secret.hex() not in repr(again.subject_key(one))
    again.close()


def test_erasing_kills_older_copies_and_spares_survivors(tmp_path: Path) -> None:
    made = vault(tmp_path)
    gone, stays = made.create(), made.create()
    key = made.subject_key(stays).key(KeyUse.FIELD)
    sealed, lost = (
        seal(key, b"stays", PLACE),
        seal(made.subject_key(gone).key(KeyUse.FIELD), b"gone", PLACE),
    )
    backup = tmp_path / "backup"
    backup.mkdir()
    copy_of(tmp_path, backup)
    done = made.erase([gone, "never-here"])
    assert done.subjects == (gone,)
    assert (done.epoch, done.survivors) == (2, 1)
    assert [receipt.version for receipt in done.destroyed] == [1]
    assert unseal(made.subject_key(stays).key(KeyUse.FIELD), sealed, PLACE) == b"stays"
    with pytest.raises(ErasedError):
        made.subject_key(gone)
    with pytest.raises(ErasedError):
        made.create(gone)
    for survivor in made.subjects():
        with pytest.raises(SealError):
            unseal(made.subject_key(survivor).key(KeyUse.FIELD), lost, PLACE)
    shutil.copytree(tmp_path / "roots", backup / "roots")
    shutil.copy(tmp_path / "machine.key", backup / "machine.key")
    with pytest.raises(KeyVaultError, match="root version 1"):
        vault(backup)
    assert roots(tmp_path).versions() == (2,)
    made.close()


def test_an_old_copy_opened_by_mistake_harms_nothing(tmp_path: Path) -> None:
    made = vault(tmp_path)
    gone, stays = made.create(), made.create()
    for file in tmp_path.glob("keys.db*"):
        shutil.copy(file, tmp_path / file.name.replace("keys", "old"))
    made.erase([gone])
    with pytest.raises(KeyVaultError):
        vault(tmp_path, name="old.db")
    assert made.subject_key(stays).check_value()
    made.close()
    again = vault(tmp_path)
    assert again.subjects() == (stays,)
    again.close()


@pytest.mark.parametrize("step", STEPS)
def test_a_crash_at_any_step_is_finished_by_the_next_opening(tmp_path: Path, step: str) -> None:
    made = vault(tmp_path, fault=crash_at(step))
    gone, stays = made.create(), made.create()
    sealed = seal(made.subject_key(stays).key(KeyUse.FIELD), b"stays", PLACE)
    before = tmp_path / "before"
    before.mkdir()
    copy_of(tmp_path, before)
    with pytest.raises(CrashError):
        made.erase([gone])
    # From the request on the key is not given out, even by the process that was interrupted.
    with pytest.raises(ErasedError):
        made.subject_key(gone)
    crashed = tmp_path / "crashed"
    crashed.mkdir()
    copy_of(tmp_path, crashed)  # as kill -9 leaves it: the log is not merged
    made.close()
    for file in crashed.iterdir():
        shutil.copy(file, tmp_path / file.name)
    again = vault(tmp_path)
    assert again.subjects() == (stays,)
    assert unseal(again.subject_key(stays).key(KeyUse.FIELD), sealed, PLACE) == b"stays"
    with pytest.raises(ErasedError):
        again.subject_key(gone)
    assert roots(tmp_path).versions() == (again.epoch,)
    assert again.epoch > 1
    again.close()
    shutil.copytree(tmp_path / "roots", before / "roots")
    shutil.copy(tmp_path / "machine.key", before / "machine.key")
    with pytest.raises(KeyVaultError):
        vault(before)


def test_a_version_left_by_a_crash_is_never_used_again(tmp_path: Path) -> None:
    made = vault(tmp_path, fault=crash_at("rewrapping"))
    gone, stays = made.create(), made.create()
    with pytest.raises(CrashError):
        made.erase([gone])
    made.close()
    again = vault(tmp_path)
    assert again.epoch == 3
    assert again.subjects() == (stays,)
    again.close()


def test_another_worker_sees_the_new_epoch_at_once(tmp_path: Path) -> None:
    one, two = vault(tmp_path), vault(tmp_path)
    gone, stays = one.create(), one.create()
    value = two.subject_key(stays).check_value()
    assert two.subject_key(gone)
    one.erase([gone])
    assert two.subject_key(stays).check_value() == value
    with pytest.raises(ErasedError):
        two.subject_key(gone)
    one.close()
    two.close()


def test_erasures_at_once_lose_nobody_and_spare_nobody(tmp_path: Path) -> None:
    made = [vault(tmp_path), vault(tmp_path)]
    handles = [made[0].create() for _ in range(12)]
    errors: list[CrmError] = []

    def work(which: int) -> None:
        for handle in handles[which * 4 : which * 4 + 4]:
            try:
                made[which].erase([handle])
            except CrmError as error:
                errors.append(error)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert made[0].subjects() == made[1].subjects() == tuple(sorted(handles[8:]))
    for handle in handles[8:]:
        assert made[1].subject_key(handle).check_value()
    assert roots(tmp_path).versions() == (made[0].epoch,)
    for each in made:
        each.close()


def test_nothing_readable_is_in_the_files(tmp_path: Path) -> None:
    made = vault(tmp_path)
    gone = made.create()
    wrapped = (
        sqlite3
        .connect(tmp_path / "keys.db")
        .execute("SELECT wrapped FROM vault_keys")
        .fetchone()[0]
    )
    made.erase([gone])
    for file in tmp_path.rglob("*"):
        if file.is_file():
            data = file.read_bytes()
            assert wrapped not in data
            assert gone.encode() not in data
    made.close()


def test_passphrases_and_key_files(tmp_path: Path) -> None:
    folder = tmp_path / "roots"
    good = passphrase_key(folder, "correct horse battery")
    assert good == passphrase_key(folder, "correct horse battery")
    sealed = SealedFileRoots(folder, good)
    sealed.create(1)
    sealed.create(1)
    wrapped = sealed.wrap(1, bytes(16), "x")
    assert sealed.unwrap(1, wrapped, "x") == bytes(16)
    with pytest.raises(SealError):
        sealed.unwrap(1, wrapped, "y")
    other = SealedFileRoots(folder, passphrase_key(folder, "wrong horse battery"))
    with pytest.raises(KeyVaultError, match="passphrase"):
        other.unwrap(1, wrapped, "x")
    assert (folder / "root-1.key").stat().st_mode & 0o077 == 0
    sealed.destroy(1)
    assert sealed.destroy(1).version == 1
    with pytest.raises(KeyVaultError):
        sealed.unwrap(1, wrapped, "x")
    with pytest.raises(KeyVaultError):
        passphrase_key(folder, "short")
    (folder / "salt.json").write_text('{"salt": "00", "n": 2}')
    with pytest.raises(KeyVaultError):
        passphrase_key(folder, "correct horse battery")
    (folder / "salt.json").write_text("[")
    with pytest.raises(KeyVaultError):
        passphrase_key(folder, "correct horse battery")


def test_a_key_file_is_private_and_whole(tmp_path: Path) -> None:
    path = tmp_path / "machine.key"
    assert key_file_key(path) == key_file_key(path)
    assert path.stat().st_mode & 0o777 == 0o600
    path.chmod(0o644)
    with pytest.raises(KeyVaultError, match="0600"):
        key_file_key(path)
    path.chmod(0o600)
    path.write_bytes(b"short")
    with pytest.raises(KeyVaultError):
        key_file_key(path)


def test_unusable_files_are_typed_errors(tmp_path: Path) -> None:
    (tmp_path / "keys.db").write_bytes(b"this is no database at all, not even nearly" * 50)
    with pytest.raises(StoreUnavailableError):
        vault(tmp_path)
    made = vault(tmp_path, name="other.db")
    subject = made.create()
    db = sqlite3.connect(tmp_path / "other.db")
    db.execute("UPDATE vault_keys SET wrapped = zeroblob(60)")
    db.commit()
    with pytest.raises(KeyVaultError):
        made.subject_key(subject)
    db.execute("DELETE FROM vault_epoch")
    db.commit()
    with pytest.raises(KeyVaultError):
        made.subject_key(subject)
    db.close()
    made.close()
