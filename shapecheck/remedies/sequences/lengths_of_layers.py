"""Lengths that count the steps in front of layers with a stride: worked out as the script or these layers do."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace

from shapecheck.candidate import Candidate, Change, Step
from shapecheck.evidence import Argument, Evidence, Origin, Span
from shapecheck.reading.edits import bracketed, expression, piece, whole_number
from shapecheck.reading.handed_on import other_reads
from shapecheck.reading.layers.layers_made import Fewer, leaving_fewer, left_of, may_leave_fewer
from shapecheck.reading.layers.unread_reckoners import unread_reckoners
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.origins import trace
from shapecheck.reading.sources import Source, found_at, function_around, statement_of, user_sources, walk
from shapecheck.remedies.moves import put_behind

# Layers seldom make sequences shorter by a larger factor than this leaves room for.
_AS_LAYERS, _MOST = 0.02, 33
NOT_WORKED_OUT = "a layer on the way leaves fewer steps, and the lengths may have to be worked out as it does"


def of_layers(evidence: Evidence, source: Source, lengths: Span, padded: str, axis: int) -> Iterator[Candidate]:
    """The lengths behind all layers of a file that leave fewer steps, where these make of the longest what is there.

    Args:
        evidence: The problem.
        source: The file.
        lengths: What is given as the lengths.
        padded: The text of the padded tensor.
        axis: Its axis of steps.
    """
    longest, steps = _longest(evidence, lengths), _steps(evidence, padded, axis)
    if longest is not None and steps is not None and longest > steps:
        node = expression(lengths.text)
        while isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            node = node.func.value
        if isinstance(node, ast.BinOp):
            # The name holds what there was before.
            yield from _divided(evidence, piece(lengths, node), range(longest, longest + 1), steps)
            return
        yield from divided_as_layers(evidence, lengths, longest, steps)
        yield from _worked_out(evidence, lengths, longest, steps, _layers_between(evidence, source, longest, steps))


def divided_as_layers(evidence: Evidence, lengths: Span, longest: int, steps: int) -> Iterator[Candidate]:
    """Lengths that were divided by a number on the way, worked out as the layers leave their steps instead.

    Args:
        evidence: The problem.
        lengths: What is given as the lengths.
        longest: The largest of them.
        steps: How many steps there are, which are fewer.
    """
    for origin in (Origin(lengths.text, lengths, lengths), *trace(evidence, lengths, parts=True)):
        by = _divisor(origin.span)
        # The division has left out what was over.
        before = range(longest * by, (longest + 1) * by) if by is not None and by < _MOST else range(0)
        found = list(_divided(evidence, origin.span, before, steps))
        yield from found
        if found:
            return


def _divisor(place: Span) -> int | None:
    """By what a name is divided in an expression that does nothing else."""
    node = expression(place.text)
    is_divided = isinstance(node, ast.BinOp) and isinstance(node.op, ast.FloorDiv)
    if not is_divided or not isinstance(node, ast.BinOp) or not isinstance(node.left, ast.Name | ast.Attribute):
        return None
    return whole_number(node.right)


def _divided(evidence: Evidence, place: Span, longest: range, steps: int) -> Iterator[Candidate]:
    """The same in one place, where the longest was one of so many steps before it was divided."""
    node = expression(place.text)
    if _divisor(place) is None or not isinstance(node, ast.BinOp):
        return
    for before in longest:
        for source in user_sources(evidence):
            known = _layers_between(evidence, source, before, steps)
            if known is not None:
                text = _written(ast.unparse(node.left), known)
                yield Candidate(f"{place.text} -> {text}", (Change(place, text),), (), _AS_LAYERS)
                return


def fewer_steps(evidence: Evidence, lengths: Argument, steps: int, *, cost: float) -> Iterator[Candidate]:
    """The same for the lengths that a loss was given, and those that are a ratio of them.

    Args:
        evidence: The problem.
        lengths: The lengths.
        steps: How many steps the scores have.
        cost: What it costs.
    """
    longest, shortest = int(lengths.value.facts.get("max", 0)), int(lengths.value.facts.get("min", 0))
    if lengths.span is None or not steps or longest <= steps:
        return
    yield from (divided := list(divided_as_layers(evidence, lengths.span, longest, steps)))
    if divided:
        return
    sources = user_sources(evidence)
    # What was divided already is not worked out of all layers again.
    again = any(_divisor(each) is not None for each in (lengths.span, *_origins(evidence, lengths.span)))
    ways = (_layers_between(evidence, each, longest, steps) for each in sources)
    known = None if again else next(filter(None, ways), None)
    exact = 0
    for far, place in enumerate(_places(evidence, lengths.span)):
        for exactly in _worked_out(evidence, place, longest, steps, known):
            exact += 1
            yield replace(exactly, cost=cost + 0.1 * far)
    shortened = any(may_leave_fewer(evidence, each) for each in sources)
    sure = (shortest == longest and longest % steps == 0) or not shortened
    doubt = "" if sure and not exact else NOT_WORKED_OUT
    times = longest // steps
    if times > 1 and longest % steps < times:
        # Layers with a stride left so many times fewer steps than there were.
        step = Step("floor_divide", lengths.role, (times,))
        for found in put_behind(evidence, lengths, f" // {times}", [step], cost=cost + 0.05 * exact, prefer="origin"):
            yield replace(found, doubt=doubt)
    step = Step("clamp", lengths.role, (0, steps))
    for found in put_behind(evidence, lengths, f".clamp(max={steps})", [step], cost=cost + 0.55):
        yield replace(found, doubt=doubt)


def _origins(evidence: Evidence, lengths: Span) -> list[Span]:
    return [each.span for each in trace(evidence, lengths, parts=True)]


def _places(evidence: Evidence, lengths: Span) -> list[Span]:
    """Where lengths are handed over; before that, where the model returns them or they get a name for nothing else."""
    source, node = found_at(lengths)
    for origin in trace(evidence, lengths)[:1] if isinstance(node, ast.Name) else ():
        made = source.node_at(origin.span) if source is not None and origin.span.file == lengths.file else None
        statement, home = statement_of(made), function_around(made)
        if home is not None and home.name == "forward" and isinstance(statement, ast.Return):
            # The model hands them on itself.
            return [origin.span, lengths]
        alone = source is not None and isinstance(node, ast.Name) and not other_reads(source, node, node.id)
        if isinstance(statement, ast.Assign) and statement.value is made and alone:
            target = statement.targets[0]
            if isinstance(target, ast.Name) and isinstance(node, ast.Name) and target.id == node.id:
                return [origin.span, lengths]
    return [lengths]


def _worked_out(
    evidence: Evidence, lengths: Span, longest: int, steps: int, layers: list[Fewer] | None
) -> Iterator[Candidate]:
    made = [expression(origin.span.text) for origin in trace(evidence, lengths)]
    is_list = any(isinstance(each, ast.List | ast.ListComp) for each in (*made, expression(lengths.text)))
    for function in unread_reckoners(evidence, lengths, longest, steps):
        text = f"[{function}(each) for each in {lengths.text}]" if is_list else _given_to(function, lengths.text)
        yield Candidate(text, (Change(lengths, text),), (), 0.03)
        return
    if layers is not None:
        each = f"[{_written('each', layers)} for each in {lengths.text}]"
        text = each if is_list else _of_tensor(lengths.text, layers)
        yield Candidate(text, (Change(lengths, text),), (), 0.05)


def _given_to(function: str, text: str) -> str:
    tensor = text.removesuffix(".tolist()")
    return f"{function}({tensor})" + text[len(tensor) :]


def _layers_between(evidence: Evidence, source: Source, longest: int, steps: int) -> list[Fewer] | None:
    """The layers of a file that leave fewer steps, where they make so many of the longest."""
    for place in (-1, 0):
        known = leaving_fewer(evidence, source, place)
        if known and left_of(longest, known) == steps:
            return known
    return None


def _of_tensor(text: str, layers: list[tuple[int, int]]) -> str:
    tensor = text.removesuffix(".tolist()")
    written = _written(bracketed(tensor), layers)
    return written if tensor == text else f"({written}).tolist()"


def _written(text: str, layers: list[tuple[int, int]]) -> str:
    """The same as source, of a name.

    >>> _written("lengths", [(-1, 2), (-2, 2)])
    '((lengths - 1) // 2 - 1) // 2 + 1'
    >>> _written("lengths", [(-2, 2), (-1, 1), (-3, 3)])
    'lengths // 6'
    >>> _written("lengths", [(-5, 1), (-1, 1)])
    'lengths - 4'
    """
    rest, base, by = 0, text, 0
    for added, stride in layers:
        if (added, stride) == (-1, 1):
            continue
        if stride == 1:
            rest += added + 1
        elif rest + added == -stride:
            # Divided twice, nothing left over between: divided by both at once.
            base, by = (base, by * stride) if by and not rest else (text, stride)
            text, rest = f"{base} // {by}", 0
            continue
        else:
            text, rest = f"{_sum(text, rest + added)} // {stride}", 1
        by = 0
    whole = _sum(text, rest)
    return whole[1:-1] if rest else whole


def _sum(text: str, added: int) -> str:
    return f"({text} {'-' if added < 0 else '+'} {abs(added)})" if added else text


def _longest(evidence: Evidence, lengths: Span) -> int | None:
    """The largest of the lengths, by the value of a name in their text."""
    for node in walk(expression(lengths.text)):
        held = evidence.held.get(node.id) if isinstance(node, ast.Name) else None
        if held is not None and "max" in held.facts:
            return int(held.facts["max"])
    return None


def _steps(evidence: Evidence, padded: str, axis: int) -> int | None:
    shape = sizes_of(evidence.held.get(padded))
    return shape[axis] if len(shape) > axis else None
