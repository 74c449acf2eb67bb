"""Telegram: webhook updates in, HTML messages with inline keyboards out."""
