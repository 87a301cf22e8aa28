"""Samples that a data set cuts to one length and does not fill up to it, so that the shorter ones stay shorter."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence, Value
from shapecheck.reading.sources import (
    Source,
    class_around,
    function_around,
    last_name,
    statement_of,
    user_sources,
    walk,
)


def filled_up(evidence: Evidence, items: Sequence[Value]) -> Iterator[Candidate]:
    """The samples filled up to the length that they are cut to: ``beat[:self.longest]`` of what may be shorter.

    Args:
        evidence: The problem.
        items: The samples that could not be put together.
    """
    fields = [item.items if item.kind in ("tuple", "dict") else (item,) for item in items]
    for values in zip(*fields, strict=False):
        sizes = _lengths(values)
        if sizes is None:
            continue
        # The axes behind the one that is filled stay as they are.
        behind, longest = sizes
        for source in user_sources(evidence):
            for node in walk(source.tree):
                if isinstance(node, ast.Subscript) and _is_cut(source, node) and _is_long(evidence, node, longest):
                    yield from _filled(source, node, behind)


def _lengths(values: Sequence[Value]) -> tuple[int, int] | None:
    """How many axes lie behind the only one that differs, and its largest size; None where the sizes are no lengths."""
    if all(value.kind == "list" for value in values):
        counts = {int(value.facts.get("len", 0)) for value in values}
        return (0, max(counts)) if len(counts) > 1 else None
    shapes = [value.record.shape for value in values if value.record is not None]
    if len(shapes) < 2 or len({len(sizes) for sizes in shapes}) > 1:
        return None
    different = [axis for axis in range(len(shapes[0])) if len({sizes[axis] for sizes in shapes}) > 1]
    if len(different) != 1:
        return None
    return len(shapes[0]) - 1 - different[0], max(sizes[different[0]] for sizes in shapes)


def _is_cut(source: Source, node: ast.Subscript) -> bool:
    """Whether an expression of a data set keeps the first so many items."""
    part = node.slice
    if not isinstance(part, ast.Slice) or part.lower is not None or part.step is not None:
        return False
    known = isinstance(part.upper, ast.Attribute | ast.Name | ast.Constant)
    return known and isinstance(node.ctx, ast.Load) and _is_in_data_set(source, node)


def _is_in_data_set(source: Source, node: ast.AST) -> bool:
    """Whether it stands in a data set of the user's, or in a function that one calls."""
    owner = class_around(node)
    if owner is not None:
        return _is_data_set(owner)
    function = function_around(node)
    if function is None:
        return False
    kinds = [each for each in source.tree.body if isinstance(each, ast.ClassDef) and _is_data_set(each)]
    calls = [call for kind in kinds for call in walk(kind) if isinstance(call, ast.Call)]
    return any(last_name(call.func) == function.name for call in calls)


def _is_data_set(owner: ast.ClassDef) -> bool:
    methods = [each.name for each in owner.body if isinstance(each, ast.FunctionDef)]
    return "__getitem__" in methods or any("Dataset" in last_name(base) for base in owner.bases)


def _is_long(evidence: Evidence, node: ast.Subscript, longest: int) -> bool:
    """Whether the length that is cut to may be that of the longest sample."""
    upper = node.slice.upper if isinstance(node.slice, ast.Slice) else None
    if isinstance(upper, ast.Constant):
        return upper.value == longest
    text = ast.unparse(upper) if upper is not None else ""
    held = [frame.names[text].text for frame in evidence.frames if frame.is_user and text in frame.names]
    return not held or str(longest) in held


def _filled(source: Source, node: ast.Subscript, behind: int) -> Iterator[Candidate]:
    assert isinstance(node.slice, ast.Slice)
    assert node.slice.upper is not None
    length, span = source.span(node.slice.upper).text, source.span(node)
    base, text = source.span(node.value).text, span.text
    returned = _returned(node)
    if returned is not None:
        # What is cut is given back in the next line: it is filled there.
        span, base = source.span(returned), returned.id
        text = returned.id
    missing = f"max(0, {length} - len({base}))"
    pad = next((f"{each}.pad" for each in ("F", "nn.functional") if _knows(source, each)), "torch.nn.functional.pad")
    tensors = f"{pad}({text}, ({'0, 0, ' * behind}0, {missing}))"
    yield Candidate(tensors, (Change(span, tensors),), (), 0.05)
    sides = ", ".join([f"(0, {missing})", *["(0, 0)"] * behind])
    if _knows(source, "np"):
        arrays = f"np.pad({text}, ({sides}))" if behind else f"np.pad({text}, {sides})"
        yield Candidate(arrays, (Change(span, arrays),), (), 0.06)
    if not behind:
        lists = f"{text} + [0] * {missing}"
        lists = lists if span.text == text and returned is not None else f"({lists})"
        yield Candidate(lists, (Change(span, lists),), (), 0.07)


def _returned(node: ast.Subscript) -> ast.Name | None:
    """The name that is given back right behind the statement that cuts and does nothing else."""
    statement = statement_of(node)
    if not isinstance(statement, ast.Assign) or statement.value is not node or len(statement.targets) != 1:
        return None
    body = getattr(getattr(statement, "parent", None), "body", [])
    after = body[body.index(statement) + 1 :] if statement in body else []
    value = after[0].value if after and isinstance(after[0], ast.Return) else None
    target = statement.targets[0]
    same = isinstance(value, ast.Name) and isinstance(target, ast.Name) and value.id == target.id
    return value if same and isinstance(value, ast.Name) else None


def _knows(source: Source, name: str) -> bool:
    """Whether the file has imported something by a name: ``F``, ``nn.functional`` by ``nn``, ``np``."""
    first = name.partition(".")[0]
    return any(
        isinstance(node, ast.Import | ast.ImportFrom) and any((it.asname or it.name) == first for it in node.names)
        for node in source.tree.body
    )
