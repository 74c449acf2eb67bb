"""The console script, run as a user runs it: in a process of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HEAVY = ("langgraph", "langchain", "langchain_core", "chromadb", "neo4j", "telegram", "sqlalchemy")
HEAVY_TOO = ("slack_bolt", "fastapi", "pydantic", "numpy", "asyncio", "rich")
NOW = "2026-11-23T09:00:00Z"
TIMEOUT = 120

LEADS = """\
Name,Email,Company,Status,Owner
Ann Lee,ann@example.com,Northwind,New,Raj Patel
李薇,liwei@example.cn,元光伏,New,Raj Patel
Bo Chen,bo@example.com,Contoso,Qualified,Akira Sato
"""


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "channels.cli", *arguments]


def guanxi(
    *arguments: str, given: str | bytes = "", status: int = 0, env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    data = given.encode() if isinstance(given, str) else given
    done = subprocess.run(
        command(*arguments),
        input=data,
        capture_output=True,
        cwd=ROOT,
        timeout=TIMEOUT,
        check=False,
        env={**os.environ, **(env or {})},  # noqa: TID251 - the child gets what the test has
    )
    out, err = done.stdout.decode(), done.stderr.decode()
    assert "Traceback" not in out + err, err
    assert done.returncode == status, (done.returncode, out[-2000:], err[-2000:])
    return subprocess.CompletedProcess(done.args, done.returncode, out, err)


def objects(text: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in text.splitlines()]


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with three imported leads."""
    folder = tmp_path_factory.mktemp("workspace")
    (folder / "leads.csv").write_text(LEADS, encoding="utf-8")
    home = folder / "home"
    guanxi("--home", str(home), "--now", NOW, "import", str(folder / "leads.csv"), "--yes")
    return home


def chat(home: Path, *lines: str, before: Sequence[str] = ()) -> list[dict[str, object]]:
    done = guanxi(
        *("--home", str(home), "--now", NOW, *before, "chat", "--json"),
        given="".join(f"{line}\n" for line in lines),
    )
    return objects(done.stdout)


def test_help_is_light() -> None:
    probe = (
        "import sys\n"
        "from channels.cli import main\n"
        "try: main(['--help'])\n"
        "except SystemExit: pass\n"
        f"print(sorted({set(HEAVY) | set(HEAVY_TOO)!r} & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", probe], capture_output=True, text=True, cwd=ROOT, check=True
    )
    assert done.stderr.strip() == "[]"
    for name in ("demo", "chat", "serve", "import", "doctor", "users"):
        assert f"    {name} " in done.stdout


def test_usage_errors_say_what_is_wrong(tmp_path: Path) -> None:
    home = str(tmp_path)
    assert "sales" in guanxi("--home", home, "--as", "king:me", "chat", "--json", status=2).stderr
    assert "ISO" in guanxi("--home", home, "--now", "noon", "chat", "--json", status=2).stderr
    assert "usage" in guanxi("fly", status=2).stderr
    missing = guanxi("--home", home, "import", str(tmp_path / "no.csv"), "--yes", status=2)
    assert "no.csv" in missing.stderr
    wrong = guanxi("--home", home, "doctor", status=1, env={"GUANXI_PORT": "many"})
    assert "GUANXI_PORT" in wrong.stdout


def test_home_that_cannot_be_used(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    told = guanxi("--home", str(tmp_path / "file" / "home"), "chat", "--json", status=1)
    assert "E-STORE" in told.stderr
    assert "--home" in told.stderr


def test_doctor_and_users_need_no_database(tmp_path: Path) -> None:
    home = ("--home", str(tmp_path))
    findings = objects(guanxi(*home, "doctor", "--json").stdout)
    assert {str(f["check"]) for f in findings} == {
        *("names", "database", "home", "disk", "lock", "model")
    }
    guanxi(*home, "users", "add", "lena@example.com", "--role", "sales", "--name", "Lena")
    guanxi(*home, "users", "password", "lena@example.com", given="a long enough one\n")
    short = guanxi(*home, "users", "password", "lena@example.com", given="short\n", status=2)
    assert "10 characters" in short.stderr
    token = guanxi(*home, "users", "token", "lena@example.com", "--days", "7").stdout.strip()
    assert len(token) > 30
    assert (
        guanxi(*home, "users", "add", "manager:max@example.com").stdout
        == "max@example.com: manager\n"
    )
    guanxi(*home, "users", "add", "manager:max@example.com", "--role", "sales", status=2)
    listed = guanxi(*home, "users", "list").stdout
    assert "lena@example.com\tsales\tLena" in listed
    assert "max@example.com\tmanager" in listed
    assert "E-NOTFOUND" in guanxi(*home, "users", "token", "nobody", status=1).stderr
    denied = guanxi(*home, "--as", "sales:lena@example.com", "users", "list", status=1)
    assert "E-DENIED" in denied.stderr
    assert not (tmp_path / "graph" / "databases").exists()


def test_import_shows_the_mapping_and_asks(workspace: Path, tmp_path: Path) -> None:
    file = tmp_path / "more.csv"
    file.write_text(
        "Name,Email,Company,Status,Owner\nCara Diaz,cara@example.com,Fabrikam,New,Raj Patel\n",
        encoding="utf-8",
    )
    asked = ("--home", str(workspace), "--now", NOW, "import", str(file))
    shown = guanxi(*asked, "--dry-run").stdout
    assert "Email →" in shown
    assert "nothing was written" in shown
    assert "nothing was written" in guanxi(*asked, given="n\n", status=1).stdout


def test_chat_answers_counts_and_survives_bad_lines(workspace: Path) -> None:
    done = guanxi(
        *("--home", str(workspace), "--now", NOW, "chat", "--json"),
        given=b"how many leads are there?\n\xff\xfe\n" + "有多少条线索？\n".encode(),
    )
    english, bad, chinese = objects(done.stdout)
    assert "3" in str(english["reply"])
    assert english["lang"] == "en"
    assert "error" in bad
    assert "3" in str(chinese["reply"])
    assert chinese["lang"] == "zh"
    assert english["tool_calls"]
    assert english["decision_id"]


def exported(home: Path, kind: str) -> dict[str, dict[str, object]]:
    """The records of a kind by name."""
    done = guanxi("--home", str(home), "--now", NOW, "export", "--kind", kind)
    return {str(record["name"]): record for record in objects(done.stdout)}


def test_confirm_writes_and_undo_takes_back(workspace: Path) -> None:
    drafted, confirmed, why, undone = chat(
        workspace, 'change the status of "Ann Lee" to Contacted', "/confirm", "/why", "/undo"
    )
    proposal = drafted["proposal"]
    assert isinstance(proposal, dict)
    assert proposal["count"] == 1
    assert [c["field"] for c in proposal["changes"]] == ["status"]
    assert (confirmed["refusal"], undone["refusal"]) == (None, None)
    assert all(turn["decision_id"] for turn in (drafted, confirmed, why, undone))
    assert str(confirmed["decision_id"]) in str(why["reply"])
    assert exported(workspace, "lead")["Ann Lee"]["status"] == "New"


def test_proposal_survives_the_process(workspace: Path) -> None:
    home = ("--home", str(workspace), "--now", NOW, "chat", "--json", "--thread", "kept")
    (drafted,) = objects(
        guanxi(*home, given='change the status of "Bo Chen" to Contacted\n').stdout
    )
    assert drafted["proposal"] is not None
    (confirmed,) = objects(guanxi(*home, given="/confirm\n").stdout)
    assert confirmed["refusal"] is None
    assert exported(workspace, "lead")["Bo Chen"]["status"].casefold() == "contacted"


def test_second_service_refuses_and_chat_joins(workspace: Path) -> None:
    serve = (*("--home", str(workspace), "serve"), "--port", "0")
    first = subprocess.Popen(
        command(*serve), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=ROOT
    )
    try:
        assert first.stdout is not None
        greeted = next(line for line in first.stdout if "http://" in line)
        assert "127.0.0.1" in greeted
        refused = guanxi(*serve, status=1)
        assert "already runs" in refused.stderr
        (answer,) = chat(workspace, "how many leads are there?")
        assert "3" in str(answer["reply"])
    finally:
        first.send_signal(signal.SIGTERM)
        first.communicate(timeout=TIMEOUT)


def test_every_confirmed_write_survives_kill(tmp_path: Path) -> None:
    home = tmp_path / "home"
    process = subprocess.Popen(
        command("--home", str(home), "--now", NOW, "chat", "--json"),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    confirmed = []
    for number in range(8):
        name = f"Kept Person{chr(65 + number)}"
        for said in (f'add "{name}" as a lead', "/confirm"):
            process.stdin.write(said + "\n")
            process.stdin.flush()
            answer = json.loads(process.stdout.readline())
        assert answer["reply"].startswith("Done"), answer
        confirmed.append(name)
    process.stdin.write('add "In Flight" as a lead\n/confirm\n')
    process.stdin.flush()
    process.kill()
    process.communicate()
    assert set(confirmed) <= set(exported(home, "lead")) <= {*confirmed, "In Flight"}


def test_rules_go_out_to_a_file_and_come_back(workspace: Path, tmp_path: Path) -> None:
    home = ("--home", str(workspace), "--now", NOW, "rules")
    guanxi(*home, "deploy", "当客户健康度低于60时，归入流失预警池", "--yes")
    file = tmp_path / "rules.dmn"
    file.write_text(guanxi(*home, "export", "R1", "--format", "dmn").stdout, encoding="utf-8")
    done = guanxi(*home, "import", str(file), "--json", "--yes")
    assert "R2@1" in done.stdout
    assert "R2@1" in guanxi(*home, "list").stdout
    guanxi(*home, "retire", "R1", "--reason", "test", "--yes")
