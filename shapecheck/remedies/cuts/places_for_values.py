"""The largest numbers where their places are asked for: ``x.max(1)[0]`` for ``x.max(1)[1]``."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence, Span
from shapecheck.reading.edits import expression, piece, whole_number
from shapecheck.reading.failing import INDEX_LOSSES, PICKS, failed, kind, tensors
from shapecheck.reading.mismatches import dtype_of
from shapecheck.reading.sources import last_name
from shapecheck.reading.vocabulary import WITH_PLACES
from shapecheck.reading.ways_back import spans_behind

_COST = 0.05
_NEAR = 6
# What takes places alone.
_TAKE = ("Embedding", "EmbeddingBag", "embedding", "one_hot", *PICKS)


def candidates(evidence: Evidence) -> list[Candidate]:
    """The places in place of the numbers, where whole numbers are wanted of what is none."""
    operation = failed(evidence, *_TAKE, *INDEX_LOSSES)
    if operation is None:
        return []
    roles = ("target",) if kind(operation) in INDEX_LOSSES else ("input", "index", "indices", "self")
    items = [each for each in tensors(operation) if each.role in roles and dtype_of(each).startswith("float")]
    spans = [span for item in items for span in list(spans_behind(evidence, item.span, only_whole=True))[:_NEAR]]
    return [each for span in dict.fromkeys(spans) for each in _places(span)]


def _places(span: Span) -> Iterator[Candidate]:
    node = expression(span.text)
    while isinstance(node, ast.Subscript) and not _gives_both(node.value):
        # Some of the numbers, taken out.
        node = node.value
    if isinstance(node, ast.Subscript) and _gives_both(node.value) and whole_number(node.slice) == 0:
        yield Candidate("[1]", (Change(piece(span, node.slice), "1"),), (), _COST)
    elif isinstance(node, ast.Attribute) and node.attr == "values" and _gives_both(node.value):
        text = f"{piece(span, node.value).text}.indices"
        yield Candidate(text, (Change(piece(span, node), text),), (), _COST)


def _gives_both(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and last_name(node.func) in WITH_PLACES
