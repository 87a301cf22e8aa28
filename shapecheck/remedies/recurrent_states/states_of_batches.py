"""A state of other samples than the layer is given: spread, cut, or of full batches alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from shapecheck.candidate import Candidate, Change, Step
from shapecheck.evidence import Argument, Evidence, Operation
from shapecheck.reading.failing import operand
from shapecheck.reading.sizes.size_texts import size_texts
from shapecheck.reading.sources import function_at
from shapecheck.remedies.recurrent_states.refused_state import RefusedState
from shapecheck.remedies.recurrent_states.state_of_other_loop import OF_OTHER_SAMPLES, is_left_elsewhere
from shapecheck.remedies.samples.batches import drop_last


def of_other_samples(state: RefusedState, batch: int) -> Iterator[Candidate]:
    """Changes where nothing but the number of samples is another one than is wanted."""
    evidence, operation, item, have = state.evidence, state.operation, state.item, state.sizes[1]
    if have == 1:
        rows = _batch_text(operation) or str(batch)
        step = Step("expand", item.role, (-1, batch, -1))
        for way in state.behind(f".expand(-1, {rows}, -1).contiguous()", step, cost=0.12):
            yield _of_this_call(evidence, item, way, batch)
    yield from drop_last(evidence, cost=0.35, full=max(have, batch))
    if have > batch:
        step = Step("item", item.role, (":", f":{batch}"))
        text = f"[:, :{_batch_text(operation) or batch}].contiguous()"
        doubt = OF_OTHER_SAMPLES if is_left_elsewhere(evidence, have) else ""
        yield from (replace(each, doubt=doubt) for each in state.behind(text, step, cost=0.5))


def _batch_text(operation: Operation) -> str:
    """How to write the batch size of the call's input: ``x.size(0)``."""
    item = operand(operation, "input")
    if item is None or item.span is None or item.value.kind != "tensor" or "(" in item.span.text:
        return ""
    return f"{item.span.text}.size({0 if operation.config.get('batch_first') else 1})"


def _of_this_call(evidence: Evidence, item: Argument, way: Candidate, batch: int) -> Candidate:
    """The change with the number of samples that this call was given, where a function writes it for all its calls."""
    if item.span is None or [each.span for each in way.changes] != [item.span] or function_at(item.span) is None:
        return way
    asked = next((text for text in size_texts(evidence, item.span, batch) if text.endswith(".size(0)")), "")
    text = way.changes[0].text.replace(f"expand(-1, {batch}, -1)", f"expand(-1, {asked or batch}, -1)")
    return replace(way, title=text, changes=(Change(item.span, text),))
