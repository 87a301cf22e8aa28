"""Where a script puts the items into a list, or cuts them, that a tensor is made of: ``Y.append(series[i + 7])``."""

from __future__ import annotations

import ast

from shapecheck.capture.instruments.tensors.names import function_around
from shapecheck.capture.recording.tape import FROM_OUTSIDE, Node
from shapecheck.capture.recording.user_code import expression_at, span_of, tree_of
from shapecheck.evidence import Span
from shapecheck.reading.sources import names_in


def filled_at(node: Node) -> Span | None:
    """The one statement in the same function that fills the list which a tensor is made of; None if there is none."""
    call = expression_at(node.spot, ast.Call) if node.spot is not None and node.name in FROM_OUTSIDE else None
    if node.spot is None or not isinstance(call, ast.Call) or not call.args:
        return None
    file = node.spot.code.co_filename
    around = function_around(node.spot) or tree_of(file)
    names = names_in(call.args[0])
    found = [item for item in ast.walk(around) if _is_filled(item, names)] if around is not None else []
    if len(found) != 1 or not isinstance(found[0], ast.stmt):
        return None
    item = found[0]
    return span_of(file, item)


def _is_filled(item: ast.AST, names: set[str]) -> bool:
    """Whether a statement puts items into a list, one by one or all of them, or cuts them out of a series."""
    if isinstance(item, ast.Assign) and len(item.targets) == 1 and isinstance(item.targets[0], ast.Name):
        # ``np.stack([...])`` of a list that is made on the spot as well, and ``series[7:]``, which holds all at once.
        made = item.value.args[0] if isinstance(item.value, ast.Call) and item.value.args else item.value
        is_cut = isinstance(item.value, ast.Subscript) and isinstance(item.value.slice, ast.Slice)
        return item.targets[0].id in names and (is_cut or isinstance(made, ast.ListComp))
    call = item.value if isinstance(item, ast.Expr) else None
    func = call.func if isinstance(call, ast.Call) else None
    is_put = isinstance(func, ast.Attribute) and func.attr == "append" and isinstance(func.value, ast.Name)
    return is_put and func.value.id in names  # type: ignore[union-attr]
