"""tau2-bench retail (sierra-research/tau2-bench, MIT): what of it a CRM can express → chat cases.

The set's users play whole service calls with returns and exchanges of single items. Of those only some steps
are CRM work: looking a customer's orders up, cancelling an order, moving a customer to another address. Each
such gold action becomes one case in plain words over the set's own customers and orders.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from evals.cases import ChatCase, ExpectedRecord, Turn, Workspace

NOW = "2024-05-15T15:00:00-05:00"
"""The policy of the set fixes this clock."""
STATUS = {"pending": "created", "processed": "paid", "delivered": "shipped"}
"""The set's states of an order in the words of the order's closed list; the others go by the same name."""
WORLD = "tau2_world.jsonl"


def records(db: Mapping[str, Any]) -> Iterator[dict[str, object]]:
    """Yield the customers and orders of the set as records."""
    for user in db["users"].values():
        place = user["address"]
        yield {
            "kind": "contact",
            "id": user["user_id"],
            "name": _name(user),
            "email": user["email"],
            "city": place["city"],
            "country": place["country"],
            "address": ", ".join(filter(None, (place["address1"], place["address2"]))),
        }
    for order in db["orders"].values():
        state = order["status"].split(" ")[0]
        yield {
            "kind": "order",
            "id": order["order_id"],
            "name": order["order_id"],
            "contact": order["user_id"],
            "status": STATUS.get(state, state if state == "cancelled" else "shipped"),
            "amount": round(sum(item["price"] for item in order["items"]), 2),
        }


def _name(user: Mapping[str, Any]) -> str:
    return f"{user['name']['first_name']} {user['name']['last_name']}"


def cases(folder: Path) -> Iterator[ChatCase]:
    """Yield one case a gold action that a CRM can express.

    Args:
        folder: The folder with db.json and tasks_train.json.
    """
    db = json.loads((folder / "db.json").read_text(encoding="utf-8"))
    tasks = json.loads((folder / "tasks_train.json").read_text(encoding="utf-8"))
    shared = Counter(_name(user) for user in db["users"].values())
    done: set[str] = set()
    for task in tasks:
        for action in task["evaluation_criteria"]["actions"]:
            case = _case(action["name"], action["arguments"], db, shared)
            if case is not None and case.id not in done:
                done.add(case.id)
                yield case


def _case(
    name: str, args: Mapping[str, Any], db: Mapping[str, Any], shared: Counter[str]
) -> ChatCase | None:
    workspace = Workspace(records_from=(WORLD,))
    if name == "cancel_pending_order":
        order = args["order_id"]
        turns = (
            Turn(user=f'set the status of order "{order}" to cancelled'),
            Turn(user="/confirm"),
        )
        state = (ExpectedRecord(kind="order", id=order, fields={"status": "cancelled"}),)
        return _made(f"tau2-cancel-{order[1:]}", workspace, turns, state)
    user = db["users"].get(args.get("user_id", ""))
    if user is None or shared[_name(user)] > 1:
        return None
    who, key = _name(user), user["user_id"]
    if name == "modify_user_address":
        turns = (
            Turn(user=f"{who} moved: change the city to {args['city']}"),
            Turn(user="/confirm"),
        )
        state = (ExpectedRecord(kind="contact", id=key, fields={"city": args["city"]}),)
        return _made(f"tau2-move-{key}", workspace, turns, state)
    if name == "get_user_details":
        held = tuple(user["orders"])
        asked = Turn(user=f"which orders does {who} have?", expect="answer", contains=held)
        mail = Turn(
            user=f"what is the e-mail of {who}?", expect="answer", contains=(user["email"],)
        )
        return _made(f"tau2-orders-{key}", workspace, (asked, mail), ())
    return None


def _made(
    case_id: str, workspace: Workspace, turns: tuple[Turn, ...], state: tuple[ExpectedRecord, ...]
) -> ChatCase:
    return ChatCase(id=case_id, workspace=workspace, now=NOW, turns=turns, state=state)


def main() -> int:
    """Write the case file, and the records beside it, and return the exit status."""
    folder, out = Path(sys.argv[1]), Path(sys.argv[2])
    db = json.loads((folder / "db.json").read_text(encoding="utf-8"))
    world = "".join(json.dumps(record) + "\n" for record in records(db))
    (out.parent / WORLD).write_text(world, encoding="utf-8")
    out.write_text("".join(c.model_dump_json() + "\n" for c in cases(folder)), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
