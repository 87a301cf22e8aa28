"""The last layer of a prediction, told another name than the one that is as wide as the target."""

from __future__ import annotations

import ast

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence, Span
from shapecheck.reading.compared.other_targets import doubt_of_target
from shapecheck.reading.edits import expression, piece
from shapecheck.reading.failing import SAME_SHAPE_LOSSES, failed, operand
from shapecheck.reading.layers.layer_arguments import told_for
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.origins import trace
from shapecheck.reading.sizes.names_of_size import names_of_size
from shapecheck.reading.sizes.unread_numbers import unread_numbers
from shapecheck.reading.sources import last_name

CAUSE = "other_number_of_outputs"


def candidates(evidence: Evidence) -> list[Candidate]:
    """``nn.Linear(hidden, wide)`` for ``nn.Linear(hidden, latent)``, where the target is as wide as ``wide``."""
    operation = failed(evidence, *SAME_SHAPE_LOSSES)
    given, target = operand(operation, "input"), operand(operation, "target")
    have, want = sizes_of(given), sizes_of(target)
    if given is None or len(have) != len(want) or len(have) < 2 or have[:-1] != want[:-1] or have[-1] == want[-1]:
        return []
    told = _told(evidence, given.span)
    if told is None:
        return []
    # A number that was handed in and is read by nobody was to be read here.
    unread = [name for name, size in unread_numbers(evidence, told) if size == want[-1]]
    names = unread or list(names_of_size(evidence, told, want[-1]))
    cost = 0.02 if unread else 0.08
    doubt = doubt_of_target(evidence, have)
    changes = [Change(told, name) for name in names if len(names) == 1]
    return [Candidate(f"out_features={each.text}", (each,), (), cost, doubt) for each in changes]


def _told(evidence: Evidence, prediction: Span | None) -> Span | None:
    """How many outputs the layer that gave a prediction was told to have, if that stands there as a name."""
    for origin in trace(evidence, prediction):
        call = expression(origin.span.text)
        for maker in trace(evidence, piece(origin.span, call.func)) if isinstance(call, ast.Call) else ():
            made = expression(maker.span.text)
            if isinstance(made, ast.Call) and last_name(made.func) == "Linear":
                told = told_for(maker, "out_features")
                return told if told is not None and told.text.isidentifier() else None
    return None
