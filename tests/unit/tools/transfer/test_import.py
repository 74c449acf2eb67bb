from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from knowledge_graph.errors import BadInputError
from knowledge_graph.ontology.change import Action, ChangeSet, RecordChange, joined, series_of
from knowledge_graph.ontology.record import Origin, RecordRef
from tests.unit.tools.transfer.workspace import ACCESS, Workspace
from tools.transfer.assuming import Suggestion, suggest_order, unsure_columns, with_order
from tools.transfer.render import problem_text, report_lines
from tools.transfer.savedmap import mapping_json, with_saved

CRM = (
    "customer_id,assigned_to_email,customer_name,customer_email,last_contact_date,product_interest,status\n"
    "00000001,raj@us.com,Ann Lee,ann@one.com,2026-01-02,Software,Lead\n"
    "00000002,lena@us.com,Bob Roe,bob@two.com,2026-01-03,Hardware,Won\n"
    "00000003,raj@us.com,Cid Poe,cid@six.com,2026-01-04,Software,Lead\n"
)
FLAT = (
    "客户编号,客户名称,所属行业,联系人,手机,邮箱,负责人,商机名称,商机阶段,预计金额（万元）,预计成交日期\n"
    "K1,苏州华曜光伏科技有限公司,光伏,王芳,13812345678,wf@a.cn,李薇,二期,方案报价,120,2026年12月30日\n"
    "K1,苏州华曜光伏科技有限公司,光伏,李强,13712345678,,李薇,三期,赢单,80,2026/12/01\n"
    "K2,北京康宁医院,医院,李强,13612345678,,王建国,二期,商务谈判,50,2026-12-05\n"
)


@pytest.fixture
def space(tmp_path: Path) -> Workspace:
    return Workspace.empty(tmp_path)


async def test_a_flat_list_of_customers_becomes_contacts_with_owners_and_custom_fields(
    space: Workspace,
) -> None:
    report = await space.load(space.file("crm.csv", CRM))
    assert report.created == {"employee": 2, "contact": 3}
    records = await space.all()
    ann = records[RecordRef(kind="contact", id="00000001")]
    assert (ann.get("product_interest"), ann.get("status")) == ("Software", "Lead")
    owner = records[RecordRef(kind="employee", id=str(ann.get("owner")))]
    assert (owner.get("name"), owner.get("email")) == ("Raj", "raj@us.com")
    spec = (await space.graph.schema()).field("contact", "product_interest")
    assert (spec.custom, spec.type, spec.label) == (True, "enum", "product_interest")
    assert "Software" in (await space.graph.enumerated_values())["contact.product_interest"]
    origin = ann.origin_of("email")
    assert origin is not None
    assert (origin.place, origin.row) == ("crm.csv", 1)


async def test_the_same_file_twice_changes_nothing(space: Workspace) -> None:
    path = space.file("crm.csv", CRM)
    await space.load(path)
    again = await space.load(path)
    assert again.changed == 0
    assert again.unchanged == 3
    assert not again.change_ids


async def test_changed_cells_update_and_manual_edits_are_kept(space: Workspace) -> None:
    await space.load(space.file("crm.csv", CRM))
    ref = RecordRef(kind="contact", id="00000001")
    origin = Origin(system="chat", place="console", observed_at="2026-11-20T09:00:00Z")
    edit = RecordChange(
        action=Action.UPDATE,
        ref=ref,
        title="Ann",
        before={"status": "Lead"},
        after={"status": "Won"},
    )
    await space.graph.commit(
        ChangeSet(
            id="x",
            at="2026-11-20T09:00:00Z",
            actor="owner:local",
            reason="",
            changes=(edit,),
            origin=origin,
        ),
        ACCESS,
    )
    changed = CRM.replace(
        "ann@one.com,2026-01-02,Software,Lead", "ann@new.com,2026-01-02,Software,Lost"
    )
    report = await space.load(space.file("crm.csv", changed))
    ann = (await space.all())[ref]
    assert (ann.get("email"), ann.get("status")) == ("ann@new.com", "Won")
    assert report.conflicts == 1
    assert report.updated == {"contact": 1}
    assert report.path is not None
    assert "Lost" in report.path.read_text(encoding="utf-8-sig")


async def test_one_row_splits_into_linked_records(space: Workspace) -> None:
    report = await space.load(space.file("导出.csv", FLAT, "gb18030"))
    assert report.created == {"employee": 2, "account": 2, "contact": 3, "opportunity": 3}
    records = await space.all()
    deals = {
        str(r.get("name")) + str(r.get("account")): r
        for r in records.values()
        if r.kind == "opportunity"
    }
    second = deals["二期K1"]
    assert (second.get("amount"), second.get("stage"), second.get("close_date")) == (
        1_200_000,
        "proposal",
        "2026-12-30",
    )
    assert records[RecordRef(kind="contact", id=str(second.get("contact")))].get("account") == "K1"
    twins = [r for r in records.values() if r.get("name") == "李强"]
    assert {r.get("account") for r in twins} == {"K1", "K2"}  # one name, two persons
    again = await space.load(space.file("导出.csv", FLAT, "gb18030"))
    assert again.changed == 0


async def test_ids_point_from_file_to_file(space: Workspace) -> None:
    accounts = space.file("Account.csv", "Id,Name,ParentId\n001A,Acme,001B\n001B,Beta,\n")
    contacts = space.file(
        "Contact.csv", "Id,AccountId,FirstName,LastName,Email\n003A,001A,Ann,Lee,a@x.org\n"
    )
    await space.load(contacts, accounts)
    records = await space.all()
    assert records[RecordRef(kind="contact", id="003A")].get("account") == "001A"
    assert records[RecordRef(kind="account", id="001A")].get("parent") == "001B"


async def test_bad_rows_and_cells_are_reported_never_dropped(space: Workspace) -> None:
    text = "Contact Name,Email,Birthday\n,,1990-01-01\nAnn,ann@x.org,soon\nBob,bob@x.org,1990-02-03\nCid,c@x.org,1990-02-04,extra\n"
    text += "".join(f"P{i},p{i}@x.org,1990-01-0{i}\n" for i in range(1, 9))
    report = await space.load(space.file("contacts.csv", text))
    reasons = sorted(f.reason for f in report.findings)
    assert reasons == ["bad_value", "missing_required", "ragged"]
    assert report.created == {"contact": 10}
    assert report.rejected == 2


async def test_dates_that_can_be_read_two_ways_block_until_chosen(space: Workspace) -> None:
    path = space.file("contacts.csv", "Contact Name,Email,Birthday\nAnn,a@x.org,03/04/1990\n")
    plan = await space.transfer.propose([path], ACCESS)
    (mapping,) = plan.mappings
    assert [p.code for p in mapping.problems] == ["ambiguous_dates"]
    assert mapping.blocked
    assert "dmy" in problem_text(mapping, mapping.problems[0], "zh")
    chosen = with_saved(
        plan,
        mapping_json(plan).replace('"date"', '"date", "order": "dmy"'),
        await space.graph.schema(),
    )
    await space.transfer.apply(chosen, ACCESS)
    (ann,) = [r for r in (await space.all()).values() if r.kind == "contact"]
    assert ann.get("birthday") == "1990-04-03"


async def test_a_contradictory_mapping_is_a_problem(space: Workspace) -> None:
    plan = await space.transfer.propose([space.file("crm.csv", CRM)], ACCESS)
    (mapping,) = plan.mappings
    columns = tuple(
        replace(c, kind="contact", field="email") if c.field == "status" else c
        for c in mapping.columns
    )
    edited = mapping_json(plan.with_mapping(replace(mapping, columns=columns)))
    again = with_saved(plan, edited, await space.graph.schema())
    assert [p.code for p in again.mappings[0].problems] == ["contradiction"]
    report = await space.transfer.apply(again, ACCESS)
    assert report.changed == 0
    assert report.skipped
    with pytest.raises(BadInputError):
        with_saved(plan, "[]", await space.graph.schema())


async def test_an_unknown_table_asks_for_its_kind(space: Workspace) -> None:
    plan = await space.transfer.propose([space.file("x.csv", "foo,bar\n1,2\n")], ACCESS)
    assert plan.mappings[0].problems[0].code == "unknown_kind"


async def test_an_id_of_another_file_is_not_overwritten(space: Workspace) -> None:
    await space.load(space.file("crm.csv", CRM))
    other = CRM.replace("Ann Lee,ann@one.com", "Zhou Xiaoming,zxm@far.cn")
    report = await space.load(space.file("crm (2).csv", other))
    assert [f.reason for f in report.findings] == ["other_record"]
    assert (await space.all())[RecordRef(kind="contact", id="00000001")].get("name") == "Ann Lee"


async def test_duplicates_are_proposed_not_merged(space: Workspace) -> None:
    text = "客户编号,客户名称,行业\nA1,苏州华曜光伏科技有限公司,光伏\nA2,苏州华曜光伏科技,光伏\nA3,杭州华曜光伏科技有限公司,光伏\n"
    report = await space.load(space.file("客户.csv", text))
    assert report.created == {"account": 3}
    assert [(d.first.id, d.second.id) for d in report.duplicates] == [("A1", "A2")]


async def test_texts_for_people(space: Workspace) -> None:
    plan = await space.transfer.propose([space.file("crm.csv", CRM)], ACCESS)
    seen: list[tuple[int, int]] = []

    async def watch(done: int, total: int) -> None:
        seen.append((done, total))

    report = await space.transfer.apply(plan, ACCESS, watch)
    assert seen == [(3, 3)]
    assert report_lines(report, "en")[0] == "created: 5 (employee 2, contact 3)"


async def test_an_import_in_parts_joins_to_one_change(space: Workspace) -> None:
    contacts = "Id,AccountId,LastName,Email\n" + "".join(
        f"C{i},A{i},Lee{i},c{i}@x.org\n" for i in range(1_100)
    )
    accounts = "Id,Name,ParentId\n" + "".join(f"A{i},Acme {i},A{i + 1}\n" for i in range(1_100))
    report = await space.load(
        space.file("Contact.csv", contacts), space.file("Account.csv", accounts)
    )
    assert len(report.change_ids) > 2
    assert {series_of(change) for change in report.change_ids} == {series_of(report.change_ids[0])}
    parts = [await space.graph.change_set(change, ACCESS) for change in report.change_ids]
    whole = joined(parts)
    records = await space.all()
    assert {c.ref for c in whole.changes} == records.keys()
    assert all(c.action is Action.CREATE and not c.before for c in whole.changes)
    assert all(dict(c.after) == dict(records[c.ref].values) for c in whole.changes)


async def test_the_order_of_dates_is_taken_from_other_columns_and_noted(space: Workspace) -> None:
    text = "Contact Name,Email,Birthday,Last Contact Date\nAnn,a@x.org,03/04/1990,25/12/2025\n"
    plan = await space.transfer.propose([space.file("contacts.csv", text)], ACCESS)
    ((mapping, header),) = unsure_columns(plan)
    suggestion = suggest_order(plan, mapping, "US")
    assert suggestion == Suggestion(order="dmy", reason="table")
    settled = with_order(plan, mapping, header, suggestion)
    assert not unsure_columns(settled)
    assert "DD/MM" in "".join(report_lines(await space.transfer.apply(settled, ACCESS), "en"))
    bare = replace(mapping, columns=tuple(replace(c, order="") for c in mapping.columns))
    alone = plan.with_mapping(bare)
    orders = [suggest_order(alone, bare, region) for region in ("US", "GB", "CN", "")]
    assert [found and found.order for found in orders] == ["mdy", "dmy", None, None]


@pytest.mark.parametrize(
    ("header", "extra", "kind"),
    [
        ("Club name", "Town", "account"),
        ("农场名称", "城市", "account"),
        ("Patient name", "Phone", "contact"),
    ],
)
async def test_the_trades_own_word_for_a_customer_names_the_record(
    space: Workspace, tmp_path: Path, header: str, extra: str, kind: str
) -> None:
    path = tmp_path / "list.csv"
    names = ("Ann Lee", "Bo Ray") if kind == "contact" else ("Ironworks Hull Ltd", "Tidal Group")
    value = "+44 20 7946 0958" if extra == "Phone" else "Leeds"
    rows = "".join(f"X{n},{n + 1}40,{name},{value}\n" for n, name in enumerate(names))
    path.write_text(f"Ref,Members,{header},{extra}\n{rows}", encoding="utf-8")
    report = await space.load(path)
    assert report.created == {kind: 2}
