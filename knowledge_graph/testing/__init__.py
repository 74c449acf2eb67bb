"""Contract suites and working stand-ins for the ports of the core, shipped for adapters elsewhere."""
