"""Two models of one class whose weights meet one by one, of which one was made without the settings of the other."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence, Span
from shapecheck.reading.failing import failed
from shapecheck.reading.mismatches import ELEMENTWISE
from shapecheck.reading.sources import last_name, node_at
from shapecheck.reading.ways_back import spans_behind

_COST = 0.04
_EITHER = "the other one may be what was made with wrong settings"
_MEETINGS = ("copy_", "lerp_", "lerp", *ELEMENTWISE)


def candidates(evidence: Evidence) -> list[Candidate]:
    """``Net(**cfg), Net(**cfg)`` for ``Net(**cfg), Net()``."""
    return list(_made_alike(evidence))


def _made_alike(evidence: Evidence) -> Iterator[Candidate]:
    operation = failed(evidence, *_MEETINGS)
    if operation is None or operation.span is None:
        return
    behind = list(spans_behind(evidence, operation.span))
    models = [span for each in behind for span in _pairs(evidence, each)]
    if len(models) != 2:
        return
    calls = [node_at(each) for each in models]
    left, right = calls
    if (
        not isinstance(left, ast.Call)
        or not isinstance(right, ast.Call)
        or last_name(left.func) != last_name(right.func)
    ):
        return
    for call, span, other in ((left, models[0], models[1]), (right, models[1], models[0])):
        if span.text != other.text:
            doubt = _EITHER if call.args or call.keywords else ""
            yield Candidate(other.text, (Change(span, other.text),), (), _COST + 0.1 * bool(doubt), doubt)


def _pairs(evidence: Evidence, span: Span) -> Iterator[Span]:
    """Where the two models were made whose parameters a loop walks through side by side."""
    node = node_at(span)
    if not isinstance(node, ast.Call) or last_name(node.func) != "zip" or len(node.args) != 2:
        return
    for each in node.args:
        if isinstance(each, ast.Call) and last_name(each.func) == "parameters" and isinstance(each.func, ast.Attribute):
            chains = [origins for key, origins in evidence.chains.items() if node_at(key) is each.func.value]
            made = [
                origin.span for origins in chains for origin in origins if isinstance(node_at(origin.span), ast.Call)
            ]
            yield from made[:1]
