"""Numbers of layers that stand to each other as those of their siblings do: ``up2 = Up(32, 16)`` beside ``up1``."""

from __future__ import annotations

import ast

from shapecheck.candidate import Change
from shapecheck.reading.edits import whole_number
from shapecheck.reading.sources import home_around, node_at, statement_of, walk

_PROPORTION = "the number stands to the one beside it as those of its siblings do: the layer before may give too many"


def doubt_of_proportion(change: Change) -> str:
    """What speaks against another number for a layer: that its siblings by name have the proportion that it breaks."""
    node = node_at(change.span)
    line = statement_of(node)
    own, home = _pair(line), home_around(node)
    if own is None or own[1] == own[2]:
        return ""
    pairs = ((each, _pair(each)) for each in walk(home) if each is not line)
    beside = {each: pair for each, pair in pairs if pair is not None and pair[0] == own[0]}
    is_shared = bool(beside) and all(one * own[2] == other * own[1] for _, one, other in beside.values())
    # What is counted first and stands first reads the data, and no other layer.
    is_first = all(_place(line) < _place(each) for each in beside) and all(
        _count(line) < _count(each) for each in beside
    )
    return _PROPORTION if is_shared and not is_first else ""


def _place(line: ast.AST | None) -> int:
    return getattr(line, "lineno", 0)


def _count(line: ast.AST | None) -> int:
    """The number at the end of the name that a line gives: 2 of ``self.up2``."""
    name = ast.unparse(line.targets[0]) if isinstance(line, ast.Assign) else ""
    return int(name[len(name.rstrip("0123456789")) :] or 0)


def _pair(line: ast.AST | None) -> tuple[str, int, int] | None:
    """The name of a layer without its number, with what makes it, and the first two numbers that are told there."""
    if not isinstance(line, ast.Assign) or not isinstance(line.value, ast.Call) or len(line.value.args) < 2:
        return None
    name, call = ast.unparse(line.targets[0]), line.value
    one, other = (whole_number(each) for each in call.args[:2])
    stem = name.rstrip("0123456789")
    return (f"{stem} {ast.unparse(call.func)}", one, other) if one and other and stem != name else None
