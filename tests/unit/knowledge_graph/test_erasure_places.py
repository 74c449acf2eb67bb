"""The words of a person in texts and files, and stores that forget by themselves."""

from __future__ import annotations

from pathlib import Path

import pytest

from knowledge_graph.erasure.files import FilePlace, search
from knowledge_graph.erasure.forgetting import ForgettingPlace
from knowledge_graph.erasure.person import Person, words_of
from knowledge_graph.ontology.record import RecordRef

ANNA = RecordRef(kind="contact", id="c1")
PERSON = Person(refs=(ANNA,), words=words_of([{"name": "Anna Bauer", "email": "anna@x.example"}]))
WANG = Person(refs=(ANNA,), words=words_of([{"name": "王小明", "phone": "138 1234 5678"}]))


class Kept:
    """A store of entries by person."""

    def __init__(self) -> None:
        self.entries = {ANNA: 3}

    async def forget(self, person: RecordRef) -> int:
        return self.entries.pop(person, 0)


async def test_a_store_forgets_once() -> None:
    place = ForgettingPlace(name="grants", stores=[Kept(), Kept()])
    assert (await place.wipe(PERSON)).deleted == 6
    assert await place.probe(PERSON) == 0


@pytest.mark.parametrize(
    ("person", "text", "masked"),
    [
        (PERSON, "call Anna Bauer, then anna", "call █, then █"),
        (PERSON, "ANNA@X.EXAMPLE wrote", "█ wrote"),
        (PERSON, "Annabauer, contact:c1.", "Annabauer, contact:erased."),
        (PERSON, '[["contact", "c1"], ["lead", "c1"]]', '[["contact", "erased"], ["lead", "c1"]]'),
        (PERSON, '{"kind": "contact", "id": "c1"}', '{"kind": "contact", "id": "erased"}'),
        (WANG, "请联系王小明（13812345678）", "请联系█（█）"),
        (WANG, '"\\u738b\\u5c0f\\u660e"', '"█"'),
    ],
)
def test_masks_what_tells_who_it_is(person: Person, text: str, masked: str) -> None:
    assert person.is_in(text)
    assert person.masked(text) == masked


@pytest.mark.parametrize(
    "text", ["Joanna Bauerman", "call Anna", "c1, c12", "lead:c1", "contact:c12", "王小明珠"[:2]]
)
def test_leaves_others_alone(text: str) -> None:
    assert not PERSON.is_in(text)


async def test_files_are_overwritten(tmp_path: Path) -> None:
    report, other, sheet = (tmp_path / n for n in ("report.csv", "other.csv", "sheet.bin"))
    report.write_text("1,Anna Bauer\n2,Otto\n", encoding="utf-8")
    other.write_text("Otto", encoding="utf-8")
    sheet.write_bytes(b"\xff\xfe" + "Anna Bauer".encode("utf-16-le") + b"\xff")
    place = FilePlace(folders=(tmp_path,))
    assert await place.probe(PERSON) == 2
    done = await place.wipe(PERSON)
    assert (done.rewritten, done.deleted) == (1, 1)
    assert report.read_text(encoding="utf-8") == "1,█\n2,Otto\n"
    assert other.read_text(encoding="utf-8") == "Otto"
    assert not sheet.exists()
    assert search(tmp_path, PERSON.words) == {}
