"""The channels' operational state in the home's SQLite file: users, inbox, buttons, transcripts."""
