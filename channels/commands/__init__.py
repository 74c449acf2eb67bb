"""One file a command of `guanxi`. Each is light to import: what is heavy is imported when it runs."""
