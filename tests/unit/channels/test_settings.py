"""Settings: documented, typed, and silent about secrets."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from pydantic import SecretStr

from channels.settings import PREFIX, Settings, read_settings
from knowledge_graph.errors import BadInputError

ROOT = Path(__file__).parents[3]


def documented() -> dict[str, tuple[str, str]]:
    """Name → (description, default) as `.env.example` has them."""
    lines = (ROOT / ".env.example").read_text(encoding="utf-8").splitlines()
    found = {}
    for before, line in pairwise(lines):
        if line.startswith(f"# {PREFIX}"):
            name, _, default = line.removeprefix("# ").partition("=")
            found[name] = (before.removeprefix("# "), default)
    return found


def plain(value: object) -> str:
    return value.get_secret_value() if isinstance(value, SecretStr) else str(value)


def test_env_example_documents_every_setting_and_nothing_else() -> None:
    real = {
        f"{PREFIX}{name.upper()}": (field.description, plain(field.default))
        for name, field in Settings.model_fields.items()
    }
    assert documented() == real


def test_environment_is_read_and_command_line_goes_first(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("GUANXI_HOME", "/somewhere")
    monkeypatch.setenv("GUANXI_MODEL", "openai:gpt-x")
    assert read_settings().home == Path("/somewhere")
    assert read_settings(tmp_path).home == tmp_path
    assert read_settings().model == "openai:gpt-x"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("GUANXI_MODEL", "gpt-without-provider"),
        ("GUANXI_TIMEZONE", "Mars/Olympus"),
        ("GUANXI_CURRENCY", "yuan"),
        ("GUANXI_LANGUAGE", "fr"),
        ("GUANXI_PORT", "eighty"),
        ("GUANXI_MODEL_TIMEOUT_S", "-1"),
    ],
)
def test_wrong_value_is_told_by_its_variable(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(BadInputError, match=name):
        read_settings()


def test_no_secret_in_representation_or_error(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, field in Settings.model_fields.items():
        if isinstance(field.default, SecretStr):
            monkeypatch.setenv(f"{PREFIX}{name.upper()}", "hush-hush-hush-hush")
    assert "hush-hush-hush-hush" not in repr(read_settings())
    monkeypatch.setenv("GUANXI_PORT", "hush-hush-hush-hush")
    with pytest.raises(BadInputError) as caught:
        read_settings()
    assert "hush-hush-hush-hush" not in str(caught.value)


def test_channels_are_enabled_by_both_their_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not read_settings().slack_enabled
    monkeypatch.setenv("GUANXI_SLACK_BOT_TOKEN", "xoxb-1")
    assert not read_settings().slack_enabled
    monkeypatch.setenv("GUANXI_SLACK_SIGNING_SECRET", "s")
    assert read_settings().slack_enabled
    assert not read_settings().telegram_enabled
