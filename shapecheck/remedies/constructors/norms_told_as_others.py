"""A layer that normalises told another size than every other one of its kind in the same constructor."""

from __future__ import annotations

import ast

from shapecheck.candidate import Candidate, Change, Step
from shapecheck.evidence import Evidence
from shapecheck.reading.arithmetic import worked_out
from shapecheck.reading.failing import failed, kind, maker
from shapecheck.reading.layers.layer_arguments import told_for
from shapecheck.reading.layers.layer_input import input_of
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.sources import found_at, home_around, is_own, last_name, parents

CAUSE = "channels_do_not_fit"
_TOLD = {"LayerNorm": ("normalized_shape", -1), "RMSNorm": ("normalized_shape", -1)}
_TOLD |= {f"BatchNorm{axes}d": ("num_features", 1) for axes in (1, 2, 3)}
_COST = 0.05


def candidates(evidence: Evidence) -> list[Candidate]:
    """``LayerNorm(width), LayerNorm(width)`` for ``LayerNorm(steps), LayerNorm(width)``, where width is what comes."""
    operation = failed(evidence, *_TOLD)
    item = input_of(evidence, operation)
    sizes = sizes_of(item)
    if operation is None or len(sizes) < 2:
        return []
    name, axis = _TOLD[kind(operation)]
    given = told_for(maker(evidence, operation), name)
    source, node = found_at(given)
    call = next((up for up in parents(node) if isinstance(up, ast.Call)), None)
    if source is None or given is None or call is None or not _is_kept(call):
        return []
    home = home_around(call)
    beside = [
        each
        for each in source.calls(last_name(call.func))
        if each is not call and home_around(each) is home and _is_kept(each)
    ]
    told = [told_for(source.span(each), name) for each in beside]
    texts = {each.text for each in told if each is not None}
    other = next(iter(told), None)
    if (
        other is None
        or len(texts) != 1
        or given.text in texts
        or worked_out(evidence, other) not in (None, sizes[axis])
    ):
        return []
    steps = (Step("configure", "", (name, sizes[axis])),)
    return [Candidate(f"{given.text} -> {other.text}", (Change(given, other.text),), steps, _COST)]


def _is_kept(call: ast.Call) -> bool:
    """Whether a module keeps the layer by a name of its own, alone or as one of several."""
    line = next((up for up in parents(call) if isinstance(up, ast.stmt)), None)
    is_plain = isinstance(getattr(call, "parent", None), ast.Assign | ast.Tuple)
    targets = line.targets[0] if isinstance(line, ast.Assign) else None
    every = targets.elts if isinstance(targets, ast.Tuple) else [targets]
    return is_plain and all(map(is_own, every))
