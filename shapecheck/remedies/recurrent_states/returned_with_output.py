"""A function that gives back all that a layer returns, where its state is what the next layer takes."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Step
from shapecheck.evidence import Argument, Evidence, Operation, Value
from shapecheck.reading.edits import call_of, suffixed
from shapecheck.reading.failing import RECURRENT, failed, operand
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.origins import trace
from shapecheck.reading.recurrent.recurrent_calls import state_sizes
from shapecheck.reading.sources import node_at, statement_of

_COST = 0.03


def candidates(evidence: Evidence) -> list[Candidate]:
    """``return self.encoder(x)[1]`` for ``return self.encoder(x)``, which the decoder was given for its state."""
    operation = failed(evidence, *RECURRENT)
    item, cell = operand(operation, "h_0", "(h_0, c_0)"), operand(operation, "c_0")
    if operation is None or item is None or item.span is None:
        return []
    if cell is not None and cell.span == item.span and cell.value.kind == "tuple":
        # What an LSTM gives was read as its pair of states.
        return list(_at_return(evidence, item, ())) if _is_state(operation, cell.value, item.value) else []
    held = item.value.items
    is_whole = item.value.kind == "tuple" and len(held) == 2 and _is_state(operation, held[1], held[0])
    return list(_at_return(evidence, item, (Step("item", item.role, (1,)),))) if is_whole else []


def _is_state(operation: Operation, state: Value, output: Value) -> bool:
    """Whether it is the state that is wanted, behind what a layer gives for each step."""
    layers, _, width = state_sizes(operation, "h_0")
    sizes = sizes_of(state.items[0] if state.items else state)
    is_output = len(sizes_of(output)) == 3 and sizes_of(output) != sizes
    return is_output and len(sizes) == 3 and (sizes[0], sizes[2]) == (layers, width)


def _at_return(evidence: Evidence, item: Argument, trial: tuple[Step, ...]) -> Iterator[Candidate]:
    for origin in trace(evidence, item.span):
        if call_of(origin.span) is not None and isinstance(statement_of(node_at(origin.span)), ast.Return):
            change = suffixed(origin.span, "[1]")
            yield Candidate(f"return {change.text}", (change,), trial, _COST)
            return
