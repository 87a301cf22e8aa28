"""Tells that something at hand which nobody reads has the shape of a prediction: the target that was meant."""

from __future__ import annotations

import ast

from shapecheck.evidence import Evidence
from shapecheck.reading.failing import Shape
from shapecheck.reading.sources import is_named, source_of, walk

OTHER_TARGET = "something at hand that nobody reads has the shape of the prediction, and may be the target"


def doubt_of_target(evidence: Evidence, prediction: Shape) -> str:
    """What stands against a change of the layers, where another target may be meant; else nothing."""
    for frame in evidence.user_frames:
        source = source_of(frame.span.file)
        for name, held in frame.names.items() if source is not None else ():
            if held.record is None or held.record.shape != prediction or not name.isidentifier():
                continue
            uses = [each for each in walk(source.tree) if is_named(each, name)] if source is not None else []
            if uses and not any(isinstance(each.ctx, ast.Load) for each in uses if isinstance(each, ast.Name)):
                return OTHER_TARGET
    return ""
