"""Import and export: any CSV, XLSX or JSON file in, every record with its provenance out."""
