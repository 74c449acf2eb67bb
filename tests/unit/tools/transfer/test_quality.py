"""Imports of files as they really come: a bad value among good ones, odd characters, nested lists, vendors' exports."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from knowledge_graph.ontology.fields import FieldType as F
from tests.unit.tools.transfer.workspace import ACCESS, Workspace
from tools.transfer.render import problem_text

PEOPLE = "".join(f"P{i},Person{i} Smith,p{i}@x.example\n" for i in range(6))


@pytest.fixture
def space(tmp_path: Path) -> Workspace:
    return Workspace.empty(tmp_path)


async def test_one_bad_address_leaves_the_column_one_of_addresses(space: Workspace) -> None:
    path = space.file(
        "contacts.csv", f"Contact ID,Name,Backup Mail\n{PEOPLE}P9,Bad One,not an address\n"
    )
    plan = await space.transfer.propose([path], ACCESS)
    assert plan.mappings[0].columns[2].type is F.EMAIL
    report = await space.transfer.apply(plan, ACCESS)
    assert report.created == {"contact": 7}
    (told,) = report.findings
    assert (told.row, told.value, told.reason) == (7, "not an address", "bad_value")


async def test_repeated_addresses_are_no_choice_from_a_list(space: Workspace) -> None:
    rows = "".join(
        f"P{i},Person{i} Smith,{'x' if i > 6 else 'help@x.example'}\n" for i in range(10)
    )
    path = space.file("contacts.csv", f"Contact ID,Name,Help Desk\n{rows}")
    plan = await space.transfer.propose([path], ACCESS)
    assert plan.mappings[0].columns[2].type is F.TEXT


@pytest.mark.parametrize("value", ["250", "-5", "1000%"])
async def test_an_impossible_share_is_told_and_not_kept(space: Workspace, value: str) -> None:
    path = space.file(
        "deals.csv", f"Deal ID,Deal Name,Probability (%)\nD1,Alpha,40\nD2,Beta,{value}\n"
    )
    report = await space.load(path)
    (told,) = report.findings
    assert (told.row, told.column, told.reason) == (2, "Probability (%)", "bad_value")
    assert "not between 0% and 100%" in told.detail
    held = {r.title: r.get("win_probability") for r in (await space.all()).values()}
    assert held == {"Alpha": 0.4, "Beta": None}


async def test_an_escape_character_is_dropped_and_the_file_is_text(space: Workspace) -> None:
    path = space.file(
        "contacts.csv", f"Contact ID,Name,Notes\n{PEOPLE}P7,Ann Lee,\x1b[31m\x07red\n"
    )
    await space.load(path)
    assert "[31mred" in {r.get("notes") for r in (await space.all()).values()}


async def test_a_file_with_nulls_is_still_binary(space: Workspace) -> None:
    from knowledge_graph.errors import ImportFileError

    path = space.folder / "a.csv"
    path.write_bytes(b"a,b\n1,\x00\x01\x02\n" * 40)
    with pytest.raises(ImportFileError, match="binary"):
        await space.load(path)


async def test_lists_of_records_are_named_never_silent(space: Workspace) -> None:
    orders = [
        {"id": "O1", "customer": {"name": "Acme"}, "total": 10, "items": [{"sku": "A", "qty": 2}]},
        {"id": "O2", "customer": {"name": "Beta"}, "total": 5, "items": [{"sku": "B", "qty": 1}]},
    ]
    path = space.file("orders.json", json.dumps(orders))
    plan = await space.transfer.propose([path], ACCESS)
    (problem,) = plan.mappings[0].problems
    assert (problem.code, problem.headers, problem.blocking) == (
        "nested_records",
        ("items",),
        False,
    )
    assert "kept as text" in problem_text(plan.mappings[0], problem, "en")
    report = await space.transfer.apply(plan, ACCESS)
    assert report.created["order"] == 2


VENDORS = {
    "salesforce/Account.csv": (
        "Id,IsDeleted,Name,ParentId,BillingStreet,BillingCity,BillingPostalCode,Phone,AnnualRevenue,NumberOfEmployees,"
        "OwnerId,LastActivityDate\n"
        "0018A,false,Edge Ltd,,1 High St,Austin,78767,(512) 757-6000,139000000,1000,0058A,2024-03-01\n",
        ("account", "salesforce", {
            "BillingStreet": "address", "BillingPostalCode": "address", "NumberOfEmployees": "employee_count",
            "LastActivityDate": "last_contact_date", "OwnerId": "owner",
        }),
    ),
    "hubspot/contacts.csv": (
        "Record ID,First Name,Last Name,Email,Contact owner,Primary Associated Company ID,Associated Company,"
        "Lifecycle Stage,Create Date\n"
        "101,Maria,Johnson,m@h.example,Raj Patel,9001,Breezy Hotels,Lead,2024-01-02 09:00\n",
        ("contact", "hubspot", {"Primary Associated Company ID": "id", "Associated Company": "name",
                                "Contact owner": "owner", "First Name": "name"}),
    ),
    "zoho/Leads.csv": (
        "Record Id,Lead Owner.id,Lead Owner,Company,First Name,Last Name,Email,No. of Employees,Created Time,Email Opt Out\n"
        "zcrm_5,zcrm_9,Raj Patel,Pyramid Ltd,Ann,Lee,a@p.example,100,2024-01-02 09:00:00,false\n",
        ("lead", "zoho", {"Lead Owner": "owner", "Company": "company", "Created Time": "created_on"}),
    ),
    "fxiaoke/客户.csv": (
        "客户名称（必填）,客户编号,客户级别,一级行业,省,市,详细地址,负责人（必填）,负责人主属部门,最后跟进时间,归属公海\n"
        "常州博瑞光电有限公司,KH1,重点客户,制造业,江苏省,常州市,人民路1号,李薇,华东销售部,2024-06-01 10:00,华东公海\n",
        ("account", "fxiaoke", {"一级行业": "industry", "详细地址": "address", "省": "address",
                                "负责人（必填）": "owner", "最后跟进时间": "last_contact_date"}),
    ),
    "xiaoshouyi/销售机会.csv": (
        "销售机会ID,机会名称,客户名称,销售机会所有人,销售金额,结单日期,销售阶段,可能性(%),输单理由,最近活动记录时间\n"
        "1001,博瑞一期,常州博瑞光电有限公司,李薇,500000,2024-09-30,方案,60,价格,2024-06-01\n",
        ("opportunity", "xiaoshouyi", {"机会名称": "name", "销售金额": "amount", "结单日期": "close_date",
                                       "销售机会所有人": "owner", "输单理由": "lost_reason"}),
    ),
    "xiaoshouyi/联系人.csv": (
        "联系人ID,姓名,公司名称,手机,省份,地址,邮政编码,联系人所有人,最新活动记录时间\n"
        "2001,陈晨,常州博瑞光电有限公司,13800000001,江苏,人民路1号,213000,李薇,2024-06-01\n",
        ("contact", "xiaoshouyi", {"地址": "address", "省份": "address", "邮政编码": "address",
                                   "最新活动记录时间": "last_contact_date"}),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", VENDORS)
async def test_exports_of_other_products_map_right(space: Workspace, name: str) -> None:
    text, (kind, system, fields) = VENDORS[name]
    path = space.file(name.rpartition("/")[2], text)
    plan = await space.transfer.propose([path], ACCESS)
    (mapping,) = plan.mappings
    assert (mapping.kind, mapping.system) == (kind, system)
    assert not mapping.blocked
    found = {c.header: c.field for c in mapping.columns if not c.custom}
    assert {header: found.get(header) for header in fields} == fields
    addresses = {c.kind for c in mapping.columns if c.field == "address"}
    assert addresses <= {kind}
    report = await space.transfer.apply(plan, ACCESS)
    assert report.created[kind] == 1
    assert report.findings == ()


async def test_contacts_and_companies_of_one_export_meet(space: Workspace) -> None:
    companies = space.file(
        "companies.csv",
        "Record ID,Company name,Company owner,Create Date,Company Domain Name,Lifecycle Stage\n"
        "9001,Breezy Hotels,Raj Patel,2024-01-02 09:00,breezy.example,Lead\n",
    )
    contacts = space.file("contacts.csv", VENDORS["hubspot/contacts.csv"][0])
    report = await space.load(companies, contacts)
    assert report.created == {"employee": 1, "account": 1, "contact": 1}


@pytest.mark.parametrize(
    "last",
    ["合计,,,271.5,69500", "总计：,,,271.5,69500", ",,Total,271.5,\"69,500.00\"", "Grand total,,,,69500"],
)  # fmt: skip
async def test_a_line_of_totals_is_no_record(space: Workspace, last: str) -> None:
    text = f"客户名称,城市,备注,健康度,欠款\n博瑞光电,常州,好,80.5,69000\n诺思医疗,苏州,,91,500\n{last}\n"
    report = await space.load(space.file("客户.csv", text))
    assert report.created == {"account": 2}
    assert [f.reason for f in report.findings] == ["total_line"]


async def test_a_customer_may_be_called_total(space: Workspace) -> None:
    text = "Customer,City,Email,Credit limit\nTotal,Paris,info@total.example,500\nAcme,Rome,a@acme.example,70\n"
    report = await space.load(space.file("customers.csv", text))
    assert sum(report.created.values()) >= 2
    assert not report.findings


@pytest.mark.parametrize("wrapper", ["properties", "attributes", "fields"])
async def test_records_wrapped_by_an_api_are_read(space: Workspace, wrapper: str) -> None:
    people = [
        {
            "id": str(n),
            wrapper: {"firstname": first, "lastname": last, "email": f"{first}@x.example"},
            "createdAt": "2024-01-02T09:00:00Z",
        }
        for n, (first, last) in enumerate([("Ann", "Lee"), ("Bo", "Diaz")], start=1)
    ]
    answer = {"total": 2, "results": people, "paging": {"next": {"after": "2"}}}
    path = space.file("contacts.json", json.dumps(answer))
    report = await space.load(path)
    assert report.created == {"contact": 2}
    names = {r.get("name") for r in (await space.all()).values()}
    assert names == {"Ann Lee", "Bo Diaz"}


async def test_a_nested_customer_is_no_wrapper(space: Workspace) -> None:
    orders = [
        {
            "id": f"O{n}",
            "customer": {"name": name, "email": f"{name}@x.example", "city": "Rome"},
            "total": n,
        }
        for n, name in enumerate(("acme", "beta"))
    ]
    (mapping,) = (
        await space.transfer.propose([space.file("orders.json", json.dumps(orders))], ACCESS)
    ).mappings
    assert mapping.kind == "order"
