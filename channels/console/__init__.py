"""Chat in the terminal: for people, and as JSON lines for programs."""
