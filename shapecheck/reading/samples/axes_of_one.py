"""Reads along which axis an expression has a single item, by what it was made of."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.reading.applied import is_of_torch, told_to, written_axis
from shapecheck.reading.edits import whole_number
from shapecheck.reading.sources import home_around, is_named, last_name, names_in, walk

# Methods that leave all axes where they are.
_KEEPS_ALL = ("detach", "cpu", "cuda", "to", "long", "int", "float", "contiguous", "clone")
_LOOPS = ast.For | ast.comprehension
MAX_STEPS = 4


def axis_made(base: ast.expr, steps: int = MAX_STEPS) -> str:
    """The axis of one that an expression has by what made it: ``topk(1, dim=1)[1]``, ``max(1, keepdim=True)[0]``.

    Args:
        base: The expression.
        steps: How many names are followed back.

    Returns:
        The axis as text; nothing where none is seen.
    """
    if isinstance(base, ast.Name):
        found = {_axis_of_name(made, steps) for made in _made(base)} if steps else set()
        return found.pop() if len(found) == 1 else ""
    while isinstance(base, ast.Subscript | ast.Attribute):
        if cut := _axis_cut(base):
            return cut
        base = base.value
    if not isinstance(base, ast.Call) or not isinstance(base.func, ast.Attribute):
        return ""
    name = base.func.attr
    if name in _KEEPS_ALL:
        return axis_made(base.func.value, steps)
    if name == "stack":
        return _axis_stacked(base, steps)
    given, named = told_to(base), {each.arg: each.value for each in base.keywords}
    if name in ("topk", "multinomial"):
        count = given[0] if given else named.get("k", named.get("num_samples"))
        axis = given[1] if len(given) > 1 and name == "topk" else named.get("dim", ast.Constant(-1))
        return _written(axis) if whole_number(count) == 1 else ""
    kept = named.get("keepdim", named.get("keepdims"))
    axis = given[0] if given else named.get("dim", named.get("axis", ast.Constant(None)))
    is_kept = isinstance(kept, ast.Constant) and kept.value is True
    return _written(axis) if is_kept or name == "unsqueeze" else ""


def _axis_stacked(call: ast.Call, steps: int) -> str:
    """The axis that each of the parts has put there alone: ``torch.stack([model(x.unsqueeze(0)) for x in xs])``."""
    parts, along = call.args[0] if call.args else None, written_axis(call, int(not is_of_torch(call)))
    if not isinstance(parts, ast.ListComp | ast.GeneratorExp) or not steps:
        return ""
    made = axis_made(parts.elt, steps - 1)
    if not made and isinstance(parts.elt, ast.Call) and len(parts.elt.args) == 1 and not parts.elt.keywords:
        # What is called with a batch of one sample gives one of one.
        made = axis_made(parts.elt.args[0], steps - 1)
        made = made if made == "0" else ""
    axis = 0 if along is None else whole_number(along)
    if not made.isdecimal() or axis is None or axis < 0:
        return ""
    return str(int(made) + (axis <= int(made)))


def _axis_of_name(made: tuple[ast.expr, bool], steps: int) -> str:
    value, is_item = made
    return _axis_split(value) if is_item else axis_made(value, steps - 1)


def _made(name: ast.Name) -> Iterator[tuple[ast.expr, bool]]:
    """What a name is given in its function, but what is worked out of it itself; and whether it is an item of that."""
    home = home_around(name)
    for each in walk(home):
        if isinstance(each, _LOOPS):
            pairs = [(target, value, True) for target, value in _items(each.target, each.iter)]
        elif isinstance(each, ast.Assign):
            pairs = [(target, each.value, False) for target in each.targets]
        else:
            continue
        for target, value, is_item in pairs:
            if is_named(target, name.id) and name.id not in names_in(value):
                yield value, is_item


def _items(target: ast.expr, source: ast.expr) -> Iterator[tuple[ast.expr, ast.expr]]:
    """What a loop gives its names items of, also counted or beside each other."""
    called = last_name(source.func) if isinstance(source, ast.Call) else ""
    parts = target.elts if isinstance(target, ast.Tuple) and isinstance(source, ast.Call) else []
    if called == "enumerate" and len(parts) == 2 and isinstance(source, ast.Call) and source.args:
        yield from _items(parts[1], source.args[0])
    elif called == "zip" and isinstance(source, ast.Call):
        for part, each in zip(parts, source.args, strict=False):
            yield from _items(part, each)
    else:
        yield target, source


def _axis_split(pieces: ast.expr) -> str:
    """The axis along which pieces of one were made: ``x.split(1, dim=0)``."""
    if not isinstance(pieces, ast.Call) or last_name(pieces.func) != "split":
        return ""
    given, named = told_to(pieces), {each.arg: each.value for each in pieces.keywords}
    count = given[0] if given else named.get("split_size", named.get("split_size_or_sections"))
    axis = given[1] if len(given) > 1 else named.get("dim", ast.Constant(0))
    return _written(axis) if whole_number(count) == 1 else ""


def _axis_cut(node: ast.expr) -> str:
    """The only axis along which an index takes a slice of one: ``x[:, t : t + 1]``."""
    if not isinstance(node, ast.Subscript):
        return ""
    parts = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
    kept = [part for part in parts if isinstance(part, ast.Slice)]
    if any(not isinstance(part, ast.Slice) and whole_number(part) is None for part in parts):
        # What else stands there may leave an axis, or make one.
        return ""
    ones = [str(at) for at, part in enumerate(kept) if _is_of_one(part)]
    return ones[0] if len(ones) == 1 else ""


def _is_of_one(part: ast.Slice) -> bool:
    """``t : t + 1``, ``:1``, ``-1:``, ``3:4``."""
    lower, upper = part.lower, part.upper
    if part.step is not None:
        return False
    if upper is None:
        return whole_number(lower) == -1
    first, last = whole_number(lower) if lower is not None else 0, whole_number(upper)
    if first is not None and last is not None:
        return last - first == 1
    ends = upper if isinstance(upper, ast.BinOp) and isinstance(upper.op, ast.Add) else None
    is_next = lower is not None and ends is not None and ast.unparse(ends.left) == ast.unparse(lower)
    return is_next and ends is not None and whole_number(ends.right) == 1


def _written(axis: ast.expr) -> str:
    number = whole_number(axis)
    return "" if number is None else str(number)
