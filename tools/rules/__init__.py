"""Rules that run: preview, deploy, explain, and the runtime that acts on what happens."""
