"""The ledger: RFC 9162 vectors, notes, appending, proofs, tampering, anchors."""

import base64
import sqlite3
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pymerkle
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge_graph.errors import InvalidValueError, NotFoundError, StoreUnavailableError
from knowledge_graph.sovereignty.crypto.digests import DigestAlgorithm, digest
from knowledge_graph.sovereignty.crypto.signatures import Ed25519Signer, Sm2Signer
from knowledge_graph.sovereignty.errors import KeyFormatError, LedgerError, NoteError
from knowledge_graph.sovereignty.ledger.anchor import FileAnchor
from knowledge_graph.sovereignty.ledger.entry import Commitment, Draft, commit_to, opens
from knowledge_graph.sovereignty.ledger.group import GroupWriter
from knowledge_graph.sovereignty.ledger.notes import (
    Checkpoint,
    NoteKey,
    NoteSigner,
    open_note,
    parse_checkpoint,
    sign_note,
)
from knowledge_graph.sovereignty.ledger.store import SqliteLedger
from knowledge_graph.sovereignty.ledger.tree import (
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    node_hash,
    root,
    verify_consistency,
    verify_inclusion,
)
from knowledge_graph.sovereignty.verifier import State, consistent, inclusion_root

Vectors = Callable[[str], Any]
SHA256, SM3 = DigestAlgorithm.SHA256, DigestAlgorithm.SM3
ORIGIN = "example.com/guanxi/sm3"
AT = "2026-11-23T09:00:00Z"


def unbase64(items: list[str] | None) -> list[bytes]:
    return [base64.b64decode(item) for item in items or []]


def tree_of(algorithm: DigestAlgorithm, leaves: list[bytes]) -> Callable[[int, int], bytes]:
    def node(level: int, place: int) -> bytes:
        if level == 0:
            return leaf_hash(algorithm, leaves[place])
        return node_hash(algorithm, node(level - 1, 2 * place), node(level - 1, 2 * place + 1))

    return node


def draft(number: int = 0, subject: str = "s") -> Draft:
    commitment = commit_to({"n": number}).value
    return Draft(
        type="use.answered", at=AT, actor="a", commitment=commitment, subject=subject, sealed=b"x"
    )


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[SqliteLedger]:
    made = SqliteLedger(tmp_path / "ledger.db", origin=ORIGIN)
    yield made
    made.close()


@pytest.fixture(scope="module")
def signers() -> tuple[NoteSigner, ...]:
    return (
        NoteSigner(name="example.com/guanxi", signer=Ed25519Signer.generate()),
        NoteSigner(name="example.com/guanxi", signer=Sm2Signer.generate()),
    )


def keys(signers: tuple[NoteSigner, ...]) -> list[NoteKey]:
    return [signer.note_key for signer in signers]


def test_inclusion_vectors(vectors: Vectors) -> None:
    for case in vectors("merkle/rfc9162_inclusion.json"):
        leaf, expected = base64.b64decode(case["leafHash"]), base64.b64decode(case["root"])
        position, proof = (case["leafIdx"], case["treeSize"]), unbase64(case["proof"])
        held = verify_inclusion(SHA256, leaf, position, proof, expected)
        assert held is not case["wantErr"], case["source"]
        state = State("x/sha256", position[1], expected, "sha256")
        assert (inclusion_root(state, leaf, position[0], proof) == expected) is held, case["source"]


def test_consistency_vectors(vectors: Vectors) -> None:
    for case in vectors("merkle/rfc9162_consistency.json"):
        if case["desc"] == "sizes are equal (one) and proof is empty":
            continue  # its roots are placeholders that are not 32 bytes
        roots = base64.b64decode(case["root1"]), base64.b64decode(case["root2"])
        sizes, proof = (case["size1"], case["size2"]), unbase64(case["proof"])
        held = verify_consistency(SHA256, sizes, roots, proof)
        assert held is not case["wantErr"], case["source"]
        if sizes[0]:
            old, new = (State("x", s, r, "sha256") for s, r in zip(sizes, roots, strict=True))
            assert consistent(old, new, proof) is held, case["source"]


@pytest.mark.parametrize("algorithm", list(DigestAlgorithm))
def test_roots(vectors: Vectors, algorithm: DigestAlgorithm) -> None:
    leaves = [f"leaf-{n:03}".encode() for n in range(33)]
    nodes = tree_of(algorithm, leaves)
    for size, expected in enumerate(vectors("merkle/roots_sm3_sha256.json")[algorithm]):
        assert root(algorithm, size, nodes).hex() == expected


def test_roots_equal_pymerkle() -> None:
    oracle = pymerkle.InmemoryTree(algorithm="sha256")
    leaves = [str(n).encode() for n in range(70)]
    nodes = tree_of(SHA256, leaves)
    for size, leaf in enumerate(leaves, 1):
        oracle.append_entry(leaf)
        assert root(SHA256, size, nodes) == oracle.get_root()


@given(data=st.data(), size=st.integers(1, 70))
@settings(max_examples=80, deadline=None)
def test_every_proof_holds_and_no_changed_one(data: st.DataObject, size: int) -> None:
    nodes = tree_of(SM3, [str(n).encode() for n in range(size)])
    index = data.draw(st.integers(0, size - 1))
    old = data.draw(st.integers(1, size))
    whole, older = root(SM3, size, nodes), root(SM3, old, nodes)
    proof = list(inclusion_proof(SM3, index, size, nodes))
    assert verify_inclusion(SM3, nodes(0, index), (index, size), proof, whole)
    grown = list(consistency_proof(SM3, old, size, nodes))
    assert verify_consistency(SM3, (old, size), (older, whole), grown)
    states = State("x", old, older, "sm3"), State("x", size, whole, "sm3")
    assert consistent(*states, grown)
    for broken in ([*proof, bytes(32)], proof[:-1], [*proof[:-1], bytes(31)]):
        if broken != proof:
            assert not verify_inclusion(SM3, nodes(0, index), (index, size), broken, whole)
    for broken in ([*grown, bytes(32)], grown[:-1]):
        if broken != grown:
            assert not verify_consistency(SM3, (old, size), (older, whole), broken)
            assert not consistent(*states, broken)
    other = (index + 1) % size
    if other != index:
        assert not verify_inclusion(SM3, nodes(0, index), (other, size), proof, whole)


def test_size_zero_proves_nothing() -> None:
    empty = digest(SM3, b"")
    assert not verify_consistency(SM3, (0, 5), (empty, bytes(32)), [])
    assert not verify_inclusion(SM3, bytes(32), (0, 0), [], empty)
    with pytest.raises(InvalidValueError):
        inclusion_proof(SM3, 3, 3, lambda level, place: bytes(32))
    with pytest.raises(InvalidValueError):
        consistency_proof(SM3, 0, 3, lambda level, place: bytes(32))


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


def test_groups_of_many_threads_are_whole(ledger: SqliteLedger) -> None:
    writer, places = GroupWriter(ledger.append, most=7), []

    def work() -> None:
        places.extend(writer.append(draft(n)) for n in range(25))

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(places) == list(range(200))
    assert ledger.audit() == 200


def test_a_failing_group_fails_for_everybody_in_it(ledger: SqliteLedger) -> None:
    def broken(drafts: object) -> tuple[int, ...]:
        raise LedgerError("disk")

    writer = GroupWriter(broken)
    for _ in range(3):
        with pytest.raises(LedgerError):
            writer.append(draft())
    assert ledger.size == 0


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
