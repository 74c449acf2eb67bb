"""RFC 3161 time stamps against OpenSSL's own time-stamp authority, over loopback HTTP."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from channels.settings import Settings
from channels.state.anchoring import open_anchors
from knowledge_graph.consent_ports import LedgerEvent
from knowledge_graph.errors import BadInputError, UnavailableError
from knowledge_graph.ontology.record import RecordRef
from knowledge_graph.sovereignty.key_files import open_keys
from knowledge_graph.sovereignty.ledger.anchor import FileAnchor
from knowledge_graph.sovereignty.ledger.book import LedgerBook
from knowledge_graph.sovereignty.ledger.store import SqliteLedger
from knowledge_graph.sovereignty.ledger.timestamps import TimestampAnchor
from knowledge_graph.sovereignty.verifier import verify_bundle
from knowledge_graph.stores.local_home import HomeFolder

pytest.importorskip("rfc3161_client", reason="the extra `anchors` is not installed")
if shutil.which("openssl") is None:
    pytest.skip("there is no openssl here to be the authority", allow_module_level=True)

CONFIG = """
[req]
distinguished_name = name
[name]
[root]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign
[tsa]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = critical,timeStamping
[authority]
serial = {folder}/serial
signer_cert = {folder}/tsa.pem
signer_key = {folder}/tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
accuracy = secs:1
ess_cert_id_alg = sha256
"""
NOTE = "example.com/ledger/sm3\n1\n" + "A" * 44 + "\n\n— example.com/ledger AAAA\n"
AT = "2026-11-23T09:00:00Z"


def openssl(folder: Path, *words: str) -> None:
    """Run OpenSSL in a folder."""
    subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True)


def make_authority(folder: Path) -> None:
    """Write a root and the certificate of an authority under it."""
    (folder / "tsa.cnf").write_text(CONFIG.format(folder=folder), encoding="utf-8")
    (folder / "serial").write_text("01\n", encoding="utf-8")
    new = (
        "req",
        "-config",
        "tsa.cnf",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
        "-nodes",
    )
    openssl(folder, *new, "-x509", "-extensions", "root", "-subj", "/CN=Root", "-days", "3650",
            "-keyout", "root.key", "-out", "root.pem")  # fmt: skip
    openssl(folder, *new, "-subj", "/CN=Stamps", "-keyout", "tsa.key", "-out", "tsa.csr")
    openssl(folder, "x509", "-req", "-in", "tsa.csr", "-CA", "root.pem", "-CAkey", "root.key", "-days", "3650",
            "-CAcreateserial", "-extfile", "tsa.cnf", "-extensions", "tsa", "-out", "tsa.pem")  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Authority:
    """A running authority."""

    url: str
    roots: bytes
    folder: Path

    def anchor(self) -> TimestampAnchor:
        """Return the anchor that trusts it."""
        return TimestampAnchor(self.url, roots=self.roots)


@pytest.fixture
def authority(tmp_path: Path) -> Iterator[Authority]:
    folder = tmp_path / "tsa"
    folder.mkdir()
    make_authority(folder)

    class Stamps(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            (folder / "query").write_bytes(self.rfile.read(int(self.headers["content-length"])))
            openssl(folder, "ts", "-reply", "-config", "tsa.cnf", "-section", "authority",
                    "-queryfile", "query", "-out", "reply")  # fmt: skip
            self.send_response(200)
            self.end_headers()
            self.wfile.write((folder / "reply").read_bytes())

        def log_message(self, format: str, *args: object) -> None:
            """Keep quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Stamps)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    url = f"http://127.0.0.1:{server.server_port}/"
    yield Authority(url=url, roots=(folder / "root.pem").read_bytes(), folder=folder)
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_checkpoint_is_stamped_and_nothing_else_is(authority: Authority, tmp_path: Path) -> None:
    anchor = authority.anchor()
    receipt = anchor.submit(NOTE, at=AT)
    assert receipt.kind == "rfc3161"
    assert anchor.verify(NOTE, receipt)
    assert not anchor.verify(NOTE + " ", receipt)
    assert not anchor.verify(NOTE, replace(receipt, proof="no base64"))
    assert not anchor.verify(NOTE, replace(receipt, proof=base64.b64encode(b"no stamp").decode()))
    assert not anchor.verify(NOTE, replace(receipt, kind="file"))
    (tmp_path / "note").write_text(NOTE, encoding="utf-8")
    (tmp_path / "proof.tsr").write_bytes(base64.b64decode(receipt.proof))
    openssl(
        tmp_path, "ts", "-verify", "-in", "proof.tsr", "-data", "note", "-CAfile", "tsa/root.pem"
    )


def test_an_authority_that_is_not_trusted_or_not_there_gives_nothing(
    authority: Authority, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    make_authority(other)
    stranger = TimestampAnchor(authority.url, roots=(other / "root.pem").read_bytes())
    with pytest.raises(UnavailableError, match="does not hold"):
        stranger.submit(NOTE, at=AT)
    assert not stranger.verify(NOTE, authority.anchor().submit(NOTE, at=AT))
    with pytest.raises(UnavailableError, match="does not answer"):
        TimestampAnchor("http://127.0.0.1:9/", roots=authority.roots).submit(NOTE, at=AT)


async def test_a_bundle_carries_the_stamp_and_the_one_file_says_what_it_saw(
    authority: Authority, tmp_path: Path
) -> None:
    tree = SqliteLedger(tmp_path / "ledger.db", origin="example.com/ledger/sm3")
    anchors = (FileAnchor(tmp_path / "anchor"), authority.anchor())
    book = LedgerBook(tree, open_keys(tmp_path / "signing.json"), anchors=anchors)
    person = RecordRef(kind="contact", id="c1")
    await book.append([LedgerEvent(type="use.answered", at=AT, actor="a", person=person, facts={})])
    note = await book.checkpoint(at=AT)
    assert await book.checkpoint(at=AT) == note
    assert len((tmp_path / "anchor").read_text(encoding="utf-8").splitlines()) == 1
    text = await book.bundle(person)
    keys = [key.text() for key in book.keys]
    report = verify_bundle(text, keys)
    assert report.ok, report.problems
    assert [n.split(" ")[0] for n in report.notes] == ["anchor", "time"]
    bundle = json.loads(text)
    stamp = next(a for a in bundle["anchors"] if a["kind"] == "rfc3161")
    stamp["proof"] = authority.anchor().submit(NOTE, at=AT).proof
    assert "another checkpoint" in verify_bundle(json.dumps(bundle), keys).problems[0]
    bundle["anchors"] = [{"kind": "file", "digest": "0" * 64, "proof": ""}]
    assert "another checkpoint" in verify_bundle(json.dumps(bundle), keys).problems[0]
    tree.close()


def test_settings_name_the_authority(authority: Authority, home: Path) -> None:
    folder, roots = HomeFolder.at(home), str(authority.folder / "root.pem")
    assert [a.kind for a in open_anchors(Settings(home=home), folder)] == ["file"]
    settings = Settings(home=home, anchor_tsa_url=authority.url, anchor_tsa_roots=roots)
    assert [a.kind for a in open_anchors(settings, folder)] == ["file", "rfc3161"]
    with pytest.raises(BadInputError, match="ANCHOR_TSA_ROOTS"):
        open_anchors(Settings(home=home, anchor_tsa_url=authority.url), folder)
