"""Checkpoints of the ledger as C2SP signed notes, signed by Ed25519 and SM2 keys.

Source: C2SP signed-note and tlog-checkpoint. Ed25519 lines are as specified there; SM2 has no assigned type
byte and takes 0xff followed by a name of its own, as the specification asks. The last part of the origin
names the hash of the tree: `example.com/ledger/sm3`.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from knowledge_graph.sovereignty.crypto.digests import DIGEST_BYTES, DigestAlgorithm, digest
from knowledge_graph.sovereignty.crypto.signatures import PublicKey, SignatureAlgorithm, Signer
from knowledge_graph.sovereignty.errors import KeyFormatError, NoteError

SM2_TYPE = b"\xffguanxi-sm2-sm3/1"
ED25519_TYPE = b"\x01"
MAX_NOTE_BYTES = 65_536
MAX_SIGNATURES = 16
_SIGNATURE_LINE = re.compile(r"— (?P<name>\S+) (?P<blob>[A-Za-z0-9+/]+={0,2})")
_SIZE = re.compile(r"0|[1-9][0-9]{0,18}", re.ASCII)


@dataclass(frozen=True, kw_only=True)
class NoteKey:
    """A key that signs notes, by the name that stands on its lines.

    Raises:
        KeyFormatError: A name with a space or a plus.
    """

    name: str
    key: PublicKey

    def __post_init__(self) -> None:
        if not self.name or "+" in self.name or any(c.isspace() or c < " " for c in self.name):
            raise KeyFormatError(f"{self.name!r} cannot name a key: no space, no plus")

    @property
    def type(self) -> bytes:
        """The signature type of C2SP."""
        return SM2_TYPE if self.key.algorithm is SignatureAlgorithm.SM2 else ED25519_TYPE

    @property
    def id(self) -> bytes:
        """The first 4 bytes of SHA-256 over name, type and key."""
        named = self.name.encode() + b"\n" + self.type + self.key.raw
        return digest(DigestAlgorithm.SHA256, named)[:4]

    def text(self) -> str:
        """Return the key as one shares it: name, id, type and key."""
        return f"{self.name}+{self.id.hex()}+{_base64(self.type + self.key.raw)}"

    @classmethod
    def parse(cls, text: str) -> NoteKey:
        """Read what `text` returned.

        Args:
            text: Name, id, type and key.

        Returns:
            The key.

        Raises:
            KeyFormatError: Anything else, or an id that is not of this key.
        """
        name, _, rest = text.strip().partition("+")
        id_text, _, blob = rest.partition("+")
        try:
            raw = base64.b64decode(blob, validate=True)
        except binascii.Error:
            raise KeyFormatError("this is no key for signed notes") from None
        for algorithm, kind in _TYPES.items():
            if raw.startswith(kind):
                found = cls(name=name, key=PublicKey(algorithm=algorithm, raw=raw[len(kind) :]))
                if found.id.hex() == id_text:
                    return found
        raise KeyFormatError("this is no key for signed notes")


_TYPES = {SignatureAlgorithm.SM2: SM2_TYPE, SignatureAlgorithm.ED25519: ED25519_TYPE}


@dataclass(frozen=True, kw_only=True)
class Checkpoint:
    """The state of the ledger at one size.

    Raises:
        NoteError: Not a possible state.
    """

    origin: str
    size: int
    root: bytes

    def __post_init__(self) -> None:
        if not self.origin or any(c < " " for c in self.origin):
            raise NoteError("a checkpoint has an origin of one line")
        if not 0 <= self.size < 2**63 or len(self.root) != DIGEST_BYTES:
            raise NoteError("a checkpoint has a size and a root of 32 bytes")
        _ = self.algorithm

    @property
    def algorithm(self) -> DigestAlgorithm:
        """Return the hash of the tree, as the origin names it.

        Raises:
            NoteError: The origin names none that we know.
        """
        name = self.origin.rpartition("/")[2]
        if name not in set(DigestAlgorithm):
            raise NoteError(f"the origin {self.origin!r} does not end in /sm3 or /sha256")
        return DigestAlgorithm(name)

    def text(self) -> str:
        """Return the signed text: origin, size and root, a line each."""
        return f"{self.origin}\n{self.size}\n{_base64(self.root)}\n"


@dataclass(frozen=True, kw_only=True)
class NoteSigner:
    """A signer with the name that stands on its lines."""

    name: str
    signer: Signer

    @property
    def note_key(self) -> NoteKey:
        """The key that verifies."""
        return NoteKey(name=self.name, key=self.signer.public)


def sign_note(text: str, signers: Iterable[NoteSigner]) -> str:
    """Return a signed note.

    Args:
        text: Ends in a newline, no control characters.
        signers: At least one.

    Returns:
        Text, blank line, a line for each signature.

    Raises:
        NoteError: A text that cannot be signed, or no signer.
    """
    if not text.endswith("\n") or any(c < " " and c != "\n" for c in text):
        raise NoteError("the text of a note ends in a newline and has no control characters")
    lines = []
    for each in signers:
        key = each.note_key
        lines.append(f"— {key.name} {_base64(key.id + each.signer.sign(text.encode()))}\n")
    if not lines:
        raise NoteError("a note needs a signature")
    return text + "\n" + "".join(lines)


def open_note(note: str, trusted: Sequence[NoteKey], *, needed: int = 1) -> str:
    """Return the text of a note whose signatures hold.

    Args:
        note: The whole note.
        trusted: Keys known beforehand, never those that came with the note.
        needed: So many different trusted keys have to have signed.

    Returns:
        The text, with its last newline.

    Raises:
        NoteError: No note, a wrong signature of a trusted key, or too few of them.
    """
    text, lines = _parts(note)
    known = {(key.name, key.id): key for key in trusted}
    held = set()
    for name, blob in lines:
        key = known.get((name, blob[:4]))
        if key is None:
            continue
        if not key.key.verifies(text.encode(), blob[4:]):
            raise NoteError(f"the signature of {name!r} does not hold: do not use this note")
        held.add(key.key.thumbprint)
    if len(held) < max(needed, 1):
        raise NoteError(f"{len(held)} trusted keys have signed this note, {needed} are needed")
    return text


def parse_checkpoint(text: str) -> Checkpoint:
    """Read the text of a checkpoint; lines after the third are extensions and are left alone.

    Args:
        text: From `open_note`.

    Returns:
        The checkpoint.

    Raises:
        NoteError: No checkpoint.
    """
    lines = text.split("\n")
    if len(lines) < 4 or lines[-1] or not _SIZE.fullmatch(lines[1]):
        raise NoteError("this is no checkpoint")
    return Checkpoint(origin=lines[0], size=int(lines[1]), root=_unbase64(lines[2]))


def _parts(note: str) -> tuple[str, list[tuple[str, bytes]]]:
    if len(note.encode("utf-8", "surrogatepass")) > MAX_NOTE_BYTES:
        raise NoteError("this note is too long")
    text, blank, tail = note.rpartition("\n\n")
    if not blank or not tail.endswith("\n") or any(c < " " and c != "\n" for c in note):
        raise NoteError("this is no signed note")
    found = []
    for line in tail[:-1].split("\n"):
        hit = _SIGNATURE_LINE.fullmatch(line)
        blob = _unbase64(hit["blob"]) if hit else b""
        if hit is None or len(blob) < 5:
            raise NoteError("a signature line of this note cannot be read")
        found.append((hit["name"], blob))
    if len(found) > MAX_SIGNATURES:
        raise NoteError(f"a note has at most {MAX_SIGNATURES} signatures")
    return text + "\n", found


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _unbase64(text: str) -> bytes:
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise NoteError("this is no base64") from None
    if _base64(data) != text:
        raise NoteError("this base64 is not in its one canonical form")
    return data
