"""Bundles: what is built is verified by the one file, alone, and every change is found."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from channels import cli
from knowledge_graph.errors import InvalidValueError
from knowledge_graph.sovereignty import verifier
from knowledge_graph.sovereignty.crypto.signatures import Ed25519Signer, Sm2Signer
from knowledge_graph.sovereignty.ledger.bundle import OpenedEntry, Publication, build_bundle
from knowledge_graph.sovereignty.ledger.entry import Draft, commit_to
from knowledge_graph.sovereignty.ledger.notes import NoteSigner
from knowledge_graph.sovereignty.ledger.store import SqliteLedger
from knowledge_graph.sovereignty.verifier import verify_bundle

AT = "2026-11-23T09:00:00Z"
NAME = "example.com/guanxi"


class World:
    """A ledger with uses of one customer among those of others."""

    def __init__(self, folder: Path) -> None:
        self.ledger = SqliteLedger(folder / "ledger.db", origin=f"{NAME}/sm3")
        ed25519, sm2 = Ed25519Signer.generate(), Sm2Signer.generate()
        self.signers = tuple(NoteSigner(name=NAME, signer=s) for s in (ed25519, sm2))
        self.keys = tuple(signer.note_key for signer in self.signers)
        self.mine: list[OpenedEntry] = []

    def use(self, times: int) -> None:
        for _ in range(times):
            record = {"n": len(self.mine) + 1, "purpose": "quote", "what": "最近订单"}
            made = commit_to(record)
            draft = Draft(type="use.answered", at=AT, actor="a", commitment=made.value)
            other = Draft(
                type="use.answered", at=AT, actor="b", commitment=commit_to({"n": 1}).value
            )
            seq, _ = self.ledger.append([draft, other])
            self.mine.append(OpenedEntry(seq=seq, record=record, opening=made.opening))

    def bundle(self, *, previous: str | None = None) -> str:
        note = self.ledger.checkpoint(self.signers)
        publication = Publication(note=note, keys=self.keys, previous=previous)
        return build_bundle(self.ledger, self.mine, publication)

    def trust(self) -> list[str]:
        return [key.text() for key in self.keys]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    made.use(5)
    yield made
    made.ledger.close()


def test_a_bundle_holds(world: World) -> None:
    first = world.ledger.checkpoint(world.signers)
    world.use(4)
    report = verify_bundle(world.bundle(previous=first), world.trust(), first)
    assert report.problems == []
    assert (report.entries, report.size, report.pinned, report.continued) == (9, 18, True, True)
    assert report.uses[0]["record"]["what"] == "最近订单"


def test_keys_of_the_bundle_alone_are_said_to_be_so(world: World) -> None:
    report = verify_bundle(world.bundle())
    assert report.ok
    assert not report.pinned
    assert any("compare them" in note for note in report.notes)


def change(path: str, value: object) -> Callable[[Any], None]:
    def work(bundle: Any) -> None:
        *way, last = path.split(".")
        at = bundle
        for step in way:
            at = at[int(step)] if step.isdecimal() else at[step]
        at[int(last) if last.isdecimal() else last] = value

    return work


def drop(number: int) -> Callable[[Any], None]:
    return lambda bundle: bundle["entries"].pop(number)


def swap(bundle: Any) -> None:
    one, two = bundle["entries"][0], bundle["entries"][1]
    one["proof"], two["proof"] = two["proof"], one["proof"]


def double(bundle: Any) -> None:
    bundle["entries"].append(bundle["entries"][0])


CHANGES: dict[str, Callable[[Any], None]] = {
    "another purpose": change("entries.1.record.purpose", "marketing"),
    "more in a record": change("entries.1.record.extra", 1),
    "another opening": change("entries.1.opening", "00" * 32),
    "a short opening": change("entries.1.opening", "00"),
    "another place": change("entries.1.seq", 3),
    "a place that is no number": change("entries.1.seq", True),
    "a negative place": change("entries.1.seq", -1),
    "a proof of nothing": change("entries.1.proof", []),
    "a short digest": change("entries.1.proof.0", "00"),
    "no hexadecimal": change("entries.1.opening", "ｆｆ" * 32),
    "a left-out use in the middle": drop(2),
    "a left-out first use": drop(0),
    "a doubled use": double,
    "swapped proofs": swap,
    "another format": change("format", "guanxi-bundle/2"),
    "no checkpoint": change("checkpoint", ""),
    "a checkpoint of another type": change("checkpoint", 7),
    "no entries": change("entries", None),
    "no keys": change("keys", []),
    "a record that is no object": change("entries.1.record", "x"),
    "a fraction": change("entries.1.record.n", 1.5),
    "a broken proof of continuing": change("previous.proof.0", "00" * 32),
    "no proof of continuing": change("previous.proof", []),
}


@pytest.mark.parametrize("name", CHANGES)
def test_every_change_is_found(world: World, name: str) -> None:
    first = world.ledger.checkpoint(world.signers)
    world.use(3)
    bundle = json.loads(world.bundle(previous=first))
    assert verify_bundle(json.dumps(bundle), world.trust()).ok
    CHANGES[name](bundle)
    pinned = None if name == "no keys" else world.trust()
    report = verify_bundle(json.dumps(bundle), pinned)
    assert not report.ok
    assert report.uses == []


@pytest.mark.parametrize(
    "text", ["", "[]", "null", "{", '{"format":1,"format":1}', "[" * 100_000, '"\\ud800"']
)
def test_no_bundle_is_said_to_be_none(text: str) -> None:
    assert not verify_bundle(text).ok


def test_a_split_view_is_found(world: World, tmp_path: Path) -> None:
    (tmp_path / "twin").mkdir()
    twin = World(tmp_path / "twin")
    twin.signers, twin.keys = world.signers, world.keys
    twin.use(5)
    theirs = twin.ledger.checkpoint(twin.signers)
    mine = world.ledger.checkpoint(world.signers)
    world.use(1)
    report = verify_bundle(world.bundle(previous=mine), world.trust(), theirs)
    assert any("split view" in problem for problem in report.problems)
    assert not verify_bundle(world.bundle(), world.trust(), theirs).ok
    with pytest.raises(Exception, match="rewritten"):
        world.bundle(previous=theirs)
    twin.ledger.close()


def test_other_keys_and_stripped_signatures_are_refused(world: World) -> None:
    stranger = NoteSigner(name=NAME, signer=Sm2Signer.generate()).note_key.text()
    text = world.bundle()
    assert not verify_bundle(text, [stranger]).ok
    assert not verify_bundle(text, [*world.trust(), stranger]).ok
    bundle = json.loads(text)
    lines = bundle["checkpoint"].rstrip("\n").split("\n")
    bundle["checkpoint"] = "\n".join(lines[:-1]) + "\n"
    assert not verify_bundle(json.dumps(bundle), world.trust()).ok


def test_building_refuses_what_would_not_verify(world: World) -> None:
    note = world.ledger.checkpoint(world.signers)
    publication = Publication(note=note, keys=world.keys)
    wrong = OpenedEntry(seq=0, record={"n": 2}, opening=world.mine[0].opening)
    with pytest.raises(InvalidValueError, match="commit"):
        build_bundle(world.ledger, [wrong], publication)
    world.use(1)
    with pytest.raises(InvalidValueError, match="newer"):
        build_bundle(world.ledger, world.mine, publication)


def test_the_file_works_alone_in_an_empty_folder(world: World, tmp_path: Path) -> None:
    place = tmp_path / "customer"
    place.mkdir()
    shutil.copy(verifier.__file__, place / "verifier.py")
    (place / "bundle.json").write_text(world.bundle(), encoding="utf-8")
    (place / "keys.txt").write_text("\n".join(world.trust()) + "\n", encoding="utf-8")
    # -S -I: no site packages at all, so that only the standard library is there.
    command = [
        sys.executable,
        "-S",
        "-I",
        "verifier.py",
        "bundle.json",
        "--trust",
        "keys.txt",
        "--json",
    ]
    done = subprocess.run(command, cwd=place, capture_output=True, timeout=60, check=False)
    report = json.loads(done.stdout)
    assert done.returncode == 0, done.stderr
    assert report["ok"]
    assert any("Ed25519" in note for note in report["notes"])
    text = (place / "bundle.json").read_text(encoding="utf-8").replace("quote", "other", 1)
    (place / "bundle.json").write_text(text, encoding="utf-8")
    done = subprocess.run(command, cwd=place, capture_output=True, timeout=60, check=False)
    assert done.returncode == 1


def test_guanxi_verify(world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, trust = tmp_path / "b.json", tmp_path / "k.txt"
    path.write_text(world.bundle(), encoding="utf-8")
    trust.write_text("\n".join(world.trust()), encoding="utf-8")
    assert cli.main(["verify", str(path), "--trust", str(trust)]) == 0
    assert "核验通过" in capsys.readouterr().out
    path.write_text(world.bundle().replace("quote", "other"), encoding="utf-8")
    assert cli.main(["verify", str(path), "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["ok"] is False
    assert cli.main(["verify", str(tmp_path / "none.json")]) == 2
    trust.write_text("\n", encoding="utf-8")
    assert cli.main(["verify", str(path), "--trust", str(trust)]) == 2


def test_a_record_cannot_move_the_terminal(world: World) -> None:
    record = {"n": 6, "what": "\x1b[2J\u202egone"}
    made = commit_to(record)
    seq = world.ledger.append([
        Draft(type="use.answered", at=AT, actor="a", commitment=made.value)
    ])[0]
    world.mine.append(OpenedEntry(seq=seq, record=record, opening=made.opening))
    report = verify_bundle(world.bundle())
    assert report.ok
    assert all(line.isprintable() for line in verifier.lines(report))
