"""The tables of HOME/guanxi.db. A change here needs a step in migrations.py."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, MetaData, String, Table, Text

METADATA = MetaData()

PROPOSALS = Table(
    "proposals",
    METADATA,
    Column("id", String, primary_key=True),
    Column("thread", String, nullable=False),
    Column("status", String, nullable=False),
    Column("created_at", String, nullable=False),
    Column(
        "body", Text, nullable=False
    ),  # the proposal as JSON; `status` above is the one that counts
    Column("order", Integer, nullable=False),
    Index("proposals_by_thread", "thread", "status", "order"),
)

DECISIONS = Table(
    "decisions",
    METADATA,
    Column("order", Integer, primary_key=True, autoincrement=True),
    Column("id", String, nullable=False, unique=True),
    Column("thread", String, nullable=False),
    Column("at", String, nullable=False),
    Column("body", Text, nullable=False),
    Index("decisions_by_thread", "thread", "order"),
)

CONVERSATIONS = Table(
    "conversations",
    METADATA,
    Column("thread", String, primary_key=True),
    Column("turns", Integer, nullable=False),
    Column("lang", String, nullable=False),
    Column("focus", Text, nullable=False),
    Column("question", Text, nullable=False),
    Column("changes", Text, nullable=False),  # JSON list of ids
)

HOLDERS = Table(
    "holders",  # by conversation or other scope: whose key seals its texts
    METADATA,
    Column("scope", String, primary_key=True),
    Column("holder", String, nullable=False),
)

MESSAGES = Table(
    "messages",
    METADATA,
    Column("order", Integer, primary_key=True, autoincrement=True),
    Column("thread", String, nullable=False),
    Column("role", String, nullable=False),
    Column("text", Text, nullable=False),
    Column("at", String, nullable=False),
    Index("messages_by_thread", "thread", "order"),
)

USERS = Table(
    "users",
    METADATA,
    Column("id", String, primary_key=True),
    Column("role", String, nullable=False),
    Column("name", String, nullable=False),
    Column("lang", String, nullable=False),
    Column("disabled", Integer, nullable=False),
    Column("password", String, nullable=False),  # argon2; empty: cannot sign in by password
)

SECRETS = Table(
    "secrets",
    METADATA,
    Column("digest", String, primary_key=True),  # SHA-256 of the secret, which is never kept
    Column("user_id", String, nullable=False),
    Column("use", String, nullable=False),
    Column("expires_at", String, nullable=False),
    Index("secrets_by_user", "user_id"),
)

LINKS = Table(
    "links",
    METADATA,
    Column("channel", String, primary_key=True),
    Column("outside_id", String, primary_key=True),
    Column("user_id", String, nullable=False),
)

INBOX = Table(
    "inbox",
    METADATA,
    Column("order", Integer, primary_key=True, autoincrement=True),
    Column("channel", String, nullable=False),
    Column("key", String, nullable=False),
    Column("body", Text, nullable=False),
    Column("received_at", String, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("state", String, nullable=False),  # waiting, done, failed
    Index("inbox_by_key", "channel", "key", unique=True),
    Index("inbox_waiting", "channel", "state", "order"),
)

BUTTONS = Table(
    "buttons",
    METADATA,
    Column("id", String, primary_key=True),
    Column("channel", String, nullable=False),
    Column("thread", String, nullable=False),
    Column("user_id", String, nullable=False),
    Column("text", Text, nullable=False),
    Column("label", String, nullable=False),
    Column("group", String, nullable=False),
)

PRESSED = Table("pressed", METADATA, Column("group", String, primary_key=True))

TRANSCRIPTS = Table(
    "transcripts",
    METADATA,
    Column("order", Integer, primary_key=True, autoincrement=True),
    Column("thread", String, nullable=False),
    Column("user_id", String, nullable=False),
    Column("at", String, nullable=False),
    Column("text", Text, nullable=False),
    Column("reply", Text, nullable=False),
    Index("transcripts_by_user", "user_id", "thread", "order"),
)
