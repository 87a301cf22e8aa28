"""What a script's statements say of the rows of its arrays, for what numpy does to these is not heard."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.reading.sources import items_of, last_name, walk
from shapecheck.reading.vocabulary import LIBRARIES

# Numbers and unit vectors by which things are called: which of them gets which label may be drawn at random.
_NUMBERS = frozenset(["arange", "range", "eye", "identity"])
# What hands on the very numbers of an array, and what looks at them only when it is asked.
_SHARES = frozenset(
    ["reshape", "view", "ravel", "transpose", "swapaxes", "moveaxis", "squeeze", "from_numpy", "as_tensor", "asarray"]
)
_LATER = frozenset(["map", "filter", "zip", "iter"])
# What writes into what it is given first, be it a function or a method.
_WRITES = frozenset(
    ["copyto", "put", "place", "putmask", "fill", "fill_", "copy_", "append", "extend", "insert", "sort", "reverse",
     "update"]
)  # fmt: skip


def names_in(tree: ast.AST) -> list[ast.Name]:
    """All names that are read or written somewhere."""
    return [item for item in walk(tree) if isinstance(item, ast.Name)]


def is_written_behind(tree: ast.AST, scope: ast.AST, name: str, end: int) -> bool:
    """Whether what stands behind a line puts other numbers into what has a name.

    Args:
        tree: The whole file, for the functions that are called.
        scope: Where the name holds.
        name: The name.
        end: The line.
    """
    return any(_writes(tree, item, name) for item in ast.walk(scope) if getattr(item, "lineno", 0) > end)


def _writes(tree: ast.AST | None, item: ast.AST, name: str) -> bool:
    if isinstance(item, ast.Name):
        return item.id == name and isinstance(item.ctx, ast.Store)
    if isinstance(item, ast.Subscript):
        return isinstance(item.ctx, ast.Store) and _mentions(item.value, name)
    if not isinstance(item, ast.Call):
        return False
    owner = [item.func.value] if isinstance(item.func, ast.Attribute) else []
    if last_name(item.func) in _WRITES and any(_mentions(one, name) for one in (*owner, *item.args[:1])):
        return True
    for function in walk(tree):
        if isinstance(function, ast.FunctionDef) and function.name == last_name(item.func):
            for word, given in zip(function.args.args, item.args, strict=False):
                if _mentions(given, name) and any(_writes(None, part, word.arg) for part in ast.walk(function)):
                    return True
    return False


def _mentions(value: ast.AST, name: str) -> bool:
    return any(one.id == name for one in names_in(value))


def are_drawn(samples: list[ast.expr], made: list[ast.expr], name: str, labels: str) -> bool:
    """Whether a random order is what says which sample has which label: of numbers, and of labels that were copied.

    Args:
        samples: What the samples were made by.
        made: What the labels were made by.
        name: The name of the samples.
        labels: That of the labels.
    """
    called = {last_name(item.func) for value in samples for item in ast.walk(value) if isinstance(item, ast.Call)}
    is_read_off = any(_mentions(value, name) for value in made)
    return any(_mentions(value, labels) for value in samples) or (bool(called & _NUMBERS) and not is_read_off)


def is_later(value: ast.expr) -> bool:
    """Whether something is reckoned only when it is asked for."""
    return isinstance(value, ast.GeneratorExp) or (isinstance(value, ast.Call) and last_name(value.func) in _LATER)


def shares(value: ast.expr, names: set[str]) -> bool:
    """Whether an expression holds the very numbers of an array of one of these names: a view, or the same memory."""
    while not isinstance(value, ast.Name):
        if isinstance(value, ast.Call) and last_name(value.func) in _SHARES and isinstance(value.func, ast.Attribute):
            is_function = ast.unparse(value.func.value) in LIBRARIES
            if is_function and not value.args:
                return False
            value = value.args[0] if is_function else value.func.value
        elif isinstance(value, ast.Attribute) or (isinstance(value, ast.Subscript) and _is_slice(value.slice)):
            value = value.value
        else:
            return False
    return value.id in names


def _is_slice(index: ast.expr) -> bool:
    parts = items_of(index)
    return all(isinstance(part, ast.Slice | ast.Constant | ast.UnaryOp) for part in parts)


def called_too(scope: ast.AST, name: str) -> set[str]:
    """The names under which the rows of an array are known: its own, and those that loops and assignments give them."""
    found = {name}
    for item in ast.walk(scope):
        if isinstance(item, ast.For):
            given = item.iter.args if isinstance(item.iter, ast.Call) else [item.iter]
            found |= _beside(item.target, given, name)
        elif isinstance(item, ast.Assign):
            given = items_of(item.value)
            for target in item.targets:
                found |= _beside(target, given, name)
    return found


def _beside(target: ast.expr, given: list[ast.expr], name: str) -> set[str]:
    parts = target.elts if isinstance(target, ast.Tuple) and len(given) > 1 else [target]
    pairs = zip(parts, given, strict=False) if len(parts) == len(given) else ()
    return {one.id for part, value in pairs if _mentions(value, name) for one in names_in(part)}


def names_there(tree: ast.AST, line: int) -> Iterator[str]:
    """The names that an assignment at a line gives."""
    for item in walk(tree):
        if isinstance(item, ast.Assign) and item.lineno <= line <= (item.end_lineno or item.lineno):
            yield from (one.id for target in item.targets for one in names_in(target))
