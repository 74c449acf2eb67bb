"""The consent authority: asks people by a way of its own and signs their grants; it runs apart from the CRM."""
