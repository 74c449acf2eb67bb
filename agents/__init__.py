"""Orchestration only: one agent graph, a toolset and a prompt per role, the offline model."""
