"""Which encoding a text file has: byte order marks, UTF-8, UTF-16, GB18030, Big5, Windows-1252 last."""

from __future__ import annotations

import codecs
from dataclasses import dataclass
from pathlib import Path

_SAMPLE = 256 * 1024
_BLOCK = 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class Encoding:
    """An encoding and, when it is a guess, what to tell the user."""

    name: str
    warning: str = ""


def detect_encoding(path: Path) -> Encoding:
    """Return the encoding of a text file.

    Args:
        path: The file; all of it is read once, block by block.

    Returns:
        The encoding, with a warning when it is only the likeliest.
    """
    with path.open("rb") as stream:
        sample = stream.read(_SAMPLE)
    marked = _by_mark(sample)
    if marked:
        return Encoding(name=marked)
    if _is_whole(path, "utf-8"):
        return Encoding(name="utf-8")
    high = sum(byte >= 0x80 for byte in sample)
    if high == 0:  # the first bytes outside ASCII come late
        with path.open("rb") as stream:
            sample = b"".join(
                block for block in iter(lambda: stream.read(_BLOCK), b"") if _high(block)
            )
            sample = sample[: 4 * _BLOCK]
    return _legacy(path, sample)


def _high(block: bytes) -> bool:
    return not block.isascii()


def _by_mark(sample: bytes) -> str:
    if sample.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    if sample.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    if odd and even == 0:
        return "utf-16-le"
    if even and odd == 0:
        return "utf-16-be"
    return ""


def _is_whole(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        with path.open("rb") as stream:
            while block := stream.read(_BLOCK):
                decoder.decode(block)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _legacy(path: Path, sample: bytes) -> Encoding:
    if _lone_share(sample) < 0.3:
        scores = {
            name: _common_share(sample, name)
            for name in ("gb18030", "big5")
            if _is_whole(path, name)
        }
        if scores:
            best = max(scores, key=lambda name: scores[name])
            return Encoding(name=best)
    warning = f"{path.name}: neither UTF-8 nor Chinese encoding; read as Western (Windows-1252)"
    try:
        sample.decode("cp1252")
    except UnicodeDecodeError:
        return Encoding(name="latin-1", warning=warning)
    return Encoding(name="cp1252" if _is_whole(path, "cp1252") else "latin-1", warning=warning)


def _lone_share(sample: bytes) -> float:
    """Return the share of non-ASCII bytes with ASCII letters on both sides: accents, not characters."""
    high = lone = 0
    for i, byte in enumerate(sample[: 64 * 1024]):
        if byte < 0x80:
            continue
        high += 1
        before = sample[i - 1] if i else 0x20
        after = sample[i + 1] if i + 1 < len(sample) else 0x20
        lone += before < 0x80 and after < 0x80
    return lone / high if high else 1.0


def _common_share(sample: bytes, encoding: str) -> float:
    """Return the share of characters that lie on the first level (frequent characters) of the set."""
    text = sample.decode(encoding, errors="ignore")
    wide = [char for char in text if ord(char) >= 0x80]
    if not wide:
        return 0.0
    level = "gb2312" if encoding == "gb18030" else encoding
    common = 0
    for char in wide:
        raw = char.encode(level, errors="ignore")
        if len(raw) == 2:
            common += _first_level(raw[0], encoding)
    return common / len(wide)


def _first_level(lead: int, encoding: str) -> bool:
    if encoding == "gb18030":
        return 0xB0 <= lead <= 0xD7 or lead == 0xA3
    return 0xA4 <= lead <= 0xC6
