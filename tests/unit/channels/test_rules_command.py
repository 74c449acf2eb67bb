"""`guanxi rules compile --json` as a process would use it."""

import json
import subprocess
import sys


def answers(lines: bytes, *options: str) -> list[dict]:
    done = subprocess.run(
        [sys.executable, "-m", "channels.cli", "rules", "compile", "--json", *options],
        input=lines,
        capture_output=True,
        check=True,
    )
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_a_line_in_a_line_out() -> None:
    lines = [
        "NPS低于0的客户打标签“贬损者”。",
        json.dumps({"id": "x1", "text": "Move big customers to key accounts."}),
        '{"id": "x2"}',
        "{not json",
        "把账期改成90天",
    ]
    raw = "\n".join(lines).encode() + b"\n\xff\xfe\n"
    found = answers(raw)
    assert [a.get("outcome") for a in found] == ["compile", "ask", None, None, "refuse", None]
    assert found[0]["actions"] == [{"action": "tag.add", "args": {"tag": "贬损者"}}]
    assert found[1]["id"] == "x1"
    assert found[1]["reason"] == "vague_term"
    assert found[4]["reason"] == "red_line:finance_settlement"
    assert all("error" in a for a in (found[2], found[3], found[5]))
