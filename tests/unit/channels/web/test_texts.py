"""The page's words: both languages for each, and each that is used exists."""

from __future__ import annotations

import re
from pathlib import Path

from channels.web.texts import texts
from knowledge_graph import errors

WEB = Path("channels/web")


def test_every_word_has_both_languages_and_the_same_slots() -> None:
    zh, en = texts("zh"), texts("en")
    assert set(zh) == set(en)
    for key, word in en.items():
        assert word.strip()
        assert zh[key].strip()
        assert set(re.findall(r"{\w+}", word)) == set(re.findall(r"{\w+}", zh[key])), key


def test_every_word_that_the_page_asks_for_exists() -> None:
    asked: set[str] = set()
    for script in (WEB / "static").glob("*.js"):
        asked |= set(re.findall(r'\bt\("([^"]+)"', script.read_text(encoding="utf-8")))
    for template in (WEB / "templates").glob("*.html"):
        asked |= set(re.findall(r"\bt\.(\w+)", template.read_text(encoding="utf-8")))
    assert len(asked) > 40
    assert asked <= set(texts("en"))


def test_every_error_code_has_its_words() -> None:
    codes = {
        value.code
        for value in vars(errors).values()
        if isinstance(value, type) and issubclass(value, errors.CrmError)
    }
    assert {f"error.{code}" for code in codes} <= set(texts("zh"))


def test_the_assets_are_small_and_fetch_nothing_from_elsewhere() -> None:
    assets = [*(WEB / "static").iterdir(), *(WEB / "templates").iterdir()]
    assert sum(path.stat().st_size for path in assets) < 200_000
    for path in assets:
        text = path.read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")
        assert not re.search(r"https?://", text), path
        assert not re.search(r"\son\w+=|\sstyle=|eval\(|innerHTML", text), path
