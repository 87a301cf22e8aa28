"""Arrays that a function hands out where tensors are wanted: all of them converted at once, where they are made."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Argument, Evidence, Origin, Span, Value
from shapecheck.reading.origins import trace
from shapecheck.reading.sources import Source, found_at, is_named, parents, source_of, statement_of, walk

_Function = ast.FunctionDef | ast.AsyncFunctionDef


def converted_together(evidence: Evidence, item: Argument, *, cost: float) -> Iterator[Candidate]:
    """The one array that several were cut from as a tensor, or all that a function returns.

    Args:
        evidence: The problem.
        item: The array that came where a tensor is wanted.
        cost: What it costs.
    """
    record = item.value.record
    if item.value.kind != "array" or record is None:
        return
    suffix = _cast(record.dtype)
    for origin in evidence.origins.get(item.expression, ()):
        source, node = found_at(origin.span)
        if source is None or node is None:
            continue
        whole = _cut_from(evidence, source, node)
        if whole is not None:
            text = f"torch.from_numpy({whole.text}){suffix}"
            yield Candidate(text, (Change(whole, text),), (), cost)
            return
        together = _returned_together(evidence, source, node, origin)
        if together:
            yield Candidate(", ".join(each.text for each in together), tuple(together), (), cost)
            return


def _cut_from(evidence: Evidence, source: Source, node: ast.expr) -> Span | None:
    """What a name was given that several parts of are taken: ``table[rows]`` of ``batch``, ``batch[:, :3]``."""
    if not isinstance(node, ast.Subscript) or not isinstance(node.value, ast.Name):
        return None
    function = next((up for up in parents(node) if isinstance(up, _Function)), source.tree)
    reads = [each for each in walk(function) if is_named(each, node.value.id) and isinstance(each.ctx, ast.Load)]
    parts = [each for each in reads if isinstance(getattr(each, "parent", None), ast.Subscript)]
    if len(parts) < 2 or len(parts) < len(reads):
        return None
    for made in trace(evidence, source.span(node.value)):
        at = source.node_at(made.span) if made.span.file == source.file else None
        inside = next((up for up in parents(at) if isinstance(up, _Function)), source.tree) if at is not None else None
        # What something else keeps, such as an attribute, is read by others too.
        is_own = isinstance(at, ast.Subscript | ast.Call | ast.BinOp)
        return made.span if inside is function and is_own and made.is_whole else None
    return None


def _returned_together(evidence: Evidence, source: Source, node: ast.expr, origin: Origin) -> list[Change]:
    """All arrays of a tuple that a function returns, by what the caller's names for them hold."""
    row = getattr(node, "parent", None)
    if not isinstance(row, ast.Tuple) or not isinstance(getattr(row, "parent", None), ast.Return):
        return []
    held = _unpacked(evidence, origin, row)
    changes = []
    for each, value in zip(row.elts, held, strict=True):
        if value is not None and value.kind == "array" and value.record is not None:
            span = source.span(each)
            changes.append(Change(span, f"torch.from_numpy({span.text}){_cast(value.record.dtype)}"))
    return changes if len(changes) > 1 else []


def _unpacked(evidence: Evidence, origin: Origin, row: ast.Tuple) -> list[Value | None]:
    """What the caller's names hold that the tuple was taken apart into."""
    nothing: list[Value | None] = [None] * len(row.elts)
    for frame in reversed(evidence.frames):
        source = source_of(frame.span.file) if frame.is_user else None
        if source is None:
            continue
        for each in (one for chain in evidence.origins.values() for one in chain):
            node = source.node_at(each.span) if each.span.file == source.file else None
            statement = statement_of(node) if isinstance(node, ast.Call) else None
            target = statement.targets[0] if isinstance(statement, ast.Assign) else None
            if isinstance(statement, ast.For):
                target = statement.target
            names = [ast.unparse(part) for part in target.elts] if isinstance(target, ast.Tuple) else []
            if len(names) == len(row.elts) and ast.unparse(node or row) == origin.expression:
                found = [frame.names.get(name) for name in names]
                if any(found):
                    return found
    return nothing


def _cast(dtype: str) -> str:
    return ".float()" if dtype == "float64" else ""
