"""The offline model: understands sales people's sentences without any language model.

clauses.py      a message → clauses, politeness taken off
patterns.py     a clause pattern with slots, and all ways it can match a text
frames.py       the patterns of frames/{en,zh}.yaml by act
acts.py         what a clause does: create, change, remove, find, …
slots.py        slot texts → records, people, values, through the business language
reading.py      a clause → the one act that consumes it whole (the coverage rule)
discourse.py    acts of a message and of the turns before → tool calls
intent.py       the classifier over the embedder: which tool was meant, or none
model.py        OfflineModel, behind LangChain's BaseChatModel
"""
