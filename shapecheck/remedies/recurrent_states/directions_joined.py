"""The two directions of each layer of an encoder side by side: half as many states of twice the width."""

from __future__ import annotations

import re
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change, Step
from shapecheck.evidence import Argument, Evidence, Operation
from shapecheck.reading.origins import trace
from shapecheck.reading.recurrent.recurrent_calls import state_sizes
from shapecheck.remedies.recurrent_states.states_in_tuples import places_of_pair


def directions_joined(
    evidence: Evidence, operation: Operation, item: Argument, wanted: tuple[int, int]
) -> Iterator[Candidate]:
    """The two directions of each layer of an encoder side by side: half as many states of twice the width."""
    batch = (state_sizes(operation, item.role)[1] or 1,)
    trial = (Step("set_size", item.role, (wanted[0], *batch, wanted[1])),)
    if item.span is None:
        return
    if not has_own_text(operation, item):
        both = tuple(Step("set_size", role, trial[0].arguments) for role in ("h_0", "c_0"))
        for far, place in enumerate(places_of_pair(evidence, item)):
            text = f"tuple(torch.cat([each[0::2], each[1::2]], dim=-1) for each in {place.text})"
            yield Candidate(text, (Change(place, text),), both, 0.1 + 0.02 * far)
        return
    made = (found for found in trace(evidence, item.span, parts=True) if found.is_whole or "(" not in found.span.text)
    for far, span in enumerate((*(found.span for found in made), item.span)):
        if not re.fullmatch(r"[\w.]+(\([\w., ]*\))?", span.text):
            continue
        text = f"torch.cat([{span.text}[0::2], {span.text}[1::2]], dim=-1)"
        if "(" in span.text:
            # What a call returns must not be asked for twice.
            text = f"{span.text}.unflatten(0, (-1, 2)).transpose(1, 2).flatten(2)"
        yield Candidate(text, (Change(span, text),), trial, 0.1 + 0.02 * far)
        if far:
            return


def has_own_text(operation: Operation, item: Argument) -> bool:
    """Whether the operand has a text of its own, not that of a tuple that it stands in."""
    return not any(other is not item and other.span == item.span for other in operation.arguments)
