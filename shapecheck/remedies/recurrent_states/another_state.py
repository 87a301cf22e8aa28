"""Another variable that has the very shape which a state is wanted in."""

from __future__ import annotations

import re
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Step
from shapecheck.evidence import Argument, Evidence, Operation, Value
from shapecheck.reading.edits import replaced
from shapecheck.reading.failing import operand
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.recurrent.recurrent_calls import state_sizes
from shapecheck.reading.thrown_away import THROWN_AWAY, throws_away
from shapecheck.remedies.names.callers import another_argument

# What a state is called: a word of the name, not the beginning of one (`h_enc`, `enc_hid1`; not `counts`).
_STATE = re.compile(
    r"(?:^|_|\.)(?:[hc](?:[x0n]|prev|last)?|hid|hiddens?|states?|memory|carry|init|initial|start|begin)(?![a-z])", re.I
)
_BY_CHANCE = "it may have the shape of a state by chance"


def another_value(evidence: Evidence, operation: Operation, wrong: list[Argument]) -> Iterator[Candidate]:
    """Another variable of the function that has the very shape that is wanted."""
    frame = evidence.user_frame
    if frame is None:
        return
    given_too = {each.expression for each in operation.arguments}
    for item in wrong:
        layers, batch, width = state_sizes(operation, item.role)
        if item.span is None or batch is None:
            continue
        for name, held in frame.names.items():
            record = held.record
            if record is None or name in {*given_too, "_"} or record.shape != (layers, batch, width):
                continue
            # What has the state's width was only given in another form; what has not is another thing altogether.
            given = sizes_of(item)
            cost, doubt = (
                (0.9, _BY_CHANCE) if given[-1:] == (width,) else (0.05, "" if _STATE.search(name) else _BY_CHANCE)
            )
            if not doubt and throws_away(item.span, name):
                cost, doubt = 0.45, THROWN_AWAY
            step = Step("stand_in", item.role, record.shape)
            yield Candidate(name, (replaced(item.span, name),), (step,), cost, doubt)


def of_caller(evidence: Evidence, operation: Operation) -> Iterator[Candidate]:
    """A state that is another variable of the function that called."""
    item = operand(operation, "(h_0, c_0)", "h_0", "hx")
    if item is None or operation.config.get("num_layers") is None:
        return
    wanted = state_sizes(operation, "h_0")

    def fits(held: Value) -> bool:
        if operation.name.endswith("LSTM"):
            return held.kind == "tuple" and len(held.items) == 2 and all(map(one, held.items))
        return one(held)

    def one(held: Value) -> bool:
        return held.kind == "tensor" and held.record is not None and held.record.shape == wanted

    if not fits(item.value):
        # What fits is not what was refused.
        yield from another_argument(evidence, item.value, fits, cost=0.06)
