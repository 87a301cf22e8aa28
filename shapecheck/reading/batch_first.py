"""Whether a layer was told that the samples lie first, as far as the call of its constructor can be read."""

from __future__ import annotations

import ast

from shapecheck.evidence import Evidence, Span
from shapecheck.reading.edits import expression, piece

# RNN(input_size, hidden_size, num_layers, bias, batch_first): counted from 0.
_PLACE = 4


def told_batch_first(evidence: Evidence, made: Span) -> bool | None:
    """What a constructor's call says of ``batch_first``, which nobody says of a layer that takes steps first.

    Args:
        evidence: The problem, to follow a name to its value.
        made: The call: ``nn.GRU(3, 8, batch_first=first)``.

    Returns:
        None where it cannot be read: by position, behind stars, of a value that nobody knows.
    """
    call = expression(made.text)
    if not isinstance(call, ast.Call):
        return None
    given = next((each.value for each in call.keywords if each.arg == "batch_first"), None)
    if given is None:
        return None if len(call.args) > _PLACE or any(each.arg is None for each in call.keywords) else False
    behind = evidence.chains.get(piece(made, given), ())
    texts = [ast.unparse(given), *(each.span.text for each in behind)]
    return next((text == "True" for text in texts if text in ("True", "False")), None)
