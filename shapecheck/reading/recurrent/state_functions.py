"""Functions of the script that make states for a number of samples that they know by themselves, and their calls."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from shapecheck.evidence import Evidence
from shapecheck.reading.origins import kind_of
from shapecheck.reading.sources import (
    Source,
    class_around,
    defaults_of,
    function_around,
    is_named,
    last_name,
    user_sources,
    walk,
)

_Function = ast.FunctionDef


@dataclass(frozen=True, slots=True, eq=False)
class StateFunction:
    """A function that makes states, and where it says for how many samples.

    Args:
        source: Its file.
        function: The function.
        sizes: The places of the number of samples in it: the size in each factory, or where that has its name from.
        parameter: The parameter with a default that the number is; empty where it is none.
    """

    source: Source
    function: _Function
    sizes: tuple[ast.expr, ...]
    parameter: str = ""

    @property
    def takes_self(self) -> bool:
        """Whether it is a method of an object."""
        names = [each.arg for each in self.function.args.args]
        return class_around(self.function) is not None and names[:1] == ["self"]


@dataclass(frozen=True, slots=True, eq=False)
class StateCall:
    """A call of such a function."""

    source: Source
    call: ast.Call

    @property
    def home(self) -> ast.FunctionDef | ast.Module:
        """The function that it stands in, or the whole file."""
        return function_around(self.call) or self.source.tree

    @property
    def receiver(self) -> str:
        """What the method is called on: ``"net"``; empty for a plain function."""
        return ast.unparse(self.call.func.value) if isinstance(self.call.func, ast.Attribute) else ""


def calls_of(evidence: Evidence, made: StateFunction) -> list[StateCall] | None:
    """All calls of a function, as far as the files tell; None where something else may be called, or hands it on."""
    name, owner = made.function.name, class_around(made.function)
    sources = user_sources(evidence)
    namesakes = [
        each
        for source in sources
        for each in walk(source.tree)
        if isinstance(each, _Function) and each.name == name and (class_around(each) is None) == (owner is None)
    ]
    found: list[StateCall] = []
    for source in sources:
        for node in walk(source.tree):
            if not isinstance(node, ast.Name | ast.Attribute) or last_name(node) != name:
                continue
            if isinstance(node, ast.Name) == (owner is not None) or _is_of_module(source, node):
                continue
            call = getattr(node, "parent", None)
            if not isinstance(call, ast.Call) or call.func is not node:
                return None
            if len(namesakes) > 1:
                whose = _owner_of(evidence, source, node)
                if not whose:
                    return None
                if owner is not None and whose != owner.name:
                    continue
            found.append(StateCall(source, call))
    return found


def _is_of_module(source: Source, node: ast.expr) -> bool:
    """Whether a function is that of a library's module, such as ``torch.zeros``."""
    root = node
    while isinstance(root, ast.Attribute):
        root = root.value
    names = {
        (each.asname or each.name).partition(".")[0]
        for line in walk(source.tree)
        if isinstance(line, ast.Import)
        or (isinstance(line, ast.ImportFrom) and (line.module or "").startswith("torch"))
        for each in line.names
    }
    return root is not node and isinstance(root, ast.Name) and root.id in names


def _owner_of(evidence: Evidence, source: Source, node: ast.expr) -> str:
    """The class of the object that a method is called on; nothing where that is not known, or it is no method."""
    if not isinstance(node, ast.Attribute):
        return ""
    around = class_around(node)
    if ast.unparse(node.value) == "self" and around is not None:
        return around.name
    return kind_of(evidence, source.span(node.value))


def is_default(function: _Function, name: str) -> bool:
    """Whether a function has a parameter of this name that a call may leave out."""
    return any(each == name and default is not None for each, default in defaults_of(function.args))


def stores_between(scope: ast.AST, name: str, begin: tuple[int, int], end: tuple[int, int]) -> Iterator[ast.Name]:
    """Where a name is given a value in a function or a file, between two places, functions inside left out."""
    home = scope if isinstance(scope, _Function) else None
    named = (each for each in walk(scope) if is_named(each, name))
    for node in named:
        is_here = isinstance(node.ctx, ast.Store) and function_around(node) is home
        if is_here and begin <= (node.lineno, node.col_offset) < end:
            yield node


def parameter_left_out(node: ast.AST | None) -> ast.Name | None:
    """What a number is taken from unless a call leaves it out: ``rows`` of ``rows or self.rows``, of ``rows if rows``.

    >>> parameter_left_out(ast.parse("7 if rows is None else rows", mode="eval").body).id
    'rows'
    """
    if isinstance(node, ast.BoolOp) and isinstance(node.op, ast.Or) and len(node.values) == 2:
        return node.values[0] if isinstance(node.values[0], ast.Name) else None
    if not isinstance(node, ast.IfExp):
        return None
    test = ast.unparse(node.test)
    for given, texts in ((node.body, ("{}", "{} is not None")), (node.orelse, ("{} is None", "not {}"))):
        if isinstance(given, ast.Name) and test in [text.format(given.id) for text in texts]:
            return given
    return None
