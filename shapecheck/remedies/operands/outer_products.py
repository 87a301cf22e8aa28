"""Two vectors that were to make a table, such as positions times frequencies: one of them as a column."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace

from shapecheck.candidate import Candidate, Change, Step
from shapecheck.evidence import Argument, Evidence, Origin, Span
from shapecheck.reading.edits import as_whole, bracketed, call_of, expression, operands_of, without_keyword
from shapecheck.reading.failing import Shape, failed
from shapecheck.reading.layers.readers import width_wanted_of_numbers
from shapecheck.reading.mismatches import pair, sizes_of
from shapecheck.reading.origins import trace
from shapecheck.reading.sources import last_name, node_at, parents, statement_of, walk
from shapecheck.reading.vocabulary import MATMULS
from shapecheck.reading.where_made import made
from shapecheck.remedies.moves import put_behind

_COMPARED = ("lt", "le", "gt", "ge")
_PLACES = ("linspace", "logspace", "arange")
_COST = 0.05
_LENGTHS = "one of the two may have another length than was meant"


def candidates(evidence: Evidence) -> list[Candidate]:
    """``unsqueeze(1)`` for the vector along which the rows of the table go."""
    operation = failed(evidence, "mul", "div", "add", "sub", "pow", *_COMPARED)
    operands = pair(operation)
    if operation is None or operands is None:
        return []
    table = _table_beside(evidence, operation.span)
    if table:
        return list(_of_table(evidence, operands, table))
    if any(len(sizes_of(each)) != 1 or sizes_of(each) == (1,) for each in operands):
        return list(_beside_row(evidence, operands)) if failed(evidence, *_COMPARED) is not None else []
    place = _place(evidence)
    for rows, columns in (operands, operands[::-1]):
        height, width = (sizes_of(each)[0] for each in (rows, columns))
        if len(place) >= 2 and height != width and place[-2] == height and place[-1] >= width:
            return list(_as_column(evidence, rows, ""))
    wanted = width_wanted_of_numbers(evidence, operation.span) if operation.span is not None else None
    for rows, columns in (operands, operands[::-1]):
        if sizes_of(rows) != sizes_of(columns) == (wanted,) and _are_places(evidence, columns):
            if not _meets_places(evidence, rows, operation.span):
                break
            # Who reads it wants a row of the places for each number of the other.
            return list(put_behind(evidence, rows, ".unsqueeze(1)", [Step("unsqueeze", rows.role, (1,))], cost=_COST))
    counted = [each for each in operands if _is_counted(evidence, each)]
    if len(counted) == 1 and failed(evidence, *_COMPARED) is not None:
        # Numbers of steps against the lengths of sequences: a row for each of these, as masks of padding lie.
        lengths = next(each for each in operands if each is not counted[0])
        found = put_behind(evidence, lengths, ".unsqueeze(1)", [Step("unsqueeze", lengths.role, (1,))], cost=_COST)
        return [replace(each, doubt=_LENGTHS if _may_be_one_too_many(lengths, counted[0]) else "") for each in found]
    return list(_as_column(evidence, counted[0], _LENGTHS)) if len(counted) == 1 else []


def _of_table(evidence: Evidence, operands: tuple[Argument, Argument], table: Shape) -> Iterator[Candidate]:
    """A column for its rows and a row for its columns, where a table of products stands in the same sum."""
    sizes = [sizes_of(each) for each in operands]
    if table[0] == table[1] or any(each != table and each[1:] not in ((), (1,)) for each in sizes):
        return
    for item, own, other in zip(operands, sizes, sizes[::-1], strict=True):
        if other[:1] not in (table[:1], table[1:]) or (own[:1] == other[:1] and other != table):
            # One of the two has another length: it is the numbers that are wrong.
            return
        if own == table[:1]:
            yield from put_behind(evidence, item, ".unsqueeze(1)", [Step("unsqueeze", item.role, (1,))], cost=_COST)
        elif own == (table[1], 1) and item.span is not None:
            change = without_keyword(item.span, "keepdim")
            step = Step("squeeze", item.role, (1,))
            if change is not None:
                yield Candidate(f"{item.expression} without keepdim", (as_whole(item.span, change),), (step,), _COST)
            else:
                turned = [Step("transpose", item.role, (0, 1))]
                yield from put_behind(evidence, item, ".t()", turned, cost=_COST)


def _beside_row(evidence: Evidence, operands: tuple[Argument, Argument]) -> Iterator[Candidate]:
    """A column of lengths beside a row of steps that is one already: ``torch.arange(n)[None] < lengths[:, None]``."""
    for steps, lengths in (operands, operands[::-1]):
        row, sizes = sizes_of(steps), sizes_of(lengths)
        if len(row) != 2 or row[0] != 1 or not _is_counted(evidence, steps) or _is_counted(evidence, lengths):
            continue
        if len(sizes) == 1 and sizes != row[1:]:
            yield from _as_column(evidence, lengths, "")
        elif len(sizes) == 2 and sizes[0] == 1 and lengths.span is not None:
            node, trial = expression(lengths.span.text), (Step("transpose", lengths.role, (0, 1)),)
            base = node.value if isinstance(node, ast.Subscript) else None
            text = f"{ast.unparse(base)}[:, None]" if base is not None else f"{bracketed(lengths.span.text)}.t()"
            yield Candidate(text, (Change(lengths.span, text),), trial, _COST)


def _may_be_one_too_many(lengths: Argument, counted: Argument) -> bool:
    """Whether both vectors are of one length but for one, and no sequence is as long as there are steps."""
    (rows,), (steps,) = sizes_of(lengths), sizes_of(counted)
    return abs(rows - steps) == 1 and lengths.value.facts.get("max") != steps


def _as_column(evidence: Evidence, item: Argument, doubt: str) -> Iterator[Candidate]:
    steps = [Step("unsqueeze", item.role, (1,))]
    for each in put_behind(evidence, item, ".unsqueeze(1)", steps, cost=_COST, prefer="origin"):
        yield replace(each, doubt=doubt)


def _place(evidence: Evidence) -> tuple[int, ...]:
    """The shape of the table in a part of which the result is stored."""
    frame = evidence.user_frame
    statement = statement_of(node_at(frame.span)) if frame is not None else None
    target = statement.targets[0] if isinstance(statement, ast.Assign) else None
    held = frame.names.get(ast.unparse(target.value)) if frame and isinstance(target, ast.Subscript) else None
    return sizes_of(held)


def _are_places(evidence: Evidence, item: Argument) -> bool:
    """Whether a vector holds numbers at even distances, which each number is compared with."""
    places = [each.span for each in trace(evidence, item.span, parts=True)] if item.span is not None else []
    texts = [item.expression, *(each.text for each in places)]
    return any(
        isinstance(node, ast.Call) and last_name(node.func) in _PLACES
        for text in texts
        for node in walk(expression(text))
    )


def _meets_places(evidence: Evidence, item: Argument, place: Span | None) -> bool:
    """Whether numbers are subtracted from places, or are within a wave, and are as many as they are for themselves."""
    is_of_layer = any(
        (call := call_of(each.span)) is not None and ast.unparse(call.func) in _layers(evidence)
        for each in (*made(evidence, item), *((Origin("", item.span, item.span),) if item.span is not None else ()))
    )
    calls = (up for up in parents(node_at(place)) if isinstance(up, ast.Call))
    is_within_wave = any(last_name(up.func) in ("sin", "cos") for up in calls)
    return not is_of_layer and (is_within_wave or failed(evidence, "sub") is not None)


def _layers(evidence: Evidence) -> set[str]:
    """The layers that have a width of their own, as they are written where the script stands."""
    held = evidence.held
    return {name for name, value in held.items() if value.config}


def _is_counted(evidence: Evidence, item: Argument) -> bool:
    """Whether a vector counts from 0, one by one."""
    nodes = [expression(each.span.text) for each in made(evidence, item)]
    nodes += [expression(item.span.text)] if item.span is not None else []
    counts = (each for node in nodes if node is not None for each in walk(node) if isinstance(each, ast.Call))
    return any(last_name(each.func) == "arange" and len(each.args) == 1 for each in counts)


def _table_beside(evidence: Evidence, span: Span | None) -> Shape:
    """The shape of the product of two matrices in a sum that an expression is a part of; () where there is none."""
    node = node_at(span) if span is not None else None
    whole = node
    for up in parents(node):
        if not isinstance(up, ast.BinOp) or not isinstance(up.op, ast.Add | ast.Sub):
            break
        whole = up
    terms = operands_of(whole, ast.Add, ast.Sub) if isinstance(whole, ast.BinOp) else []
    return next((shape for each in terms if (shape := _shape(evidence, _multiplied(each)))), ())


def _multiplied(node: ast.expr) -> ast.expr:
    """What a number stands in front of as a factor: ``a @ b`` of ``2 * (a @ b)``."""
    is_scaled = isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult) and isinstance(node.left, ast.Constant)
    return node.right if isinstance(node, ast.BinOp) and is_scaled else node


def _shape(evidence: Evidence, node: ast.AST) -> Shape:
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.MatMult):
        left, right = _matrix(evidence, node.left), _matrix(evidence, node.right)
    elif isinstance(node, ast.Call) and last_name(node.func) in MATMULS and isinstance(node.func, ast.Attribute):
        is_function = ast.unparse(node.func.value) in ("torch", "np")
        parts = node.args if is_function else [node.func.value, *node.args]
        if len(parts) != 2:
            return ()
        left, right = (_matrix(evidence, each) for each in parts)
    else:
        return ()
    fits = len(left) == len(right) == 2 and left[1] == right[0]
    return (left[0], right[1]) if fits else ()


def _matrix(evidence: Evidence, node: ast.expr) -> Shape:
    """The shape of a factor that has a name: as it is, times a number, or turned."""
    while isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
        node = node.right if isinstance(node.left, ast.Constant) else node.left
    is_turned = isinstance(node, ast.Attribute) and node.attr in ("T", "mT")
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        if node.func.attr not in ("t", "transpose"):
            return ()
        is_turned, node = True, node.func.value
    elif is_turned and isinstance(node, ast.Attribute):
        node = node.value
    sizes = sizes_of(evidence.held.get(ast.unparse(node)))
    return sizes[::-1] if is_turned and len(sizes) == 2 else sizes
