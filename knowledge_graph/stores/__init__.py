"""Where the CRM keeps its records and its operational state: one adapter a file."""
