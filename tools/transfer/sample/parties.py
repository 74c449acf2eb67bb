"""Who is in the sample workspace: employees, products, accounts, contacts, opportunities."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from pypinyin import lazy_pinyin

from tools.transfer.sample.world import TODAY, Rowlike, World, write_csv, write_xlsx

_STAGES_ZH = ("初步接触", "方案报价", "商务谈判", "赢单", "输单")
_STAGES_EN = ("Qualification", "Proposal", "Negotiation", "Closed Won", "Closed Lost")
_CHANCE = (0.2, 0.45, 0.7, 1.0, 0.0)

_ACCOUNTS_ZH = [
    "客户编号", "客户名称", "所属行业", "区域", "城市", "客户级别", "统一社会信用代码", "员工人数",
    "年营业额", "负责人", "客户状态", "试用开始日期", "合同到期日", "最近跟进时间", "客户来源", "装机容量",
]  # fmt: skip
_ACCOUNTS_EN = [
    "Account ID", "Account Name", "Industry", "Region", "Country", "City", "Website", "Employees",
    "Annual Revenue", "Account Owner", "Lifecycle Stage", "Contract End Date", "Last Contact Date", "Source",
]  # fmt: skip
_CONTACTS_ZH = [
    "联系人编号", "姓名", "客户编号", "客户名称", "职务", "手机", "邮箱", "微信号", "营销授权",
    "最近联系日期", "负责人",
]  # fmt: skip
_CONTACTS_EN = [
    "Contact ID", "First Name", "Last Name", "Account ID", "Title", "Email", "Phone",
    "Marketing Consent", "Last Contact Date", "Contact Owner",
]  # fmt: skip
_DEALS_ZH = [
    "商机编号", "商机名称", "客户编号", "联系人编号", "负责人", "商机阶段", "预计金额（万元）", "赢单率",
    "预计成交日期", "产品编号", "来源", "创建日期",
]  # fmt: skip
_DEALS_EN = [
    "Opportunity ID", "Opportunity Name", "Account ID", "Contact ID", "Owner", "Stage", "Amount",
    "Probability (%)", "Close Date", "Product ID", "Lead Source", "Created Date",
]  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class _Deal:
    """An opportunity as drawn, before it is written in one of the two languages."""

    number: str
    account: tuple[str, str, bool, str]
    contact: str
    """Contact id, or empty."""
    product_code: str
    product_word: str
    stage: int
    """Place in the stage lists."""
    amount: int
    """In yuan."""
    closing: date
    created: date


def make_employees(world: World, folder: Path) -> None:
    """Write the employees."""
    header = ["Employee ID", "Name", "Email", "Title", "Team", "Region", "Manager ID"]
    write_csv(folder / "employees.csv", header, [list(e) for e in world.words.rows("employees")])


def make_products(world: World, folder: Path) -> None:
    """Write the products."""
    pv: list[Rowlike] = [["产品编号", "产品名称", "产品线", "单价", "单位", "在售"]]
    pv += [
        [code, name, line, price, unit, "是"]
        for code, name, line, price, unit in world.words.rows("products_pv")
    ]
    med: list[Rowlike] = [
        ["Product ID", "Product Name", "Product Line", "List Price", "Unit", "Active"]
    ]
    med += [
        [code, name, line, price, unit, "Yes"]
        for code, name, line, price, unit in world.words.rows("products_med")
    ]
    write_xlsx(folder / "products.xlsx", {"产品": pv, "Products": med})


def zh_company(world: World, number: int) -> tuple[str, str, str, str]:
    """Return name, industry, city and region of a Chinese company."""
    random = world.random
    city, region = world.words.rows("zh_places")[number % len(world.words.rows("zh_places"))]
    industry, tail = random.choice(world.words.rows("zh_sorts"))
    head = world.words.texts("zh_heads")[
        (number * 7 + number // 30) % len(world.words.texts("zh_heads"))
    ]
    name = (
        f"{city}市第{'一二三四五六'[number % 6]}{tail}"
        if industry == "医院"
        else f"{city}{head}{tail}"
    )
    return name, industry, city, region


def owner_of(world: World, chinese: bool) -> tuple[str, str]:
    """Return name and e-mail address of one of our sales people."""
    staff = [e for e in world.words.rows("employees")[:10] if (e[2].endswith(".cn")) == chinese]
    chosen = world.random.choice(staff)
    return chosen[1], chosen[2]


def zh_person(world: World) -> str:
    """Return a Chinese person's name."""
    surname = world.random.choice(world.words.texts("zh_surnames"))
    return surname + world.random.choice(world.words.texts("zh_given"))


def en_person(world: World) -> tuple[str, str]:
    """Return first and last name of a person abroad."""
    first = world.random.choice(world.words.texts("en_first"))
    return first, world.random.choice(world.words.texts("en_last"))


def make_accounts(world: World, folder: Path) -> None:
    """Write the accounts."""
    zh: list[Rowlike] = []
    for i in range(1, 101):
        _add_zh_account(world, zh, i)
    write_csv(folder / "客户.csv", _ACCOUNTS_ZH, zh, "gb18030")
    en: list[Rowlike] = []
    for i in range(101, 201):
        _add_en_account(world, en, i)
    write_csv(folder / "accounts_international.csv", _ACCOUNTS_EN, en)


def _add_zh_account(world: World, rows: list[Rowlike], i: int) -> None:
    """Add a Chinese account to the rows and to the world."""
    random = world.random
    name, industry, city, region = zh_company(world, i)
    if i in {58, 91}:  # the same company once more, as it happens
        name = str(rows[i - 40][1]).replace("有限公司", "")
        industry, city, region = (str(rows[i - 40][k]) for k in (2, 4, 3))
    owner = owner_of(world, True)[0]
    trial = world.day(40, -1).strftime("%Y/%m/%d") if world.chance(0.2) else ""
    end = world.day(60, 420).strftime("%Y年%m月%d日") if world.chance(0.6) else ""
    rows.append([
        f"C{i:04}",
        name,
        industry,
        region,
        city,
        random.choice("AABBBCCD"),
        f"91320{random.randint(10**12, 10**13 - 1)}",
        random.randint(40, 6000) if world.chance(0.8) else "",
        f"{random.randint(300, 90000) / 10}万" if world.chance(0.7) else "",
        owner,
        random.choice(("活跃", "活跃", "试用中", "暂停", "已流失")),
        trial,
        end,
        world.day(200).strftime("%Y-%m-%d"),
        random.choice(world.words.texts("sources_zh")),
        f"{random.randint(1, 60)}MW" if "光伏" in name else "",
    ])
    world.accounts.append((f"C{i:04}", name, True, owner))


def _add_en_account(world: World, rows: list[Rowlike], i: int) -> None:
    """Add an account abroad to the rows and to the world."""
    random = world.random
    city, country = world.words.rows("en_places")[i % len(world.words.rows("en_places"))]
    industry, tail = random.choice(world.words.rows("en_sorts"))
    name = f"{world.words.texts('en_heads')[(i * 3) % 25]} {city + ' ' if i % 3 == 0 else ''}{tail}"
    owner, mail = owner_of(world, False)
    word = name.split()[0].lower()
    rows.append([
        f"C{i:04}",
        name,
        industry,
        "欧洲" if country in {"Germany", "Italy", "Netherlands", "United Kingdom"} else "亚太",
        country,
        city,
        f"www.{word}-{i}.example",
        random.randint(20, 9000) if world.chance(0.8) else "",
        f"${random.randint(5, 900)},{random.randint(100, 999)},000",
        mail,
        random.choice(("active", "active", "trial", "paused", "churned")),
        world.day(300, 300).isoformat() if world.chance(0.5) else "",
        world.day(180).strftime("%d/%m/%Y"),
        random.choice(world.words.texts("sources_en")),
    ])
    world.accounts.append((f"C{i:04}", name, False, owner))


def make_contacts(world: World, folder: Path) -> None:
    """Write the contacts."""
    zh: list[Rowlike] = []
    en: list[Rowlike] = []
    for i in range(1, 601):
        if i <= 300:
            _add_zh_contact(world, zh, i)
        else:
            _add_en_contact(world, en, i)
    write_csv(folder / "联系人.csv", _CONTACTS_ZH, zh, "utf-8-sig")
    write_csv(folder / "contacts.csv", _CONTACTS_EN, en)


def _employer(
    world: World, pool: list[tuple[str, str, bool, str]], i: int
) -> tuple[str, str, bool, str]:
    """Return the account of a contact: each in turn, every third by chance."""
    return pool[(i - 1) % 100] if i % 3 else world.random.choice(pool)


def _add_zh_contact(world: World, rows: list[Rowlike], i: int) -> None:
    """Add a Chinese contact to the rows and to the world."""
    random = world.random
    account = _employer(world, world.accounts[:100], i)
    number = f"P{i:04}"
    name = zh_person(world)
    if i == 177:  # the same person once more
        name, account = str(rows[30][1]), next(a for a in world.accounts if a[0] == rows[30][2])
    mail = f"{''.join(lazy_pinyin(name))}{i}@{account[0].lower()}.example.cn"
    phone = f"1{random.choice('3578')}{random.randint(10**8, 10**9 - 1)}"
    rows.append([
        number,
        name,
        account[0],
        account[1],
        random.choice(world.words.texts("zh_titles")),
        phone if world.chance(0.9) else "",
        mail if world.chance(0.8) else "",
        f"wx_{number.lower()}" if world.chance(0.5) else "",
        random.choice(("是", "否")),
        world.day(240).strftime("%Y年%m月%d日") if world.chance(0.7) else "",
        account[3],
    ])
    world.contacts.append((number, name, account[0], True))


def _add_en_contact(world: World, rows: list[Rowlike], i: int) -> None:
    """Add a contact abroad to the rows and to the world."""
    random = world.random
    account = _employer(world, world.accounts[100:], i)
    number = f"P{i:04}"
    first, last = en_person(world)
    mail = f"{first}.{last}{i}@{account[0].lower()}.example.com".lower()
    land = random.choice((49, 65, 62, 81, 31, 1))
    phone = f"+{land} {random.randint(100, 999)} {random.randint(10**6, 10**7 - 1)}"
    rows.append([
        number,
        first,
        last,
        account[0],
        random.choice(world.words.texts("en_titles")),
        mail if world.chance(0.9) else "",
        phone if world.chance(0.8) else "",
        random.choice(("Yes", "No")),
        world.day(240).isoformat() if world.chance(0.7) else "",
        account[3],
    ])
    world.contacts.append((number, f"{first} {last}", account[0], False))


def make_deals(world: World, folder: Path) -> None:
    """Write the opportunities."""
    zh: list[Rowlike] = [[*_DEALS_ZH]]
    en: list[Rowlike] = []
    for i in range(1, 801):
        chinese = i <= 400
        deal = _draw_deal(world, i, world.accounts[:100] if chinese else world.accounts[100:])
        if chinese:
            zh.append(_zh_deal_row(world, deal))
        else:
            en.append(_en_deal_row(world, deal))
        world.deals.append((deal.number, deal.account[0], _STAGES_EN[deal.stage]))
    write_xlsx(folder / "商机.xlsx", {"商机": zh})
    write_csv(folder / "opportunities.csv", _DEALS_EN, en)


def _draw_deal(world: World, i: int, pool: list[tuple[str, str, bool, str]]) -> _Deal:
    """Draw the opportunity of this number with one of the accounts."""
    random = world.random
    account = random.choice(pool)
    person = next((c for c in world.contacts if c[2] == account[0]), None)
    code, product, _, price, _ = random.choice(
        world.words.rows("products_pv" if world.chance(0.55) else "products_med")
    )
    stage = random.choices(range(5), (25, 25, 20, 18, 12))[0]
    closing = world.day(300, -1) if stage > 2 else world.day(20, 200)
    return _Deal(  # the arguments draw too: their order is part of the sample
        number=f"D{i:04}",
        account=account,
        product_code=code,
        product_word=product.split()[0],
        stage=stage,
        closing=closing,
        amount=int(price) * random.randint(1, 40),
        contact=person[0] if person and world.chance(0.8) else "",
        created=_begun(world, closing),
    )


def _begun(world: World, closing: date) -> date:
    """Return when an opportunity was made: well before its closing, and before today."""
    days = world.random.randint(20, 250)
    return min(closing - timedelta(days=days), TODAY - timedelta(days=days % 30 + 1))


def _zh_deal_row(world: World, deal: _Deal) -> Rowlike:
    """Return an opportunity as the Chinese workbook has it."""
    return [
        deal.number,
        f"{deal.account[1][:8]}{deal.product_word}项目",
        deal.account[0],
        deal.contact,
        deal.account[3],
        _STAGES_ZH[deal.stage],
        round(deal.amount / 10_000, 2),
        f"{int(_CHANCE[deal.stage] * 100)}%",
        deal.closing.strftime("%Y/%m/%d"),
        deal.product_code,
        world.random.choice(world.words.texts("sources_zh")),
        deal.created.isoformat(),
    ]


def _en_deal_row(world: World, deal: _Deal) -> Rowlike:
    """Return an opportunity as the English table has it."""
    return [
        deal.number,
        f"{deal.account[1].split()[0]} {deal.product_word} {deal.created.year}",
        deal.account[0],
        deal.contact,
        deal.account[3],
        _STAGES_EN[deal.stage],
        f"¥{deal.amount:,}",
        int(_CHANCE[deal.stage] * 100),
        deal.closing.isoformat(),
        deal.product_code,
        world.random.choice(world.words.texts("sources_en")),
        deal.created.isoformat(),
    ]
