"""`guanxi import` as a user runs it: dates in doubt, kinds named by hand, mappings saved, files that are none."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.integration.test_cli import NOW, guanxi

DATES = "Contact Name,Email,Birthday\nAnn Lee,ann@x.org,03/04/1990\nBob Roe,bob@x.org,05/06/1991\n"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("import") / "home"


def load(home: Path, *arguments: str, status: int = 0, lang: str = "") -> tuple[str, str]:
    env = {"LANG": lang or "C.UTF-8", "LC_ALL": lang or "C.UTF-8"}
    done = guanxi("--home", str(home), "--now", NOW, "import", *arguments, status=status, env=env)
    return done.stdout, done.stderr


def test_dates_in_doubt_are_never_guessed(home: Path, tmp_path: Path) -> None:
    path = tmp_path / "contacts.csv"
    path.write_text(DATES, encoding="utf-8")
    out, err = load(home, str(path), "--yes", status=1)
    assert "--dates dmy" in err
    assert "nothing was written" in err
    assert "Birthday" in out
    saved = tmp_path / "mapping.json"
    load(home, str(path), "--dates", "dmy", "--dry-run", "--save", str(saved))
    assert '"order": "dmy"' in saved.read_text(encoding="utf-8")
    out, _ = load(home, str(path), "--yes", "--mapping", str(saved), "--lang", "zh")
    assert "新建: 2" in out
    shown = guanxi("--home", str(home), "export", "--kind", "contact").stdout
    assert '"birthday": "1990-04-03"' in shown


def test_the_files_other_dates_say_how_and_the_report_says_so(home: Path, tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text(
        "Contact Name,Email,Birthday,Last Contact Date\n"
        "Cid Poe,cid@x.org,03/04/1990,25/12/2025\nDan Fox,dan@x.org,05/06/1991,26/12/2025\n",
        encoding="utf-8",
    )
    out, _ = load(home, str(path), "--yes")
    assert "read as DD/MM" in out


def test_a_table_of_no_known_kind_is_imported_as_the_kind_named(home: Path, tmp_path: Path) -> None:
    path = tmp_path / "x1.csv"
    path.write_text("foo,Title\nbar,First\nbaz,Second\n", encoding="utf-8")
    out, _ = load(home, str(path), "--yes", "--kind", "task")
    assert "created: 2 (task 2)" in out
    _, err = load(home, str(path), "--yes", "--kind", "spaceship", status=2)
    assert "E-KIND" in err


def test_rejected_rows_are_counted_and_the_report_is_named(home: Path, tmp_path: Path) -> None:
    path = tmp_path / "ragged.csv"
    path.write_text("Contact Name,Email\nEve,eve@x.org\nFay,fay@x.org,x,y\n", encoding="utf-8")
    out, _ = load(home, str(path), "--yes")
    assert "rejected rows: 1" in out
    report = next(line for line in out.splitlines() if line.startswith("full report: "))
    assert "fay@x.org" in Path(report.removeprefix("full report: ")).read_text(encoding="utf-8-sig")


def test_what_is_no_file_is_said_in_the_users_language(home: Path, tmp_path: Path) -> None:
    empty = tmp_path / "empty.csv"
    empty.touch()
    assert "是文件夹" in load(home, str(tmp_path), "--lang", "zh", status=2)[1]
    assert "没有文件" in load(home, "absent.csv", "--lang", "zh", status=2)[1]
    assert "is empty" in load(home, str(empty), "--yes", status=2)[1]
