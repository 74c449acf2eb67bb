"""Working stand-ins for the channels' ports, and strict loopback stubs of outside APIs."""
