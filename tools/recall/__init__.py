"""Recall: what our documents and our interactions say, in their own words, or that they say nothing."""
