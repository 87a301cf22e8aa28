"""A first state that is learned for each row of a batch, where batches differ in size: one row, spread over them."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change, Step
from shapecheck.evidence import Argument, Evidence, Operation, Span
from shapecheck.reading.edits import call_of, suffixed
from shapecheck.reading.failing import CELLS, RECURRENT, STATES, Shape, failed, kind, operand, shape
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.origins import spans_of
from shapecheck.reading.recurrent.recurrent_calls import batch_of, state_roles
from shapecheck.reading.sizes.size_texts import size_texts
from shapecheck.reading.sizes.written_sizes import written_sizes
from shapecheck.reading.sources import found_at, last_name, targets_of, walk

_COST = 0.06


def candidates(evidence: Evidence) -> list[Candidate]:
    """``zeros(1, 1, hidden)`` and ``self.h0.expand(-1, x.size(0), -1)`` for ``Parameter(zeros(1, batch, hidden))``."""
    operation = failed(evidence, *RECURRENT, *CELLS)
    rows = _rows(operation) if operation is not None else None
    if operation is None or rows is None or not _went_with_others(evidence, operation, rows):
        return []
    changes, trial = dict[Change, None](), []
    for role in state_roles(operation):
        item = operand(operation, role)
        found = list(_spread(evidence, operation, item, rows)) if item is not None else []
        if item is None or not found:
            return []
        changes |= dict.fromkeys(found)
        trial.append(Step("set_size", role, _with_rows(sizes_of(item), rows)))
    title = ", ".join(change.text for change in changes)
    # Two parts of one pair that has one text cannot both be put behind it.
    is_whole = len(changes) == 2 * len(trial)
    return [Candidate(title, tuple(changes), tuple(trial), _COST)] if is_whole else []


def _rows(operation: Operation) -> int | None:
    given = shape(operation, "input") or ()
    if kind(operation) in CELLS:
        return given[0] if len(given) == 2 else None
    return batch_of(operation)


def _went_with_others(evidence: Evidence, operation: Operation, rows: int) -> bool:
    """Whether the layer took a batch of another size before, with a state as large as that."""
    for call in evidence.earlier:
        state = next((each.shape for each in call.inputs if each.role in STATES), ())
        if len(state) > 1 and state[-2] != rows and state == (shape(operation, *STATES) or ()):
            return True
    return False


def _spread(evidence: Evidence, operation: Operation, item: Argument, rows: int) -> Iterator[Change]:
    """One row where the parameter is made, and as many as there are samples where it is read."""
    sizes = sizes_of(item)
    given = operand(operation, "input")
    for span in spans_of(evidence, item.span):
        written = written_sizes(span) if _is_parameter(span) else None
        if written is None or len(written) != len(sizes) or item.span is None or not _is_read_once(span):
            continue
        text = next(size_texts(evidence, item.span, rows, like=sizes_of(given)), "")
        if text:
            yield Change(written[-2], "1")
            front = "-1, " * (len(sizes) - 2)
            end = ".contiguous()" if len(sizes) == 3 else ""
            yield suffixed(item.span, f".expand({front}{text}, -1){end}")
        return


def _is_parameter(span: Span) -> bool:
    call = call_of(span)
    return isinstance(call, ast.Call) and last_name(call.func) == "Parameter"


def _is_read_once(made: Span) -> bool:
    """Whether the file reads what an object keeps of it at one place, which then spreads it."""
    source, node = found_at(made)
    kept = [ast.unparse(each) for each in targets_of(node)] if node is not None else []
    nodes = walk(source.tree) if source is not None else ()
    reads = [each for each in nodes if isinstance(each, ast.Attribute) and isinstance(each.ctx, ast.Load)]
    return len(kept) == 1 and sum(ast.unparse(each) == kept[0] for each in reads) == 1


def _with_rows(sizes: Shape, rows: int) -> Shape:
    return (*sizes[:-2], rows, sizes[-1])
