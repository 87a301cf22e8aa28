"""Tables of a model, such as positions and masks, beside a sequence: cut to it, made longer, asked by its length."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace

from shapecheck.candidate import Candidate, Change, Step
from shapecheck.evidence import Argument, Evidence, Operation, Span
from shapecheck.reading.arithmetic import worked_out
from shapecheck.reading.calls import calls_in
from shapecheck.reading.edits import argument, as_whole, bracketed, expression, is_number, piece, suffixed, whole_number
from shapecheck.reading.failing import failed
from shapecheck.reading.mismatches import (
    ELEMENTWISE,
    FEW,
    both_ways,
    odd_columns,
    pair,
    sizes_of,
    spreads,
    tables,
    too_long,
    too_short,
)
from shapecheck.reading.samples.cut_by_samples import cut_by_samples, is_turned
from shapecheck.reading.sizes.asked_sizes import Asked, asked_of_other_axis
from shapecheck.reading.sizes.numbers_behind import numbers_behind
from shapecheck.reading.sizes.written_sizes import factories, written_sizes
from shapecheck.reading.sources import function_around, last_name, node_at, source_of, walk
from shapecheck.reading.steps.layouts import batch_stands_first
from shapecheck.reading.where_made import made_or_written
from shapecheck.remedies.moves import put_behind
from shapecheck.remedies.names.shared_numbers import more_of_shared
from shapecheck.remedies.operands.tables_cut import doubt_of_cut

LAYOUT = "the table may be meant for time first, or for the batch first, and the script does not tell"


def candidates(evidence: Evidence) -> list[Candidate]:
    """Changes of a table that does not go with the sequence at hand."""
    stored = failed(evidence, "__setitem__", "copy_")
    if stored is not None:
        return list(_paired_columns(stored))
    found = [each for asked in asked_of_other_axis(evidence) for each in _of_layout(evidence, asked)]
    found += [_turned(asked) for asked in cut_by_samples(evidence)]
    for item, other in both_ways(failed(evidence, *ELEMENTWISE)):
        found += _cut(evidence, item, other)
        found += _grown(evidence, item, other)
    return found


def _of_layout(evidence: Evidence, asked: Asked) -> Iterator[Candidate]:
    """A table cut along another axis: the other axis asked, or the table turned to where the batch stands first.

    Where the steps stand first they were asked for, and what is missing is the axis of the samples.
    """
    sizes, first = sizes_of(asked.item), batch_stands_first(evidence)
    if first is False and _lacks_samples(sizes, _other_of(evidence, asked)):
        step = Step("unsqueeze", asked.item.role, (1,))
        # A layer for which the axes are turned on the way says nothing of how they stood before.
        home = function_around(node_at(asked.item.span))
        doubt = LAYOUT if home is not None and _turns_first_two(home) else ""
        for each in put_behind(evidence, asked.item, ".unsqueeze(1)", [step], cost=0.04):
            yield each.doubted(doubt)
        if not doubt:
            return
    turned = (sizes[1], sizes[0], *sizes[2:]) if len(sizes) == len(asked.shape) > 2 else ()
    fits = turned != () and 1 in turned[:1] and spreads(turned, _other_of(evidence, asked))
    likelier = first is True and fits
    trial = (Step("stand_in", asked.item.role, asked.shape),)
    doubt = LAYOUT if fits and first is not False else ""
    cost = 0.4 if likelier else 0.05
    yield Candidate(f"{asked.span.text} -> {asked.text}", (Change(asked.span, asked.text),), trial, cost, doubt)
    if fits:
        step = Step("transpose", asked.item.role, (0, 1))
        for each in put_behind(evidence, asked.item, ".transpose(0, 1)", [step], cost=0.04 if likelier else 0.3):
            yield replace(each, doubt="" if likelier else doubt)


def _lacks_samples(sizes: tuple[int, ...], wanted: tuple[int, ...]) -> bool:
    """Whether a table of rows goes with steps that stand in front of samples."""
    return len(wanted) == 3 and sizes == (wanted[0], wanted[2])


def _turns_first_two(home: ast.AST) -> bool:
    """Whether a function exchanges the first two axes of anything."""
    calls = calls_in(home)
    orders = ((last_name(each.func), [whole_number(part) for part in each.args[-3:]]) for each in calls)
    return any(
        order[:2] == [1, 0] if name == "permute" else name in ("transpose", "swapaxes") and set(order) >= {0, 1}
        for name, order in orders
    )


def _turned(asked: Asked) -> Candidate:
    """A table with its rows along the samples, cut to the steps and turned to where they stand."""
    whole = asked.item.span
    assert whole is not None
    text = as_whole(whole, Change(asked.span, asked.text)).text
    trial = (Step("stand_in", asked.item.role, asked.shape),)
    return Candidate(f"{text}.transpose(0, 1)", (Change(whole, f"{text}.transpose(0, 1)"),), trial, 0.03)


def _other_of(evidence: Evidence, asked: Asked) -> tuple[int, ...]:
    operands = pair(failed(evidence, *ELEMENTWISE)) or ()
    return next((sizes_of(each) for each in operands if each.role != asked.item.role), ())


def _cut(evidence: Evidence, item: Argument, other: Argument) -> Iterator[Candidate]:
    """A table of the longest sequence, cut to this one along every axis that is too long."""
    longer = too_long(item, other)
    behind = len(sizes_of(other)) - len(sizes_of(item))
    for table in tables(evidence, item) if longer else ():
        parts, numbers = [":"] * (longer[-1] + 1), [":"] * (longer[-1] + 1)
        for axis in longer:
            size = sizes_of(other)[behind + axis]
            parts[axis] = f":{_size_text(evidence, other, behind + axis)}"
            numbers[axis] = f":{size}"
        change = suffixed(table, f"[{', '.join(parts)}]")
        doubt = doubt_of_cut(evidence, item, other, longer)
        is_row_each = longer == (0,) and behind == 0 and sizes_of(item)[1:-1] == (1,)
        first = batch_stands_first(evidence) if is_row_each and not is_turned(evidence, other.expression) else False
        if first and sizes_of(item)[0] >= sizes_of(other)[1]:
            # A row for each step, where a row for each sample would be taken.
            text = f"{table.text}[:{_size_text(evidence, other, 1)}].transpose(0, 1)"
            trial = (Step("stand_in", item.role, (1, sizes_of(other)[1], *sizes_of(item)[2:])),)
            yield Candidate(text, (Change(table, text),), trial, 0.09)
        doubt = doubt or (LAYOUT if first is not False else "")
        yield Candidate(change.text, (change,), (Step("item", item.role, tuple(numbers)),), 0.1, doubt)


def _size_text(evidence: Evidence, other: Argument, axis: int) -> str:
    """How to write the length of this sequence: by its axis, or by the one variable that holds it."""
    size = sizes_of(other)[axis]
    if other.expression.isidentifier():
        return f"{other.expression}.size({axis})"
    held = evidence.held
    named = [name for name, value in held.items() if value.kind == "number" and value.text == str(size)]
    return named[0] if len(named) == 1 and named[0].isidentifier() else str(size)


def _grown(evidence: Evidence, item: Argument, other: Argument) -> Iterator[Candidate]:
    """A table that was made a row or two too short: for the patches, and not for the token put before them."""
    short = too_short(item, other)
    if short is None or not any(True for _ in tables(evidence, item)):
        # The sizes of data are what they are.
        return
    axis, more = short
    sizes = sizes_of(item)
    want = sizes[axis] + more
    trial = (Step("stand_in", item.role, (*sizes[:axis], want, *sizes[axis + 1 :])),)
    for origin in made_or_written(evidence, item):
        written = [written_sizes(each, evidence) or [] for each in factories(origin.span)]
        told = [spans[axis] for spans in written if axis < len(spans)]
        # An axis of one is spread along the others, and has no length of its own.
        told = [each for each in told if not is_number(each.text) or int(each.text) == sizes[axis]]
        for text in told or _counted(evidence, origin.span, sizes[axis]):
            yield from more_of_shared(evidence, text, sizes[axis], want, trial, cost=0.14)
            if is_number(text.text):
                yield Candidate(f"{text.text} -> {want}", (Change(text, str(want)),), trial, 0.2)
            elif more <= FEW:
                whole = text.text if isinstance(expression(text.text), ast.BinOp) else bracketed(text.text)
                yield Candidate(f"{whole} + {more}", (Change(text, f"{whole} + {more}"),), trial, 0.15)
            for number, size in numbers_behind(evidence, text, sizes[axis], want):
                if number != text:
                    yield Candidate(f"{number.text} -> {size}", (Change(number, str(size)),), trial, 0.25)


def _counted(evidence: Evidence, span: Span, size: int) -> list[Span]:
    """How many numbers a table is worked out of, where they are counted once: ``torch.linspace(0, 1, n)``."""
    node = expression(span.text)
    calls = calls_in(node)
    counts = [call for call in calls if last_name(call.func) in ("linspace", "arange")]
    found = [
        argument(piece(span, call), "steps" if last_name(call.func) == "linspace" else "end", at)
        for call in counts
        for at in ([2] if last_name(call.func) == "linspace" else [0] if len(call.args) == 1 else [])
    ]
    told = [each for each in found if each is not None and worked_out(evidence, each) in (None, size)]
    return told if len(counts) == 1 else []


def _paired_columns(operation: Operation) -> Iterator[Candidate]:
    """Sines in the even and cosines in the odd columns of a table of odd width: there is one odd column less."""
    source = source_of(operation.span.file) if operation.span is not None else None
    if odd_columns(operation) is None or source is None or operation.span is None:
        return
    for node in walk(source.tree):
        if not isinstance(node, ast.Assign) or not node.lineno <= operation.span.line <= (node.end_lineno or 0):
            continue
        target = node.targets[0]
        if isinstance(target, ast.Subscript) and isinstance(target.value, ast.Name | ast.Attribute):
            base, value = source.span(target.value).text, source.span(node.value)
            change = suffixed(value, f"[..., :{base}.size(-1) // 2]")
            yield Candidate(change.text, (change,), (), 0.05)
