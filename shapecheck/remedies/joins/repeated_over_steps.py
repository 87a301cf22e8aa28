"""What there is once for each sample, repeated over the axis that is to hold the steps and holds the samples."""

from __future__ import annotations

import ast

from shapecheck.candidate import Candidate
from shapecheck.evidence import Argument, Evidence, Operation
from shapecheck.reading.edits import call_of, suffixed
from shapecheck.reading.failing import RECURRENT, failed, tensors
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.origins import trace
from shapecheck.reading.recurrent.batch_first import told_batch_first
from shapecheck.reading.sources import function_at, home_around, last_name, node_at, parents, source_of, walk

_COST = 0.02


def candidates(evidence: Evidence) -> list[Candidate]:
    """``x = emb(x).transpose(0, 1)`` in front of ``rnn(cat([x, h[-1].repeat(x.shape[0], 1, 1)], 2))``."""
    operation = failed(evidence, "cat", "concat", "concatenate")
    items = [item for item in tensors(operation) if item.span is not None] if operation is not None else []
    if operation is None or len(items) != 2 or not _goes_along_steps_first(evidence, operation):
        return []
    for steps, repeated in (items, items[::-1]):
        own, other = sizes_of(steps), sizes_of(repeated)
        made = next(iter(trace(evidence, steps.span)), None) if steps.span is not None else None
        if len(own) != 3 or other[:2] != (own[0], own[0]) or own[0] == own[1] or made is None or steps.span is None:
            continue
        if _is_repeated_over(evidence, repeated, steps) and function_at(made.span) is function_at(steps.span):
            change = suffixed(made.span, ".transpose(0, 1)")
            return [Candidate(f"{steps.expression} = {change.text}", (change,), (), _COST)]
    return []


def _is_repeated_over(evidence: Evidence, item: Argument, steps: Argument) -> bool:
    """Whether a part is something repeated as often as the other one is long along its first axis."""
    name = steps.expression
    asked = (f"{name}.shape[0]", f"{name}.size(0)", f"len({name})")
    for span in (item.span, *(each.span for each in trace(evidence, item.span))) if item.span is not None else ():
        call = call_of(span)
        if call is not None and last_name(call.func) in ("repeat", "expand") and call.args:
            return ast.unparse(call.args[0]) in asked
    return False


def _goes_along_steps_first(evidence: Evidence, operation: Operation) -> bool:
    """Whether a recurrent layer that was not told ``batch_first`` reads what is joined, there or by its name."""
    node = node_at(operation.span)
    source = source_of(operation.span.file) if operation.span is not None else None
    if source is None:
        return False
    up, home = next(parents(node), None), home_around(node)
    names = [ast.unparse(each) for each in up.targets] if isinstance(up, ast.Assign) else []
    inside = [each for each in walk(home) if isinstance(each, ast.Call)] if names and home is not None else [up]
    for call in inside:
        if not isinstance(call, ast.Call) or (names and not (call.args and ast.unparse(call.args[0]) in names)):
            continue
        for made in trace(evidence, source.span(call.func)):
            layer = call_of(made.span)
            if layer is not None and last_name(layer.func) in RECURRENT:
                return told_batch_first(evidence, made.span) is False
    return False
