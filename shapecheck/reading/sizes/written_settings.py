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
    if isinstance(node, ast.Attribute):
        return ast.unparse(node.value)
    is_named = isinstance(node, ast.Subscript) and _text(node.slice) != ""
    return ast.unparse(node.value) if is_named and isinstance(node, ast.Subscript) else ""


def written_setting(source: Source, node: ast.AST) -> int | None:
    """The one whole number that the file gives a setting of this name; None where it gives several, or none.

    Args:
        source: The file.
        node: What reads the setting.
    """
    name = node.attr if isinstance(node, ast.Attribute) else _text(getattr(node, "slice", None))
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
    name = node.attr if isinstance(node, ast.Attribute) else _text(getattr(node, "slice", None))
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
        if isinstance(node, ast.Dict):
            yield [(_text(key), value) for key, value in zip(node.keys, node.values, strict=True)]
        elif isinstance(node, ast.Call) and last_name(node.func) == "add_argument":
            flags = [_text(each).lstrip("-").replace("-", "_") for each in node.args]
            options += [(flag, each.value) for each in node.keywords if each.arg == "default" for flag in flags]
        elif isinstance(node, ast.Call) and last_name(node.func) in ("dict", "Namespace", "SimpleNamespace"):
            yield [(each.arg, each.value) for each in node.keywords if each.arg is not None]
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
