"""A convolution that is padded for what goes before each step, at both ends: what came of the far end is cut off."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Step
from shapecheck.evidence import Argument, Evidence, Span
from shapecheck.reading.arithmetic import worked_out
from shapecheck.reading.edits import argument, call_of, expression, suffixed
from shapecheck.reading.failing import Shape, failed
from shapecheck.reading.mismatches import ELEMENTWISE, JOINS, both_ways, sizes_of
from shapecheck.reading.origins import spans_of, trace
from shapecheck.reading.running import held_around
from shapecheck.reading.sources import Source, found_at, function_around, last_name, node_at, walk

CENTRED = "the steps too many may stand at both ends"


def candidates(evidence: Evidence) -> list[Candidate]:
    """The output of the convolution as long as its input, to which it is added."""
    ways = both_ways(failed(evidence, *ELEMENTWISE, *JOINS))
    return [each for item, other in ways for each in _cut(evidence, item, other)]


def _cut(evidence: Evidence, item: Argument, other: Argument) -> Iterator[Candidate]:
    have, want = sizes_of(item), sizes_of(other)
    if len(have) != 3 or len(want) != 3 or have[:2] != want[:2] or have[2] <= want[2] or item.span is None:
        return
    for span in spans_of(evidence, item.span):
        source, node = found_at(span)
        for call in walk(node):
            if not isinstance(call, ast.Call) or len(call.args) != 1 or not isinstance(call.args[0], ast.Name):
                continue
            made = trace(evidence, source.span(call.func)) if source is not None else ()
            layer = next((each.span for each in made if _is_convolution(each.span)), None)
            if layer is None or source is None or _is_as_long(evidence, source, call.args[0], have):
                continue
            change = suffixed(source.span(call), f"[..., :{call.args[0].id}.size(-1)]")
            step = Step("narrow", item.role, (2, 0, want[2]))
            yield Candidate(change.text, (change,), (step,), 0.1, "" if looks_back(evidence, layer) else CENTRED)
            return


def _is_as_long(evidence: Evidence, source: Source, given: ast.Name, have: Shape) -> bool:
    """Whether what goes into a convolution has as many steps as what came of it, so that nothing would be cut off."""
    return sizes_of(held_around(evidence, source, given).get(given.id))[2:] == have[2:]


def _is_convolution(layer: Span) -> bool:
    call = call_of(layer)
    return call is not None and last_name(call.func) == "Conv1d" and argument(layer, "stride", 3) is None


def looks_back(evidence: Evidence, layer: Span) -> bool:
    """Whether a convolution is padded at each end for all that its kernel reaches back to."""
    kernel, padding, dilation = (
        argument(layer, name, place) for name, place in (("kernel_size", 2), ("padding", 4), ("dilation", 5))
    )
    if kernel is None or padding is None:
        return False
    numbers = [worked_out(evidence, each) for each in (kernel, padding)]
    if dilation is None and None not in numbers and not any(isinstance(each, bool) for each in numbers):
        return numbers[0] == (numbers[1] or 0) + 1
    reach = f"({kernel.text} - 1)" + (f" * {dilation.text}" if dilation is not None else "")
    turned = f"{dilation.text} * ({kernel.text} - 1)" if dilation is not None else reach
    written = {_unparsed(text) for text in (reach, turned)}
    return any(_unparsed(text) in written for text in (padding.text, *_given(padding)))


def _given(padding: Span) -> Iterator[str]:
    """What an attribute, or a name, was given in the function that makes the layer."""
    home = function_around(node_at(padding))
    for each in walk(home):
        if isinstance(each, ast.Assign) and any(ast.unparse(target) == padding.text for target in each.targets):
            yield ast.unparse(each.value)


def _unparsed(text: str) -> str:
    node = expression(text)
    return ast.unparse(node) if node is not None else text
