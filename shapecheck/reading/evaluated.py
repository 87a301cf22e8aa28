"""Whether what failed was only evaluated, and learns nothing."""

from __future__ import annotations

import ast

from shapecheck.evidence import Evidence
from shapecheck.reading.calls import calls_in
from shapecheck.reading.sources import home_around, last_name, loop_around, node_at, parents


def learns_nothing(evidence: Evidence) -> bool:
    """Whether what failed was called where no gradient is recorded, or in a loop that only evaluates."""
    nodes = [node_at(frame.span) for frame in evidence.frames if frame.is_user]
    if any(_is_evaluated(node) for node in nodes):
        return True
    for node in nodes:
        for up in parents(node):
            heads = [each.context_expr for each in up.items] if isinstance(up, ast.With) else []
            heads += up.decorator_list if isinstance(up, ast.FunctionDef) else []
            names = [last_name(each.func if isinstance(each, ast.Call) else each) for each in heads]
            if any(each in ("no_grad", "inference_mode") for each in names):
                return True
    return False


def _is_evaluated(node: ast.expr | None) -> bool:
    """Whether the nearest loop around a call goes back nowhere, and a model was told to evaluate in front of it."""
    loop = loop_around(node)
    home = home_around(loop)
    if loop is None or home is None or any(last_name(each.func) in ("backward", "step") for each in calls_in(loop)):
        return False
    told = [each for each in calls_in(home) if last_name(each.func) in ("eval", "train") and each.lineno < loop.lineno]
    return bool(told) and last_name(max(told, key=lambda each: each.lineno).func) == "eval"
