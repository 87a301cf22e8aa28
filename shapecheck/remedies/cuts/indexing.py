"""Indices and gradients: positions that are not there, a graph that was used up."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace

from shapecheck.candidate import Candidate, Change, Step
from shapecheck.evidence import Argument, Evidence, Operation, Span
from shapecheck.reading.edits import index_parts, is_number, line_after, place_behind, replaced, suffixed
from shapecheck.reading.failing import failed, index_of, operand, says
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.origins import trace
from shapecheck.reading.samples.columns_kept import keeps_column
from shapecheck.reading.samples.single_samples import axes_of_sample
from shapecheck.reading.sizes.said_sizes import stored
from shapecheck.reading.sources import found_at, last_name, parents, user_sources, walk
from shapecheck.remedies.cuts.last_rounds import beyond_last_round
from shapecheck.remedies.cuts.taken_already import WHICH, is_open
from shapecheck.remedies.moves import put_behind
from shapecheck.remedies.names.written_sizes import sizes_reordered, sizes_replaced
from shapecheck.remedies.reductions.squeezes import named_squeeze
from shapecheck.remedies.samples.batches import drop_last
from shapecheck.remedies.samples.single_samples import ROWS
from shapecheck.remedies.widths.reckoned import WRITTEN_OVER

_OF_STEPS = "there are as many steps as features, and the index may be for each of either"
_WHOLE_BUFFER = "it fills all of the buffer, which may be what lies the other way round"


def candidates(evidence: Evidence) -> list[Candidate]:
    """Changes for indexing and backward."""
    operation = failed(evidence)
    if operation is None:
        return []
    found = [*_backward(evidence, operation)]
    if operation.name.endswith("__setitem__"):
        found += _stored(evidence, operation)
    if operation.name.endswith("gather"):
        found += _gathered(evidence, operation)
    if operation.name.endswith(("__getitem__", "select", "index_select", "gather", "__setitem__")):
        found += _index(evidence, operation)
    return found


def _backward(evidence: Evidence, operation: Operation) -> Iterator[Candidate]:
    if operation.name.rpartition(".")[2] != "backward":
        return
    item = operand(operation, "self", "tensor", "tensors")
    if says(evidence, r"second time"):
        yield from _detached(evidence)
    if item is not None and says(evidence, r"size mismatch \(got input: \[\d+\], target: \[1\]\)"):
        # The loss took the scores of one sample without its axis, and only backward refuses them.
        yield from named_squeeze(evidence, cost=0.1)
        yield from drop_last(evidence, cost=0.5)


def _detached(evidence: Evidence) -> Iterator[Candidate]:
    """A state that is carried from one step to the next, cut off from the steps before."""
    for source in user_sources(evidence):
        for node in walk(source.tree):
            if not isinstance(node, ast.Assign) or not isinstance(node.value, ast.Call):
                continue
            target = node.targets[0]
            if not isinstance(target, ast.Tuple) or len(target.elts) != 2:
                continue
            given = {ast.unparse(part) for part in [*node.value.args, *(each.value for each in node.value.keywords)]}
            state = target.elts[1]
            names = [ast.unparse(part) for part in getattr(state, "elts", [state])]
            whole = ast.unparse(state)
            statement = source.span(node)
            if whole in given or f"({', '.join(names)})" in given:
                yield from _detach_lines(evidence, source.span(node.value.func), whole, names, statement)
        for node in walk(source.tree):
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Attribute):
                text = ast.unparse(node.targets[0])
                loaded = [
                    each
                    for each in walk(source.tree)
                    if isinstance(each, ast.Attribute) and isinstance(each.ctx, ast.Load) and ast.unparse(each) == text
                ]
                in_init = any(isinstance(up, ast.FunctionDef) and up.name == "__init__" for up in parents(node))
                if loaded and not in_init and not isinstance(node.value, ast.Constant):
                    span = source.span(node.value)
                    known = _kind_of(evidence, text) or _kind_of(evidence, span.text)
                    if known != "tuple":
                        yield Candidate(f"{text} = {span.text}.detach()", (suffixed(span, ".detach()"),), (), 0.4)
                    if known != "tensor":
                        pair = f"tuple(each.detach() for each in {span.text})"
                        yield Candidate(pair, (replaced(span, pair),), (), 0.45)
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and _in_loop(node):
                name = node.targets[0].id
                if any(
                    isinstance(each, ast.Name) and each.id == name and isinstance(each.ctx, ast.Load)
                    for each in ast.walk(node.value)
                ):
                    span = source.span(node.value)
                    yield Candidate(f"{name} = {span.text}.detach()", (suffixed(span, ".detach()"),), (), 0.7)


def _detach_lines(
    evidence: Evidence, callee: Span, whole: str, names: list[str], statement: Span
) -> Iterator[Candidate]:
    if len(names) > 1:
        text = f"{', '.join(names)} = {', '.join(f'{name}.detach()' for name in names)}"
        yield Candidate(text, (line_after(statement, text),), (), 0.1)
        return
    known = _kind_of(evidence, whole) or _state_of(evidence, callee)
    single = f"{whole} = {whole}.detach()"
    both = f"{whole} = tuple(each.detach() for each in {whole})"
    if known != "tuple":
        yield Candidate(single, (line_after(statement, single),), (), 0.1)
    if known != "tensor":
        yield Candidate(both, (line_after(statement, both),), (), 0.12)


def _kind_of(evidence: Evidence, name: str) -> str:
    """What a name of the user's frames still holds: a tensor, a tuple; nothing if it is not known."""
    held = (frame.names.get(name) for frame in reversed(evidence.frames) if frame.is_user)
    return next((each.kind for each in held if each is not None and each.kind in ("tensor", "tuple")), "")


def _state_of(evidence: Evidence, callee: Span) -> str:
    """What the state of a layer is, by the class that it was made of."""
    texts = [found.span.text.partition("(")[0].rpartition(".")[2] for found in trace(evidence, callee)]
    return next((_STATES[text] for text in texts if text in _STATES), "")


_STATES = {"LSTM": "tuple", "GRU": "tensor", "RNN": "tensor"}


def _in_loop(node: ast.AST) -> bool:
    return any(isinstance(up, ast.For | ast.While) for up in parents(node))


def _stored(evidence: Evidence, operation: Operation) -> Iterator[Candidate]:
    """What is stored does not fit its place: the buffer has its axes in another order, or is for another batch."""
    buffer, value = operand(operation, "self"), operand(operation, "value")
    said = stored(evidence)
    if value is not None and said is not None:
        yield from _squeezed_to(evidence, value, *said)
        yield from _turned_to(evidence, buffer, value, *said)
    if buffer is None or value is None or buffer.value.record is None:
        return
    # What only a call gives is known by what the exception says of it.
    given = value.value.record.shape if value.value.record is not None else said[1] if said is not None else None
    sizes = buffer.value.record.shape
    if given is None:
        return
    if len(sizes) >= 2:
        order = (1, 0, *range(2, len(sizes)))
        yield from sizes_reordered(evidence, buffer, order, [], cost=0.2)
    index = operand(operation, "index")
    parts = [part for part, _ in index_parts(index.span)] if index is not None and index.span is not None else []
    if index is not None and index.span is not None and len(parts) == 2:
        first, second = parts
        if isinstance(first, ast.Slice) and isinstance(second, ast.Name):
            yield Candidate(f"[{second.id}]", (Change(index.span, second.id),), (), 0.3)
    elif index is not None and index.span is not None and len(parts) == 1 and isinstance(parts[0], ast.Name):
        yield Candidate(f"[:, {parts[0].id}]", (Change(index.span, f":, {parts[0].id}"),), (), 0.3)
    # What is stored in a part of the buffer must fit that part.
    place = said[0] if said is not None and len(said[0]) == len(sizes) else sizes
    wrong = [at for at, size in enumerate(place) if size not in given]
    for at in wrong:
        for size in given:
            if size not in place:
                for each in sizes_replaced(evidence, buffer, {at: str(size)}, [], cost=0.4):
                    # What is stored may as well be wrong, where the buffer was told a size by its name.
                    is_over = any(not is_number(change.span.text) for change in each.changes)
                    yield replace(each, doubt=WRITTEN_OVER) if is_over else each
    if value.span is not None and 1 in given:
        axis = given.index(1)
        yield from put_behind(evidence, value, f".squeeze({axis})", [], cost=0.35)


def _squeezed_to(
    evidence: Evidence, value: Argument, place: tuple[int, ...], given: tuple[int, ...]
) -> Iterator[Candidate]:
    """Without the one axis of size 1 that the place does not have."""
    fitting = [axis for axis, size in enumerate(given) if size == 1 and given[:axis] + given[axis + 1 :] == place]
    for axis in fitting[:1]:
        steps = [Step("squeeze", value.role, (axis,))] if value.value.record is not None else []
        yield from put_behind(evidence, value, f".squeeze({axis})", steps, cost=0.1)


def _turned_to(
    evidence: Evidence, buffer: Argument | None, value: Argument, place: tuple[int, ...], given: tuple[int, ...]
) -> Iterator[Candidate]:
    """With the two axes exchanged that lie the other way round in the place; a whole buffer may be what lies wrong."""
    apart = [axis for axis, (left, right) in enumerate(zip(place, given, strict=False)) if left != right]
    if len(place) != len(given) or len(apart) != 2 or sorted(place) != sorted(given):
        return
    text = ".t()" if len(given) == 2 else f".transpose({apart[0]}, {apart[1]})"
    steps = [Step("transpose", value.role, tuple(apart))] if value.value.record is not None else []
    doubt = _WHOLE_BUFFER if buffer is None or sizes_of(buffer) == place else ""
    for each in put_behind(evidence, value, text, steps, cost=0.1):
        yield replace(each, doubt=doubt)


def _gathered(evidence: Evidence, operation: Operation) -> Iterator[Candidate]:
    """An index for gather that has one number a sample, where it needs the axes of the tensor."""
    item, index, dim = operand(operation, "self", "input"), index_of(operation), operand(operation, "dim", "args[0]")
    if index is not None and item is None and says(evidence, r"same number of dimensions"):
        yield from _one_for_each_row(evidence, operation, index, dim)
    if item is None or index is None or item.value.record is None or index.value.record is None:
        return
    sizes, rows = item.value.record.shape, index.value.record.shape
    axis = int(dim.value.text) if dim is not None and dim.value.text.lstrip("-").isdecimal() else 1
    if index.span is None or operation.span is None:
        return
    features = f"{item.span.text}.size(-1)" if item.span is not None and item.span.text.isidentifier() else sizes[-1]
    if len(rows) == 1 and len(sizes) in (2, 3):
        text = f".view({', '.join(['-1', *(['1'] * (len(sizes) - 1))])})"
        text += f".expand(-1, 1, {features})" if len(sizes) == 3 and axis == 1 else ""
    elif len(rows) == 2 and len(sizes) == 3 and axis in (1, -2) and rows == (sizes[0], sizes[2]) and rows[1] > 1:
        # One step for each feature: it is the axis of the steps that is missing.
        change = suffixed(index.span, ".unsqueeze(1)")
        doubt = _OF_STEPS if sizes[1] == sizes[2] else ""
        yield Candidate(change.text, (change,), (Step("unsqueeze", index.role, (1,)),), 0.05, doubt)
        return
    elif len(sizes) > 2 and rows == sizes[:-1] and axis in (-1, len(rows)):
        # One number for each place: the index lacks the axis that is chosen from.
        yield from _one_for_each_row(evidence, operation, index, dim)
        return
    elif len(rows) == 2 and len(sizes) == 3 and axis in (1, -2) and rows[0] == sizes[0]:
        text = f".unsqueeze(-1).expand(-1, -1, {features})"
    else:
        return
    change, end = suffixed(index.span, text), operation.span
    if rows[1:] in ((), (1,)) and not keeps_column(evidence, end):
        changes = (change, Change(place_behind(end), f".squeeze({axis})"))
        yield Candidate(f"{change.text} ... .squeeze({axis})", changes, (), 0.1)
    yield Candidate(change.text, (change,), (), 0.3)


def _one_for_each_row(
    evidence: Evidence, operation: Operation, index: Argument, dim: Argument | None
) -> Iterator[Candidate]:
    """One index for each place along all other axes: as a column, which is dropped if nothing drops it yet."""
    count = len(index.value.record.shape) if index.value.record is not None else 0
    axis = dim.value.text if dim is not None else "1"
    if not count or axis not in (str(count), "-1") or index.span is None or operation.span is None:
        return
    column, end = suffixed(index.span, f".unsqueeze({count})"), operation.span
    if keeps_column(evidence, end):
        yield Candidate(column.text, (column,), (), 0.1)
        return
    dropped = f".squeeze({count})"
    yield Candidate(f"{column.text} ... {dropped}", (column, Change(place_behind(end), dropped)), (), 0.1)
    yield Candidate(column.text, (column,), (), 0.3)


def _counted_up_to(item: Argument, use: Span, name: str, axis: int) -> Iterator[Candidate]:
    """A loop over as many numbers as a full batch has, where the tensor that they are taken from is shorter."""
    source, node = found_at(use)
    if source is None or node is None or item.span is None or not item.span.text.isidentifier():
        return
    for loop in parents(node):
        if isinstance(loop, ast.For) and isinstance(loop.target, ast.Name) and loop.target.id == name:
            call = loop.iter
            if isinstance(call, ast.Call) and last_name(call.func) == "range" and len(call.args) == 1:
                text = f"len({item.span.text})" if axis == 0 else f"{item.span.text}.size({axis})"
                if ast.unparse(call.args[0]) != text:
                    yield Candidate(f"range({text})", (Change(source.span(call.args[0]), text),), (), 0.1)
            return


def _axes_counted(evidence: Evidence, item: Argument, parts: list[ast.expr]) -> bool:
    """Whether the last axis is cut at its own size, as in ``x[:, -n:, k:]`` of (batch, n): the rest is missing."""
    shape = sizes_of(item)
    part = parts[len(shape) - 1] if 0 < len(shape) < len(parts) else None
    lower = part.lower if isinstance(part, ast.Slice) and part.upper is None else None
    if not isinstance(lower, ast.UnaryOp) or not isinstance(lower.op, ast.USub) or evidence.user_frame is None:
        return False
    held = evidence.user_frame.names.get(ast.unparse(lower.operand))
    text = held.text if held is not None else ast.unparse(lower.operand)
    return text == str(shape[-1])


def _index(evidence: Evidence, operation: Operation) -> Iterator[Candidate]:
    item, index = operand(operation, "self", "input"), operand(operation, "index")
    if item is None or index is None or item.value.record is None or index.span is None or operation.span is None:
        return
    count = len(item.value.record.shape)
    spans = index_parts(index.span)
    parts = [part for part, _ in spans]
    if says(evidence, r"too many indices") and len(parts) > count:
        doubt = ROWS if axes_of_sample(evidence) else WHICH if is_open(evidence) else ""
        # A colon too many: of a tensor whose time axis, or batch axis, is already gone.
        for at, part in enumerate(parts):
            if isinstance(part, ast.Slice) and part.lower is None and part.upper is None:
                left = [ast.unparse(each) for place, each in enumerate(parts) if place != at]
                text = ", ".join(left)
                yield Candidate(f"[{text}]", (Change(index.span, text),), (), 0.3 + 0.1 * at, doubt)
        if item.span is not None:
            known = _axes_counted(evidence, item, parts)
            for axis in (1, 0, -1):
                step = Step("unsqueeze", item.role, (axis,))
                cost = 0.1 if known and axis in (-1, count) else 0.6
                ways = put_behind(evidence, item, f".unsqueeze({axis})", [step], cost=cost)
                yield from (replace(way, doubt=doubt) for way in ways)
    if says(evidence, r"out of bounds", r"out of range"):
        most = index.value.facts.get("max") if index.value.kind == "tensor" else None
        for at, part in enumerate(parts):
            if at < count and isinstance(part, ast.Constant) and type(part.value) is int:
                found = spans[at][1]
                yield Candidate(f"[{part.value} -> -1]", (Change(found, "-1"),), (), 0.4)
            elif at < count and isinstance(part, ast.Name):
                found = spans[at][1]
                yield from _counted_up_to(item, operation.span, part.id, at)
                is_from_zero = index.value.kind == "tensor" and index.value.facts.get("min") == 0
                if not is_from_zero and most in (None, item.value.record.shape[at]):
                    # What counts from 0 would begin with the last, and what lies farther out is no place by one less.
                    yield Candidate(f"[{part.id} - 1]", (Change(found, f"{part.id} - 1"),), (), 0.3)
            elif at < count and isinstance(part, ast.BinOp) and item.span is not None:
                yield from beyond_last_round(item.span, operation.span, spans[at][1])
        for other in range(1, count):
            is_there = most is None or most < item.value.record.shape[other]
            if len(parts) == 1 and isinstance(parts[0], ast.Name | ast.Constant) and is_there:
                text = f"{', '.join([':'] * other)}, {ast.unparse(parts[0])}"
                yield Candidate(f"[{text}]", (Change(index.span, text),), (), 0.2 + 0.2 * other)
