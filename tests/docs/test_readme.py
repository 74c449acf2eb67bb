"""The READMEs show what the product says, and a picture that exists."""

from __future__ import annotations

import pytest

from tests.docs.transcript import LINES, ROOT, block, play, rewritten


@pytest.mark.parametrize("name", sorted(LINES))
async def test_the_transcript_is_real(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    assert block(text) == block(rewritten(text, await play(LINES[name])))


def test_a_changed_transcript_is_noticed() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert block(text) != block(rewritten(text, "you ▸ hello\nsomething else\n"))


def test_the_picture_is_there() -> None:
    picture = ROOT / "docs" / "images" / "chat.png"
    assert picture.read_bytes().startswith(b"\x89PNG")
