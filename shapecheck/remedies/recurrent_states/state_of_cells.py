"""The state of a recurrent cell, (batch_size, hidden_size): its axes, its rows and its width."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change, Step
from shapecheck.evidence import Argument, Evidence, Operation, Span
from shapecheck.reading.edits import expression, piece
from shapecheck.reading.failing import STATES, Shape, number, operand, shape
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.sizes.size_texts import asked, size_of_layer, size_texts
from shapecheck.reading.sizes.written_sizes import written_sizes
from shapecheck.reading.sources import known_at, names_in, node_at
from shapecheck.reading.where_made import made_or_written
from shapecheck.remedies.constructors.arguments import constructor_argument
from shapecheck.remedies.moves import put_behind
from shapecheck.remedies.names.handed_size import handed_size
from shapecheck.remedies.names.written_sizes import sizes_reordered, sizes_replaced
from shapecheck.remedies.recurrent_states.directions_joined import has_own_text
from shapecheck.remedies.recurrent_states.loops_over_samples import GOES_OVER_SAMPLES, over_steps
from shapecheck.remedies.recurrent_states.states_in_tuples import inside_tuple
from shapecheck.remedies.samples.batches import drop_last

_EITHER = "the state may be meant to be made as wide as the cell is"


def of_cell(evidence: Evidence, operation: Operation) -> Iterator[Candidate]:
    """Changes for a cell that refused its state.

    Args:
        evidence: The problem.
        operation: The call of the cell.
    """
    item, sizes = operand(operation, "input"), shape(operation, "input")
    if item is None or sizes is None or len(sizes) != 2:
        return
    wanted = (sizes[0], number(operation, "hidden_size"))
    wrong = [role for role in STATES if shape(operation, role) not in (None, wanted)]
    ways = [list(_of_state(evidence, operation, item, role, wanted)) for role in wrong]
    doubt = GOES_OVER_SAMPLES if over_steps(evidence) is not None else ""
    for way in (both_states(ways[0], ways[1]) if len(ways) == 2 else (), *ways):
        yield from (each.doubted(doubt) for each in way)


def _of_state(
    evidence: Evidence, operation: Operation, item: Argument, role: str, wanted: tuple[int, int]
) -> Iterator[Candidate]:
    """Changes for one state of a cell."""
    state, have, rows = operand(operation, role), shape(operation, role), asked(item, 0)
    if state is not None and have is not None:
        if len(have) == 2 and have[1] == wanted[1]:
            steps = [Step("set_size", role, wanted)]
            yield from _handed(evidence, state, wanted, sizes_of(item), steps)
            text = rows if _is_known(evidence, state, rows) else _rows_there(evidence, state, wanted[0])
            yield from sizes_replaced(evidence, state, {0: text or str(wanted[0])}, steps, cost=0.1)
            if have[0] == 1:
                step = Step("expand", role, (wanted[0], -1))
                put = put_behind if has_own_text(operation, state) else inside_tuple
                yield from put(evidence, state, f".expand({rows}, -1)", [step], cost=0.3)
            yield from drop_last(evidence, cost=0.6, full=max(have[0], wanted[0]))
        if len(have) == 2 and have[0] == wanted[0] and have[1] != wanted[1]:
            yield from _of_other_width(evidence, operation, state, wanted, have[1])
        if have == wanted[::-1]:
            step = Step("transpose", role, (0, 1))
            yield from sizes_reordered(evidence, state, (1, 0), [step], cost=0.1)
            yield from put_behind(evidence, state, ".t()", [step], cost=0.3)
        if len(have) == 3 and have[1:] == wanted and (layers := list(_of_its_layer(evidence, state, have))):
            yield from layers
        elif len(have) == 3 and have[1:] == wanted:
            yield from _of_fewer_axes(evidence, state, wanted)
            yield from put_behind(evidence, state, "[-1]", [Step("item", role, (-1,))], cost=0.2)


def _handed(
    evidence: Evidence, state: Argument, wanted: tuple[int, int], like: Shape, steps: list[Step]
) -> Iterator[Candidate]:
    """The number of samples in the call that hands it to the function where a factory made the state."""
    for origin in made_or_written(evidence, state):
        written = written_sizes(origin.span, evidence)
        if written is not None and len(written) == 2:
            yield from handed_size(evidence, written[0], wanted[0], tuple(steps), cost=0.05, like=like)
            return


def _of_fewer_axes(evidence: Evidence, state: Argument, wanted: tuple[int, int]) -> Iterator[Candidate]:
    """The state without the axis of the layers where a factory made it: ``zeros(n, hidden)``."""
    for origin in made_or_written(evidence, state):
        written = written_sizes(origin.span, evidence)
        if written is not None and len(written) == 3 and written[0].text == "1":
            first, second = written[0], written[1]
            gone = Span(first.file, first.line, first.column, second.line, second.column)
            trial = (Step("set_size", state.role, wanted),)
            yield Candidate("without the axis of the layers", (Change(gone, ""),), trial, 0.08)
            return


def _of_its_layer(evidence: Evidence, state: Argument, have: Shape) -> Iterator[Candidate]:
    """The layer's part of a whole state, where its number took the state out of a tuple: ``state[0][layer]``."""
    node = expression(state.span.text) if state.span is not None else None
    if state.span is None or not isinstance(node, ast.Subscript) or not isinstance(node.slice, ast.Name):
        return
    whole, layer = (evidence.held.get(ast.unparse(each)) for each in (node.value, node.slice))
    if whole is None or layer is None or whole.kind not in ("tuple", "list") or not layer.text.isdecimal():
        return
    at = 1 if state.role == "c_0" else 0
    is_one_for_all = have[0] > 1 and 1 <= len(whole.items) <= 2 and all(sizes_of(each) == have for each in whole.items)
    if is_one_for_all and at < len(whole.items) and int(layer.text) < have[0]:
        text = f"{piece(state.span, node.value).text}[{at}][{node.slice.id}]"
        yield Candidate(text, (Change(state.span, text),), (Step("item", state.role, (int(layer.text),)),), 0.1)


def _is_known(evidence: Evidence, state: Argument, text: str) -> bool:
    """Whether what a text names has a meaning already where the state is made; of a number none is to be asked."""
    names = names_in(expression(text))
    places = (
        node_at(origin.span) for origin in made_or_written(evidence, state) if written_sizes(origin.span, evidence)
    )
    return bool(names) and all(names <= known_at(place) for place in places if place is not None)


def _rows_there(evidence: Evidence, state: Argument, rows: int) -> str:
    """How many samples there are, as the place where a factory made a state can ask for it."""
    for origin in made_or_written(evidence, state):
        written = written_sizes(origin.span, evidence)
        if written is not None and len(written) == 2:
            return next(size_texts(evidence, written[0], rows), "")
    return ""


def _of_other_width(
    evidence: Evidence, operation: Operation, state: Argument, wanted: tuple[int, int], width: int
) -> Iterator[Candidate]:
    """The width of the cell where a factory made its state, or that of the state for the cell."""
    for origin in made_or_written(evidence, state):
        written = written_sizes(origin.span, evidence)
        if written is not None and len(written) == 2:
            text = size_of_layer(operation, written[1], "hidden_size") or str(wanted[1])
            yield from sizes_replaced(evidence, state, {1: text}, [Step("set_size", state.role, wanted)], cost=0.15)
            yield from constructor_argument(evidence, operation, "hidden_size", width, cost=0.3)
            return
    for way in constructor_argument(evidence, operation, "hidden_size", width, cost=0.9):
        # Only what the state is joined of says that it is the cell which is wrong.
        yield way if way.cost < 0.9 else way.doubted(_EITHER)


def both_states(first: list[Candidate], second: list[Candidate]) -> Iterator[Candidate]:
    """What mends both states in the same way, as one candidate."""
    for left, right in zip(first, second, strict=False):
        if left.changes == right.changes:
            # Both states are made by the same text.
            trial = left.trial if left.trial == right.trial else (*left.trial, *right.trial)
            yield Candidate(left.title, left.changes, trial, min(left.cost, right.cost) - 0.05, left.doubt)
            continue
        spans = [(each.span.line, each.span.column) for each in left.changes]
        if not any((each.span.line, each.span.column) in spans for each in right.changes):
            yield Candidate(
                f"{left.title}, {right.title}",
                (*left.changes, *right.changes),
                (*left.trial, *right.trial),
                min(left.cost, right.cost) - 0.05,
                left.doubt or right.doubt,
            )
