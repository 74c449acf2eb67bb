"""The loader is strict, and the shipped prompts pass it."""

from __future__ import annotations

from pathlib import Path

import pytest

from prompts.library import PromptError, PromptLibrary

_MANIFEST = '[[prompt]]\nname = "a/b"\nvariables = ["who"]\nlanguages = ["en"]\nused_by = "x"\n'


def _folder(tmp_path: Path, text: str | None = "Hi {who}", extra: str = "") -> Path:
    (tmp_path / "manifest.toml").write_text(_MANIFEST, encoding="utf-8")
    (tmp_path / "a").mkdir()
    if text is not None:
        (tmp_path / "a" / "b.en.md").write_text(text, encoding="utf-8")
    if extra:
        (tmp_path / "a" / extra).write_text("x", encoding="utf-8")
    return tmp_path


def test_shipped_prompts_load_in_both_languages() -> None:
    library = PromptLibrary.load()
    for name in library.names():
        zh, en = library.get(name, "zh"), library.get(name, "en")
        assert zh.variables == en.variables
        assert zh.digest != en.digest


def test_every_role_has_a_prompt() -> None:
    names = PromptLibrary.load().names()
    assert {f"{role}/system" for role in ("sales", "customer", "manager", "steward")} <= set(names)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_records_are_data(lang: str) -> None:
    rules = PromptLibrary.load().get("shared/rules", lang)  # type: ignore[arg-type]  # parametrised
    assert "<data>" in rules.text


def test_rendering_is_strict(tmp_path: Path) -> None:
    prompt = PromptLibrary.load(_folder(tmp_path)).get("a/b", "en")
    assert prompt.render(who="{who}") == "Hi {who}"
    with pytest.raises(PromptError, match="who"):
        prompt.render()
    with pytest.raises(PromptError, match="extra"):
        prompt.render(who="x", extra="y")


@pytest.mark.parametrize(
    ("text", "extra"), [("Hi {whom}", ""), ("Hi", ""), (None, ""), ("Hi {who}", "stray.en.md")]
)
def test_files_and_manifest_must_agree(tmp_path: Path, text: str | None, extra: str) -> None:
    with pytest.raises(PromptError):
        PromptLibrary.load(_folder(tmp_path, text, extra))


def test_braces_of_json_are_text() -> None:
    text = PromptLibrary.load().get("shared/json_mode", "en").render(tools="none")
    assert '{"calls": [{"tool": "name", "args": {…}}], "text": "", "cites": []}' in text


def test_digest_changes_with_the_text(tmp_path: Path) -> None:
    first = PromptLibrary.load(_folder(tmp_path)).get("a/b", "en").digest
    (tmp_path / "a" / "b.en.md").write_text("Hello {who}", encoding="utf-8")
    assert PromptLibrary.load(tmp_path).get("a/b", "en").digest != first
