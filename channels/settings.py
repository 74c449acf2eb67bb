"""Settings: the only place that reads the environment."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal
from zoneinfo import available_timezones

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from knowledge_graph.errors import BadInputError

if TYPE_CHECKING:
    from knowledge_graph.rules.governance import CommitteePolicy

PREFIX = "GUANXI_"
TELEGRAM_SECRET_CHARS = 16


class SourceSetting(BaseModel):
    """An outside system that rules may read over HTTP."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: str = Field(pattern=r"^https?://")
    token: SecretStr = SecretStr("")
    timeout_s: float = Field(default=3.0, gt=0, le=60)


class Settings(BaseSettings):
    """Everything that can be set, with its unit and default; `.env.example` documents the same list.

    Read from variables GUANXI_<NAME>, and from a file `.env` in the current folder.
    """

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_file=".env", env_file_encoding="utf-8", extra="ignore", frozen=True
    )

    home: Path = Field(
        default=Path("~/.guanxi"),
        description="Folder of the workspace: database, state, logs. A stopped one can be copied.",
    )
    keys: str = Field(
        default="",
        description="Folder of the keys, best on another disk; empty: HOME/keys. Never back it up.",
    )
    keys_passphrase: SecretStr = Field(
        default=SecretStr(""),
        description="Seals the root keys (12 or more characters); empty: a key file beside them.",
    )

    keys_hsm_module: str = Field(
        default="",
        description="PKCS#11 library of an HSM for the root keys (extra: hsm); empty: sealed files.",
    )
    keys_hsm_token: str = Field(default="guanxi", description="Label of the HSM's token.")
    keys_hsm_pin: SecretStr = Field(default=SecretStr(""), description="User PIN of the token.")

    anchor_file: str = Field(
        default="",
        description="File where checkpoints of the ledger are published, best on another machine's disk; "
        "empty: HOME/ledger.anchor.",
    )
    anchor_tsa_url: str = Field(
        default="",
        description="RFC 3161 time-stamp authority that stamps checkpoints (extra: anchors); empty: none.",
    )
    anchor_tsa_roots: str = Field(
        default="", description="File with the root certificates of that authority, PEM."
    )

    neo4j_uri: str = Field(
        default="",
        description="Address of a Neo4j server, bolt://host:7687; empty: the embedded database.",
    )
    neo4j_user: str = Field(default="neo4j", description="User of that server; empty: no sign-in.")
    neo4j_password: SecretStr = Field(default=SecretStr(""), description="Password of that user.")
    neo4j_database: str = Field(default="neo4j", description="Database on that server.")

    model: str = Field(
        default="",
        description="Chat model as provider:name, for example openai:gpt-5; empty: offline.",
    )
    model_base_url: str = Field(
        default="", description="Address of an OpenAI-compatible server; empty: the provider's own."
    )
    model_api_key: SecretStr = Field(default=SecretStr(""), description="Key of the provider.")
    model_timeout_s: float = Field(
        default=30.0, gt=0, le=600, description="Longest wait for one model answer, in seconds."
    )
    model_retries: int = Field(
        default=2, ge=0, le=10, description="How often a failed model call is tried again."
    )
    model_cost_cap: int = Field(
        default=2_000_000,
        ge=1,
        description="Tokens a day for the model; after them the offline model answers.",
    )

    timezone: str = Field(
        default="Asia/Shanghai", description="Time zone of the workspace (IANA name)."
    )
    currency: str = Field(
        default="CNY", pattern=r"^[A-Z]{3}$", description="Currency of amounts without one."
    )
    language: Literal["", "zh", "en"] = Field(
        default="",
        description="zh or en, where a message or a browser shows no language; empty: English.",
    )

    host: str = Field(default="127.0.0.1", description="Address that the service listens on.")
    port: int = Field(
        default=8420, ge=0, le=65535, description="Port that the service listens on; 0: a free one."
    )
    public_url: str = Field(
        default="",
        pattern=r"^(https?://[^/]+/?)?$",
        description="Address under which the service is reached from outside, https://crm.example.",
    )

    sources: dict[str, SourceSetting] = Field(
        default={},
        description='Data sources of rules as JSON: {"iot_platform_api": {"url": "…", "token": "…"}}.',
    )

    rule_committee: list[str] = Field(
        default=[],
        description='Users who approve rules that need it, as JSON: ["ann@x.example", "bob@x.example"].',
    )
    rule_quorum: int = Field(
        default=2, ge=1, le=100, description="How many of the rule committee have to agree."
    )
    rule_approval_days: int = Field(
        default=14,
        ge=1,
        le=365,
        description="Days after which a rule that was not approved lapses.",
    )
    rule_approval_classes: str = Field(
        default="outbound,gated",
        pattern=r"^((internal|outbound|gated)(,(internal|outbound|gated))*)?$",
        description="Classes of rules that need approval, of internal, outbound and gated.",
    )

    slack_bot_token: SecretStr = Field(
        default=SecretStr(""), description="Slack bot token (xoxb-…); empty: no Slack."
    )
    slack_signing_secret: SecretStr = Field(
        default=SecretStr(""), description="Slack signing secret of the app."
    )
    slack_base_url: str = Field(
        default="https://slack.com/api/", description="Address of Slack's web API."
    )
    telegram_token: SecretStr = Field(
        default=SecretStr(""), description="Telegram bot token; empty: no Telegram."
    )
    telegram_secret: SecretStr = Field(
        default=SecretStr(""),
        description="Secret, 16 or more characters, that Telegram repeats with every delivery.",
    )
    telegram_base_url: str = Field(
        default="https://api.telegram.org/bot", description="Address of the Telegram bot API."
    )

    @field_validator("timezone")
    @classmethod
    def _known_timezone(cls, value: str) -> str:
        if value not in available_timezones():
            raise ValueError(f"no time zone {value!r}; give an IANA name such as Europe/Berlin")
        return value

    @field_validator("model")
    @classmethod
    def _provider_and_name(cls, value: str) -> str:
        provider, colon, name = value.partition(":")
        if value and not (provider and colon and name):
            raise ValueError(f"no model {value!r}; give provider:name, or nothing for offline")
        return value

    @field_validator("telegram_secret")
    @classmethod
    def _hard_to_guess(cls, value: SecretStr) -> SecretStr:
        if 0 < len(value.get_secret_value()) < TELEGRAM_SECRET_CHARS:
            raise ValueError(f"needs at least {TELEGRAM_SECRET_CHARS} characters")
        return value

    @property
    def slack_enabled(self) -> bool:
        """Whether both Slack secrets are set."""
        return bool(
            self.slack_bot_token.get_secret_value() and self.slack_signing_secret.get_secret_value()
        )

    @property
    def committee(self) -> CommitteePolicy:
        """Who approves which rules."""
        from knowledge_graph.rules.governance import (  # noqa: PLC0415 - the language of rules, 60 ms
            CLASSES,
            CommitteePolicy,
        )

        return CommitteePolicy(
            classes=frozenset(c for c in CLASSES if c in self.rule_approval_classes),
            members=tuple(self.rule_committee),
            quorum=self.rule_quorum,
            days=self.rule_approval_days,
        )

    @property
    def telegram_enabled(self) -> bool:
        """Whether both Telegram secrets are set."""
        return bool(
            self.telegram_token.get_secret_value() and self.telegram_secret.get_secret_value()
        )


def read_settings(home: Path | None = None) -> Settings:
    """Read the settings from the environment.

    Args:
        home: The home folder of the command line, which goes before the environment.

    Returns:
        The settings.

    Raises:
        BadInputError: A value that its setting cannot hold; the message names the variable, never a secret.
    """
    try:
        return Settings() if home is None else Settings(home=home)
    except ValidationError as error:
        told = "; ".join(
            f"{PREFIX}{'_'.join(str(part) for part in e['loc']).upper()}: {e['msg']}"
            for e in error.errors(include_input=False, include_url=False)
        )
        raise BadInputError(f"settings that cannot be used: {told}. Nothing was started.") from None


def default_settings(home: Path) -> Settings:
    """Return the defaults, whatever the environment says: a demonstration uses nobody's model or keys.

    Args:
        home: The home folder.
    """
    fields = Settings.model_fields.items()
    defaults = {name: field.get_default(call_default_factory=True) for name, field in fields}
    return Settings.model_validate({**defaults, "home": home})
