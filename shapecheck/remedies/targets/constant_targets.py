"""Targets of one number throughout, such as ones for what is real: as many of them as there are predictions."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change, Step
from shapecheck.evidence import Argument, Evidence
from shapecheck.reading.edits import call_of
from shapecheck.reading.failing import SAME_SHAPE_LOSSES, failed, operand
from shapecheck.reading.mismatches import sizes_of, written
from shapecheck.reading.sources import last_name

_COST = 0.05
_CONSTANT = ("ones", "zeros")
_ONE_EACH = "one score for each sample may be meant, and the mean over the places be missing"


def candidates(evidence: Evidence) -> list[Candidate]:
    """``torch.ones_like(scores)``, where a map of scores is held against one number a sample."""
    operation = failed(evidence, *SAME_SHAPE_LOSSES)
    given, target = (operand(operation, name) for name in ("input", "target"))
    return list(_alike(evidence, given, target)) if given is not None and target is not None else []


def _alike(evidence: Evidence, given: Argument, target: Argument) -> Iterator[Candidate]:
    sizes, have = sizes_of(given), sizes_of(target)
    if len(sizes) < 3 or have[:1] != sizes[:1] or len(have) >= len(sizes) or any(size > 1 for size in have[1:]):
        return
    if given.span is None or target.span is None or not given.span.text.isidentifier():
        return
    for origin in written(evidence, target):
        call = call_of(origin.span)
        name = last_name(call.func) if call is not None else ""
        if call is not None and name in _CONSTANT and ast.unparse(call.func) == f"torch.{name}":
            text = f"torch.{name}_like({given.span.text})"
            trial = (Step("stand_in", target.role, sizes),)
            doubt = "" if _gives_places(evidence, sizes) else _ONE_EACH
            yield Candidate(text, (Change(target.span, text),), trial, _COST, doubt)
            return


def _gives_places(evidence: Evidence, sizes: tuple[int, ...]) -> bool:
    """Whether a padded convolution has given the scores: it is made for maps of any size, and leaves one of them."""
    convolutions = [entry.call for entry in evidence.trace or () if entry.call.type.startswith("Conv")]
    last = convolutions[-1] if convolutions else None
    return last is not None and "padding=" in last.config and last.outputs[0].shape == sizes
