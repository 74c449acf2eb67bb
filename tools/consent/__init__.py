"""Grants: who may use what of whose data, asked for, given and withdrawn in chat."""
