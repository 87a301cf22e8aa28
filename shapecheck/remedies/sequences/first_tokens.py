"""The tokens that a decoder begins with, made without the axis of the steps: ``torch.full((n,), BEGIN)``."""

from __future__ import annotations

from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Argument, Evidence, Operation
from shapecheck.reading.failing import RECURRENT, failed, operand, takes_samples_first
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.sizes.written_sizes import written_sizes
from shapecheck.reading.sources import function_at
from shapecheck.reading.ways_back import spans_behind

_COST = 0.05
_ONCE = "the layer was given no input with both axes before, and may be meant to be given none"


def candidates(evidence: Evidence) -> list[Candidate]:
    """One step for each sample where the tokens are made, of a layer that is given states of many samples."""
    operation = failed(evidence, *RECURRENT)
    item, state = operand(operation, "input"), operand(operation, "h_0")
    sizes, states = sizes_of(item), sizes_of(state)
    if operation is None or item is None or len(sizes) != 2 or len(states) != 3 or sizes[0] != states[1] > 1:
        return []
    return list(_with_steps(evidence, operation, item))


def _with_steps(evidence: Evidence, operation: Operation, item: Argument) -> Iterator[Candidate]:
    inputs = (each for call in evidence.earlier for each in call.inputs if each.role == "input")
    doubt = "" if any(len(each.shape) == 3 for each in inputs) else _ONCE
    for span in spans_behind(evidence, item.span):
        written = written_sizes(span, evidence)
        if written is None or len(written) != 1 or item.span is None or function_at(span) is function_at(item.span):
            continue
        text = f"{written[0].text}, 1" if takes_samples_first(operation) else f"1, {written[0].text}"
        yield Candidate(f"({text})", (Change(written[0], text),), (), _COST, doubt)
        return
