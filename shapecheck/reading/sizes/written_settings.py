"""The number that a setting was given where the settings are written: ``cfg.hidden`` by ``hidden: int = 24``."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.reading.edits import whole_number
from shapecheck.reading.sources import Source, last_name, parents


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


def _values(tree: ast.AST, name: str) -> Iterator[ast.expr]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Dict):
            yield from (value for key, value in zip(node.keys, node.values, strict=True) if _text(key) == name)
        elif isinstance(node, ast.Call) and last_name(node.func) == "add_argument":
            flags = [_text(each).lstrip("-").replace("-", "_") for each in node.args]
            yield from (each.value for each in node.keywords if each.arg == "default" and name in flags)
        elif isinstance(node, ast.Call) and last_name(node.func) in ("dict", "Namespace", "SimpleNamespace"):
            yield from (each.value for each in node.keywords if each.arg == name)
        elif isinstance(node, ast.AnnAssign | ast.Assign) and isinstance(next(parents(node), None), ast.ClassDef):
            targets = [node.target] if isinstance(node, ast.AnnAssign) else node.targets
            if node.value is not None and any(last_name(each) == name for each in targets):
                yield node.value


def _text(node: ast.AST | None) -> str:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""
