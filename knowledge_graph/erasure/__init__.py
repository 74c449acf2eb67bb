"""Erasure of a person: every place wiped, keys destroyed, copies probed for, all of it reported."""
