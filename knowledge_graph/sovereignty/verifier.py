"""Verify a bundle of a customer's data uses: one file, no trust in who made the bundle.

    python verifier.py BUNDLE.json [--trust KEYS.txt] [--last CHECKPOINT.txt] [--json]

It checks, and says in words what fails:
1. the checkpoint is signed by every key of KEYS.txt (without that file: by the keys in the bundle, which then
   must be compared by hand with the keys you were given by another way);
2. every record is the one its entry commits to, and every entry stands in the signed tree (RFC 9162);
3. the records are numbered without a gap, so that none between the first and the last was left out;
4. the tree continues the checkpoint that you kept (CHECKPOINT.txt), so that nothing was rewritten since;
5. the receipts of places outside are of this checkpoint; it says what of them it could not check.

Python's standard library is enough: SM2 (GB/T 32918.2) is written out below, SM3 comes with Python's OpenSSL.
Ed25519 signatures are checked too where the package `cryptography` is installed; the report says if not.
Exit status: 0 all holds, 1 something does not, 2 the input cannot be read.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import hmac
import json
import re
import sys
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

HAS_ED25519 = find_spec("cryptography") is not None
FORMAT = "guanxi-bundle/1"


class Refused(Exception):  # noqa: N818 - reads as what happened
    """Something in the bundle does not hold."""


@dataclass
class Report:
    """What was checked."""

    origin: str = ""
    size: int = 0
    entries: int = 0
    pinned: bool = False  # checked with keys known beforehand
    continued: bool = False
    keys: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    uses: list[dict[str, Any]] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Everything that was checked holds."""
        return not self.problems


def verify_bundle(text: str, trusted: list[str] | None = None, last: str | None = None) -> Report:
    """Check a bundle and return what holds and what does not; never raises for a bad bundle.

    Args:
        text: The bundle, JSON.
        trusted: Keys known beforehand, as texts "name+id+key"; each of them has to have signed.
        last: A checkpoint of this ledger that the reader kept from earlier.

    Returns:
        The report.
    """
    report = Report()
    try:
        bundle = json.loads(text, object_pairs_hook=_no_doubles)
        _check(report, bundle, trusted, last)
    except Refused as problem:
        report.problems.append(str(problem))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        report.problems.append(f"the bundle is malformed ({type(error).__name__})")
    if report.problems:
        report.uses.clear()
    return report


def _check(report: Report, bundle: Any, trusted: list[str] | None, last: str | None) -> None:
    """Fill the report; raises Refused at the first thing that does not hold."""
    if not isinstance(bundle, dict) or bundle.get("format") != FORMAT:
        raise Refused(f"this is no {FORMAT}")
    report.pinned = bool(trusted)
    report.keys = list(trusted or bundle["keys"])
    known = [_parse_key(key) for key in report.keys]
    keys = [key for key in known if HAS_ED25519 or key.kind != "ed25519"]
    if len(keys) < len(known):
        report.notes.append("Ed25519 signatures were not checked: install the package cryptography")
    if not report.pinned:
        report.notes.append("the keys come from the bundle: compare them with those you were given")
    state = _checkpoint(_open_note(bundle["checkpoint"], keys))
    report.origin, report.size = state.origin, state.size
    seen: set[int] = set()
    report.uses += [_check_entry(entry, state, seen) for entry in bundle["entries"]]
    report.entries = len(seen)
    _check_numbers(report)
    kept = None if last is None else _checkpoint(_open_note(last, keys))
    report.continued = _check_previous(bundle["previous"], keys, state, kept)
    report.notes += [_check_receipt(r, bundle["checkpoint"]) for r in bundle["anchors"]]


def _check_receipt(receipt: Any, note: str) -> str:
    """Return what is known of a receipt, and what has to be asked elsewhere."""
    kind, stamped = receipt["kind"], hashlib.sha256(note.encode()).digest()
    token = base64.b64decode(receipt["proof"], validate=True) if kind == "rfc3161" else b""
    times = re.findall(rb"\x18[\x0f-\x1f](2\d{13}(?:\.\d+)?Z)", token)  # GeneralizedTime of DER
    other = kind == "rfc3161" and (b"\x04\x20" + stamped not in token or not times)
    if other or receipt["digest"] != stamped.hex():
        raise Refused(f"the receipt of the anchor {kind} is of another checkpoint")
    if not token:
        return f"anchor {kind}: not checked here; look there for the digest {stamped.hex()}"
    return f"time stamp of {times[0].decode()}: its signature was not checked (openssl ts -verify)"


def _check_entry(entry: Any, state: State, seen: set[int]) -> dict[str, Any]:
    seq, text = entry["seq"], entry["leaf"]
    leaf = json.loads(text, object_pairs_hook=_no_doubles)
    if canonical(leaf) != text.encode():
        raise Refused(f"entry {seq}: the leaf is not canonical")
    if type(seq) is not int or leaf["seq"] != seq or seq in seen:
        raise Refused(f"entry {seq}: its number is not its place")
    seen.add(seq)
    opening, record = _unhex(entry["opening"]), entry["record"]
    if len(opening) != 32 or not isinstance(record, dict):
        raise Refused(f"entry {seq}: no record or no opening")
    if hmac.digest(opening, canonical(record), "sm3") != _unhex(leaf["commitment"]):
        raise Refused(f"entry {seq}: the record is not the one that was committed to")
    proof = [_unhex(item) for item in entry["proof"]]
    found = inclusion_root(state, digest(state.hash, b"\0" + text.encode()), seq, proof)
    if found != state.root:
        raise Refused(f"entry {seq}: it is not in the signed tree")
    return {"seq": seq, "time": leaf["time"], "type": leaf["type"], "record": record}


def _check_numbers(report: Report) -> None:
    uses = sorted(report.uses, key=lambda use: int(use["seq"]))
    numbers = [use["record"].get("n") for use in uses]
    if any(number is None for number in numbers):
        report.notes.append("some records carry no number: a left-out record would not show")
    elif numbers != list(range(1, len(numbers) + 1)):
        raise Refused("the records are not numbered 1, 2, 3 ...: some were left out")


def _check_previous(previous: Any, keys: list[Key], state: State, kept: State | None) -> bool:
    if previous is None:
        if kept is not None and kept != state:
            raise Refused("you kept a checkpoint, but the bundle does not continue any")
        return kept is not None
    older = _checkpoint(_open_note(previous["checkpoint"], keys))
    if kept is not None and kept != older:
        raise Refused("the bundle continues another checkpoint than yours: perhaps a split view")
    proof = [_unhex(item) for item in previous["proof"]]
    if older.origin != state.origin or not consistent(older, state, proof):
        raise Refused("the ledger does not continue the earlier checkpoint: it was rewritten")
    return True


# Signed notes and checkpoints: C2SP signed-note, tlog-checkpoint.

_TYPES = {"ed25519": b"\x01", "sm2": b"\xffguanxi-sm2-sm3/1"}


Key = NamedTuple("Key", [("name", str), ("id", bytes), ("kind", str), ("raw", bytes)])  # noqa: UP014 - a line, not a page
State = NamedTuple("State", [("origin", str), ("size", int), ("root", bytes), ("hash", str)])  # noqa: UP014 - the same


def _parse_key(text: str) -> Key:
    name, _, rest = text.strip().partition("+")
    id_text, _, blob = rest.partition("+")
    data = base64.b64decode(blob, validate=True)
    for kind, prefix in _TYPES.items():
        raw = data[len(prefix) :]
        size = 64 if kind == "sm2" else 32
        key_id = hashlib.sha256(name.encode() + b"\n" + data).digest()[:4]
        if data.startswith(prefix) and len(raw) == size and key_id.hex() == id_text:
            return Key(name, key_id, kind, raw)
    raise Refused("a key cannot be read")


def _open_note(note: str, keys: list[Key]) -> str:
    """Return the text of a note that every one of the keys has signed."""
    head, blank, tail = note.rpartition("\n\n")
    if not blank or not tail.endswith("\n") or any(c < " " and c != "\n" for c in note):
        raise Refused("the checkpoint is no signed note")
    text, signed = head + "\n", set()
    for line in tail[:-1].split("\n"):
        hit = re.fullmatch(r"— (\S+) ([A-Za-z0-9+/]+={0,2})", line)
        if hit is None:
            raise Refused("a signature line of the checkpoint cannot be read")
        blob = base64.b64decode(hit[2], validate=True)
        for key in keys:
            if (key.name, key.id) == (hit[1], blob[:4]):
                if not _VERIFY[key.kind](key.raw, text.encode(), blob[4:]):
                    raise Refused(f"the signature of {key.name} on the checkpoint does not hold")
                signed.add(key)
    if not keys or signed != set(keys):
        raise Refused("the checkpoint is not signed by every key")
    return text


def _checkpoint(text: str) -> State:
    lines = text.split("\n")
    if len(lines) < 4 or not re.fullmatch(r"0|[1-9][0-9]{0,18}", lines[1], re.ASCII):
        raise Refused("the checkpoint cannot be read")
    root, name = base64.b64decode(lines[2], validate=True), lines[0].rpartition("/")[2]
    state = State(lines[0], int(lines[1]), root, name)
    if state.hash not in {"sm3", "sha256"} or len(state.root) != 32:
        raise Refused("the checkpoint cannot be read")
    return state


# The tree: RFC 9162 sections 2.1.3.2 and 2.1.4.2.
def inclusion_root(state: State, leaf: bytes, index: int, proof: list[bytes]) -> bytes | None:
    """Return the root that a proof leads to, or None."""
    if not 0 <= index < state.size or any(len(item) != 32 for item in proof):
        return None
    at, last, result = index, state.size - 1, leaf
    for sibling in proof:
        if last == 0:
            return None
        if at & 1 or at == last:
            result = digest(state.hash, b"\1" + sibling + result)
            while at and not at & 1:
                at, last = at >> 1, last >> 1
        else:
            result = digest(state.hash, b"\1" + result + sibling)
        at, last = at >> 1, last >> 1
    return result if last == 0 else None


def consistent(old: State, new: State, proof: list[bytes]) -> bool:
    """Say whether the newer tree begins with the older one."""
    if old.size == 0:
        return not proof and old.root == digest(old.hash, b"")
    if old.size == new.size:
        return not proof and old.root == new.root
    if old.size > new.size or not proof or any(len(item) != 32 for item in proof):
        return False
    path = proof if old.size & (old.size - 1) else [old.root, *proof]
    at, last = old.size - 1, new.size - 1
    shift = (~at & at + 1).bit_length() - 1  # both climb while the older tree's edge is whole
    at, last, older, newer = at >> shift, last >> shift, path[0], path[0]
    for sibling in path[1:]:
        if last == 0:
            return False
        if at & 1 or at == last:
            older = digest(old.hash, b"\1" + sibling + older)
            newer = digest(old.hash, b"\1" + sibling + newer)
            shift = (at & -at).bit_length() - 1 if at else 0
            at, last = at >> shift, last >> shift
        else:
            newer = digest(old.hash, b"\1" + newer + sibling)
        at, last = at >> 1, last >> 1
    return last == 0 and (older, newer) == (old.root, new.root)


# Canonical JSON (RFC 8785) of texts, whole numbers, booleans, null, lists and objects.
def canonical(value: Any) -> bytes:
    """Return the one canonical form of a value."""
    return _render(value).encode("utf-8")


def _render(value: Any) -> str:
    if isinstance(value, dict):
        keys = sorted(value, key=lambda key: key.encode("utf-16-be"))
        return "{" + ",".join(_render(key) + ":" + _render(value[key]) for key in keys) + "}"
    if isinstance(value, list):
        return "[" + ",".join(_render(item) for item in value) + "]"
    if isinstance(value, float):
        raise Refused("a record holds a fraction")
    return json.dumps(value, ensure_ascii=False)


def _no_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len({key for key, _ in pairs}) != len(pairs):
        raise Refused("an object of the bundle names a key twice")
    return dict(pairs)


def _unhex(text: str) -> bytes:
    if not re.fullmatch(r"(?:[0-9a-f]{2})*", text, re.ASCII):
        raise Refused("a value of the bundle is not hexadecimal")
    return bytes.fromhex(text)


# Hashes and signatures, in plain integers: nothing here is secret.
def digest(name: str, data: bytes) -> bytes:
    """Return the SM3 or SHA-256 digest."""
    return hashlib.new(name, data).digest()


_SM2_P = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFF
_SM2_N = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123
_SM2_A = _SM2_P - 3
_SM2_B = 0x28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93
_SM2_G = (
    0x32C4AE2C1F1981195F9904466A39C9948FE30BBFF2660BE1715A4589334C74C7,
    0xBC3736A2F4F6779C59BDCEE36B692153D0A9877CC62A474002DF32E52139F0A0,
)
Point = tuple[int, int] | None


def sm2_holds(public: bytes, message: bytes, signature: bytes) -> bool:
    """Say whether r and s are an SM2 signature. Source: GB/T 32918.2-2016, default identity."""
    if (len(public), len(signature)) != (64, 64):
        return False
    both = public + signature
    x, y, r, s = (int.from_bytes(both[i : i + 32], "big") for i in range(0, 128, 32))
    if x >= _SM2_P or y >= _SM2_P or (y * y - (x * x * x + _SM2_A * x + _SM2_B)) % _SM2_P:
        return False
    t = (r + s) % _SM2_N
    if not (1 <= r < _SM2_N and 1 <= s < _SM2_N and t):
        return False
    curve = b"".join(n.to_bytes(32, "big") for n in (_SM2_A, _SM2_B, *_SM2_G))
    z = digest("sm3", b"\0\x80" + b"1234567812345678" + curve + public)
    e = int.from_bytes(digest("sm3", z + message), "big")
    point = _sm2_add(_sm2_times(s, _SM2_G), _sm2_times(t, (x, y)))
    return point is not None and (e + point[0]) % _SM2_N == r


def _sm2_add(p: Point, q: Point) -> Point:
    if p is None or q is None:
        return q if p is None else p
    if p[0] == q[0]:
        if (p[1] + q[1]) % _SM2_P == 0:
            return None
        slope = (3 * p[0] * p[0] + _SM2_A) * pow(2 * p[1], -1, _SM2_P) % _SM2_P
    else:
        slope = (q[1] - p[1]) * pow(q[0] - p[0], -1, _SM2_P) % _SM2_P
    x = (slope * slope - p[0] - q[0]) % _SM2_P
    return x, (slope * (p[0] - x) - p[1]) % _SM2_P


def _sm2_times(scalar: int, point: Point) -> Point:
    result: Point = None
    for bit in bin(scalar)[2:]:
        result = _sm2_add(_sm2_add(result, result), point if bit == "1" else None)
    return result


def ed25519_holds(public: bytes, message: bytes, signature: bytes) -> bool:
    """Say whether an Ed25519 signature holds."""
    from cryptography.exceptions import InvalidSignature  # noqa: PLC0415 - optional
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey  # noqa: PLC0415 - optional

    try:
        return Ed25519PublicKey.from_public_bytes(public).verify(signature, message) is None
    except (InvalidSignature, ValueError):
        return False


_VERIFY = {"sm2": sm2_holds, "ed25519": ed25519_holds}


# The command line.
def lines(report: Report) -> list[str]:
    """Return the report in words."""
    verdict = "HOLDS 核验通过" if report.ok else "DOES NOT HOLD 核验不通过"
    shown = [f"{verdict}: {report.entries} uses in a ledger of {report.size} ({report.origin})"]
    for kind, texts in (("problem", report.problems), ("note", report.notes), ("key", report.keys)):
        shown += [f"  {kind}: {text}" for text in texts]
    shown.append(f"  continues an earlier checkpoint: {'yes' if report.continued else 'no'}")
    for use in report.uses:
        record = json.dumps(use["record"], ensure_ascii=False, sort_keys=True)
        shown.append(f"  {use['seq']}  {use['time']}  {use['type']}  {record}")
    # without what could move the reader's terminal
    return ["".join(c if c.isprintable() else "?" for c in line) for line in shown]


def main(argv: list[str] | None = None) -> int:
    """Verify the bundle that the command line names and return the exit status."""
    parser = argparse.ArgumentParser(description="verify a bundle of data uses, offline")
    parser.add_argument("bundle", type=Path)
    parser.add_argument("--trust", type=Path, metavar="FILE", help="keys you trust, one a line")
    parser.add_argument("--last", type=Path, metavar="FILE", help="the checkpoint you kept")
    parser.add_argument("--json", action="store_true", help="one JSON object")
    options = parser.parse_args(argv)
    files = (options.bundle, options.trust, options.last)
    try:
        text, trust, kept = (file.read_text(encoding="utf-8") if file else None for file in files)
    except (OSError, UnicodeDecodeError) as error:
        sys.stderr.write(f"cannot read: {error}\n")
        return 2
    keys = None if trust is None else [line for line in trust.splitlines() if line.strip()]
    if keys == []:
        sys.stderr.write("the file of trusted keys is empty\n")
        return 2
    report = verify_bundle(text or "", keys, kept)
    whole = json.dumps({"ok": report.ok, **vars(report)}, ensure_ascii=False)
    sys.stdout.write((whole if options.json else "\n".join(lines(report))) + "\n")
    return 0 if report.ok else 1


if __name__ == "__main__":
    sys.exit(main())
