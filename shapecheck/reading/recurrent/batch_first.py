"""Whether a layer, or what packs and pads, was told that the samples lie first, as far as the call can be read."""

from __future__ import annotations

import ast

from shapecheck.evidence import Evidence, Span
from shapecheck.reading.applied import given_as
from shapecheck.reading.edits import expression, piece
from shapecheck.reading.failing import RECURRENT
from shapecheck.reading.sources import Source, last_name

# RNN(input_size, hidden_size, num_layers, bias, batch_first): counted from 0.
_PLACE = 4
# Where the functions of `torch.nn.utils.rnn` take it.
_OF_FUNCTIONS = {"pack_padded_sequence": 2, "pad_packed_sequence": 1, "pad_sequence": 1}


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
    given = given_as(call, "batch_first")
    if given is None:
        return None if len(call.args) > _PLACE or any(each.arg is None for each in call.keywords) else False
    behind = evidence.chains.get(piece(made, given), ())
    texts = [ast.unparse(given), *(each.span.text for each in behind)]
    return next((text == "True" for text in texts if text in ("True", "False")), None)


def says_batch_first(call: ast.Call) -> bool:
    """Whether a call says ``batch_first=True`` of itself, where no evidence is at hand that would follow a name.

    Args:
        call: Of a constructor, or of a function that packs or pads: ``pad_sequence(parts, True)``.

    Returns:
        False where nothing is said; True also for a value that cannot be read, as ``batch_first=first``: who says
        anything mostly says so to have the samples first.
    """
    given = given_as(call, "batch_first", _OF_FUNCTIONS.get(last_name(call.func)))
    return given is not None and getattr(given, "value", True) is True


def are_samples_first(source: Source) -> bool:
    """Whether recurrent layers, and what pads, are told that the samples lie first."""
    return any(says_batch_first(call) for call in source.calls(*RECURRENT, "pad_sequence"))
