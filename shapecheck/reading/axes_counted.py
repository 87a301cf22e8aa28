"""Which axis of a tensor is meant where its size is wanted: by what stands beside it, and by what is done with it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from shapecheck.evidence import Evidence, Value
from shapecheck.reading.edits import takes_all, whole_number
from shapecheck.reading.failing import CELLS, RECURRENT, Shape
from shapecheck.reading.layouts import batch_stands_first
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.running import held_around
from shapecheck.reading.sources import (
    Source,
    call_around,
    found_at,
    home_around,
    last_name,
    parents,
    statement_of,
    walk,
)
from shapecheck.reading.tensors_as_sizes import TensorAsSize

_SAMPLES = re.compile(r"(?<![a-z])(batch(es)?|b|bs|bsz|n?samples?)(?![a-z])", re.IGNORECASE)
_STEPS = re.compile(r"(?<![a-z])(seq|len|length|steps?|time|t)(?![a-z])", re.IGNORECASE)
_COUNTS = ("range", "arange", "randint", "linspace")
_FACTORIES = ("zeros", "ones", "rand", "randn", "empty", "full", "new_zeros", "new_ones", "new_full", "new_empty")
# What is done to a square, both of whose sides are as long.
_SQUARES = ("triu", "tril")
_POSITIONS = ("arange", "randperm", "randint")
_LAID_OUT = ("view", "reshape")
_KEPT = ("to", "float", "long", "clone", "int", "cpu", "cuda", "type_as")


def axes_counted(evidence: Evidence, one: TensorAsSize) -> list[int]:
    """The axes that may be meant, each said by another thing; one that several say stands there as often."""
    source, node = found_at(one.use)
    if source is None or node is None:
        return []
    count = len(one.sizes)
    if count == 1:
        return [0]
    signs = (
        _as_beside(one, source, node),
        _same_call(one, node),
        _of_loop(node),
        _of_slice(evidence, one, source, node),
        _of_index(evidence, one, source, node),
        _of_view(one, node),
        _of_missing(evidence, one, source, node),
        _of_comparison(evidence, one, source, node),
        _of_pool(one, node),
        _of_samples(evidence, one, source, node),
    )
    found = [axis for sign in signs for axis in sign if axis is not None]
    return [axis % count for axis in found if -count <= axis < count]


def _asked(node: ast.expr, text: str) -> int | None:
    """The axis whose size is asked of a tensor of this name: ``x.size(1)``, ``x.shape[1]``, ``len(x)``."""
    if isinstance(node, ast.Call) and len(node.args) == 1:
        base = node.func.value if isinstance(node.func, ast.Attribute) and node.func.attr == "size" else None
        if base is not None and ast.unparse(base) == text:
            return whole_number(node.args[0])
        return 0 if last_name(node.func) == "len" and ast.unparse(node.args[0]) == text else None
    if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Attribute) and node.value.attr == "shape":
        return whole_number(node.slice) if ast.unparse(node.value.value) == text else None
    return None


def _as_beside(one: TensorAsSize, source: Source, node: ast.expr) -> Iterator[int | None]:
    """What is asked of it beside: in one count the same axis, among sizes the one that lies as far apart."""
    where, place = found_at(one.place)
    for spot, home in ((node, source), (place, where)):
        if spot is None or home is None:
            continue
        up, call = getattr(spot, "parent", None), call_around(spot)
        row = up.elts if isinstance(up, ast.Tuple) else call.args if call is not None else []
        around = _call(spot)
        if around is not None and (last_name(around.func) in _COUNTS or _is_square(around)):
            asked = [_asked(each, one.text) for each in walk(around) if isinstance(each, ast.expr)]
            yield from dict.fromkeys(axis for axis in asked if axis is not None)
        elif spot in row:
            at = row.index(spot)
            apart = {
                axis + at - other for other, each in enumerate(row) if (axis := _asked(each, one.text)) is not None
            }
            yield from apart if len(apart) == 1 else ()


def _is_square(call: ast.Call) -> bool:
    """Whether what a call makes is cut to a triangle: ``torch.ones(n, n).triu(1)``."""
    return any(isinstance(up, ast.Call) and last_name(up.func) in _SQUARES for up in parents(call))


def _call(node: ast.AST) -> ast.Call | None:
    return next((each for each in parents(node) if isinstance(each, ast.Call)), None)


def _same_call(one: TensorAsSize, node: ast.expr) -> Iterator[int | None]:
    """What is asked elsewhere in the function beside the same sizes: ``zeros(x, n), randn(x.size(1), n)``."""
    call, home = call_around(node), home_around(node)
    row = call.args if call is not None else []
    if node not in row or home is None:
        return
    at, texts = row.index(node), [ast.unparse(each) for each in row]
    for other in walk(home):
        given = other.args if isinstance(other, ast.Call) and other is not call else []
        if len(given) != len(row) or last_name(getattr(other, "func", None)) not in (*_COUNTS, *_FACTORIES, *_LAID_OUT):
            continue
        axis = _asked(given[at], one.text)
        others = [ast.unparse(each) for each in given]
        if axis is not None and others[:at] + others[at + 1 :] == texts[:at] + texts[at + 1 :]:
            yield axis
            return


def _of_loop(node: ast.expr) -> Iterator[int | None]:
    """The axis along which a loop goes that counts up to it: ``for t in range(x)`` and ``x[:, t]``."""
    for up in parents(node):
        if isinstance(up, ast.stmt) and not isinstance(up, ast.For):
            comprehended = [each for each in parents(node) if isinstance(each, ast.comprehension)]
            up = comprehended[0] if comprehended else up
        if isinstance(up, ast.For | ast.comprehension) and node in walk(up.iter):
            if isinstance(up.iter, ast.Call) and last_name(up.iter.func) == "range" and isinstance(up.target, ast.Name):
                body = walk(up if isinstance(up, ast.For) else getattr(up, "parent", None))
                yield from dict.fromkeys(_taken(each, up.target.id, ast.unparse(node)) for each in body)
            return


def _taken(node: ast.AST, name: str, text: str) -> int | None:
    """The axis of which an index takes what a loop counts: 1 in ``x[:, t]``."""
    if not isinstance(node, ast.Subscript) or not isinstance(node.ctx, ast.Load):
        return None
    parts = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
    for axis, part in enumerate(parts):
        if not takes_all(part):
            reads = [each for each in walk(part) if isinstance(each, ast.Name) and each.id == name]
            # A list of what there is for each step says nothing of the axes of a tensor.
            return axis if reads and (axis or ast.unparse(node.value) == text) else None
    return None


def _of_slice(evidence: Evidence, one: TensorAsSize, source: Source, node: ast.expr) -> Iterator[int | None]:
    """The axis that meets a table cut to it: ``x + pe[:, :x]``, counted from the last axis on."""
    cut = next((up for up in parents(node) if isinstance(up, ast.Slice)), None)
    table = next((up for up in parents(node) if isinstance(up, ast.Subscript)), None)
    if cut is None or table is None:
        return
    parts = table.slice.elts if isinstance(table.slice, ast.Tuple) else [table.slice]
    axis = next((at for at, each in enumerate(parts) if each is cut), None)
    held = held_around(evidence, source, table)
    beside = getattr(table, "parent", None)
    sizes = _shape(held, source, table.value)
    if axis is None or not sizes or not isinstance(beside, ast.BinOp):
        return
    other = beside.left if beside.right is table else beside.right
    met = _shape(held, source, other) or (one.sizes if ast.unparse(other) == one.text else ())
    if (met and met[: len(one.sizes)] == one.sizes[: len(met)]) or met[:2] == one.sizes[:2]:
        yield len(met) - len(sizes) + axis


def _shape(held: dict[str, Value], source: Source, node: ast.expr) -> Shape:
    return sizes_of(held.get(source.span(node).text))


def _of_index(evidence: Evidence, one: TensorAsSize, source: Source, node: ast.expr) -> Iterator[int | None]:
    """The axis that an index of its positions is for: ``scores[torch.arange(scores), labels]``, ``x[:, order]``."""
    call = _call(node)
    if call is None or last_name(call.func) not in _POSITIONS:
        return
    line, home = statement_of(call), home_around(call)
    names = {each.id for each in getattr(line, "targets", ()) if isinstance(each, ast.Name)}
    read = [each for each in walk(home) if isinstance(each, ast.Name) and each.id in names]
    found: set[int] = set()
    for place in (call, *read):
        inside: ast.AST = place
        for up in parents(place):
            if isinstance(up, ast.stmt):
                break
            if isinstance(up, ast.Subscript) and inside is not up.value:
                parts = up.slice.elts if isinstance(up.slice, ast.Tuple) else [up.slice]
                at = next((at for at, each in enumerate(parts) if each is inside), len(one.sizes))
                sizes = _shape(held_around(evidence, source, node), source, up.value)
                is_its = ast.unparse(up.value) == one.text or one.sizes[at : at + 1] == sizes[at : at + 1] != ()
                found |= {at} if is_its and at < len(one.sizes) else set()
                break
            inside = up if not isinstance(up, ast.Tuple) else inside
    yield from found


def _of_view(one: TensorAsSize, node: ast.expr) -> Iterator[int | None]:
    """The leading axes of a view stay where they are: ``x.view(x, -1)``; and what stands behind ``-1`` is the last."""
    call = call_around(node)
    for each in (call,) if call is not None else ():
        if not isinstance(each.func, ast.Attribute) or each.func.attr not in _LAID_OUT or node not in each.args:
            continue
        at = each.args.index(node)
        before = [whole_number(part) for part in each.args[:at]]
        if at == 0 or all(number is None for number in before):
            yield at
        elif before == [-1] and len(each.args) == 2 and ast.unparse(each.func.value) == one.text:
            yield -1


def _of_missing(evidence: Evidence, one: TensorAsSize, source: Source, node: ast.expr) -> Iterator[int | None]:
    """The only axis that what is repeated or spread has not, or one of one number in its place."""
    call, up = _call(node), getattr(node, "parent", None)
    row = up.elts if isinstance(up, ast.Tuple) else call.args if call is not None else []
    name = last_name(call.func) if call is not None else ""
    if call is None or node not in row:
        return
    at = row.index(node)
    if name in ("repeat", "expand", "tile") and isinstance(call.func, ast.Attribute):
        sizes = _shape(held_around(evidence, source, call), source, call.func.value)
        count = len(one.sizes)
        if len(sizes) == len(row) == count and one.sizes[:at] + one.sizes[at + 1 :] == sizes[:at] + sizes[at + 1 :]:
            yield at
        if len(sizes) == count - 1 and at == 0:
            fitting = [axis for axis in range(count) if one.sizes[:axis] + one.sizes[axis + 1 :] == sizes]
            yield from fitting if len(fitting) == 1 else ()
    elif name in _FACTORIES and len(row) == len(one.sizes) and not _is_square(call):
        others = [whole_number(each) == 1 or _asked(each, one.text) == axis for axis, each in enumerate(row)]
        itself = isinstance(call.func, ast.Attribute) and ast.unparse(call.func.value) == one.text
        # What lies last are features, which have no other place.
        if sum(others) == len(others) - 1 or (at == len(others) - 1 and itself):
            yield at


def _of_comparison(evidence: Evidence, one: TensorAsSize, source: Source, node: ast.expr) -> Iterator[int | None]:
    """The axis of positions that are held against one number a sample: ``arange(x)[None, :] < lens[:, None]``."""
    call = _call(node)
    if call is None or last_name(call.func) != "arange":
        return
    axis, compared = _put(call)
    if compared is not None:
        held = held_around(evidence, source, call)
        names = [each for each in walk(compared) if isinstance(each, ast.Name | ast.Attribute)]
        rows = {each[0] for name in names if len(each := _shape(held, source, name)) == 1}
        fitting = [at for at in (0, 1) if {one.sizes[at]} == rows]
        yield 1 - fitting[0] if len(fitting) == 1 else axis
    elif _is_compared(call):
        yield axis


def _put(call: ast.Call) -> tuple[int | None, ast.Compare | None]:
    """Along which of two axes a row is laid, ``arange(n)[:, None]``, and the comparison in which it stands."""
    axis = None
    for up in parents(call):
        if isinstance(up, ast.Subscript):
            parts = up.slice.elts if isinstance(up.slice, ast.Tuple) else [up.slice]
            axis = next((at for at, each in enumerate(parts) if isinstance(each, ast.Slice)), len(parts))
        elif isinstance(up, ast.Call) and last_name(up.func) == "unsqueeze" and up.args:
            axis = {0: 1, 1: 0, -1: 0}.get(whole_number(up.args[0]) or 0)
        elif isinstance(up, ast.Compare):
            return axis, up
        elif not isinstance(up, ast.Attribute) and not (isinstance(up, ast.Call) and last_name(up.func) in _KEPT):
            break
    return axis, None


def _is_compared(call: ast.Call) -> bool:
    """Whether the name that a row of positions is given is held against something."""
    line, home = statement_of(call), home_around(call)
    names = {each.id for each in getattr(line, "targets", ()) if isinstance(each, ast.Name)}
    compared = [each for each in walk(home) if isinstance(each, ast.Compare)]
    return any(
        isinstance(side, ast.Name) and side.id in names for each in compared for side in (each.left, *each.comparators)
    )


def _of_pool(one: TensorAsSize, node: ast.expr) -> Iterator[int | None]:
    """The steps of maps lie last, where all of them are pooled: ``F.max_pool1d(x, x)``."""
    call = call_around(node)
    if call is not None and last_name(call.func).endswith("pool1d") and call.args[1:2] == [node]:
        yield -1


def _of_samples(evidence: Evidence, one: TensorAsSize, source: Source, node: ast.expr) -> Iterator[int | None]:
    """The axis of the samples, or of the steps, where its name or its place in a state says that it counts these."""
    words = _words(one, node)
    is_state = _is_of_state(source, node)
    is_samples = is_state or any(map(_SAMPLES.search, words))
    if not is_samples and not any(map(_STEPS.search, words)):
        return
    where, place = found_at(one.place)
    first = _steps_axis(where, place) if where is not None and place is not None else None
    told = batch_stands_first(evidence)
    if first is None and told is not None:
        first = 1 if told else 0
    if first is None and is_samples and (len(one.sizes) > 3 or not _has_steps(source)):
        first = 1
    if first is not None:
        yield 1 - first if is_samples else first


def _words(one: TensorAsSize, node: ast.expr) -> list[str]:
    """The names that it bears as a number: of a variable, of a parameter."""
    found = [node.id] if isinstance(node, ast.Name) and one.use != one.place else []
    line = statement_of(node)
    target = line.targets[0] if isinstance(line, ast.Assign) and line.value is node else None
    return [*found, *([target.id] if isinstance(target, ast.Name) else [])]


def _has_steps(source: Source) -> bool:
    return any(
        isinstance(each, ast.Call) and last_name(each.func) in (*RECURRENT, *CELLS) for each in walk(source.tree)
    )


def _is_of_state(source: Source, node: ast.expr) -> bool:
    """Whether it is the size behind the layers of a state, or the first of that of a cell."""
    up, call = getattr(node, "parent", None), call_around(node)
    row = up.elts if isinstance(up, ast.Tuple) else call.args if call is not None else []
    name = last_name(call.func) if call is not None else "zeros"
    if name not in _FACTORIES or node not in row:
        return False
    kinds = {last_name(each.func) for each in walk(source.tree) if isinstance(each, ast.Call)}
    at = row.index(node)
    return (len(row) == 3 and at == 1 and bool(kinds & {*RECURRENT})) or (
        len(row) == 2 and at == 0 and bool(kinds & {*CELLS})
    )


def _steps_axis(source: Source, place: ast.expr) -> int | None:
    """The axis that the function goes along step by step: 1 where it takes ``x[:, t]``, 0 where it takes ``x[t]``."""
    home, text = home_around(place), ast.unparse(place)
    found: set[int] = set()
    for loop in walk(home):
        if isinstance(loop, ast.For | ast.comprehension):
            if ast.unparse(loop.iter) == text:
                found.add(0)
            names = {each.id for each in walk(loop.target) if isinstance(each, ast.Name)}
            body = walk(loop if isinstance(loop, ast.For) else getattr(loop, "parent", None))
            for each in body:
                if isinstance(each, ast.Subscript) and ast.unparse(each.value) == text:
                    found |= {axis for name in names if (axis := _taken(each, name, text)) is not None}
    return found.pop() if len(found) == 1 else None
