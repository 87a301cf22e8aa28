"""One state handed through a function of the script to a cell, whose caller takes both: ``h, c = around(x, h)``."""

from __future__ import annotations

import ast

from shapecheck.candidate import Candidate, Change, Step
from shapecheck.evidence import Argument, Evidence
from shapecheck.reading.failing import CELLS, failed, operand
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.sources import found_at, function_around, home_around, is_named, node_at, parents, walk

_COST = 0.01


def candidates(evidence: Evidence) -> list[Candidate]:
    """``h, c = around(x, (h, c))``, where the function only hands on what it is given and gives back both states."""
    operation = failed(evidence, *CELLS)
    item = operand(operation, "hx", "(h_0, c_0)")
    frames = evidence.user_frames
    if operation is None or not operation.name.endswith("LSTMCell") or item is None or len(frames) < 2:
        return []
    if item.value.kind != "tensor" or not _is_only_handed_on(item):
        return []
    source, call = found_at(frames[-2].span)
    line = getattr(call, "parent", None)
    if source is None or not isinstance(call, ast.Call) or not isinstance(line, ast.Assign):
        return []
    parts = line.targets[0].elts if isinstance(line.targets[0], ast.Tuple) else []
    names = [each.id for each in parts if isinstance(each, ast.Name)]
    held = [frames[-2].names.get(name) for name in names]
    shapes = [each.record.shape if each is not None and each.record is not None else None for each in held]
    if len(parts) != 2 or len(set(names)) != 2 or shapes != [sizes_of(item)] * 2:
        return []
    given = [part for part in (*call.args, *(key.value for key in call.keywords)) if is_named(part, names[0])]
    if len(given) != 1 or _is_read(line, names[1]):
        return []
    pair = f"({', '.join(names)})"
    return [Candidate(pair, (Change(source.span(given[0]), pair),), (Step("pair", item.role),), _COST)]


def _is_only_handed_on(item: Argument) -> bool:
    """Whether a state is a parameter that the function reads there alone, to return what the cell makes of it."""
    node = node_at(item.span)
    function = function_around(node) if node is not None else None
    if not isinstance(node, ast.Name) or function is None:
        return False
    uses = [each for each in walk(function) if is_named(each, node.id)]
    call = getattr(node, "parent", None)
    is_returned = isinstance(call, ast.Call) and isinstance(getattr(call, "parent", None), ast.Return)
    return len(uses) == 1 and is_returned and node.id in {each.arg for each in function.args.args}


def _is_read(line: ast.Assign, name: str) -> bool:
    """Whether something else than the call reads a name, which may then be another thing than a state."""
    reads = (each for each in walk(home_around(line)) if is_named(each, name) and isinstance(each.ctx, ast.Load))
    return any(line not in parents(each) for each in reads)
