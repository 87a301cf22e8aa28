"""What a model or a function is given, turned first at its other calls, and here as it is."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate
from shapecheck.evidence import Evidence, Span
from shapecheck.reading.edits import suffixed
from shapecheck.reading.sources import found_at, last_name

# Behind what the operands themselves say.
_COST = 0.35
_SEVERAL = "its other calls do not agree in what is done first"
_NOT_READ = "it is not known whether that is what is wrong with this call"
# What gives the same numbers in another order of the axes.
_LAYS = ("transpose", "permute", "t", "mT", "T")


def candidates(evidence: Evidence) -> list[Candidate]:
    """``net(points.transpose(1, 2))`` for ``net(points)``, as everywhere else."""
    # What fails at once is no function of the script's, and its own operands are read elsewhere.
    outer = [frame for frame in evidence.user_frames if frame != evidence.user_frame]
    return [each for frame in outer for each in _as_elsewhere(frame.span)]


def _as_elsewhere(place: Span) -> Iterator[Candidate]:
    source, call = found_at(place)
    if source is None or not isinstance(call, ast.Call) or isinstance(call.func, ast.Call):
        return
    name = ast.unparse(call.func)
    others = [
        each for each in source.calls(last_name(call.func)) if each is not call and ast.unparse(each.func) == name
    ]
    for at, given in enumerate(call.args):
        # A name that is handed on as it is.
        if not isinstance(given, ast.Name | ast.Attribute) or not others:
            continue
        done = [_laid(each.args[at]) if at < len(each.args) else "" for each in others]
        for suffix in dict.fromkeys(each for each in done if each):
            change = suffixed(source.span(given), suffix)
            doubt = _SEVERAL if len(set(done)) > 1 else ""
            yield Candidate(change.text, (change,), (), _COST, doubt, _NOT_READ)


def _laid(node: ast.expr) -> str:
    """What is done last with what is given: ``.transpose(2, 1)``; nothing where it is another thing than its layout."""
    suffix = ""
    while True:
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _LAYS:
            if any(not isinstance(each, ast.Constant | ast.UnaryOp) for each in node.args) or node.keywords:
                return suffix
            suffix = f".{node.func.attr}({', '.join(map(ast.unparse, node.args))}){suffix}"
            node = node.func.value
        elif isinstance(node, ast.Attribute) and node.attr in _LAYS:
            suffix, node = f".{node.attr}{suffix}", node.value
        else:
            return suffix
