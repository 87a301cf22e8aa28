"""A tensor told by its type, which is ``Variable`` no longer: asked for as ``isinstance`` does."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence
from shapecheck.reading.sources import (
    Source,
    function_of_line,
    is_named,
    items_of,
    last_name,
    source_of,
    walk,
)

CAUSE = "tensor_told_by_old_type"
_COST = 0.02
_OLD = "Variable"
_SAME, _OTHER = (ast.Eq, ast.Is, ast.In), (ast.NotEq, ast.IsNot, ast.NotIn)


def candidates(evidence: Evidence) -> list[Candidate]:
    """``isinstance(h, torch.Tensor)`` for ``type(h) == Variable``, in a function that holds a tensor by that name."""
    found = dict.fromkeys(_asked(evidence))
    return list(found) if len(found) == 1 else []


def _asked(evidence: Evidence) -> Iterator[Candidate]:
    for frame in evidence.frames:
        source = source_of(frame.span.file) if frame.is_user else None
        home = function_of_line(source, frame.span.line)
        for node in walk(home) if source is not None else ():
            name = _told_by_type(node)
            held = frame.names.get(name) if name else None
            if source is not None and isinstance(node, ast.Compare) and held is not None and held.kind == "tensor":
                text = f"isinstance({name}, {_type(source, node)})"
                text = f"not {text}" if isinstance(node.ops[0], _OTHER) else text
                yield Candidate(text, (Change(source.span(node), text),), (), _COST, cause=CAUSE)


def _told_by_type(node: ast.AST) -> str:
    """The name of which a comparison asks whether it is a ``Variable``: ``type(h) == Variable``, ``type(h) is ...``."""
    if not isinstance(node, ast.Compare) or len(node.ops) != 1 or not isinstance(node.ops[0], (*_SAME, *_OTHER)):
        return ""
    call, (other,) = node.left, node.comparators
    is_asked = isinstance(call, ast.Call) and is_named(call.func, "type") and len(call.args) == 1
    if not is_asked or not isinstance(call, ast.Call) or not isinstance(call.args[0], ast.Name):
        return ""
    is_row = isinstance(node.ops[0], ast.In | ast.NotIn)
    named = [last_name(each) for each in (items_of(other) if is_row else [other])]
    return call.args[0].id if named == [_OLD] else ""


def _type(source: Source, node: ast.Compare) -> str:
    """The class of all tensors, by a name that the file has for it."""
    names = {
        each.asname or each.name for line in walk(source.tree) if isinstance(line, ast.Import) for each in line.names
    }
    (other,) = node.comparators
    return "torch.Tensor" if "torch" in names else source.span(items_of(other)[0]).text
