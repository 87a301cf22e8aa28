"""Stripes and crops whose place was drawn by the size of one axis, and that are taken along another one."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from shapecheck.capture.instruments.axes.named_sizes import axes_of_names, axis_spelt, whole_shape
from shapecheck.capture.instruments.trials.edits import replaced_text
from shapecheck.capture.instruments.trials.sighting import Sighting, sighted
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node
from shapecheck.capture.recording.user_code import expression_in
from shapecheck.findings import Edit, Fix
from shapecheck.reading.sources import begin_of, home_around, is_named, items_of, last_name, parents, statement_of, walk

_DRAWS = frozenset(["randint", "randrange", "uniform", "rand", "random", "integers"])
# What has the shape of what it is made of.
_IMAGES = frozenset(
    ["clone", "detach", "contiguous", "float", "to", "copy", "ones_like", "zeros_like", "full_like", "empty_like"]
)
_FULL = frozenset(["ones", "zeros"])
_DEPTH = 12


@dataclass(frozen=True, slots=True)
class _Sized:
    """An axis of a tensor whose size a place hangs on.

    Args:
        tensor: The text that the tensor goes by.
        at: Which axis; below zero where it is counted from the end.
        ndim: How many axes it has; 0 where that is not said.
        asked: Where its size was asked: the line, and the column.
    """

    tensor: str
    at: int
    ndim: int
    asked: tuple[int, int]


_TAKES = frozenset(["__getitem__", "__setitem__"])


def places_of_other_axes(step: Step) -> Iterator[Sighting]:
    """``x[f:f + width] = 0`` with ``f = randint(0, x.shape[1] - width)``: written for one map, given a batch.

    The sizes of both axes must differ, as they do not of square images. An axis that has a part in the number itself
    is let be.
    """
    told = set[int]()
    for node in step.recorded:
        parts = node.index_parts if node.name in _TAKES and len(node.args) > 1 else ()
        if node.spot is None or node.spot.line in told or not any(isinstance(part, slice) for part in parts):
            continue
        if not all(isinstance(part, slice | int) and not isinstance(part, bool) for part in parts):
            continue
        written = expression_in(node.spot.span)
        wrong = _wrong(step.tape.shape(node.parents[0]), written, parts) if isinstance(written, ast.Subscript) else {}
        if wrong and isinstance(written, ast.Subscript):
            told.add(node.spot.line)
            yield _told(step, node, written, wrong)


def _wrong(shape: tuple[int, ...], written: ast.Subscript, parts: tuple[object, ...]) -> dict[int, int]:
    """Axis that is cut -> the axis by whose size the place was drawn."""
    items = items_of(written.slice)
    found: dict[int, int] = {}
    if len(items) != len(parts) or isinstance(written.slice, ast.Name):
        return found
    alike = _made_like(written.value)
    for axis, item in enumerate(items):
        place = item.lower if isinstance(item, ast.Slice) else None
        sized = _drawn_by(place) if place is not None else None
        if not sized or any(one.tensor not in alike or one.ndim not in (0, len(shape)) for one in sized):
            continue
        if any(_is_bound_since(written, one) for one in sized):
            continue
        axes = {one.at % len(shape) for one in sized if -len(shape) <= one.at < len(shape)}
        other = axes.pop() if len(axes) == 1 else axis
        if shape[other] != shape[axis]:
            found[axis] = other
    return found


def _told(step: Step, node: Node, written: ast.Subscript, wrong: dict[int, int]) -> Sighting:
    shape = step.tape.shape(node.parents[0])
    axis, other = next(iter(wrong.items()))
    text = (
        f"where it begins was drawn among the {shape[other]} places of axis {other} of {shape}, and here it is taken "
        f"along axis {axis}, which has {shape[axis]}"
    )
    fix = Fix(f"take it along axis {other}", _edits(node, written, wrong, len(shape)), "no")
    return sighted("place_of_other_axis", node, text, (fix,))


def _edits(node: Node, written: ast.Subscript, wrong: dict[int, int], ndim: int) -> tuple[Edit, ...]:
    """The edit that lets as many axes whole in front as the place was counted too early."""
    items = [ast.unparse(item) for item in items_of(written.slice)]
    first = min(wrong)
    gaps = {other - axis for axis, other in wrong.items()}
    behind = [item for at, item in enumerate(items) if at > first and at not in wrong]
    if len(gaps) != 1 or min(gaps) < 1 or any(item != ":" for item in behind) or node.spot is None:
        return ()
    new = [*items[:first], *[":"] * min(gaps), *items[first:]]
    while new[-1] == ":":
        new.pop()
    return replaced_text(node.spot.code.co_filename, written.slice, ", ".join(new)) if len(new) <= ndim else ()


def _drawn_by(place: ast.expr) -> frozenset[_Sized] | None:
    """The axes by whose sizes a place was drawn; None if it was not drawn, or something in it cannot be followed."""
    parts = [*_parts(place, _DEPTH)]
    known = [part for part in parts if part is not None]
    if len(known) < len(parts) or not any(isinstance(part, ast.Call) and _draws(part) for part in known):
        return None
    return frozenset(size for part in known if (size := _sized(part)) is not None)


def _draws(call: ast.Call) -> bool:
    return last_name(call.func) in _DRAWS


def _made_like(base: ast.expr) -> set[str]:
    """The texts of tensors that have the shape of one, as far as the statement says that made it; itself among them."""
    found = {ast.unparse(base)}
    bound = _bound(base) if isinstance(base, ast.Name) else None
    while isinstance(bound, ast.Call):
        name, args = last_name(bound.func), bound.args
        if name in _FULL and len(args) == 1 and (whole := whole_shape(args[0])) is not None:
            return found | {whole}
        if name not in _IMAGES:
            break
        is_method = isinstance(bound.func, ast.Attribute) and not is_named(bound.func.value, "torch")
        inner = bound.func.value if is_method and isinstance(bound.func, ast.Attribute) else args[0] if args else None
        if inner is None:
            break
        found.add(ast.unparse(inner))
        bound = inner
    return found


def _is_bound_since(written: ast.expr, size: _Sized) -> bool:
    """Whether a tensor got another value between where its size was asked and an expression below."""
    names = (item for item in walk(home_around(written)) if is_named(item, size.tensor))
    return any(isinstance(item.ctx, ast.Store) and size.asked < begin_of(item) < begin_of(written) for item in names)


def _parts(place: ast.expr, depth: int) -> Iterator[ast.expr | None]:
    """All that a place was reckoned of, the names in it followed to what they stand for; None where one is lost."""
    if _sized(place) is not None:
        yield place
        return
    if isinstance(place, ast.Name):
        bound = _bound(place)
        if bound is None or not depth:
            yield from () if _is_given(place) else (None,)
        else:
            yield from _parts(bound, depth - 1)
        return
    yield place
    if isinstance(place, ast.Call):
        func = [place.func.value] if isinstance(place.func, ast.Attribute) and _is_value(place.func.value) else []
        inner = [*func, *place.args, *(word.value for word in place.keywords)]
    elif isinstance(place, ast.BinOp):
        inner = [place.left, place.right]
    elif isinstance(place, ast.UnaryOp):
        inner = [place.operand]
    elif isinstance(place, ast.Tuple | ast.List):
        inner = place.elts
    else:
        inner = []
        if not isinstance(place, ast.Constant | ast.Attribute):
            yield None
    for one in inner:
        yield from _parts(one, depth)


def _is_value(node: ast.expr) -> bool:
    """Whether a method is called on something that was reckoned, and not on a module or a generator."""
    return isinstance(node, ast.Call | ast.BinOp)


def _is_given(name: ast.Name) -> bool:
    """Whether nothing in the function binds a name: an argument, or a number that is set for the whole script."""
    home = home_around(name)
    return not any(is_named(item, name.id) and isinstance(item.ctx, ast.Store) for item in walk(home))


def _sized(node: ast.expr) -> _Sized | None:
    spelt = axis_spelt(node)
    if spelt is not None:
        return _Sized(*spelt, 0, begin_of(node))
    if not isinstance(node, ast.Name):
        return None
    statement = _statement(node)
    if statement is None or (axis := axes_of_names(statement).get(node.id)) is None:
        return None
    return _Sized(axis.tensor, axis.at, axis.ndim, begin_of(statement))


def _bound(name: ast.Name) -> ast.expr | None:
    """What a name stands for: the right side of the last statement above that binds it, if that is sure to run."""
    statement = _statement(name)
    if statement is None:
        return None
    (target,) = statement.targets
    if is_named(target, name.id):
        return statement.value
    if isinstance(target, ast.Tuple) and isinstance(statement.value, ast.Tuple):
        pairs = zip(target.elts, statement.value.elts, strict=False)
        return next((value for one, value in pairs if is_named(one, name.id)), None)
    return None


def _statement(name: ast.Name) -> ast.Assign | None:
    home = home_around(name)
    stores = [item for item in walk(home) if is_named(item, name.id) and isinstance(item.ctx, ast.Store)]
    statement = statement_of(
        max((item for item in stores if begin_of(item) < begin_of(name)), key=begin_of, default=None)
    )
    if not isinstance(statement, ast.Assign) or len(statement.targets) != 1 or _end(statement) > begin_of(name):
        return None
    return statement if getattr(statement, "parent", None) in [*parents(name)] else None


def _end(node: ast.stmt) -> tuple[int, int]:
    return node.end_lineno or node.lineno, node.end_col_offset or 0


PROBE = Probe(
    "what is cut out or blanked at a place drawn by chance lies along the axis that it was drawn for",
    lambda look: places_of_other_axes(look.step),
    needs_no_run=True,
)
