"""Use cases: one folder per capability, each with args, service and tool."""
