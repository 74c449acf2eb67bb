"""The tables of running rules in HOME/guanxi.db. A change here needs a step in migrations.py."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, String, Table, Text

from knowledge_graph.stores.sqlite.tables import METADATA

EVENTS = Table(
    "rule_events",
    METADATA,
    Column("order", Integer, primary_key=True, autoincrement=True),
    Column("id", String, nullable=False, unique=True),
    Column("at", String, nullable=False),
    Column("body", Text, nullable=False),
    Index("rule_events_by_time", "at"),
)

STANDINGS = Table(
    "rule_standings",
    METADATA,
    Column("contract", String, primary_key=True),
    Column("subject", String, primary_key=True),
    Column("inside", Integer, nullable=False),
    Column("entries", Integer, nullable=False),
    Column("since", String, nullable=False),
    Column("fired_at", String, nullable=False),
)

FIRINGS = Table(
    "rule_firings",
    METADATA,
    Column("order", Integer, primary_key=True, autoincrement=True),
    Column("id", String, nullable=False, unique=True),
    Column("contract", String, nullable=False),
    Column("subject", String, nullable=False),
    Column("at", String, nullable=False),
    Column("received_at", String, nullable=False),
    Column("cause", String, nullable=False),
    Column("proof", Text, nullable=False),
    Column("noted", Integer, nullable=False, default=0),  # 1: it is a node of the graph
    Index("rule_firings_by_contract", "contract", "order"),
    Index("rule_firings_by_subject", "subject", "order"),
    Index("rule_firings_unnoted", "noted", "order"),
)

EFFECTS = Table(
    "rule_effects",
    METADATA,
    Column("order", Integer, primary_key=True, autoincrement=True),
    Column("key", String, nullable=False, unique=True),
    Column("contract", String, nullable=False),
    Column("firing", String, nullable=False),
    Column("action", String, nullable=False),
    Column("args", Text, nullable=False),
    Column("subject", String, nullable=False),
    Column("due_at", String, nullable=False),
    Column("state", String, nullable=False),
    Column("note", Text, nullable=False),
    Column("change_id", String, nullable=False),
    Column("attempts", Integer, nullable=False),
    Index("rule_effects_waiting", "state", "due_at"),
    Index("rule_effects_by_contract", "contract", "due_at"),
    Index("rule_effects_by_firing", "firing"),
)

CLAIMS = Table(
    "rule_claims",
    METADATA,
    Column("schedule", String, primary_key=True),
    Column("due_at", String, primary_key=True),
)

MESSAGES = Table(
    "rule_messages",
    METADATA,
    Column("order", Integer, primary_key=True, autoincrement=True),
    Column("key", String, nullable=False, unique=True),
    Column("to", String, nullable=False),
    Column("body", Text, nullable=False),
    Index("rule_messages_by_addressee", "to", "order"),
)

VOTES = Table(
    "rule_votes",
    METADATA,
    Column("contract", String, primary_key=True),
    Column("voter", String, primary_key=True),
    Column("approves", Integer, nullable=False),
    Column("reason", Text, nullable=False),
    Column("at", String, nullable=False),
)
