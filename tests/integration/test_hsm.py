"""Root keys in a token: SoftHSM2 from the distribution; skips with the reason where it is not there."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from knowledge_graph.keeping import Plain, Sealed, Spot
from knowledge_graph.sovereignty.errors import KeyVaultError, SealError
from knowledge_graph.sovereignty.keys.sealer import VaultSealer
from knowledge_graph.sovereignty.keys.vault import SqliteKeys

pytest.importorskip("pkcs11", reason="python-pkcs11 is not installed (extra: hsm)")
from knowledge_graph.sovereignty.keys.hsm import HsmRoots

MODULES = ("/usr/lib/softhsm/libsofthsm2.so", "/usr/local/lib/softhsm/libsofthsm2.so")
MODULE = next((m for m in MODULES if Path(m).exists()), "")
PIN = "1234"


@pytest.fixture(scope="module")
def token(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A new token of SoftHSM2."""
    if not MODULE or shutil.which("softhsm2-util") is None:
        pytest.skip("SoftHSM2 is not installed (Debian: softhsm2; make system installs it)")
    folder = tmp_path_factory.mktemp("softhsm")
    (folder / "tokens").mkdir()
    conf = folder / "softhsm2.conf"
    conf.write_text(f"directories.tokendir = {folder / 'tokens'}\nlog.level = ERROR\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOFTHSM2_CONF", str(conf))
        command = ["softhsm2-util", "--init-token", "--free", "--label", "guanxi", "--pin", PIN]
        subprocess.run([*command, "--so-pin", "5678"], check=True, capture_output=True)
        yield "guanxi"


def test_a_wrong_pin_is_refused(token: str) -> None:
    with pytest.raises(KeyVaultError, match="cannot be used"):
        HsmRoots(MODULE, token, "0000", name="test")


@pytest.fixture(scope="module")
def roots(token: str) -> Iterator[HsmRoots]:
    found = HsmRoots(MODULE, token, PIN, name="test")
    yield found
    found.close()


def test_wraps_for_one_use_and_one_version(roots: HsmRoots) -> None:
    roots.create(1)
    roots.create(1)
    roots.create(2)
    assert roots.versions() == (1, 2)
    wrapped = roots.wrap(1, b"s" * 16, "a/epoch/1")
    assert roots.unwrap(1, wrapped, "a/epoch/1") == b"s" * 16
    for version, data, bound in (
        (2, wrapped, "a/epoch/1"),
        (1, wrapped, "b/epoch/1"),
        (1, wrapped[:-1] + bytes([wrapped[-1] ^ 1]), "a/epoch/1"),
    ):
        with pytest.raises(SealError):
            roots.unwrap(version, data, bound)


def test_a_destroyed_version_is_gone(roots: HsmRoots) -> None:
    roots.create(3)
    wrapped = roots.wrap(3, b"s" * 16, "x")
    receipt = roots.destroy(3)
    assert (receipt.kind, receipt.effective) == ("pkcs11", "at once")
    assert 3 not in roots.versions()
    with pytest.raises(KeyVaultError, match="may be destroyed"):
        roots.unwrap(3, wrapped, "x")
    roots.destroy(3)


async def test_an_erasure_destroys_the_object_in_the_token(token: str, tmp_path: Path) -> None:
    roots = HsmRoots(MODULE, token, PIN, name="vault")
    keys = SqliteKeys(tmp_path / "keys.db", roots, tenant="t")
    vault = VaultSealer(keys, tenant="t")
    items = [Plain(holder=h, spot=Spot(table="t", column="c", row=h), data=b"x") for h in "ab"]
    sealed = [
        Sealed(spot=i.spot, envelope=e) for i, e in zip(items, await vault.seal(items), strict=True)
    ]
    keys._db.scrub()
    shutil.copy(tmp_path / "keys.db", tmp_path / "old.db")
    assert roots.versions() == (1,)
    await vault.erase(["a"])
    assert roots.versions() == (2,)
    assert await vault.open(sealed) == (None, b"x")
    with pytest.raises(KeyVaultError):
        SqliteKeys(tmp_path / "old.db", roots, tenant="t")
    keys.close()
    roots.close()
