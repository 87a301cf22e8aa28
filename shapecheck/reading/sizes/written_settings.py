"""The number that a setting was given where the settings are written: ``cfg.hidden`` by ``hidden: int = 24``."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.reading.edits import whole_number
from shapecheck.reading.sources import Source, last_name, walk


def holder(node: ast.AST | None) -> str:
    """What the settings are kept in of which an expression reads one, nothing if it reads none.

    >>> [holder(ast.parse(text, mode="eval").body) for text in ("cfg.hidden", 'cfg["hidden"]', "hidden", "sizes[0]")]
    ['cfg', 'cfg', '', '']
    """
    base, _ = setting_read(node)
    return ast.unparse(base) if base is not None else ""


def setting_read(node: ast.AST | None) -> tuple[ast.expr | None, str]:
    """What holds a setting that is read, and its name: of ``cfg.hidden``, and of ``cfg["hidden"]``."""
    if isinstance(node, ast.Attribute):
        return node.value, node.attr
    name = _text(node.slice) if isinstance(node, ast.Subscript) else ""
    return (node.value, name) if isinstance(node, ast.Subscript) and name else (None, "")


def entries_of(node: ast.AST) -> Iterator[tuple[str, ast.expr]]:
    """The names and the values that a dict is written with, or that a call gives by their names."""
    if isinstance(node, ast.Dict):
        yield from ((_text(key), value) for key, value in zip(node.keys, node.values, strict=True) if _text(key))
    elif isinstance(node, ast.Call):
        yield from ((each.arg, each.value) for each in node.keywords if each.arg is not None)


def written_setting(source: Source, node: ast.AST) -> int | None:
    """The one whole number that the file gives a setting of this name; None where it gives several, or none.

    Args:
        source: The file.
        node: What reads the setting.
    """
    _, name = setting_read(node)
    found = {whole_number(value) for value in _values(source.tree, name)} if name else set()
    return next(iter(found)) if len(found) == 1 else None


def class_numbers(owner: ast.ClassDef | None) -> Iterator[tuple[str, int]]:
    """The whole numbers that the body of a class gives names to."""
    for node in owner.body if owner is not None else ():
        for target in node.targets if isinstance(node, ast.Assign) else ():
            number = whole_number(node.value) if isinstance(node, ast.Assign) else None
            if isinstance(target, ast.Name) and number is not None:
                yield target.id, number


def settings_beside(source: Source, node: ast.AST) -> Iterator[tuple[str, ast.expr]]:
    """The settings that stand where the file gives one its only value, each as it is read there, with its whole number.

    Args:
        source: The file.
        node: What reads the setting: for ``cfg.hidden`` others are ``cfg.width`` and ``cfg.layers``.
    """
    _, name = setting_read(node)
    homes = [each for each in _homes(source.tree) if name in (key for key, _ in each)]
    for other, value in homes[0] if len(homes) == 1 and holder(node) != "self" else ():
        if other != name and whole_number(value) is not None:
            text = f".{other}" if isinstance(node, ast.Attribute) else f'["{other}"]'
            yield f"{holder(node)}{text}", value


def _values(tree: ast.AST, name: str) -> Iterator[ast.expr]:
    yield from (value for home in _homes(tree) for key, value in home if key == name)


def _homes(tree: ast.AST) -> Iterator[list[tuple[str, ast.expr]]]:
    """The settings that a file writes down, together what is kept together."""
    options: list[tuple[str, ast.expr]] = []
    for node in walk(tree):
        name = last_name(node.func) if isinstance(node, ast.Call) else ""
        if isinstance(node, ast.Dict) or name in ("dict", "Namespace", "SimpleNamespace"):
            yield [*entries_of(node)]
        elif isinstance(node, ast.Call) and name == "add_argument":
            flags = [_text(each).lstrip("-").replace("-", "_") for each in node.args]
            options += [(flag, each.value) for each in node.keywords if each.arg == "default" for flag in flags]
        elif isinstance(node, ast.ClassDef):
            yield [*_fields(node)]
    yield options


def _fields(owner: ast.ClassDef) -> Iterator[tuple[str, ast.expr]]:
    """What the body of a class gives names to."""
    for node in owner.body:
        targets = [node.target] if isinstance(node, ast.AnnAssign) else getattr(node, "targets", [])
        value = node.value if isinstance(node, ast.AnnAssign | ast.Assign) else None
        yield from ((last_name(each), value) for each in targets if value is not None)


def _text(node: ast.AST | None) -> str:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""
