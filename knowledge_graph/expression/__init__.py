"""The typed expression of the business language: nodes, parser, read-back, renderings."""
