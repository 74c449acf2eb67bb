"""The clause patterns of the offline model, by language and act (en.yaml, zh.yaml)."""
