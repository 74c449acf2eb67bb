"""What happens in the sample workspace: interactions, orders, contracts, tickets, tasks, leads, usage."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from pypinyin import lazy_pinyin

from tools.transfer.sample.parties import en_person, owner_of, zh_company, zh_person
from tools.transfer.sample.world import TODAY, Rowlike, World, write_csv

_INBOUND = ("主题：回复", "主题：设备", "Subject: Re", "Subject: Alarm", "Subject: Inv")
"""How mails begin that customers wrote."""
_TASK_TITLES = (
    "准备报价", "安排现场勘察", "Send payback calculation", "Call about renewal", "寄送样机",
    "Prepare contract", "回访满意度",
)  # fmt: skip

_INTERACTIONS = [
    "Interaction ID", "Type", "Subject", "Date", "Account ID", "Contact ID", "Owner", "Direction", "Text",
]  # fmt: skip
_ORDERS = [
    "Order ID", "Account ID", "Product ID", "Product Line", "Quantity", "Amount", "Currency",
    "Channel", "Status", "Order Date", "Owner",
]  # fmt: skip
_CONTRACTS = [
    "Contract ID", "Contract Name", "Account ID", "Opportunity ID", "Contract Type", "Contract Value",
    "Signed Date", "Start Date", "End Date", "Services",
]  # fmt: skip
_TICKETS = [
    "Ticket ID", "Subject", "Account ID", "Contact ID", "Priority", "Status", "Category",
    "Description", "Opened At", "Resolved At", "CSAT",
]  # fmt: skip
_TASKS = [
    "Task ID", "Task Name", "Account ID", "Opportunity ID", "Assigned To", "Status", "Priority", "Due Date",
]  # fmt: skip
_LEADS = [
    "Lead ID", "Lead Name", "Company", "Email", "Lead Status", "Product Interest", "Owner",
    "Lead Source", "Created Date", "Follow Up By",
]  # fmt: skip
_USAGE = ["Usage Event ID", "Account ID", "Event Type", "Module", "Timestamp", "Value"]


def make_interactions(world: World, folder: Path) -> None:
    """Write the interactions."""
    companies = {account[0]: account[1] for account in world.accounts}
    owners = {account[0]: account[3] for account in world.accounts}
    rows: list[Rowlike] = []
    for i in range(1, 3001):
        person = world.random.choice(world.contacts)
        owner = owners[person[2]]
        kind, body = _note(world, person, companies[person[2]], owner)
        if i % 600 == 0:
            kind, body = "email", world.words.texts("attacks")[i // 600 - 1]
        at = _moment(world)
        rows.append([
            f"I{i:05}",
            kind,
            body.splitlines()[0].removeprefix("Subject: ").removeprefix("主题：")[:40],
            at.strftime("%Y-%m-%d %H:%M"),
            person[2],
            person[0],
            owner,
            "inbound" if kind == "email" and body.startswith(_INBOUND) else "outbound",
            body,
        ])
    write_csv(folder / "interactions.csv", _INTERACTIONS, rows)


def _note(
    world: World, person: tuple[str, str, str, bool], company: str, owner: str
) -> tuple[str, str]:
    """Return kind and text of a note about a contact."""
    random = world.random
    kind, text = random.choice(world.words.rows("zh_notes" if person[3] else "en_notes"))
    body = text.format(  # the arguments draw: their order is part of the sample
        name=person[1],
        company=company,
        product=_product(world)[1],
        owner=owner,
        month=random.randint(1, 12),
        n=random.randint(5, 98),
    )
    return kind, body


def _product(world: World) -> tuple[str, ...]:
    """Return a product of either line: code, name, line, price, unit."""
    return world.random.choice(world.words.rows("products_pv") + world.words.rows("products_med"))


def _moment(world: World) -> datetime:
    """Return an instant of the last 500 days."""
    return datetime(TODAY.year, TODAY.month, TODAY.day, tzinfo=UTC) - timedelta(
        days=world.random.randint(0, 500), minutes=world.random.randint(0, 1439)
    )


def make_business(world: World, folder: Path) -> None:
    """Write the orders and contracts."""
    orders = [_order(world, i) for i in range(1, 601)]
    won = [deal for deal in world.deals if deal[2] == "Closed Won"]
    contracts = [_contract(world, i, deal) for i, deal in enumerate(won, start=1)]
    write_csv(folder / "orders.csv", _ORDERS, orders)
    write_csv(folder / "contracts.csv", _CONTRACTS, contracts)


def _order(world: World, i: int) -> Rowlike:
    """Return the order of this number."""
    random = world.random
    account = random.choice(world.accounts)
    code, _, line, price, _ = _product(world)
    count = random.randint(1, 30)
    return [
        f"SO-2026-{i:04}",
        account[0],
        code,
        line,
        count,
        int(price) * count,
        "CNY",
        random.choice(("直销", "经销商", "Online")),
        random.choice(("created", "paid", "shipped", "shipped", "returned")),
        world.day(400).isoformat(),
        account[3],
    ]


def _contract(world: World, i: int, deal: tuple[str, str, str]) -> Rowlike:
    """Return the contract of a won opportunity: one year from its signing."""
    random = world.random
    start = world.day(500, -30)
    return [
        f"HT{i:04}",
        f"{'服务合同' if i % 2 else 'Supply contract'} {i}",
        deal[1],
        deal[0],
        random.choice(("new", "renewal", "expansion")),
        random.randint(5, 400) * 10_000,
        start.isoformat(),
        start.isoformat(),
        (start + timedelta(days=365)).isoformat(),
        random.choice(("设备远程诊断；培训", "现场维保", "设备远程诊断", "培训；延保")),
    ]


def make_tickets_and_tasks(world: World, folder: Path) -> None:
    """Write the tickets and tasks."""
    tickets = [_ticket(world, i) for i in range(1, 251)]
    owners = {account[0]: account[3] for account in world.accounts}
    tasks = [_task(world, i, owners) for i in range(1, 301)]
    write_csv(folder / "tickets.csv", _TICKETS, tickets)
    write_csv(folder / "tasks.csv", _TASKS, tasks)


def _ticket(world: World, i: int) -> Rowlike:
    """Return the ticket of this number."""
    random = world.random
    person = random.choice(world.contacts)
    name, category, text = random.choice(
        world.words.rows("zh_tickets" if person[3] else "en_tickets")
    )
    opened = world.day(150) - timedelta(days=1)
    closed = opened + timedelta(days=random.randint(0, 9))
    state = random.choice(("open", "resolved", "closed")) if closed < TODAY else "open"
    return [
        f"T{i:04}",
        name,
        person[2],
        person[0],
        random.choice(("P1", "P2", "P3", "P3", "P4")),
        state,
        category,
        text,
        f"{opened.isoformat()} {random.randint(8, 18):02}:{random.randint(0, 59):02}",
        f"{closed.isoformat()} 17:00" if state != "open" else "",
        random.randint(1, 5) if state == "closed" else "",
    ]


def _task(world: World, i: int, owners: dict[str, str]) -> Rowlike:
    """Return the task of this number, for the owner of its account."""
    random = world.random
    deal = random.choice(world.deals)
    title = random.choice(_TASK_TITLES)
    due = world.day(40, 40)
    return [
        f"K{i:04}",
        title,
        deal[1],
        deal[0],
        owners[deal[1]],
        "done" if due < TODAY and world.chance(0.7) else "open",
        random.choice(("high", "normal")),
        due.isoformat(),
    ]


def make_leads(world: World, folder: Path) -> None:
    """Write the leads."""
    write_csv(folder / "leads.csv", _LEADS, [_lead(world, i) for i in range(1, 121)])


def _lead(world: World, i: int) -> Rowlike:
    """Return the lead of this number, every second Chinese."""
    random = world.random
    chinese = i % 2 == 0
    name, company, mail = _zh_stranger(world, i) if chinese else _en_stranger(world, i)
    return [
        f"L{i:04}",
        name,
        company,
        mail if world.chance(0.85) else "",
        random.choice(("new", "contacted", "qualified", "unqualified")),
        random.choice(("software", "hardware", "services", "training")),
        owner_of(world, chinese)[0],
        random.choice(world.words.texts("sources_en")),
        world.day(90).isoformat(),
        world.day(10, 30).isoformat(),
    ]


def _zh_stranger(world: World, i: int) -> tuple[str, str, str]:
    """Return name, company and e-mail address of a Chinese lead."""
    name = zh_person(world)
    company = zh_company(world, i + 300)[0]
    return name, company, f"{''.join(lazy_pinyin(name))}@lead{i}.example.cn"


def _en_stranger(world: World, i: int) -> tuple[str, str, str]:
    """Return name, company and e-mail address of a lead abroad."""
    name = " ".join(en_person(world))
    head = world.random.choice(world.words.texts("en_heads"))
    company = f"{head} {world.random.choice(world.words.rows('en_sorts'))[1]}"
    return name, company, f"{name.split()[0].lower()}@lead{i}.example.com"


def make_usage(world: World, folder: Path) -> None:
    """Write the usage events."""
    random = world.random
    rows: list[Rowlike] = []
    for i in range(1, 1501):
        account = random.choice(world.accounts[:60])
        kind = random.choice(("page_view", "page_view", "api_call", "login", "alarm"))
        module = (
            random.choice(("permission_mgmt", "dashboard", "reports", "billing"))
            if kind == "page_view"
            else ""
        )
        rows.append([
            f"U{i:05}",
            account[0],
            kind,
            module,
            f"{world.day(30) - timedelta(days=1)} {random.randint(0, 23):02}:{random.randint(0, 59):02}",
            random.randint(1, 50),
        ])
    write_csv(folder / "usage_events.csv", _USAGE, rows)
