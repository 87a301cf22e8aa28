"""A tensor of more than two axes is turned as a matrix is."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence
from shapecheck.fault import Fault, Recognition
from shapecheck.reading.applied import is_of_torch
from shapecheck.reading.failing import says
from shapecheck.reading.script_classes import failed_line
from shapecheck.reading.sources import last_name


def _recognise(evidence: Evidence) -> Recognition | None:
    found = says(evidence, r"t\(\) expects a tensor with <= 2 dimensions, but self is (\d+)D")
    if found is None:
        return None
    because = f"t() turns a matrix, and this tensor has {found[1]} axes: which two are meant has to be said"
    return Recognition(because, weight=6, candidates=tuple(_last_two(evidence)))


def _last_two(evidence: Evidence) -> Iterator[Candidate]:
    """``k.transpose(-2, -1)`` for ``k.t()``: a product of batches multiplies the last two axes."""
    source, nodes = failed_line(evidence) or (None, [])
    for node in nodes if source is not None else ():
        if not isinstance(node, ast.Call) or last_name(node.func) != "t" or source is None:
            continue
        span = source.span(node)
        if is_of_torch(node) and len(node.args) == 1:
            text = f"{source.span(node.args[0]).text}.transpose(-2, -1)"
        else:
            text = re.sub(r"\.t\(\s*\)$", ".transpose(-2, -1)", span.text)
        if text != span.text:
            yield Candidate(text, (Change(span, text),), (), 0.0)


BAD = """\
import torch

q, k = torch.randn(2, 5, 3), torch.randn(2, 7, 3)
print((q @ k.t()).shape)
"""

GOOD = BAD.replace("k.t()", "k.transpose(-2, -1)")

FAULT = Fault(
    code="SC924",
    slug="turned_by_t",
    headline="a tensor of more than two axes is turned as a matrix is",
    why=(
        "t() exchanges the two axes of a matrix. In a batch of matrices, or in attention with heads, the last two are "
        "to be exchanged, and those in front stay: transpose(-2, -1), which .mT does as well."
    ),
    recognise=_recognise,
    bad=BAD,
    good=GOOD,
    lesson="k.transpose(-2, -1) turns each matrix of a batch.",
    messages=(r"t\(\) expects a tensor with <= 2 dimensions",),
)
