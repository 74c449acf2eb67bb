"""`guanxi import`: files in, after their mapping was shown and agreed to."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from channels.commands.invocation import Command, Invocation

if TYPE_CHECKING:
    from channels.bootstrap import App
    from knowledge_graph.ontology.access import Access, Actor
    from knowledge_graph.ontology.fields import Tier
    from tools.context import Lang
    from tools.transfer.dates import DateOrder
    from tools.transfer.mapping import ImportPlan, TableMapping
    from tools.transfer.reporting import ImportReport

SHOWN_SAMPLES = 3
SAMPLE_CHARS = 24
STATUS_NOTHING = 1
"""Nothing was imported: declined, or no table can be used as it is."""
STATUS_STOPPED = 1
"""The import ended before its last row; what was written stays."""
_YES = frozenset({"y", "yes", "是", "好", "确认"})
_SAID = {
    "dry_run": ("没有写入任何内容（--dry-run）", "nothing was written (--dry-run)"),
    "declined": ("没有写入任何内容", "nothing was written"),
    "none_fits": (
        "没有写入任何内容：没有表能这样导入。可用 --kind 指定类型，或用 --save 写出映射，改好后用 --mapping",
        "nothing was written: no table can be imported as it is. Name what it holds with --kind, or write the "
        "mapping with --save, edit it and give it with --mapping",
    ),
    "ask": ("导入吗？ [y/N] ", "import? [y/N] "),
    "ask_order": (
        "{file} 的“{header}”列，例如 {sample}：先日后月（dmy）还是先月后日（mdy）？ ",
        "{file}, column {header!r}, for example {sample}: day first (dmy) or month first (mdy)? ",
    ),
    "give_order": (
        "日和月的顺序无法确定，请用 --dates dmy 或 --dates mdy 指定",
        "day and month cannot be told apart: give --dates dmy or --dates mdy",
    ),
    "no_terminal": (
        "请在标准输入回答 yes，或加上 --yes",
        "answer yes on standard input, or give --yes",
    ),
    "no_file": (
        "没有文件 {path}；没有导入任何内容",
        "there is no file {path}; nothing was imported",
    ),
    "folder": (
        "{path} 是文件夹，请写出其中的文件；没有导入任何内容",
        "{path} is a folder: name the files in it; nothing was imported",
    ),
    "interrupted": (
        "已中断：{done:,}/{total:,} 行已处理，已写入的保留；再导入同样的文件即可继续",
        "interrupted: {done:,} of {total:,} rows are done and stay written; import the same files to go on",
    ),
    "stopped": (
        "导入中断：{cause}。已处理 {done:,}/{total:,} 行，已写入的保留，其余没有写入；"
        "再导入同样的文件即可继续，不会重复写入",
        "the import stopped: {cause}. {done:,} of {total:,} rows are done and stay written, the rest was not "
        "written; import the same files again to go on, nothing is written twice",
    ),
    "bar": ("导入", "import"),
    "basis": (
        "使用个人数据的依据（未另行说明，按默认记录）：",
        "Grounds for using personal data (assumed, nobody said otherwise):",
    ),
    "ask_basis": (
        "按默认依据使用{tier}吗？（{why}） [Y/n] ",
        "use {tier} on the default ground? ({why}) [Y/n] ",
    ),
    "sample": ("载入示例数据 …", "loading the sample workspace …"),
}


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's own arguments."""
    parser.add_argument(
        "files", nargs="+", type=Path, metavar="FILE", help="CSV, XLSX, JSON, JSON Lines"
    )
    parser.add_argument("--yes", action="store_true", help="import without asking")
    parser.add_argument("--dry-run", action="store_true", help="show the mapping, write nothing")
    parser.add_argument("--kind", metavar="KIND", default="", help="what the tables hold")
    parser.add_argument(
        "--dates", choices=("dmy", "mdy"), default="", help="how 03/04/2026 is meant"
    )
    parser.add_argument(
        "--mapping", type=Path, metavar="FILE", help="JSON: a mapping as --save writes it"
    )
    parser.add_argument("--save", type=Path, metavar="FILE", help="write the mapping to a file")
    parser.add_argument("--lang", choices=("zh", "en"), help="language of what is shown")


async def run(call: Invocation) -> int:
    """Return the exit status after importing files whose mapping was shown and agreed to."""
    options = call.options
    lang = language(call)
    _check_files(options.files, lang)
    async with call.app() as app:
        access = access_of(app, call.who())
        plan = _ordered(await _plan(app, options, access), options, lang)
        show_plan(plan, lang)
        if options.save is not None:
            _save(plan, options.save)
        if options.dry_run:
            print(_say("dry_run", lang))
            return 0
        if all(mapping.blocked for mapping in plan.mappings):
            print(_say("none_fits", lang), file=sys.stderr)
            return STATUS_NOTHING
        if not options.yes and not _agreed(lang):
            print(_say("declined", lang))
            return STATUS_NOTHING
        status = await _apply(app, plan, access, lang)
        asking = sys.stdin.isatty() and not options.yes
        await record_grounds(app, plan, access, lang, asking=asking)
        return status


async def _apply(app: App, plan: ImportPlan, access: Access, lang: Lang) -> int:
    from tools.transfer.reporting import ImportStoppedError

    try:
        report = await apply_plan(app, plan, access, lang)
    except ImportStoppedError as stopped:
        show_report(stopped.report, lang)
        done, total = stopped.report.rows, stopped.report.total
        text = _say("stopped", lang, cause=stopped.cause, done=done, total=total)
        print(f"guanxi: {text} [{stopped.code}]", file=sys.stderr)
        return STATUS_STOPPED
    show_report(report, lang)
    return 0


async def record_grounds(
    app: App, plan: ImportPlan, access: Access, lang: Lang, *, asking: bool = False
) -> None:
    """Record on which ground imported people's data is used, and print it; nothing when there are none.

    Args:
        app: The app.
        plan: What was imported.
        access: Who imports.
        lang: Of what is shown.
        asking: Ask for each tier; else the defaults are recorded.
    """
    from knowledge_graph.ontology.schema import SUBJECT_KINDS
    from tools.consent.assuming import assumed_lines, record_assumed

    kinds = {column.kind for mapping in plan.mappings for column in mapping.columns}
    if not SUBJECT_KINDS & (kinds | {mapping.kind for mapping in plan.mappings}):
        return
    declined = _declined(lang) if asking else frozenset()
    made = await record_assumed(app.sovereignty.consents, access, declined)
    if made:
        print(_say("basis", lang))
        for line in assumed_lines(made, lang):
            print(f"  {line}")


def _declined(lang: Lang) -> frozenset[Tier]:
    """Return the tiers that the person at the terminal does not want used on the default ground."""
    from knowledge_graph.consent import default_bases
    from tools.grounds import tier_word

    found = set()
    for basis in default_bases():
        text = _say("ask_basis", lang, tier=tier_word(basis.tier, lang), why=basis.why)
        if input(text).strip().lower() in {"n", "no", "否", "不"}:
            found.add(basis.tier)
    return frozenset(found)


def language(call: Invocation) -> Lang:
    """Return the language of what a command shows: `--lang`, the setting, the system's."""
    chosen = getattr(call.options, "lang", None) or call.settings().language
    zh = chosen == "zh" or (not chosen and _system().casefold().startswith(("zh", "chinese")))
    return "zh" if zh else "en"


def _system() -> str:
    """Return the language and region that this computer is set to, such as zh_CN; C when to none."""
    import locale

    # not getlocale(), which calls a computer without a region American
    return locale.setlocale(locale.LC_CTYPE).partition(".")[0]


def _region() -> str:
    """Return the region that this computer is set to, two letters, empty when there is none."""
    return _system().partition("_")[2][:2]


def _say(key: str, lang: Lang, **values: object) -> str:
    return _SAID[key][lang == "en"].format(**values)


def access_of(app: App, actor: Actor) -> Access:
    """Return the request for data of a command."""
    from channels.inbound import stamp
    from knowledge_graph.ontology.access import Access

    return Access(actor=actor, at=stamp(app.clock))


def _check_files(files: Sequence[Path], lang: Lang) -> None:
    from knowledge_graph.errors import ImportFileError

    for path in files:
        if not path.is_file():
            key = "folder" if path.is_dir() else "no_file"
            raise ImportFileError(_say(key, lang, path=path))


async def _plan(app: App, options: argparse.Namespace, access: Access) -> ImportPlan:
    from knowledge_graph.errors import ImportFileError
    from tools.transfer.savedmap import with_saved

    plan = await app.transfer.propose(options.files, access, kind=options.kind)
    if options.mapping is None:
        return plan
    try:
        text = options.mapping.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ImportFileError(f"cannot read {options.mapping}: {error}") from error
    return with_saved(plan, text, await app.graph.schema())


def _save(plan: ImportPlan, path: Path) -> None:
    from knowledge_graph.errors import ImportFileError
    from tools.transfer.savedmap import mapping_json

    try:
        path.write_text(mapping_json(plan) + "\n", encoding="utf-8")
    except OSError as error:
        raise ImportFileError(
            f"cannot write {path}: {error.strerror}; nothing was imported"
        ) from error


def _ordered(plan: ImportPlan, options: argparse.Namespace, lang: Lang) -> ImportPlan:
    """Return the plan with the order of day and month settled where somebody or something says it."""
    from tools.transfer.assuming import Suggestion, suggest_order, unsure_columns, with_order

    asking = sys.stdin.isatty() and not options.yes and not options.dry_run
    for mapping, header in unsure_columns(plan):
        suggestion = suggest_order(plan, mapping, _region())
        chosen: DateOrder = options.dates or (_ask_order(mapping, header, lang) if asking else "")
        if chosen:
            suggestion = Suggestion(order=chosen, reason="chosen")
        if suggestion is not None and (chosen or options.yes):
            plan = with_order(plan, mapping, header, suggestion)
    if unsure_columns(plan):
        print(_say("give_order", lang), file=sys.stderr)
    return plan


def _ask_order(mapping: TableMapping, header: str, lang: Lang) -> DateOrder:
    column = next(c for c in mapping.columns if c.header == header)
    sample = ", ".join(column.samples[:SHOWN_SAMPLES])
    answer = input(_say("ask_order", lang, file=mapping.file, header=header, sample=sample))
    orders: dict[str, DateOrder] = {"dmy": "dmy", "mdy": "mdy"}
    return orders.get(answer.strip().lower(), "")


async def apply_plan(app: App, plan: ImportPlan, access: Access, lang: Lang) -> ImportReport:
    """Import with a progress bar on standard error.

    Args:
        app: The app.
        plan: The agreed mapping.
        access: Who imports.
        lang: Of the bar.

    Returns:
        What was done and what was not.

    Raises:
        CancelledError: It was interrupted; what was written stays.
    """
    import asyncio

    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(_say("bar", lang), total=plan.rows)
        seen = 0

        async def told(done: int, total: int) -> None:
            nonlocal seen
            seen = done
            bar.update(task, completed=done, total=total)

        try:
            return await app.transfer.apply(plan, access, told)
        except asyncio.CancelledError:
            print(_say("interrupted", lang, done=seen, total=plan.rows), file=sys.stderr)
            raise


def show_plan(plan: ImportPlan, lang: Lang) -> None:
    """Print what becomes of each column, and what stands in the way."""
    from tools.transfer.render import assumption_text

    for mapping in plan.mappings:
        _show_mapping(mapping, lang)
    for warning in plan.warnings:
        print(f"! {warning}")
    for assumed in plan.assumptions:
        print(f"! {assumption_text(assumed, lang)}")


def _show_mapping(mapping: TableMapping, lang: Lang) -> None:
    from tools.transfer.render import problem_text, word

    single = mapping.table in {"", mapping.file, Path(mapping.file).stem}
    name = mapping.file if single else f"{mapping.file} · {mapping.table}"
    kind = mapping.kind or word("no_kind", lang)
    print(f"{name}: {mapping.rows:,} {word('rows', lang)} → {kind} ({mapping.confidence:.0%})")
    for column in mapping.columns:
        target = f"{column.kind}.{column.field}" if column.kind else word("ignored", lang)
        new = f" ({word('new_field', lang)})" if column.custom else ""
        samples = ", ".join(s[:SAMPLE_CHARS] for s in column.samples[:SHOWN_SAMPLES])
        print(f"  {column.header} → {target} [{column.type.value}]{new}  {samples}".rstrip())
    for problem in mapping.problems:
        weight = word("blocked" if problem.blocking else "look", lang)
        print(f"  ! {weight}: {problem_text(mapping, problem, lang)}")


def show_report(report: ImportReport, lang: Lang) -> None:
    """Print what was done and what was not."""
    from tools.transfer.render import report_lines

    for line in report_lines(report, lang):
        print(line)


def _agreed(lang: Lang) -> bool:
    if sys.stdin.isatty():
        return input(_say("ask", lang)).strip().lower() in _YES
    print(_say("no_terminal", lang), file=sys.stderr)
    return sys.stdin.readline().strip().lower() in _YES


async def import_sample(app: App, actor: Actor, lang: Lang = "en") -> None:
    """Import the sample workspace that comes with the product.

    Args:
        app: The app.
        actor: Who imports.
        lang: Of what is shown.
    """
    from tools.transfer.sample import sample_files

    access = access_of(app, actor)
    print(_say("sample", lang), flush=True)
    plan = await app.transfer.propose(sample_files(), access)
    show_report(await apply_plan(app, plan, access, lang), lang)
    await record_grounds(app, plan, access, lang)


COMMAND = Command(
    name="import", help="import CSV, XLSX or JSON files 导入", arguments=arguments, run=run
)
