"""Next steps as targets of convolutions that are not padded: without the first, which have no prediction."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from math import prod

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Argument, Evidence, Span
from shapecheck.reading.edits import expression, index_parts, piece
from shapecheck.reading.failing import INDEX_LOSSES, SAME_SHAPE_LOSSES, failed, operand
from shapecheck.reading.layers.layers_made import leaving_fewer
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.origins import kind_of, trace
from shapecheck.reading.reckoning import reckoned_number
from shapecheck.reading.sources import is_named, is_own, names_in, user_sources, walk

PADDED = "the convolutions may have been meant to be padded, so that each step has a prediction"


def candidates(evidence: Evidence) -> list[Candidate]:
    """The targets from the step on that the first prediction is of, where what was read lacks the last step."""
    operation = failed(evidence, *INDEX_LOSSES, *SAME_SHAPE_LOSSES)
    given, target = (operand(operation, role) for role in ("input", "target"))
    return list(_without_prediction(evidence, given, target)) if given is not None and target is not None else []


def _without_prediction(evidence: Evidence, given: Argument, target: Argument) -> Iterator[Candidate]:
    if given.span is None or target.span is None:
        return
    for base, axis, place in _shifted(evidence, target.span):
        shape = sizes_of(evidence.held.get(base))
        if len(shape) <= axis or not _is_shortened(evidence):
            continue
        steps = _steps_of(given, target, shape, axis)
        model = _reader(evidence, given.span, base)
        if steps is None or not 0 < steps < shape[axis] - 1 or not model:
            continue
        for text in _attributes(evidence, model, shape[axis] - steps):
            yield Candidate(f"{base} from {text} on", (Change(place, f"{text}:"),), (), 0.04)
        for name in sorted(names_in(expression(given.span.text))):
            sizes = sizes_of(evidence.held.get(name))
            made = trace(evidence, _name_in(given.span, name))
            # What is not there yet cannot be asked.
            if sizes.count(steps) == 1 and made and made[0].span.line < place.line:
                text = f"-{name}.size({sizes.index(steps)}):"
                yield Candidate(f"{base} from {text[:-1]} on", (Change(place, text),), (), 0.1, PADDED)


def _shifted(evidence: Evidence, target: Span) -> Iterator[tuple[str, int, Span]]:
    """Names without their first step in what the targets are made of, with the axis and the place of that index."""
    for span in (target, *(each.span for each in evidence.origins.get(target.text, ())), *_behind(evidence, target)):
        for node in walk(expression(span.text)):
            if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name):
                parts = index_parts(piece(span, node.slice))
                for axis, (_, part) in enumerate(parts):
                    if part.text.replace(" ", "") == "1:" and axis == len(parts) - 1:
                        yield node.value.id, axis, part
                        return


def _behind(evidence: Evidence, span: Span) -> Iterator[Span]:
    for name in sorted(names_in(expression(span.text))):
        yield from (each.span for each in trace(evidence, _name_in(span, name)))


def _name_in(span: Span, name: str) -> Span:
    nodes = walk(expression(span.text))
    return next((piece(span, each) for each in nodes if is_named(each, name)), span)


def _steps_of(given: Argument, target: Argument, whole: tuple[int, ...], axis: int) -> int | None:
    """How many steps the prediction has, where nothing but their number differs from the targets'."""
    left, right = given.value.record, target.value.record
    if left is None or right is None or not left.shape:
        return None
    cut = (*whole[:axis], whole[axis] - 1, *whole[axis + 1 :])
    others = prod(cut) // cut[axis] if prod(cut) else 0
    if len(right.shape) == 1 and len(cut) > 1 and right.shape[0] == prod(cut) and others:
        return left.shape[0] // others if left.shape[0] % others == 0 else None
    if right.shape != cut:
        return None
    rows = left.shape if len(left.shape) == len(cut) else left.shape[:1] + left.shape[2:]
    same = len(rows) == len(cut) and all(rows[at] == cut[at] for at in range(len(cut)) if at != axis)
    return rows[axis] if same else None


def _is_shortened(evidence: Evidence) -> bool:
    """Whether convolutions leave fewer steps one by one, and none takes every second one."""
    known = [leaving_fewer(evidence, source, -1) for source in user_sources(evidence)]
    if all(each is not None for each in known):
        pairs = [pair for each in known if each is not None for pair in each]
        return all(stride == 1 for _, stride in pairs) and any(added < -1 for added, _ in pairs)
    calls = [call for source in user_sources(evidence) for call in source.calls("Conv1d", "Conv2d")]
    return bool(calls) and not any(each.arg in ("stride", "padding") for call in calls for each in call.keywords)


def _reader(evidence: Evidence, given: Span, base: str) -> Span | None:
    """What was called with a name without its last step, to make the prediction."""
    for span in (given, *(each.span for each in evidence.origins.get(given.text, ())), *_behind(evidence, given)):
        for node in walk(expression(span.text)):
            if not isinstance(node, ast.Call) or isinstance(node.func, ast.Call):
                continue
            for each in node.args:
                if ast.unparse(each).replace(" ", "") in (f"{base}[:,:-1]", f"{base}[:-1]", f"{base}[:,:,:-1]"):
                    return piece(span, node.func)
    return None


def _attributes(evidence: Evidence, model: Span, first: int) -> Iterator[str]:
    """The attributes of a model that say which step is the first with a prediction, as the script works them out."""
    kind = kind_of(evidence, model)
    for source in user_sources(evidence):
        for owner in [each for each in source.classes if each.name == kind]:
            for each in [line for line in walk(owner) if isinstance(line, ast.Assign)]:
                target = each.targets[0]
                if is_own(target):
                    value = reckoned_number(evidence, source, each.value)
                    if value in (first, first - 1) and not isinstance(each.value, ast.Constant):
                        yield f"{model.text}.{target.attr}" + (" + 1" if value == first - 1 else "")
