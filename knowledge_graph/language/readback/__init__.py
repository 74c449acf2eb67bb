"""From a typed expression back to controlled words, in Chinese and English.

One expression has one phrasing, and compiling the words gives the same expression again.
"""

from knowledge_graph.language.readback.sentences import read_back

__all__ = ["read_back"]
