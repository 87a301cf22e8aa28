"""What a change takes away, where a change before it may be why it does not fit any more: parts of sums, steps."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterable

OVERWRITTEN = "it leaves out a part of a sum or product, which may be right, and the change before it be wrong"
SPREAD = "a change before it spreads something over all the steps, of which it then takes one"
_SPREADS = re.compile(r"\.expand\(-1, .+\.(size\(1\)|shape\[1\]), -1\)|\.repeat\(1, .+, 1\)")
_TAKES = re.compile(r"\[(:, )?(-1|0)\]|\.(mean|sum|amax)\((dim=)?1\)")


def takes_what_was_spread(made: Iterable[str], new: str) -> bool:
    """Whether a change takes one of the steps that another one had to spread a vector over.

    Args:
        made: The changes before it, as they are named.
        new: The change.

    >>> takes_what_was_spread(["meta.unsqueeze(1).expand(-1, out.size(1), -1), dim=-1"], "net(x, meta)[:, -1]")
    True
    >>> takes_what_was_spread(["in_features=2 * hidden"], "net(x, meta)[:, -1]")
    False
    """
    return bool(_TAKES.search(new)) and any(_SPREADS.search(each) for each in made)


def overwrites_arithmetic(before: str, after: str) -> bool:
    """Whether a changed text has less of a width that was written as a sum or product: ``32`` for ``32 + 8``.

    The sizes that a view is given are none of these: one of them is ``-1`` as well.

    >>> overwrites_arithmetic("head = Linear(32 + 8, 1)", "head = Linear(32, 1)")
    True
    >>> overwrites_arithmetic("head = Linear(16 * 4 * 4, 1)", "head = Linear(16 * 5 * 5, 1)")
    False
    """
    old, new = _written(before), _written(after)
    return sum((old - new).values()) > sum((new - old).values()) or _parts(old - new) > _parts(new - old)


def _written(text: str) -> Counter[str]:
    """The sums and products of a text, each as a whole, with how often it stands there."""
    try:
        tree = ast.parse(text)
    except SyntaxError:
        return Counter()
    return Counter(_outermost(tree))


def _outermost(node: ast.AST) -> list[str]:
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Mult):
        return [ast.unparse(node)]
    left_out = node.args if isinstance(node, ast.Call) and _is_view(node.func) else []
    return [text for each in ast.iter_child_nodes(node) if each not in left_out for text in _outermost(each)]


def _is_view(node: ast.expr) -> bool:
    return isinstance(node, ast.Attribute) and node.attr in ("view", "reshape", "expand", "unflatten", "repeat")


def _parts(written: Counter[str]) -> int:
    """How many names and numbers they are written with."""
    leaves = (ast.Name, ast.Attribute, ast.Constant)
    return sum(
        count * sum(isinstance(each, leaves) for each in ast.walk(ast.parse(text))) for text, count in written.items()
    )
