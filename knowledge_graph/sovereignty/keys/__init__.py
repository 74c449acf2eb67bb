"""Keys: destroyable root versions, one epoch key at a time, one key a subject.

Erasing is destroying an epoch.
"""
