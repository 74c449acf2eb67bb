"""Names as people type them, alone and in running text."""

from __future__ import annotations

import pytest

from knowledge_graph.language.names import NameIndex
from knowledge_graph.ontology.record import NameEntry, RecordRef


def entry(name: str, kind: str, key: str, field: str = "name") -> NameEntry:
    return NameEntry(name=name, ref=RecordRef(kind=kind, id=key), field=field)


INDEX = NameIndex([
    entry("李薇", "contact", "c1"),
    entry("李强", "employee", "e3"),
    entry("王建国", "employee", "e4"),
    entry("Akira Tanaka", "employee", "e1"),
    entry("akira@x.test", "employee", "e1", "email"),
    entry("Lena Müller", "employee", "e2"),
    entry("Mark Will", "contact", "c5"),
    entry("苏州晶澜光伏科技有限公司", "account", "a1"),
    entry("晶澜科技", "account", "a1", "short_name"),
    entry("Globex Pte Ltd", "account", "a2"),
    entry("上海电子有限公司", "account", "a8"),
])


@pytest.mark.parametrize(
    ("text", "how", "keys"),
    [
        ("李薇", "exact", ["c1"]),
        ("LENA  MULLER", "exact", ["e2"]),
        ("晶澜科技", "alias", ["a1"]),
        ("晶澜", "short", ["a1"]),
        ("globex", "short", ["a2"]),
        ("Globex Inc.", "short", ["a2"]),
        ("Akira", "first_name", ["e1"]),
        ("Ms Tanaka", "last_name", ["e1"]),
        ("李总", "last_name", ["c1", "e3"]),
        ("王经理", "last_name", ["e4"]),
        ("AKIRA@x.test", "email", ["e1"]),
        ("li wei", "pinyin", ["c1"]),
        ("Wei Li", "pinyin", ["c1"]),
        ("李微", "pinyin", ["c1"]),
        ("Akria Tanaka", "fuzzy", ["e1"]),
        ("上海", "", []),
        ("总经理", "", []),
        ("zzz unknown", "", []),
    ],
)
def test_lookup(text: str, how: str, keys: list[str]) -> None:
    matches = INDEX.lookup(text)
    assert sorted(match.entry.ref.id for match in matches) == keys
    assert {match.how for match in matches} == ({how} if how else set())


def test_kinds_limit_the_lookup() -> None:
    assert [m.entry.ref.id for m in INDEX.lookup("李总", frozenset({"employee"}))] == ["e3"]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("把晶澜光伏的商机分给李总", ["晶澜光伏", "李总"]),
        ("mark Lena Müller's deals as won", ["Lena Müller"]),
        ("Globex’s orders, 李薇的电话 akira@x.test.", ["Globex", "李薇", "akira@x.test"]),
        ("I will ask Mark", ["Mark"]),
        ("mark it; the globexes", []),
    ],
)
def test_spans(text: str, names: list[str]) -> None:
    assert [text[span.start : span.end] for span in INDEX.spans(text)] == names


def test_entries_are_added_and_dropped_without_touching_the_first_index() -> None:
    added = INDEX.with_entries([entry("新光伏", "account", "n1")])
    assert [m.entry.ref.id for m in added.lookup("新光伏")] == ["n1"]
    assert INDEX.lookup("新光伏") == ()
    dropped = added.without({RecordRef(kind="contact", id="c1")})
    assert dropped.lookup("李薇") == ()
    assert [m.entry.ref.id for m in dropped.lookup("新光伏")] == ["n1"]


def test_a_record_is_given_once() -> None:
    assert len(INDEX.lookup("Akira Tanaka")) == 1


def test_other_scripts_do_not_pass_for_latin() -> None:
    assert INDEX.spans("Glоbex") == ()  # Cyrillic о


def test_a_name_with_an_apostrophe_is_found_whole_in_running_text() -> None:
    entries = [
        NameEntry(name="Ann O'Neil", ref=RecordRef(kind="lead", id=key), field="name")
        for key in ("l1", "l2")
    ]
    spans = NameIndex(entries).spans("mark Ann O'Neil as qualified")
    assert [(s.start, s.end) for s in spans] == [(5, 15)]
