"""Data sovereignty: crypto, keys, grants, the ledger, desensitising. Pure sync code behind typed seams."""
