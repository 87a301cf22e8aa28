"""Constants for each channel of images that have fewer: as many of them as there are channels, where all are alike."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence, Span
from shapecheck.reading.edits import expression
from shapecheck.reading.failing import CONVOLUTIONS, says
from shapecheck.reading.layers.layer_arguments import told_for
from shapecheck.reading.sources import Source, call_around, found_at, user_sources
from shapecheck.reading.ways_back import every_origin

_COST = 0.1
_SHAPES = r"output with shape \[([\d, ]+)\] doesn't match the broadcast shape \[([\d, ]+)\]"
_FOR_LAYER = "a layer takes as many channels as there are constants, so that the images may be meant to have them"


def candidates(evidence: Evidence) -> list[Candidate]:
    """``normalize(image, (0.5,), (0.5,))`` for ``normalize(image, (0.5, 0.5, 0.5), (0.5, 0.5, 0.5))``."""
    counts = _channels(evidence)
    if counts is None:
        return []
    have, told = counts
    for source, call in _calls(evidence):
        given = [*call.args, *(each.value for each in call.keywords)]
        spans = [source.span(each) for each in given if _is_alike(each, told)]
        if spans:
            changes = tuple(Change(span, _text(span, have)) for span in spans)
            doubt = _FOR_LAYER if _is_read(evidence, told) and not _is_read(evidence, have) else ""
            return [Candidate(", ".join(each.text for each in changes), changes, (), _COST, doubt)]
    return []


def _channels(evidence: Evidence) -> tuple[int, int] | None:
    """How many channels the images have, and for how many there are constants."""
    said = says(evidence, _SHAPES)
    have, told = ([int(each) for each in text.split(",")] for text in said.groups()) if said is not None else ([], [])
    if len(have) != len(told) or len(have) < 3 or (have[:-3], have[-2:]) != (told[:-3], told[-2:]):
        return None
    return (have[-3], told[-3]) if have[-3] == 1 < told[-3] else None


def _calls(evidence: Evidence) -> Iterator[tuple[Source, ast.Call]]:
    """The calls that were given what the constants came from; of a library's own transform nothing else is known."""
    for span in every_origin(evidence):
        source, node = found_at(span)
        call = call_around(node)
        if source is not None and call is not None and isinstance(node, ast.Tuple | ast.List):
            yield source, call
    for source in user_sources(evidence):
        yield from ((source, call) for call in source.calls("Normalize"))


def _is_alike(node: ast.expr, count: int) -> bool:
    """Whether it is so many numbers, all of them the same."""
    parts = node.elts if isinstance(node, ast.Tuple | ast.List) else []
    return len(parts) == count and len({ast.unparse(each) for each in parts}) == 1 and _is_number(parts[0])


def _is_number(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, int | float)


def _text(span: Span, count: int) -> str:
    node = expression(span.text)
    assert isinstance(node, ast.Tuple | ast.List)
    parts = ", ".join([ast.unparse(node.elts[0])] * count)
    return f"[{parts}]" if isinstance(node, ast.List) else f"({parts},)" if count == 1 else f"({parts})"


def _is_read(evidence: Evidence, channels: int) -> bool:
    """Whether a convolution is told to take so many channels."""
    told = (
        told_for(source.span(call), "in_channels")
        for source in user_sources(evidence)
        for call in source.calls(*CONVOLUTIONS)
    )
    return any(each is not None and each.text == str(channels) for each in told)
