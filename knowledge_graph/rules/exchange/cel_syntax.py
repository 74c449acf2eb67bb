"""The syntax of CEL, as far as conditions need it: literals, names, calls, lists, operators.

Source: the grammar of the CEL language definition, github.com/google/cel-spec.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

_TOKEN = re.compile(
    r"\s*(?:(?P<number>(?:0x[0-9a-fA-F]+|\d+\.\d+(?:[eE][+-]?\d+)?|\.\d+|\d+(?:[eE][+-]?\d+)?))(?P<unsigned>[uU])?"
    r"|(?P<text>\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*')"
    r"|(?P<name>[A-Za-z_]\w*)"
    r"|(?P<op>&&|\|\||==|!=|<=|>=|[-+*/%<>!?:()\[\],.]))"
)
_RESERVED = {"true": True, "false": False, "null": None}
_LEVELS: tuple[frozenset[str], ...] = (
    frozenset({"||"}), frozenset({"&&"}), frozenset({"==", "!=", "<", "<=", ">", ">=", "in"}),
    frozenset({"+", "-"}), frozenset({"*", "/", "%"}),
)  # fmt: skip
_DEEPEST = 30
_MOST_TOKENS = 2000


class CelSyntaxError(Exception):
    """The text is no expression of the part of CEL that is read here."""


@dataclass(frozen=True)
class Literal:
    """A text, a number, a boolean or null."""

    value: str | bool | int | float | None


@dataclass(frozen=True)
class Name:
    """A name, with dots between its parts."""

    name: str


@dataclass(frozen=True)
class Index:
    """An element of something."""

    of: Node
    key: Node


@dataclass(frozen=True)
class ListOf:
    """A list."""

    items: tuple[Node, ...]


@dataclass(frozen=True)
class Call:
    """An operator or a function with its arguments."""

    op: str
    args: tuple[Node, ...]
    bracketed: bool = False


Node = Literal | Name | Index | ListOf | Call


def parse(text: str) -> Node:
    """Return the tree of an expression.

    Args:
        text: A CEL expression.

    Returns:
        Its tree.

    Raises:
        CelSyntaxError: It is not in the part of CEL that is read here.
    """
    parser = _Parser(_tokens(text))
    if len(parser.tokens) > _MOST_TOKENS:
        raise CelSyntaxError("too long")
    node = parser.ternary(0)
    if parser.at < len(parser.tokens):
        raise CelSyntaxError(f"{parser.tokens[parser.at][1]!r} was not expected")
    return node


def _tokens(text: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    at, end = 0, len(text.rstrip())
    while at < end:
        match = _TOKEN.match(text, at)
        if match is None:
            raise CelSyntaxError(f"{text[at : at + 10]!r} is not read")
        kind = next(k for k in ("number", "text", "name", "op") if match.group(k) is not None)
        found.append((kind, match.group(kind)))
        at = match.end()
    return found


@dataclass
class _Parser:
    tokens: list[tuple[str, str]]
    at: int = 0

    def _peek(self) -> str:
        return self.tokens[self.at][1] if self.at < len(self.tokens) else ""

    def _take(self, wanted: str) -> bool:
        if self._peek() == wanted and self.tokens[self.at][0] != "text":
            self.at += 1
            return True
        return False

    def _need(self, wanted: str) -> None:
        if not self._take(wanted):
            raise CelSyntaxError(f"{wanted!r} was expected, not {self._peek()!r}")

    def ternary(self, depth: int) -> Node:
        if depth > _DEEPEST:
            raise CelSyntaxError("too deep")
        node = self._binary(0, depth)
        if self._take("?"):
            then = self.ternary(depth + 1)
            self._need(":")
            return Call("?:", (node, then, self.ternary(depth + 1)))
        return node

    def _binary(self, level: int, depth: int) -> Node:
        if level == len(_LEVELS):
            return self._unary(depth)
        node = self._binary(level + 1, depth)
        while self._peek() in _LEVELS[level] and self.tokens[self.at][0] != "text":
            op = self._peek()
            self.at += 1
            node = Call(op, (node, self._binary(level + 1, depth)))
        return node

    def _unary(self, depth: int) -> Node:
        if depth > _DEEPEST:
            raise CelSyntaxError("too deep")
        if self._take("!"):
            return Call("!", (self._unary(depth + 1),))
        if self._take("-"):
            inner = self._unary(depth + 1)
            if isinstance(inner, Literal) and isinstance(inner.value, int | float):
                return Literal(-inner.value)
            return Call("-", (inner,))
        return self._postfix(depth)

    def _postfix(self, depth: int) -> Node:
        node = self._primary(depth)
        while True:
            if self._take("["):
                node = Index(node, self.ternary(depth + 1))
                self._need("]")
            elif self._take("."):
                kind, name = self.tokens[self.at] if self.at < len(self.tokens) else ("", "")
                self.at += 1
                if kind != "name":
                    raise CelSyntaxError("a name was expected behind the dot")
                if self._take("("):
                    node = Call(name, (node, *self._listed(")", depth)))
                elif isinstance(node, Name):
                    node = Name(f"{node.name}.{name}")
                else:
                    node = Index(node, Literal(name))
            else:
                return node

    def _listed(self, end: str, depth: int) -> tuple[Node, ...]:
        found: list[Node] = []
        while not self._take(end):
            if found:
                self._need(",")
                if self._take(end):
                    break
            found.append(self.ternary(depth + 1))
        return tuple(found)

    def _primary(self, depth: int) -> Node:
        if self.at >= len(self.tokens):
            raise CelSyntaxError("the expression ends too early")
        kind, word = self.tokens[self.at]
        self.at += 1
        if kind == "number":
            return Literal(_number(word))
        if kind == "text":
            return Literal(_text(word))
        if kind == "name":
            if word in _RESERVED:
                return Literal(_RESERVED[word])
            return Call(word, self._listed(")", depth)) if self._take("(") else Name(word)
        return self._grouped(word, depth)

    def _grouped(self, word: str, depth: int) -> Node:
        if word == "(":
            node = self.ternary(depth + 1)
            self._need(")")
            return Call(node.op, node.args, bracketed=True) if isinstance(node, Call) else node
        if word == "[":
            return ListOf(self._listed("]", depth))
        raise CelSyntaxError(f"{word!r} was not expected")


def _number(word: str) -> int | float:
    if word.startswith(("0x", "0X")):
        return int(word, 16)
    return int(word) if word.isdecimal() else float(word)


def _text(word: str) -> str:
    inner = word[1:-1]
    if word[0] == "'":
        inner = inner.replace("\\'", "'").replace('"', '\\"')
    try:
        return str(json.loads(f'"{inner}"'))
    except json.JSONDecodeError:
        raise CelSyntaxError(f"the escapes of {word} are not read") from None
