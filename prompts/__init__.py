"""Texts for models, one folder per agent, in Chinese and English; one strict loader."""
