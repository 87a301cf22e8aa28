"""Tensors that were made for full batches, one or all of them, where the last batch has fewer samples."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from shapecheck.candidate import Candidate, Change, Step
from shapecheck.evidence import Argument, Evidence, Operation, Span
from shapecheck.reading.assignments import values_given
from shapecheck.reading.edits import expression, piece, suffixed
from shapecheck.reading.failing import INDEX_LOSSES, SAME_SHAPE_LOSSES, failed, operand, says, tensors
from shapecheck.reading.mismatches import ELEMENTWISE, JOINS, sizes_of
from shapecheck.reading.only_handed_on import is_carried_round
from shapecheck.reading.samples.batch_sizes import batch_sizes
from shapecheck.reading.sizes.said_sizes import stored
from shapecheck.reading.sizes.size_texts import size_texts
from shapecheck.reading.sizes.written_sizes import written_sizes
from shapecheck.reading.sources import (
    Source,
    class_around,
    function_around,
    function_of_line,
    last_name,
    node_at,
    parents,
    source_of,
    user_sources,
    walk,
)
from shapecheck.reading.vocabulary import FILLED
from shapecheck.reading.ways_back import spans_behind
from shapecheck.remedies.names.handed_size import handed_size

CAUSE = "batch_size_written_down"
_COST = 0.04
_NUMBER = "a number that is written for something else may be as large as a batch only by chance"
_PRODUCTS = ("matmul", "bmm")
_CHANGED = "it holds what another batch has left, whose samples these need not be"


def candidates(evidence: Evidence) -> list[Candidate]:
    """The size asked of the batch at hand where the tensor is made anew for each; else as many of its rows."""
    if failed(evidence, "__setitem__") is not None:
        return list(_as_many_as_loaded(evidence))
    found = uneven_rows(evidence)
    return list(_as_many(evidence, found[0], found[2])) if found is not None else []


def _as_many_as_loaded(evidence: Evidence) -> Iterator[Candidate]:
    """A buffer for as many samples as the data set has, where it was made for those of so many full batches."""
    operation, said = failed(evidence, "__setitem__"), stored(evidence)
    buffer = operand(operation, "self")
    if buffer is None or buffer.span is None or said is None or said[0][1:] != said[1][1:] or said[0][0] <= said[1][0]:
        return
    loaders = {name for source in user_sources(evidence) for name in _made_by(source, "DataLoader")}
    for place in spans_behind(evidence, buffer.span):
        size = next(iter(written_sizes(place, evidence) or ()), None)
        for told in spans_behind(evidence, size, only_whole=True) if size is not None else ():
            node = expression(told.text)
            asked = {ast.unparse(call.args[0]) for call in _calls(node, "len") if call.args} & loaders
            if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult) and len(asked) == 1:
                text = f"len({asked.pop()}.dataset)"
                yield Candidate(f"{told.text} -> {text}", (Change(told, text),), (), _COST)
                return


def _made_by(source: Source, name: str) -> Iterator[str]:
    """The names that are given what a class makes."""
    for node in walk(source.tree):
        for target, value in values_given(node):
            if isinstance(value, ast.Call) and last_name(value.func) == name:
                yield ast.unparse(target)


def _calls(node: ast.AST | None, name: str) -> Iterator[ast.Call]:
    each = walk(node)
    return (one for one in each if isinstance(one, ast.Call) and last_name(one.func) == name)


def uneven_rows(evidence: Evidence) -> tuple[Argument, int, int] | None:
    """The tensor with more rows than the other one of an operation, how many it has, and how many the other has."""
    items = _meeting(evidence)
    rows = _rows_of(evidence, items) if len(items) == 2 else ()
    if len(rows) != 2 or rows[0] == rows[1]:
        return None
    return items[rows.index(max(rows))], max(rows), min(rows)


def _meeting(evidence: Evidence) -> tuple[Argument, ...]:
    """The tensors of an operation that wants as many rows of both; a mask is one of them."""
    operation = failed(evidence, *JOINS, *ELEMENTWISE, *INDEX_LOSSES, *SAME_SHAPE_LOSSES, *_PRODUCTS, "__getitem__")
    is_index = failed(evidence, "__getitem__") is not None and says(evidence, r"shape of the mask") is None
    items = _operands(operation) if operation is not None and not is_index else ()
    # Of a product of two matrices the rows of both need not be as many.
    is_of_matrices = failed(evidence, *_PRODUCTS) is not None and any(len(sizes_of(item)) < 3 for item in items)
    return () if is_of_matrices else items


def _operands(operation: Operation) -> tuple[Argument, ...]:
    """The tensors, or the parts of a list that is joined: what a call gives there has a shape that nobody holds."""
    parts = tuple(item for item in operation.arguments if "[" in item.role)
    return parts if len(parts) == 2 else tensors(operation)


def _rows_of(evidence: Evidence, items: Sequence[Argument]) -> tuple[int, ...]:
    """How many rows two tensors have; by what the exception says where the shape of one is not known."""
    rows = tuple(sizes_of(item)[0] for item in items if sizes_of(item))
    said = says(evidence, r"Expected size (\d+) but got size (\d+)") if len(rows) == 1 else None
    told = tuple(map(int, said.groups())) if said is not None else rows
    return told if set(rows) <= set(told) else ()


def _as_many(evidence: Evidence, item: Argument, rows: int) -> Iterator[Candidate]:
    told = set(batch_sizes(evidence))
    for place in spans_behind(evidence, item.span):
        size = _first_size(evidence, place)
        shared = told & {each.text for each in spans_behind(evidence, size, only_whole=True)} if size else set()
        if size is None or not shared:
            continue
        if is_made_before(evidence, place):
            is_by_chance = all(text.isdecimal() for text in shared) and not _is_constant(place)
            doubt = _CHANGED if _is_changed(item) else _NUMBER if is_by_chance else ""
            yield from (replace(each, doubt=doubt) for each in _cut(evidence, item, rows))
            return
        # Whether a mask of other sizes may stand in an index only the script can tell.
        is_index = item.role.startswith("index")
        trial = () if is_index else (Step("set_size", item.role, (rows, *sizes_of(item)[1:])),)
        for told_there in (*_named_there(evidence, size), size):
            text = next((text for text in size_texts(evidence, told_there, rows) if text.endswith(".size(0)")), "")
            if text:
                yield Candidate(f"{told_there.text} -> {text}", (Change(told_there, text),), trial, _COST)
                return
        handed = handed_size(evidence, size, rows, (), cost=_COST)
        # Another axis of something may be as long only by chance.
        yield from (each for each in handed if re.search(r"\.size\([1-9]\)$", each.changes[0].text) is None)
        return


def _is_changed(item: Argument) -> bool:
    """Whether a class gives what its object holds another value outside of its constructor, as it does to a state."""
    name = item.span.text if item.span is not None else ""
    owner = class_around(node_at(item.span)) if name.startswith("self.") else None
    for each in walk(owner):
        function = function_around(each)
        if function is None or function.name == "__init__" or not isinstance(each, ast.Attribute | ast.Subscript):
            continue
        base = each.value if isinstance(each, ast.Subscript) else each
        is_stored = not isinstance(each.ctx, ast.Load) and ast.unparse(base) == name
        in_place = isinstance(each, ast.Attribute) and each.attr.endswith("_") and ast.unparse(each.value) == name
        if is_stored or (in_place and not each.attr.endswith("__")):  # type: ignore[union-attr]
            return True
    return False


def _is_constant(place: Span) -> bool:
    """Whether all rows are of one number, such as labels of what is real: whichever of them are left is the same."""
    node = expression(place.text)
    return isinstance(node, ast.Call) and last_name(node.func) in FILLED


def _first_size(evidence: Evidence, place: Span) -> Span | None:
    """How many rows what was made has, as it is written: the first size of a factory, or how far ``arange`` counts."""
    node = expression(place.text)
    if isinstance(node, ast.Call) and last_name(node.func) == "arange" and len(node.args) == 1:
        return piece(place, node.args[0])
    if isinstance(node, ast.Call) and last_name(node.func) == "randint":
        sizes = [*(each.value for each in node.keywords if each.arg == "size"), *node.args[-1:]][0]
        return piece(place, sizes.elts[0]) if isinstance(sizes, ast.Tuple | ast.List) and sizes.elts else None
    return next(iter(written_sizes(place, evidence) or ()), None)


def _named_there(evidence: Evidence, size: Span) -> Iterator[Span]:
    """What a size was set to in the function that reads it."""
    source = source_of(size.file)
    for origin in evidence.chains.get(size, ())[:1] if source is not None else ():
        is_here = origin.is_whole and origin.span.file == size.file
        if source is not None and is_here and _home(source, origin.span) is _home(source, size):
            yield origin.span


def _home(source: Source, place: Span) -> ast.FunctionDef | None:
    return function_of_line(source, place.line)


def _cut(evidence: Evidence, item: Argument, rows: int) -> Iterator[Candidate]:
    """As many rows of what was made once, in front of the loop."""
    if item.span is None or is_carried_round(evidence, item):
        # A state of other samples.
        return
    text = next((text for text in size_texts(evidence, item.span, rows) if text.endswith(".size(0)")), "")
    if text:
        change = suffixed(item.span, f"[:{text}]")
        yield Candidate(change.text, (change,), (Step("item", item.role, (f":{rows}",)),), _COST)


def is_made_before(evidence: Evidence, place: Span) -> bool:
    """Whether something was made in front of the loop whose round failed, so that it is for all rounds.

    What a constructor made was made with its object, which the frames of the loop work with.
    """
    source = source_of(place.file)
    if source is None:
        return False
    home, made = _home(source, place), set(parents(source.node_at(place)))
    frames = [each for each in evidence.frames if each.is_user and each.span.file == place.file]
    here = next((each.span for each in frames if _home(source, each.span) is home), None)
    if here is None and home is not None and home.name == "__init__":
        around = [parents(node_at(each.span)) for each in frames]
        return any(isinstance(up, ast.For) and home not in walk(up) for ups in around for up in ups)
    loops = {up for up in parents(node_at(here)) if isinstance(up, ast.For)}
    return bool(loops) and not loops & made
