"""From a lattice to typed conditions: small matchers that each take a piece from an offset on.

A matcher is a function `(reading, …, i)` that yields what it understood together with the offset behind it,
best reading first. `clauses.py` puts the pieces together; the coverage rule (coverage.py) decides.
"""
