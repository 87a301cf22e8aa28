"""A tensor that was not cut along with its siblings: ``model(x[:, picked], h)`` wants ``h[:, picked]``."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from shapecheck.candidate import Candidate, Change, Step
from shapecheck.evidence import Argument, Evidence, Operation, Span, Value
from shapecheck.reading.assignments import stored_in, values_given
from shapecheck.reading.calls import all_given
from shapecheck.reading.edits import suffixed
from shapecheck.reading.failing import STATES, failed, tensors
from shapecheck.reading.mismatches import ELEMENTWISE, sizes_of
from shapecheck.reading.only_handed_on import is_carried_round
from shapecheck.reading.recurrent.recurrent_calls import batch_of, state_roles
from shapecheck.reading.running import held_around
from shapecheck.reading.sources import Source, begin_of, call_around, found_at, function_around, items_of, node_at, walk

ALL_MET = "some of them may have been meant to meet all the others, each one each"
CAUSE = "cut_on_one_side_only"


@dataclass(frozen=True, slots=True)
class Cut:
    """Samples taken out of a tensor.

    Args:
        base: The text of the tensor.
        axis: The axis along which they were taken.
        index: What stands between the brackets there: ``picked``, ``i : i + n``.
    """

    base: str
    axis: int
    index: str


def candidates(evidence: Evidence) -> list[Candidate]:
    """The same samples taken out of an operand as were taken out of what stands beside it."""
    operation = failed(evidence)
    return list(_candidates(evidence, operation)) if operation is not None else []


def _candidates(evidence: Evidence, operation: Operation) -> Iterator[Candidate]:
    for item in tensors(operation):
        record = item.value.record
        if record is None or item.role == "c_0":
            continue
        for far, span in enumerate(_places(evidence, item)):
            source, node = found_at(span)
            if source is None or node is None or any(_cuts_in(node)):
                break
            found = list(_along(evidence, operation, item, source, node, span))
            # A function may let some of them meet all the others.
            is_met = far > 0 and operation.name.rpartition(".")[2] in ELEMENTWISE
            for text, change, steps in found:
                doubt = ALL_MET if is_met and any(each.base == span.text for each in cuts_beside(source, node)) else ""
                yield Candidate(text, (change,), steps, 0.02 + 0.02 * far, doubt)
            if found:
                break


def _along(
    evidence: Evidence, operation: Operation, item: Argument, source: Source, node: ast.expr, span: Span
) -> Iterator[tuple[str, Change, tuple[Step, ...]]]:
    """The operand with the index of a sibling, as text, change and trial."""
    known = held_around(evidence, source, node)
    sizes = sizes_of(item)
    for cut in dict.fromkeys(cuts_beside(source, node)):
        base = known.get(cut.base)
        whole = (
            base.record.shape[cut.axis]
            if base is not None and base.record and cut.axis < len(base.record.shape)
            else None
        )
        taken = _taken(operation, item, known.get(cut.index), whole)
        for axis in _axes(item, sizes, whole):
            if taken is None or sizes[axis] == taken or (whole is None and is_carried_round(evidence, item)):
                continue
            before = ":, " * axis
            steps = [Step("item", item.role, (*(":",) * axis, f":{taken}"))]
            if isinstance(node, ast.Name) and _is_pair(operation, item):
                text = f"tuple(each[{before}{cut.index}] for each in {span.text})"
                steps += [Step("item", "c_0", steps[0].arguments)] if item.role == "h_0" else []
                yield text, Change(span, text), tuple(steps)
            else:
                change = suffixed(span, f"[{before}{cut.index}]")
                if not stands_beside(node, change.text):
                    yield change.text, change, tuple(steps)


def stands_beside(node: ast.expr, text: str) -> bool:
    """Whether a call is given an expression already: the same once more beside itself says nothing."""
    call = call_around(node)
    given = all_given(call) if call is not None else []
    return any(ast.unparse(each) == text for each in given)


def _places(evidence: Evidence, item: Argument) -> Iterator[Span]:
    """Where an operand is used, and where callers handed it in as it is."""
    if item.span is None:
        return
    yield item.span
    for origin in evidence.chains.get(item.span, ()) or evidence.origins.get(item.expression, ()):
        node = node_at(origin.span)
        up = getattr(node, "parent", None)
        if not isinstance(node, ast.Name | ast.Attribute) or not isinstance(up, ast.Call | ast.keyword):
            return
        yield origin.span


def cuts_beside(source: Source, node: ast.expr) -> Iterator[Cut]:
    """What was taken out of the other arguments of the same call, or of what they were made of in this function."""
    up = getattr(node, "parent", None)
    around = up
    while isinstance(around, ast.keyword | ast.Tuple | ast.List | ast.Starred):
        around = getattr(around, "parent", None)
    if isinstance(around, ast.BinOp):
        others = [side for side in (around.left, around.right) if side is not node]
    elif isinstance(around, ast.Call):
        others = [each for each in all_given(around) if each is not node]
        if isinstance(around.func, ast.Attribute):
            others.append(around.func.value)
    else:
        return
    home, seen = function_around(node), set()
    for _ in range(3):
        following: list[ast.expr] = []
        for other in others:
            yield from _cuts_in(other)
            for name in _names_of(other):
                if name.id not in seen and not any(each is name for each in walk(node)):
                    seen.add(name.id)
                    following += _made_here(home or source.tree, name)
        others = following


def _names_of(node: ast.AST) -> Iterator[ast.Name]:
    """The names that an expression is made of; those of an index only say which samples."""
    if isinstance(node, ast.Name):
        yield node
    for child in ast.iter_child_nodes(node):
        if not isinstance(node, ast.Subscript) or child is not node.slice:
            yield from _names_of(child)


def _made_here(home: ast.AST, name: ast.Name) -> list[ast.expr]:
    """What a name was last given in the same function, before it is read."""
    found = [
        each
        for each in walk(home)
        if isinstance(each, ast.Assign)
        and (each.end_lineno or 0, each.end_col_offset or 0) < (name.lineno, name.col_offset)
        and function_around(each) is (home if isinstance(home, ast.FunctionDef) else None)
        and name.id in stored_in(each)
    ]
    if not found:
        return []
    last = max(found, key=begin_of)
    return [value for target, value in values_given(last) if name.id in stored_in(target)]


def _cuts_in(node: ast.expr) -> Iterator[Cut]:
    """The indices in an expression that take some of the samples: by a name, or by a slice between two of them."""
    for each in walk(node):
        if not isinstance(each, ast.Subscript) or not isinstance(each.ctx, ast.Load):
            continue
        parts = items_of(each.slice)
        for axis, part in enumerate(parts):
            if isinstance(part, ast.Slice) and part.lower is None and part.upper is None:
                continue
            bounds = [part.lower, part.upper] if isinstance(part, ast.Slice) else [part]
            if isinstance(part, ast.Name) or (isinstance(part, ast.Slice) and all(map(_is_counted, bounds))):
                yield Cut(ast.unparse(each.value), axis, ast.unparse(part))
            break


def _is_counted(bound: ast.expr | None) -> bool:
    """Whether the end of a slice goes with a loop: it names something."""
    return bound is not None and any(isinstance(part, ast.Name) for part in walk(bound))


def _axes(item: Argument, sizes: tuple[int, ...], whole: int | None) -> list[int]:
    """The axes along which an operand may hold the samples."""
    if item.role in STATES and len(sizes) == 3:
        return [1] if whole in (None, sizes[1]) else []
    if whole is None:
        return [0] if sizes else []
    return [axis for axis, size in enumerate(sizes) if size == whole][:1]


def _taken(operation: Operation, item: Argument, index: Value | None, whole: int | None) -> int | None:
    """How many samples are taken: as many as an index names, or as many as the others have."""
    if index is not None and index.record is not None and len(index.record.shape) == 1:
        return int(index.facts.get("sum", 0)) if index.record.dtype == "bool" else index.record.shape[0]
    if index is not None:
        # One item, which leaves no axis.
        return None
    if item.role in state_roles(operation):
        return batch_of(operation)
    for other in tensors(operation):
        sizes = other.value.record.shape if other is not item and other.value.record is not None else ()
        if sizes and (whole is None or sizes[0] < whole):
            return sizes[0]
    return None


def _is_pair(operation: Operation, item: Argument) -> bool:
    """Whether an operand is a part of a pair that has one name."""
    return any(other is not item and other.span == item.span for other in operation.arguments)
