"""Maps that go into their convolutions turned, so that what was to be the steps is read as features and the reverse."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from shapecheck.candidate import Candidate
from shapecheck.evidence import Evidence, Span
from shapecheck.reading.arithmetic import worked_out
from shapecheck.reading.edits import suffixed
from shapecheck.reading.failing import RECURRENT, failed, features_taken, operand
from shapecheck.reading.layers.layer_arguments import told_for
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.origins import trace
from shapecheck.reading.sources import begin_of, found_at, last_name, node_at, statement_of, user_sources, walk
from shapecheck.reading.ways_back import spans_behind

_OTHER_END = "or the axes of the maps are taken in the wrong order behind the convolution"
_STEPS = re.compile(r"(?i)t|l|s|time\w*|seq\w*|steps?|frames?|\w*len(gth)?s?|\w*time|\w*steps|\w*frames")
_OF_MAPS = re.compile(r"Conv2d|conv2d|\w*(Pool2d|pool2d)")
_ALONG = ("kernel_size", "stride", "padding", "dilation", "output_size")
_COST = 0.02


def candidates(evidence: Evidence) -> list[Candidate]:
    """The input of the first Conv2d with its last two axes exchanged, where that gives the width of a layer behind."""
    operation = failed(evidence, "Linear", *RECURRENT)
    item = operand(operation, "input")
    if operation is None or item is None or item.span is None or len(sizes_of(item)) != 3:
        return []
    want, (*others, got) = features_taken(operation), sizes_of(item)
    # The width is the channels times the places along one axis; those along the other one are the steps.
    channels = {want // steps for steps in others if steps and want % steps == 0}
    layers = list(_convolutions(evidence, item.span))
    many = told_for(layers[0][0], "out_channels") if layers else None
    made = worked_out(evidence, many) if many is not None else None
    if made is None or made < 2 or made not in channels or got % made:
        return []
    given = layers[-1][1]
    change = suffixed(given, ".transpose(2, 3)")
    # Rows of steps become maps right there; of maps that come from elsewhere either end may be the wrong one.
    is_plain = re.search(r"unsqueeze|None|newaxis", given.text) and not _names_steps_first(evidence, item.span)
    is_sure = is_plain and _treats_axes_alike(evidence)
    return [Candidate(change.text, (change,), (), _COST, "" if is_sure else _OTHER_END)]


def _treats_axes_alike(evidence: Evidence) -> bool:
    """Whether every convolution and pool of maps is written with numbers that are the same along both axes.

    Where they are not, the script has chosen which axis is which, and may have chosen it for the maps as they come.
    """
    for source in user_sources(evidence):
        for call in (node for node in walk(source.tree) if isinstance(node, ast.Call)):
            name = last_name(call.func)
            if _OF_MAPS.fullmatch(name):
                told = [each.value for each in call.keywords if each.arg in _ALONG]
                first = 2 if name == "Conv2d" else 1 if name.islower() else 0
                if not all(_is_alike(each) for each in (*call.args[first:], *told)):
                    return False
    return True


def _is_alike(told: ast.expr) -> bool:
    if isinstance(told, ast.Tuple | ast.List):
        return len({ast.dump(each) for each in told.elts}) == 1
    return isinstance(told, ast.Constant)


def _names_steps_first(evidence: Evidence, place: Span) -> bool:
    """Whether the script calls the axis of the maps that is read as features by a name of steps."""
    for span in spans_behind(evidence, place):
        statement = statement_of(node_at(span))
        for target in statement.targets if isinstance(statement, ast.Assign) else ():
            if (
                isinstance(target, ast.Tuple)
                and len(target.elts) == 4
                and _STEPS.fullmatch(ast.unparse(target.elts[2]))
            ):
                return True
    return False


def _convolutions(evidence: Evidence, place: Span) -> Iterator[tuple[Span, Span]]:
    """The convolutions of maps that an expression comes from, nearest first: what made each, and what it is given."""
    for span in spans_behind(evidence, place):
        source, root = found_at(span)
        for call in walk(root):
            if source is None or not isinstance(call, ast.Call) or len(call.args) != 1 or call.keywords:
                continue
            for made in trace(evidence, source.span(call.func))[:1]:
                found = _layers(made.span)
                if found:
                    yield found[-1], source.span(call.args[0])


def _layers(made: Span) -> list[Span]:
    """The convolutions that a layer, or several one behind the other, are made of."""
    source, node = found_at(made)
    if source is None or not isinstance(node, ast.Call) or last_name(node.func) not in ("Conv2d", "Sequential"):
        return []
    calls = [each for each in walk(node) if isinstance(each, ast.Call) and last_name(each.func) == "Conv2d"]
    return [source.span(each) for each in sorted(calls, key=begin_of)]
