"""Turn public task sets into case files: `python -m evals.adapters.NAME DATA_FOLDER OUT.jsonl`."""
