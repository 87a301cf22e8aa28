"""Follows what a loss is compared with to where it leaves what makes it: what is changed there reaches all readers."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from shapecheck.evidence import Argument, Evidence, Origin, Span
from shapecheck.reading.arithmetic import worked_out
from shapecheck.reading.edits import whole_number
from shapecheck.reading.failing import INDEX_LOSSES, failed, operand
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.sources import (
    Source,
    found_at,
    function_around,
    function_of_line,
    is_named,
    last_name,
    parents,
    source_of,
    statement_of,
    walk,
)
from shapecheck.reading.vocabulary import ARRAYS, LIBRARIES, TENSORS

# What gives the same numbers in another wrapping or another shape.
CONVERTS = (*TENSORS, *ARRAYS, "from_numpy", "stack", "cat", "list")
_METHODS = (
    "long",
    "to",
    "int",
    "astype",
    "reshape",
    "view",
    "flatten",
    "squeeze",
    "unsqueeze",
    "numpy",
    "clone",
    "cpu",
    "cuda",
)
# What reads sizes only, or shows numbers.
_SIZES = ("shape", "dtype", "device", "ndim", "size", "numel", "dim", "len", "print", "append", "extend")
_HOLDERS = ("append", "TensorDataset", "extend")
_LITERALS = (ast.Tuple, ast.List, ast.Dict, ast.ListComp, ast.GeneratorExp)


@dataclass(frozen=True, slots=True)
class Stop:
    """A place on the way of a value at which an expression is that value, and nothing beside it.

    Args:
        origin: The step.
        source: The file.
        node: The expression.
        leaves: Whether it is handed out there: returned, yielded or put into a container.
    """

    origin: Origin
    source: Source
    node: ast.expr
    leaves: bool


@dataclass(frozen=True, slots=True)
class Place:
    """Where a change reaches all readers of a value.

    Args:
        spans: The expressions to change, together.
        behind: The statement behind which the name is given anew instead, since what is read before makes other things.
        name: That name, and the one that is given to a single expression.
    """

    spans: tuple[Span, ...]
    behind: Span | None = None
    name: str = ""


def common_place(evidence: Evidence, item: Argument) -> Place | None:
    """The nearest place through which all get a value that a loss was given; None if it is handed out nowhere.

    Args:
        evidence: The problem.
        item: The operand.
    """
    stops = list(_stops_of(evidence, item))
    if not stops:
        return None
    at = 0
    while at + 1 < len(stops) and (
        _goes_on(stops[at], stops[at + 1]) or _is_read_where_handed_in(evidence, item, stops[at], stops[at + 1])
    ):
        at += 1
    stop = stops[at]
    given = _siblings(stop)
    if len(given) > 1:
        shared = next((each for each in stops[at + 1 :] if _is_called_often(each)), None)
        return Place(given) if shared is None else Place((shared.source.span(shared.node),))
    behind = None if stop.leaves else _last_maker(stop)
    if behind is not None and not _is_taken_around(evidence, stop):
        return Place((), stop.source.span(behind), stop.origin.expression)
    return Place((stop.source.span(stop.node),), name="" if stop.leaves else stop.origin.expression)


def _stops_of(evidence: Evidence, item: Argument) -> Iterator[Stop]:
    """The places at which the value stands alone, nearest first; what holds it among other things is passed over."""
    alone, origins = True, evidence.origins.get(item.expression, ())
    for at, origin in enumerate(origins):
        source, node = found_at(origin.span)
        if source is None or node is None:
            return
        leaves = _leaves(node)
        statement = statement_of(node)
        if leaves:
            alone = not _is_list(node, origins[at + 1 : at + 2])
        elif isinstance(statement, ast.For) or _is_looped_over(node):
            alone = False
        elif isinstance(statement, ast.Assign):
            alone = alone and _is_all_of(node, statement)
        elif not (isinstance(statement, ast.Return | ast.AnnAssign) and statement.value is node):
            # Handed on in a call.
            continue
        if alone:
            yield Stop(origin, source, node, leaves)
            if base_of(node) is None:
                return


def _is_list(node: ast.expr, following: tuple[Origin, ...]) -> bool:
    """Whether a name was begun as a list, which holds values and is none."""
    made = [source.node_at(each.span) for each in following if (source := source_of(each.span.file)) is not None]
    named = isinstance(node, ast.Name) and any(each.expression == node.id for each in following)
    return named and any(isinstance(each, ast.List | ast.Dict | ast.Set) for each in made)


def base_of(node: ast.expr) -> ast.expr | None:
    """The name or the attribute whose numbers an expression gives; None if it makes numbers of its own."""
    while True:
        if isinstance(node, ast.Name | ast.Attribute):
            return node
        if isinstance(node, ast.Subscript) and not isinstance(node.slice, ast.Constant) and not _is_column(node.slice):
            node = node.value
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _METHODS:
            node = node.func.value
        elif isinstance(node, ast.Call) and last_name(node.func) in CONVERTS and node.args:
            node = node.args[0]
        else:
            return None


def _is_column(index: ast.expr) -> bool:
    """Whether an index takes one column, so that the others hold something else: ``[:, -1]``."""
    return isinstance(index, ast.Tuple) and any(whole_number(each) is not None for each in index.elts)


def is_read_elsewhere(source: Source, node: ast.expr) -> bool:
    """Whether the function around an expression reads the same value once more."""
    base = base_of(node)
    if isinstance(base, ast.Name):
        return bool(other_reads(source, node, base.id))
    home, text = function_around(node) or source.tree, ast.unparse(node)
    return sum(isinstance(each, ast.expr) and ast.unparse(each) == text for each in walk(home)) > 1


def other_reads(source: Source, node: ast.expr, name: str) -> list[ast.Name]:
    """Where else the function around an expression reads a name for its numbers."""
    home = function_around(node) or source.tree
    inside = set(map(id, walk(node)))
    return [
        read
        for read in walk(home)
        if isinstance(read, ast.Name)
        and read.id == name
        and isinstance(read.ctx, ast.Load)
        and id(read) not in inside
        and not _reads_sizes(read)
    ]


def is_kept_for_one(source: Source, kept: ast.Attribute) -> bool:
    """Whether what an object keeps is set once and read nowhere else for its numbers."""
    if ast.unparse(kept.value) != "self":
        return False
    same = [each for each in walk(source.tree) if isinstance(each, ast.Attribute) and each.attr == kept.attr]
    made = [each for each in same if isinstance(each.ctx, ast.Store)]
    others = (each for each in same if each is not kept and each not in made)
    return len(made) == 1 and all(_reads_sizes(each) or _is_written_into(each) for each in others)


def _is_written_into(node: ast.Attribute) -> bool:
    """Whether only an item of what an object keeps is set: ``self.actions[i] = action``."""
    up = getattr(node, "parent", None)
    return isinstance(up, ast.Subscript) and up.value is node and isinstance(up.ctx, ast.Store)


def _leaves(node: ast.expr) -> bool:
    """Whether an expression is an item of what is returned, yielded or kept, or is put into a container."""
    up, is_item = getattr(node, "parent", None), False
    while isinstance(up, _LITERALS):
        is_item, up = True, getattr(up, "parent", None)
    if isinstance(up, ast.Call):
        return last_name(up.func) in _HOLDERS or (last_name(up.func) == "dict" and is_item)
    if isinstance(up, ast.keyword):
        return last_name(getattr(up, "parent").func) == "dict"  # noqa: B009
    if isinstance(up, ast.Assign):
        return is_item and not any(isinstance(target, ast.Tuple | ast.List) for target in up.targets)
    return is_item and isinstance(up, ast.Return | ast.Yield)


def _is_looped_over(node: ast.expr) -> bool:
    up = getattr(node, "parent", None)
    return isinstance(up, ast.comprehension) and up.iter is node


def _is_all_of(node: ast.expr, statement: ast.Assign) -> bool:
    """Whether an assignment gives an expression a name of its own."""
    target = statement.targets[0]
    if statement.value is node:
        return isinstance(target, ast.Name | ast.Attribute)
    return isinstance(statement.value, ast.Tuple) and isinstance(target, ast.Tuple) and node in statement.value.elts


def _goes_on(stop: Stop, following: Stop) -> bool:
    """Whether the place before is the better one: the name is read for nothing else, or others read it as well."""
    base = base_of(stop.node)
    if isinstance(base, ast.Attribute) and stop.leaves and following.origin.expression == ast.unparse(base):
        return _is_of_tensors(following.node) and is_kept_for_one(stop.source, base)
    if not isinstance(base, ast.Name) or following.leaves or following.origin.expression != base.id:
        return False
    if isinstance(following.node, ast.List | ast.ListComp | ast.Constant):
        # No arithmetic is done with a list as a whole.
        return False
    others = other_reads(stop.source, stop.node, base.id)
    if stop.leaves and isinstance(stop.node, ast.Name) and not others:
        return True
    begun, anew = following.node.lineno, stop.node.lineno if stop.origin.expression == base.id else None
    # What reads a name that was given anew reads another value.
    others = [read for read in others if begun < read.lineno and (anew is None or read.lineno < anew)]
    return any(not _makes_others(read) for read in others)


def _is_of_tensors(node: ast.expr) -> bool:
    """Whether an expression is a call that gives a tensor or an array, with which arithmetic is done as a whole."""
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return False
    return node.func.attr in _METHODS or ast.unparse(node.func.value) in LIBRARIES


def _is_read_where_handed_in(evidence: Evidence, item: Argument, stop: Stop, following: Stop) -> bool:
    """Whether a function only gives out a part of what it was given, and who gave it reads that as well."""
    if not stop.leaves or not isinstance(base_of(stop.node), ast.Name):
        return False
    origins = evidence.origins.get(item.expression, ())
    between = origins[origins.index(stop.origin) + 1 : origins.index(following.origin)]
    for origin in between:
        source, node = found_at(origin.span)
        if source is None or not isinstance(node, ast.Name) or origin.is_whole:
            continue
        home = function_around(node)
        reads = [read for read in other_reads(source, node, node.id) if function_around(read) is home]
        if any(not _makes_others(read) for read in reads):
            return True
    return False


def _makes_others(read: ast.Name) -> bool:
    """Whether something else is made of what is read, such as the inputs of which a label is the answer."""
    inner: ast.AST = read
    for up in parents(read):
        if isinstance(up, ast.Compare):
            return False
        if isinstance(up, ast.BinOp):
            return True
        if isinstance(up, ast.Subscript) and inner is not up.value:
            return not isinstance(up.ctx, ast.Store)
        if isinstance(up, ast.stmt):
            return False
        inner = up
    return False


def _last_maker(stop: Stop) -> ast.stmt | None:
    """The last statement that makes something else of a name, before all that read it as what it is."""
    name, home = stop.origin.expression, statement_of(stop.node)
    if not name.isidentifier() or home is None:
        return None
    reads = [read for read in other_reads(stop.source, stop.node, name) if read.lineno > home.lineno]
    making = [read for read in reads if _makes_others(read)]
    block = _block_of(home)
    last = max((read.lineno for read in making), default=0)
    if not making or any(read.lineno <= last for read in reads if read not in making):
        return None
    return next((each for each in block if each.lineno <= last <= (each.end_lineno or last)), None)


def _is_taken_around(evidence: Evidence, stop: Stop) -> bool:
    """Whether others are made of a class by going around all classes, ``(kind + 1) % classes``, which ends with 0."""
    given = operand(failed(evidence, *INDEX_LOSSES), "input")
    count, source = sizes_of(given)[1:2], stop.source
    for read in other_reads(source, stop.node, stop.origin.expression):
        for up in parents(read):
            if isinstance(up, ast.BinOp) and isinstance(up.op, ast.Mod) and read in walk(up.left):
                return (worked_out(evidence, source.span(up.right)),) == count
    return False


def is_read_behind(source: Source, place: Place) -> bool:
    """Whether a function of the script reads a name behind the statement from which on it has another value."""
    last = place.behind.end_line if place.behind is not None else 0
    home = function_of_line(source, last)
    own = {each.name for each in walk(source.tree) if isinstance(each, ast.FunctionDef | ast.ClassDef)}
    calls = [each for each in walk(home) if isinstance(each, ast.Call) and each.lineno > last]
    given = (arg for each in calls if last_name(each.func) in own for arg in each.args)
    return last > 0 and any(is_named(each, place.name) for arg in given for each in walk(arg))


def _block_of(statement: ast.stmt) -> list[ast.stmt]:
    up = getattr(statement, "parent", None)
    for field in ("body", "orelse", "finalbody"):
        block = getattr(up, field, None)
        if isinstance(block, list) and statement in block:
            return block
    return []


def _siblings(stop: Stop) -> tuple[Span, ...]:
    """The same column of all data sets of tensors, if it is one of them; one that was reckoned with stands as it is."""
    up = getattr(stop.node, "parent", None)
    if not isinstance(up, ast.Call) or last_name(up.func) != "TensorDataset" or stop.node not in up.args:
        return ()
    at = up.args.index(stop.node)
    calls = [call for call in stop.source.calls("TensorDataset") if len(call.args) == len(up.args)]
    given = [call.args[at] for call in calls]
    return tuple(stop.source.span(each) for each in given if each is stop.node or not isinstance(each, ast.BinOp))


def _is_called_often(stop: Stop) -> bool:
    """Whether a value is handed out by a function that is called at several places, or in a loop."""
    function = function_around(stop.node)
    if function is None or not stop.leaves:
        return False
    calls = list(stop.source.calls(function.name))
    loops = (ast.For, ast.While, ast.ListComp, ast.GeneratorExp)
    return len(calls) > 1 or any(isinstance(up, loops) for call in calls for up in parents(call))


def _reads_sizes(read: ast.expr) -> bool:
    up = getattr(read, "parent", None)
    if isinstance(up, ast.Attribute):
        return up.attr in _SIZES
    return isinstance(up, ast.Call) and read in up.args and last_name(up.func) in _SIZES
