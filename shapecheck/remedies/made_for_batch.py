"""A state made by a call that was told the usual batch size: the batch at hand is asked instead."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.edits import call_of, piece
from shapecheck.evidence import Evidence
from shapecheck.failing import RECURRENT, batch_of, failed, shape, state_roles


def candidates(evidence: Evidence) -> list[Candidate]:
    """Another argument for the call that made the state."""
    return list(_asked_of_input(evidence))


def _asked_of_input(evidence: Evidence) -> Iterator[Candidate]:
    operation = failed(evidence, *RECURRENT)
    batch = batch_of(operation) if operation is not None else None
    roles = state_roles(operation) if operation is not None else ()
    state = shape(operation, roles[0]) if operation is not None and roles else None
    given = operation.argument(roles[0]) if operation is not None and roles else None
    if operation is None or batch is None or given is None or state is None or len(state) != 3 or state[1] == batch:
        return
    axis = 0 if operation.config.get("batch_first") else 1
    for origin in evidence.origins.get(given.expression, ()):
        call = call_of(origin.span)
        frame = evidence.frames[origin.frame] if 0 <= origin.frame < len(evidence.frames) else None
        if call is None or frame is None or not frame.is_user:
            continue
        inputs = [
            name
            for name, held in frame.names.items()
            if held.kind == "tensor" and held.record is not None and name.isidentifier() and name != "_"
            if held.record.shape == shape(operation, "input")
        ]
        for part in call.args:
            held = frame.names.get(part.id) if isinstance(part, ast.Name) else None
            if len(inputs) == 1 and held is not None and held.text == str(state[1]):
                text = f"{inputs[0]}.size({axis})"
                yield Candidate(text, (Change(piece(origin.span, part), text),), (), 0.05)
