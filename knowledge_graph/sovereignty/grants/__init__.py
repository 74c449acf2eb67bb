"""Grants: one purpose, chosen tiers, one recipient, 72 hours at most; checked at issue and at every use."""
