"""Checkpoints as signed notes, and the file anchor."""

import base64
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from knowledge_graph.sovereignty.crypto.digests import DigestAlgorithm
from knowledge_graph.sovereignty.crypto.signatures import Ed25519Signer
from knowledge_graph.sovereignty.errors import KeyFormatError, LedgerError, NoteError
from knowledge_graph.sovereignty.ledger.anchor import FileAnchor
from knowledge_graph.sovereignty.ledger.notes import (
    Checkpoint,
    NoteKey,
    NoteSigner,
    open_note,
    parse_checkpoint,
    sign_note,
)
from knowledge_graph.sovereignty.ledger.store import SqliteLedger
from tests.unit.knowledge_graph.sovereignty.ledger_parts import AT, ORIGIN, draft, keys

Vectors = Callable[[str], Any]
SHA256, SM3 = DigestAlgorithm.SHA256, DigestAlgorithm.SM3


def test_checkpoints_are_signed_notes(
    ledger: SqliteLedger, signers: tuple[NoteSigner, ...]
) -> None:
    ledger.append([draft()])
    note = ledger.checkpoint(signers)
    assert ledger.checkpoint(signers) == note == ledger.last_checkpoint()
    state = parse_checkpoint(open_note(note, keys(signers), needed=2))
    assert (state.origin, state.size, state.root) == (ORIGIN, 1, ledger.root())
    ledger.append([draft()])
    assert parse_checkpoint(open_note(ledger.checkpoint(signers), keys(signers))).size == 2


def test_the_example_of_the_note_specification() -> None:
    text = "Ognuno sta solo sul cuor della terra\ntrafitto da un raggio di sole:\n\ned è subito sera.\n"
    signer = NoteSigner(name="quasimodo.example/salvatore", signer=Ed25519Signer.generate())
    note = sign_note(text, [signer])
    assert open_note(note, [signer.note_key]) == text
    assert NoteKey.parse(signer.note_key.text()) == signer.note_key


def test_bad_notes_are_refused(signers: tuple[NoteSigner, ...]) -> None:
    trusted = keys(signers)
    note = sign_note(Checkpoint(origin=ORIGIN, size=3, root=bytes(32)).text(), signers)
    stranger = NoteSigner(name="example.com/guanxi", signer=Ed25519Signer.generate())
    text, lines = note.split("\n\n")
    first, second, _ = lines.split("\n")
    wrong = first[:-6] + ("A" if first[-6] != "A" else "B") + first[-5:]
    bad = [
        note.replace("\n3\n", "\n4\n"),
        note[:-1],
        note.replace("\n\n", "\n"),
        f"{text}\n\n{wrong}\n{second}\n",
        note + "x\n",
        note.replace("sm3", "sm3\t"),
        text + "\n\n",
        note + "\n" + "x" * 70_000,
        f"{text}\n\n" + f"{first}\n" * 17,
    ]
    for each in bad:
        with pytest.raises(NoteError):
            open_note(each, trusted)
    with pytest.raises(NoteError):
        open_note(note, [stranger.note_key])
    with pytest.raises(NoteError):
        open_note(note, [])
    with pytest.raises(NoteError):
        open_note(note, trusted[:1], needed=2)
    assert open_note(note + f"— else.example/w {'QUJDREVGR0g='}\n", trusted)


def test_bad_checkpoints_and_keys_are_refused() -> None:
    root_text = base64.b64encode(bytes(32)).decode()
    good = f"o/sm3\n3\n{root_text}\n"
    assert parse_checkpoint(good + "extension\n").size == 3
    for text in (
        f"o/md5\n3\n{root_text}\n",
        f"o/sm3\n03\n{root_text}\n",
        f"o/sm3\n-3\n{root_text}\n",
        f"o/sm3\n３\n{root_text}\n",
        "o/sm3\n3\nAAAA\n",
        f"o/sm3\n3\n{root_text[:-2]}B=\n",
        good[:-1],
        "",
    ):
        with pytest.raises(NoteError):
            parse_checkpoint(text)
    key = NoteKey(name="n", key=Ed25519Signer.generate().public)
    for text in ("", "a+b+c", key.text()[:-4], key.text().replace("n+", "m+", 1)):
        with pytest.raises(KeyFormatError):
            NoteKey.parse(text)
    for name in ("", "a b", "a+b"):
        with pytest.raises(KeyFormatError):
            NoteKey(name=name, key=key.key)
    with pytest.raises(NoteError):
        sign_note("no newline", [])
    with pytest.raises(NoteError):
        sign_note("text\n", [])


def test_the_file_anchor(tmp_path: Path) -> None:
    anchor = FileAnchor(tmp_path / "anchor.jsonl")
    assert anchor.last() is None
    first = anchor.submit("note one\n", at=AT)
    second = anchor.submit("note two\n", at=AT)
    assert anchor.verify("note one\n", first)
    assert anchor.verify("note two\n", second)
    assert not anchor.verify("note one\n", second)
    with (tmp_path / "anchor.jsonl").open("ab") as file:
        file.write(b'{"at":"half')  # a writer that died
    assert anchor.last() == "note two\n"
    data = (tmp_path / "anchor.jsonl").read_bytes()
    (tmp_path / "anchor.jsonl").write_bytes(data.replace(b"one", b"0ne"))
    with pytest.raises(LedgerError):
        anchor.last()
    (tmp_path / "anchor.jsonl").write_bytes(data.split(b"\n", 1)[1])
    with pytest.raises(LedgerError):
        anchor.last()
