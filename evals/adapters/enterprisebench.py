"""EnterpriseBench CRM: support chats → recall cases.

A chat becomes an interaction of its customer, who buys for a company; of a private person nothing could be used
without consent. The question names the customer and the product; a quote must hold a word of the customer's own
first message that the question does not hold.
"""

from __future__ import annotations

import json
import re
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

from evals.cases import RecallCase, Workspace

NOW = "2026-11-20T03:00:00Z"
WORLD = "enterprisebench_world.jsonl"
MOST = 40
"""So many cases are made: each is one question, the workspace holds all chats."""
_FIRST = re.compile(r"CUSTOMER:\s*(.+)")


def _chats(folder: Path) -> list[Mapping[str, str]]:
    lines = (folder / "support_chats_dev.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def records(folder: Path) -> Iterator[dict[str, str]]:
    """Yield the customers and their chats as records.

    Args:
        folder: The folder with support_chats_dev.jsonl.
    """
    chats = _chats(folder)
    for key, name in {chat["customer_id"]: chat["customer_name"] for chat in chats}.items():
        yield {"kind": "account", "id": f"account-{key}", "name": key.upper()}
        yield {"kind": "contact", "id": key, "name": name.title(), "account": f"account-{key}"}
    for number, chat in enumerate(chats):
        yield {
            "kind": "interaction",
            "id": f"chat{number}",
            "name": chat["product_name"][:120],
            "type": "message",
            "contact": chat["customer_id"],
            "account": f"account-{chat['customer_id']}",
            "text": chat["text"].strip(),
        }


def cases(folder: Path) -> Iterator[RecallCase]:
    """Yield questions about the chats of customers who had only one.

    Args:
        folder: The folder with support_chats_dev.jsonl.
    """
    chats = _chats(folder)
    often = Counter(chat["customer_id"] for chat in chats)
    made = 0
    for number, chat in enumerate(chats):
        first = _FIRST.search(chat["text"])
        if first is None or often[chat["customer_id"]] > 4 or made == MOST:
            continue
        product = " ".join(chat["product_name"].split()[:4])
        known = f"{product} {chat['customer_name']}".casefold()
        words = [w for w in re.findall(r"[a-z]{6,}", first[1].casefold()) if w not in known]
        if not words:
            continue
        made += 1
        yield RecallCase(
            id=f"enterprisebench-{number:03d}",
            workspace=Workspace(records_from=(WORLD,)),
            now=NOW,
            question=f"what did {chat['customer_name'].title()} write to us about the {product}?",
            quote_has=(max(words, key=len),),
        )


def main() -> int:
    """Write the case file, and the records beside it, and return the exit status."""
    folder, out = Path(sys.argv[1]), Path(sys.argv[2])
    world = "".join(json.dumps(record) + "\n" for record in records(folder))
    (out.parent / WORLD).write_text(world, encoding="utf-8")
    out.write_text("".join(c.model_dump_json() + "\n" for c in cases(folder)), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
