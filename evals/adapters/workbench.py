"""WorkBench (olly-styles/WorkBench, MIT): the tasks that concern only the CRM → chat cases.

The expected end state comes from the gold calls. Some tasks of the set say "move … to lost" while their gold
calls delete the customers; a careful assistant does what the sentence says, so these cases are tagged
`gold_contradicts_sentence` and scored apart.
"""

from __future__ import annotations

import ast
import json
import sys
from collections.abc import Iterator
from pathlib import Path

from evals.cases import ChatCase, ExpectedRecord, Turn, Workspace

CSV = "customer_relationship_manager_data.csv"
KIND = "contact"
FIELDS = {
    "assigned_to_email": "owner",
    "customer_name": "name",
    "customer_email": "email",
    "customer_phone": "phone",
}
"""Columns of the set that the import maps to a field of another name; all others keep theirs."""
NOW = "2023-11-30T00:00:00+00:00"
"""The day the set plays on."""


def cases(folder: Path) -> Iterator[ChatCase]:
    """Yield the CRM tasks of the set as cases, in order.

    Args:
        folder: The folder with tasks_dev.jsonl and the CSV files.

    Yields:
        One case a task whose only domain is the CRM.
    """
    lines = (folder / "tasks_dev.jsonl").read_text(encoding="utf-8").splitlines()
    for number, line in enumerate(lines):
        task = json.loads(line)
        if task["domains"] != ["customer_relationship_manager"]:
            continue
        state = tuple(_expected(call) for call in task["gold_calls"])
        deletes = any(record.deleted for record in state)
        contradicts = deletes and "lost. can you make that change" in task["query"].lower()
        yield ChatCase(
            id=f"workbench-{number:03d}",
            tags=("gold_contradicts_sentence",) if contradicts else (),
            workspace=Workspace(files=(CSV,)),
            now=NOW,
            turns=(Turn(user=task["query"]), Turn(user="/confirm")),
            state=state,
        )


def _expected(call: str) -> ExpectedRecord:
    """Read one gold call: `customer_relationship_manager.update_customer.func(customer_id="…", …)`."""
    node = ast.parse(call, mode="eval").body
    if not isinstance(node, ast.Call):
        raise TypeError(call)
    name = ast.unparse(node.func).split(".")[1]
    args = {keyword.arg: ast.literal_eval(keyword.value) for keyword in node.keywords}
    if name == "delete_customer":
        return ExpectedRecord(kind=KIND, id=args["customer_id"], deleted=True)
    if name == "update_customer":
        field = FIELDS.get(args["field"], args["field"])
        return ExpectedRecord(kind=KIND, id=args["customer_id"], fields={field: args["new_value"]})
    fields = {FIELDS.get(key or "", key or ""): value for key, value in args.items()}
    return ExpectedRecord(kind=KIND, match={"name": fields["name"]}, fields=fields)


def main() -> int:
    """Write the case file beside the set's own files are looked up, and return the exit status."""
    folder, out = Path(sys.argv[1]), Path(sys.argv[2])
    text = "".join(
        case.model_copy(
            update={"workspace": Workspace(files=(str((folder / CSV).resolve()),))}
        ).model_dump_json()
        + "\n"
        for case in cases(folder)
    )
    out.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
