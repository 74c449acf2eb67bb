"""How fast the product is: `python -m evals.bench [--only NAME]` writes docs/benchmarks.md."""
