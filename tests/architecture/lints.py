"""The project's own lints: each takes a folder and returns one line a violation."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

PACKAGES = ("agents", "tools", "knowledge_graph", "channels", "prompts", "evals")
MODULE_LINES = 400
FUNCTION_LINES = 60
LITERAL_CHARS = 600
FORBIDDEN_MODULES = frozenset({"utils", "util", "helpers", "helper", "common", "misc", "manager"})
RAW_STORE_IMPORTERS = (
    "knowledge_graph/",
    "channels/bootstrap.py",
    "channels/state/graph.py",
    "channels/state/sealing.py",
    "evals/bench/",
)
"""The core itself, the composition root with what it opens, and the benchmarks that fill a database."""

INDEXERS = ("tools/recall/lexicon.py", "tools/vocabulary.py")
"""Who may read for the workspace itself, past grants and the ledger: the word indexes, which show nothing."""

FORBIDDEN_WORDS = re.compile(
    r"py[p]i\.org|python[h]osted|registry\.npm[j]s|repo1?\.mav[e]n|deb\.deb[i]an"
    r"|(?<![\w.])/(?:work|root)/[a-z]",
)
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")


def sources(root: Path) -> Iterator[Path]:
    """Yield the Python files of the six packages."""
    for package in PACKAGES:
        yield from sorted((root / package).rglob("*.py"))


def module_sizes(root: Path) -> list[str]:
    """No module over 400 lines."""
    found = []
    for path in sources(root):
        lines = len(path.read_text(encoding="utf-8").splitlines())
        if lines > MODULE_LINES:
            found.append(f"{path.relative_to(root)}: {lines} lines")
    return found


def function_sizes(root: Path) -> list[str]:
    """No function over 60 lines."""
    found = []
    for path in sources(root):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                if lines > FUNCTION_LINES:
                    found.append(f"{path.relative_to(root)}:{node.lineno} {node.name}: {lines}")
    return found


def module_names(root: Path) -> list[str]:
    """No module or folder whose name says nothing."""
    return [
        str(path.relative_to(root))
        for path in sources(root)
        if path.stem in FORBIDDEN_MODULES or FORBIDDEN_MODULES & set(path.relative_to(root).parts)
    ]


def long_literals(root: Path) -> list[str]:
    """No string over 600 characters in code: texts for models live in prompts/, data in data files."""
    found = []
    for path in sources(root):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        documented = {id(doc) for doc in _docstrings(tree)}
        found += [
            f"{path.relative_to(root)}:{node.lineno}"
            for node in ast.walk(tree)
            if isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and len(node.value) > LITERAL_CHARS
            and id(node) not in documented
        ]
    return found


def raw_store_use(root: Path) -> list[str]:
    """Nobody outside the core and the composition root touches a `GraphStore`: the gate stands between."""
    found = []
    for path in sources(root):
        name = path.relative_to(root).as_posix()
        if name.startswith(RAW_STORE_IMPORTERS):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module:
                names = {alias.name for alias in node.names}
                if "GraphStore" in names or node.module == "knowledge_graph.stores.neo4j":
                    found.append(f"{name}:{node.lineno}")
    return found


def indexing_access(root: Path) -> list[str]:
    """Nobody but the word indexes makes an `Access` that is neither granted nor written down."""
    found = []
    for path in sources(root):
        name = path.relative_to(root).as_posix()
        if name not in INDEXERS:
            tree = ast.parse(path.read_text(encoding="utf-8"))
            calls = (node for node in ast.walk(tree) if isinstance(node, ast.Call))
            found += [
                f"{name}:{c.lineno}" for c in calls if any(k.arg == "indexing" for k in c.keywords)
            ]
    return found


def foreign_words(root: Path, files: list[Path]) -> list[str]:
    """No index address and no path of one machine in any text file of the repository."""
    found = []
    for path in files:
        try:
            text = path.read_text(encoding="utf-8")
        except (UnicodeDecodeError, OSError):
            continue
        for number, line in enumerate(text.splitlines(), 1):
            if FORBIDDEN_WORDS.search(line):
                found.append(f"{path.relative_to(root)}:{number}")
    return found


def broken_links(root: Path, pages: list[Path]) -> list[str]:
    """Every relative link of the Markdown pages leads to a file."""
    found = []
    for page in pages:
        for target in _LINK.findall(page.read_text(encoding="utf-8")):
            if "://" in target or target.startswith(("#", "mailto:")):
                continue
            if not (page.parent / target.partition("#")[0]).exists():
                found.append(f"{page.relative_to(root)}: {target}")
    return found


def reasonless_ignores(root: Path) -> list[str]:
    """Every `noqa` and `type: ignore` has a code, and in product code a reason on the line."""
    shape = re.compile(
        r"#\s*(?:noqa|type:\s*ignore)(?P<code>(?::\s*|\[)[\w\-, ]+\]?)?(?P<rest>.*)$"
    )
    found = []
    for path in [*sources(root), *sorted((root / "tests").rglob("*.py"))]:
        tested = path.is_relative_to(root / "tests")
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            hit = shape.search(line)
            if hit is None or "re.compile" in line:
                continue
            if not hit["code"] or not (
                tested or re.search(r"(?:-|#)\s*\w.+", hit["code"] + hit["rest"])
            ):
                found.append(f"{path.relative_to(root)}:{number}")
    return found


def _docstrings(tree: ast.AST) -> Iterator[ast.Constant]:
    """Yield docstrings, also those under attributes."""
    for node in ast.walk(tree):
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant):
                yield child.value
