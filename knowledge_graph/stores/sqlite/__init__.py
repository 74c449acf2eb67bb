"""Operational state in one SQLite file: proposals, decisions, conversations, and the tables of the channels."""
