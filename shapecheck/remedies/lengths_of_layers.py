"""Lengths that count the steps in front of layers with a stride: worked out as these layers work them out."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence, Span
from shapecheck.reading.edits import argument, bracketed, expression
from shapecheck.reading.origins import trace
from shapecheck.reading.sources import Source, last_name
from shapecheck.remedies.arithmetic import worked_out

# Where torch's constructors take kernel size, stride, padding and dilation; None where they have none.
_LAYERS: dict[str, tuple[int, int, int, int | None]] = {
    **dict.fromkeys(("Conv1d", "Conv2d"), (2, 3, 4, 5)),
    **dict.fromkeys(("MaxPool1d", "MaxPool2d"), (0, 1, 2, 3)),
    **dict.fromkeys(("AvgPool1d", "AvgPool2d"), (0, 1, 2, None)),
}
# What does the same without a layer that is made, where nothing tells how often.
_FUNCTIONS = ("max_pool1d", "max_pool2d", "avg_pool1d", "avg_pool2d", "conv1d", "conv2d", "interpolate")
# The settings of a layer that leaves all steps.
_ALL = (-1, 1)
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
    if longest is None or steps is None or longest <= steps or any(True for _ in source.calls(*_FUNCTIONS)):
        return
    for place in (-1, 0):
        layers = [_settings(evidence, source, call, place) for call in _layers(source)]
        known = [each for each in layers if each is not None]
        if known and len(known) == len(layers) and _behind(longest, known) == steps:
            made = [expression(origin.span.text) for origin in trace(evidence, lengths)]
            is_list = any(isinstance(each, ast.List | ast.ListComp) for each in made)
            each = f"[{_written('each', known)} for each in {lengths.text}]"
            text = each if is_list else _of_tensor(lengths.text, known)
            yield Candidate(text, (Change(lengths, text),), (), 0.05)
            return


def is_shortened(evidence: Evidence, source: Source) -> bool:
    """Whether a file has layers that may leave fewer steps than they get."""
    made = any(_settings(evidence, source, call, -1) != _ALL for call in _layers(source))
    return made or any(True for _ in source.calls(*_FUNCTIONS))


def _layers(source: Source) -> list[ast.Call]:
    """The calls that make such layers, in the order in which they stand."""
    return sorted(source.calls(*_LAYERS), key=lambda call: (call.lineno, call.col_offset))


def _settings(evidence: Evidence, source: Source, call: ast.Call, place: int) -> tuple[int, int] | None:
    """What is added to the number of steps before it is divided, and by what; None where it cannot be read."""
    at = _LAYERS[last_name(call.func)]
    span = source.span(call)
    kernel = _number(evidence, argument(span, "kernel_size", at[0]), place, None)
    padding = _number(evidence, argument(span, "padding", at[2]), place, 0)
    dilation = _number(evidence, argument(span, "dilation", at[3]), place, 1)
    is_pool = "Pool" in last_name(call.func)
    stride = _number(evidence, argument(span, "stride", at[1]), place, kernel if is_pool else 1)
    is_rounded_up = argument(span, "ceil_mode", 5) is not None if is_pool else False
    if kernel is None or padding is None or dilation is None or not stride or is_rounded_up:
        return None
    return 2 * padding - dilation * (kernel - 1) - 1, stride


def _number(evidence: Evidence, given: Span | None, place: int, default: int | None) -> int | None:
    if given is None:
        return default
    node = expression(given.text)
    if isinstance(node, ast.Tuple):
        part = node.elts[place]
        return part.value if isinstance(part, ast.Constant) and type(part.value) is int else None
    return worked_out(evidence, given)


def _behind(steps: int, layers: list[tuple[int, int]]) -> int:
    for added, stride in layers:
        steps = (steps + added) // stride + 1
    return steps


def _of_tensor(text: str, layers: list[tuple[int, int]]) -> str:
    tensor = text.removesuffix(".tolist()")
    written = _written(bracketed(tensor), layers)
    return written if tensor == text else f"({written}).tolist()"


def _written(text: str, layers: list[tuple[int, int]]) -> str:
    """The same as source, of a name.

    >>> _written("lengths", [(-1, 2), (-2, 2)])
    '((lengths - 1) // 2 - 1) // 2 + 1'
    >>> _written("lengths", [(-5, 1), (-1, 1)])
    'lengths - 4'
    """
    rest = 0
    for added, stride in layers:
        if stride == 1:
            rest += added + 1
        else:
            text, rest = f"{_sum(text, rest + added)} // {stride}", 1
    whole = _sum(text, rest)
    return whole[1:-1] if rest else whole


def _sum(text: str, added: int) -> str:
    return f"({text} {'-' if added < 0 else '+'} {abs(added)})" if added else text


def _longest(evidence: Evidence, lengths: Span) -> int | None:
    """The largest of the lengths, by the value of a name in their text."""
    frame = evidence.user_frame
    for node in ast.walk(expression(lengths.text) or ast.Pass()):
        held = frame.names.get(node.id) if frame is not None and isinstance(node, ast.Name) else None
        if held is not None and "max" in held.facts:
            return int(held.facts["max"])
    return None


def _steps(evidence: Evidence, padded: str, axis: int) -> int | None:
    frame = evidence.user_frame
    held = frame.names.get(padded) if frame is not None else None
    shape = held.record.shape if held is not None and held.record is not None else ()
    return shape[axis] if len(shape) > axis else None
