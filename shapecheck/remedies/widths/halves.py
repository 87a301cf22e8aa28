"""Whether a factor of two may stand for two halves that the script has yet to take apart: a mean and a spread."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator

from shapecheck.candidate import Candidate
from shapecheck.evidence import Evidence, Span
from shapecheck.reading.edits import expression
from shapecheck.reading.layers.idle_layers import idle_layers
from shapecheck.reading.layers.one_way_layers import one_way_layers
from shapecheck.reading.origins import spans_of
from shapecheck.reading.sources import Source, class_around, found_at, statement_of

HALVES = "two times the width may be two halves that are yet to be taken apart"
DIRECTIONS = "two times the width may be that of both directions"
_WITH_WIDTH = ("Linear", "LazyLinear", "Bilinear", "GLU", "Sequential", "Conv1d", "Conv2d", "Conv3d")
_TAKEN_APART = re.compile(
    r"chunk|split\(|unbind|glu\b|\bgated?\b|\bgates\b|log_?var|log_?std|sigma|\bmu\b|randn|rsample|Normal\("
    r"|\bfilm\b|\bgamma\b|\bbeta\b|\bhalf\b|\bhalves\b|\bhalved\b|moments",
    re.IGNORECASE,
)
_OF_BOTH = re.compile("direction", re.IGNORECASE)
_NAMED_FOR_BOTH = re.compile(r"(?<![a-z])bi_?(lstm|gru|rnn)", re.IGNORECASE)


def doubt_of_factor(span: Span, factor: int) -> str:
    """What stands against leaving out a factor of a width: nothing, but for a two that the class has a use for.

    Args:
        span: The width with the factor.
        factor: The factor.
    """
    source, node = found_at(span)
    if factor != 2 or source is None or node is None:
        return ""
    owner = class_around(node)
    text = _text(source, owner)
    if owner is not None and any(list(idle_layers(owner, kind)) for kind in _WITH_WIDTH):
        return HALVES
    if _TAKEN_APART.search(text):
        return HALVES
    if one_way_layers(span):
        return DIRECTIONS
    if "bidirectional=True" in text:
        # Where one direction alone comes, the other one may be what is missing, not the factor what is too much.
        return DIRECTIONS
    is_named = "bidirectional" not in text and _NAMED_FOR_BOTH.search(text)
    return DIRECTIONS if is_named or _OF_BOTH.search(_lines_of(source, node)) else ""


def doubted(
    evidence: Evidence, given: Span, have: object, size: int, found: Iterable[Candidate]
) -> Iterator[Candidate]:
    """Changes of a width to a half of it, with what stands against leaving the two out where it is a product.

    Args:
        evidence: The problem.
        given: The width's text.
        have: What it is.
        size: What it must be.
        found: The changes.
    """
    doubt = ""
    for span in spans_of(evidence, given, parts=True):
        node = expression(span.text)
        if have == 2 * size and isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
            doubt = doubt or doubt_of_factor(span, 2)
    yield from (each.doubted(doubt) for each in found)


def _text(source: Source, owner: ast.ClassDef | None) -> str:
    """The text of a class, comments included; of the whole file where there is none."""
    return "".join(source.lines if owner is None else source.lines[owner.lineno - 1 : owner.end_lineno])


def _lines_of(source: Source, node: ast.expr) -> str:
    """The lines of a statement, with what is written behind it and in the comment above it."""
    whole = statement_of(node) or node
    above = source.lines[whole.lineno - 2 : whole.lineno - 1] if whole.lineno > 1 else ()
    comment = [line for line in above if line.lstrip().startswith("#")]
    return "".join([*comment, *source.lines[whole.lineno - 1 : whole.end_lineno]])
