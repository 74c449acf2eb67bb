"""Outside systems that rules read."""
