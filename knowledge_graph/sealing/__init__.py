"""Personal data sealed at rest: a store over any graph store, and the sealing of texts in state files."""
