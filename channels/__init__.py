"""How people reach the agent; also the settings and the composition root."""
