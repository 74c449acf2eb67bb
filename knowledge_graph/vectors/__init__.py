"""Vector memory: embedders, and similarity over opaque ids. An erasable cache, rebuilt from the graph."""
