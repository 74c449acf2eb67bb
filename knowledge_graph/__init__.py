"""What the CRM knows and where it is kept: ontology, business language, expression, ports, adapters."""
