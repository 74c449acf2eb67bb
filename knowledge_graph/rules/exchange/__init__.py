"""Rules in other people's formats, and back where nothing is lost."""
