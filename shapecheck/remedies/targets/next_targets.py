"""Targets without their first step, where a model has read the same sequence without its last one."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import prod

from shapecheck.candidate import Candidate
from shapecheck.evidence import Argument, Evidence, Span
from shapecheck.reading.calls import all_given
from shapecheck.reading.edits import call_of, expression, piece, suffixed
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.origins import given_for, trace
from shapecheck.reading.sources import (
    Source,
    class_around,
    function_around,
    last_name,
    node_at,
    parents,
    source_of,
    walk,
)
from shapecheck.reading.steps.begun_anew import begun_anew
from shapecheck.reading.steps.steps_left_out import first_dropped, last_dropped, read_but_for_the_last
from shapecheck.reading.ways_back import spans_behind, ways_through_reshapes

_LABELS = "the targets may be labels of their own, which the model does not read"
_OTHER_STEP = "the step that the model leaves out may be another than the last one"
_TURNED = "the predictions have their steps first, and the targets their samples"
_STEP_BY_STEP = ("LSTM", "GRU", "RNN", "LSTMCell", "GRUCell", "RNNCell")
_ACROSS_STEPS = ("Conv1d", "AvgPool1d", "MaxPool1d", "Unfold")
_BEFORE = {"[1:]": "[:-1]", "[:, 1:]": "[:, :-1]"}
# How many functions may call each other on the way to where the targets are read.
_DEEPEST = 3
_OTHER_CUT = "of a model that reads step by step the last score may have been meant to go, and not the first one"
_EITHER_END = "both ends of what the model makes are cut somewhere, and which cut is that of the scores is not known"
_PACKED = "the predictions are those of packed sequences, and the targets may be meant to be packed as these were"
_IN_FRONT = "the model makes something that it never reads, which may have been meant to stand in front of the steps"


@dataclass(frozen=True, slots=True)
class _Shift:
    """The cut that the targets lack, and what stands against it."""

    cut: str
    doubt: str = ""


def next_steps(evidence: Evidence, given: Argument, target: Argument, *, cost: float) -> Iterator[Candidate]:
    """Targets without their first step, where the same sequence without its last one is what the model was given.

    Args:
        evidence: The problem.
        given: The prediction, which has a step less.
        target: The targets.
        cost: What it costs.
    """
    missing = _missing(given, target)
    if missing <= 0 or target.value.record is None or prod(target.value.record.shape) % missing or target.span is None:
        return
    for place, chain in ways_through_reshapes(evidence, target.span):
        for span in (*(origin.span for origin in chain), place):
            source, node = source_of(span.file), node_at(span) if re.fullmatch(r"[\w.]+", span.text) else None
            up = getattr(node, "parent", None)
            if source is None or node is None or (isinstance(up, ast.Attribute) and span != place):
                continue
            sizes = target.value.record.shape if span == target.span else _sizes(evidence, span)
            along = _along(sizes, missing)
            if span == target.span and not along:
                # It was flattened already.
                continue
            around = next(up for up in parents(node) if isinstance(up, ast.FunctionDef | ast.Module))
            shifts = list(_shifts(evidence, given, source, around, span.text, along, is_used=span == place))
            if shifts and not isinstance(up, ast.Subscript):
                shift = min(shifts, key=lambda each: bool(each.doubt))
                change = suffixed(span, shift.cut if shift.cut in _BEFORE.values() else along or shift.cut)
                doubt = shift.doubt or (_TURNED if _lies_otherwise(evidence, given, sizes) else "")
                doubt = doubt or (_PACKED if _stays_packed(source) else "")
                doubt = doubt or (_IN_FRONT if _leaves_something_unread(source) else "")
                yield Candidate(f"{change.text} as the target", (change,), (), cost, doubt)
                return


def _stays_packed(source: Source) -> bool:
    """Whether sequences are packed, and nothing lays them out with their padding again."""
    return any(source.calls("pack_padded_sequence")) and not any(source.calls("pad_packed_sequence"))


def _missing(given: Argument, target: Argument) -> int:
    """How many numbers the targets hold more than there are predictions."""
    left, right = given.value.record, target.value.record
    if left is None or right is None or not left.shape or not right.shape:
        return 0
    if len(left.shape) != len(right.shape) + 1:
        return prod(right.shape) - prod(left.shape)
    # The axis of the classes is the second one, or the last one where the axes were not turned.
    ways = [left.shape[:1] + left.shape[2:], left.shape[:-1]]
    return next((more for each in ways if 0 < (more := prod(right.shape) - prod(each)) < prod(right.shape)), 0)


def _sizes(evidence: Evidence, span: Span) -> tuple[int, ...]:
    """The sizes of a name where the script stands; nothing where it is none, or of none that is known."""
    held = next((frame.names[span.text] for frame in reversed(evidence.frames) if span.text in frame.names), None)
    return sizes_of(held)


def _along(sizes: tuple[int, ...], missing: int) -> str:
    """The cut along the axis of which one step holds so many numbers; nothing where none does, or two."""
    cuts = [cut for size, cut in zip(sizes, ("[1:]", "[:, 1:]"), strict=False) if prod(sizes) == missing * size]
    return cuts[0] if len(cuts) == 1 else ""


def _lies_otherwise(evidence: Evidence, given: Argument, sizes: tuple[int, ...]) -> bool:
    """Whether the predictions had steps and samples the other way round before they were flattened."""
    node = expression(given.span.text) if given.span is not None else None
    if given.span is None or not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return False
    left = _sizes(evidence, piece(given.span, node.func.value))
    return len(left) > 2 and len(sizes) > 1 and left[0] != sizes[0] and left[1] == sizes[0] and left[0] == sizes[1] - 1


def _shifts(
    evidence: Evidence, given: Argument, source: Source, around: ast.AST, text: str, along: str, *, is_used: bool
) -> Iterator[_Shift]:
    """What says that a sequence is one to be foretold, or to be named step by step."""
    foretold = list(read_but_for_the_last(around, text))
    anew = set(_begun_anew(evidence, source, around, text, _DEEPEST)) if is_used and not foretold else set()
    if anew and given.span is not None:
        # What is made of each step answers this very one: the targets are cut as the scores were.
        parts = [part for each in spans_behind(evidence, given.span) for part in walk(node_at(each))]
        cuts = dict.fromkeys(cut for each in parts if each not in anew and (cut := _cut_of_scores(each)))
        yield from (_Shift(cut, "" if len(cuts) == 1 else _EITHER_END) for cut in cuts)
        return
    yield from (_Shift(cut) for cut in foretold)
    if not is_used or given.span is None:
        return
    behind = [(each.text, expression(each.text)) for each in spans_behind(evidence, given.span)]
    for name, cut in _read_by_called(evidence, source, around, text, _DEEPEST):
        is_behind = name == "forward" or any(f"{name}(" in made for made, _ in behind)
        yield _Shift(cut, "" if is_behind else _LABELS)
    nodes = [node for _, made in behind for node in walk(made)]
    reading = {last_name(node.func) for node in nodes if isinstance(node, ast.Call) and _is_given(node, text)}
    if not reading:
        return
    # The scores themselves were cut: without the last they foretell, without the first each names its own step.
    is_step_by_step = any(source.calls(*_STEP_BY_STEP))
    yield from (_Shift(cut) for node in nodes if (cut := last_dropped(node)))
    named = [_Shift(cut, _OTHER_CUT * is_step_by_step) for node in nodes if (cut := first_dropped(node))]
    if named and is_step_by_step and _is_read_backwards(nodes, named[0].cut):
        # From the last step on: what is foretold of each is the one before it.
        yield _Shift(_BEFORE[named[0].cut])
        return
    yield from named
    if not any(each.doubt for each in named):
        yield from (_Shift(cut) for cut in _cut_elsewhere(source, text, reading))
    if along and not any(each.doubt for each in named):
        is_sure = is_step_by_step and not any(source.calls(*_ACROSS_STEPS))
        yield _Shift(along, "" if is_sure else _OTHER_STEP)


def _cut_of_scores(node: ast.AST) -> str:
    """The cut by which one end of something is left out, as it is written."""
    return _BEFORE.get(last_dropped(node), "") or first_dropped(node)


def _is_read_backwards(nodes: Sequence[ast.AST], cut: str) -> bool:
    """Whether what is made on the way to the scores turns all steps round, and back again, and joins nothing to it."""
    axis = "1" if cut == "[:, 1:]" else "0"
    calls = [node for node in nodes if isinstance(node, ast.Call)]
    turns = [each for each in calls if last_name(each.func) == "flip"]
    along = [given for each in turns for given in _numbers_given(each)]
    is_joined = any(last_name(each.func) in ("cat", "concat") for each in calls)
    return len(turns) > 1 and set(along) == {axis} and not is_joined


def _numbers_given(call: ast.Call) -> list[str]:
    """The texts of the numbers that a call is given, one by one, in a list, or by their name."""
    parts = all_given(call)
    return [str(each.value) for part in parts for each in walk(part) if isinstance(each, ast.Constant)]


def _leaves_something_unread(source: Source) -> bool:
    """Whether a forward gives a name to something, or its class makes a parameter, that is never read."""
    for owner in source.classes:
        read = {ast.unparse(n) for n in walk(owner) if isinstance(getattr(n, "ctx", None), ast.Load)}
        for node in walk(owner):
            if not isinstance(node, ast.Assign) or ast.unparse(node.targets[0]) in read:
                continue
            function = function_around(node)
            is_parameter = isinstance(node.value, ast.Call) and last_name(node.value.func) == "Parameter"
            is_made = function is not None and function.name == "forward" and isinstance(node.targets[0], ast.Name)
            if is_parameter or (is_made and ast.unparse(node.targets[0]).strip("_")):
                return True
    return False


def _is_given(call: ast.Call, text: str) -> bool:
    """Whether a call is given something by this text."""
    return any(ast.unparse(each) == text for each in all_given(call))


def _cut_elsewhere(source: Source, text: str, reading: set[str]) -> Iterator[str]:
    """The same cut where another function, or this one, hands the same to the same model."""
    for scope in walk(source.tree):
        nodes = list(walk(scope)) if isinstance(scope, ast.FunctionDef | ast.Module) else []
        if any(isinstance(n, ast.Call) and last_name(n.func) in reading and _is_given(n, text) for n in nodes):
            cuts = (n for n in nodes if isinstance(n, ast.Subscript) and ast.unparse(n.value) == text)
            yield from (cut for n in cuts if (cut := first_dropped(n)))


def _read_by_called(
    evidence: Evidence, source: Source, around: ast.AST, text: str, deepest: int
) -> Iterator[tuple[str, str]]:
    """What a function of the file, or the forward of a model, leaves out of what it is given under another name."""
    for function, name in _functions_given(evidence, source, around, text) if deepest else ():
        yield from ((function.name, cut) for cut in read_but_for_the_last(function, name))
        inside = _read_by_called(evidence, source, function, name, deepest - 1)
        yield from ((function.name, cut) for _, cut in inside)


def _begun_anew(evidence: Evidence, source: Source, around: ast.AST, text: str, deepest: int) -> Iterator[ast.expr]:
    """Where a sequence is made anew with another step in front, here or in what is called with it."""
    yield from begun_anew(around, text)
    for function, name in _functions_given(evidence, source, around, text) if deepest else ():
        yield from _begun_anew(evidence, source, function, name, deepest - 1)


def _functions_given(
    evidence: Evidence, source: Source, around: ast.AST, text: str
) -> Iterator[tuple[ast.FunctionDef, str]]:
    """The functions of the file, and the forwards of models, that are given something, and what they call it."""
    for call in [each for each in walk(around) if isinstance(each, ast.Call) and _is_given(each, text)]:
        models = _classes_called(evidence, source, call)
        for function in source.functions:
            owner = class_around(function)
            is_forward = owner is not None and function.name == "forward" and owner.name in models
            if function is around or (not is_forward and (function.name != last_name(call.func) or models)):
                continue
            for item in function.args.args:
                told = given_for(call, function, item.arg)
                if told is not None and ast.unparse(told) == text and told in walk(call):
                    yield function, item.arg


def _classes_called(evidence: Evidence, source: Source, call: ast.Call) -> set[str]:
    """The class of the model that is called, and those that it is made from; nothing where something else is."""
    callee = source.span(call.func)
    held = {frame.names[callee.text].type for frame in evidence.frames if callee.text in frame.names}
    makers = (call_of(origin.span) for origin in trace(evidence, callee, parts=True))
    names = held | {last_name(made.func) for made in makers if made is not None}
    owners = [each for each in source.classes if each.name in names]
    return {name for owner in owners for name in (owner.name, *map(last_name, owner.bases))}
