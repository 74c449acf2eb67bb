"""Records: find, show, create, change, delete, merge, log, undo, explain."""
