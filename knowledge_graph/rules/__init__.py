"""Rules as contracts: what they mean, which of them hold, where they conflict. Pure: no I/O, no clock."""
