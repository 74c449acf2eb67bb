"""The nodes of the agent graph: each takes the state and returns what changed."""
