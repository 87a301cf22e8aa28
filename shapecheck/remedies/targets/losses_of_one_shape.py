"""Changes for a loss that wants its target in the very shape of the prediction, in floats."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace
from math import prod

from shapecheck.candidate import Candidate, Change, Step
from shapecheck.evidence import Argument, Evidence
from shapecheck.reading.compared.other_targets import doubt_of_target
from shapecheck.reading.edits import suffixed, whole_number
from shapecheck.reading.failing import SAME_SHAPE_LOSSES, failed, operand
from shapecheck.reading.handed_on import is_read_elsewhere
from shapecheck.reading.mismatches import axes_to_squeeze, with_exchanged
from shapecheck.reading.origins import trace
from shapecheck.reading.sources import Source, found_at, function_around, last_name, parents, source_of, walk
from shapecheck.reading.steps.walked_steps import ONE_OF_MANY, walks
from shapecheck.remedies.moves import put_behind
from shapecheck.remedies.reductions.squeezes import named_squeeze
from shapecheck.remedies.targets.counted_labels import READ_ELSEWHERE
from shapecheck.remedies.targets.more_outputs import is_read_twice, widened
from shapecheck.remedies.targets.one_hot_labels import one_hot_for_all
from shapecheck.remedies.targets.rows import filled_alike, of_lengths
from shapecheck.remedies.targets.several_classes import ONE_OR_EACH, may_be_of_one
from shapecheck.remedies.turns.two_axes_exchanged import rolled_as

_FLAT = ("flatten", "ravel", "squeeze")
_TURNED = ("view", "reshape")
_SHARED = "the number is read elsewhere as well, and the target may be made by it"
_FOR_ALL = "each number along the last axis is held against one label, and their mean or largest one may be meant"


def candidates(evidence: Evidence) -> list[Candidate]:
    """Changes for a loss of two tensors of one shape that refused its input or its target."""
    operation = failed(evidence, *SAME_SHAPE_LOSSES)
    given, target = (operand(operation, role) for role in ("input", "target"))
    if given is None or target is None or given.value.record is None or target.value.record is None:
        return []
    return list(_same(evidence, given, target))


def _same(evidence: Evidence, given: Argument, target: Argument) -> Iterator[Candidate]:
    prediction, wanted = given.value.record, target.value.record
    assert prediction is not None
    assert wanted is not None
    left, right = prediction.shape, wanted.shape
    dtype = "" if wanted.dtype == prediction.dtype else ".float()" if prediction.dtype == "float32" else ".double()"
    casts = [Step("to", "target", (prediction.dtype,))] if dtype else []
    if not left and right == (1,):
        yield from named_squeeze(evidence, cost=0.05)
    if left != right:
        yield from filled_alike(evidence, given, target, cost=0.15)
    if left == right and dtype:
        yield from put_behind(evidence, target, dtype, casts, cost=0.1)
        return
    for axis in reversed(axes_to_squeeze(left, right)):
        text = f".unsqueeze({axis}){dtype}"
        steps = [Step("unsqueeze", "target", (axis,)), *casts]
        place = _likelier_place(evidence, target)
        yield from put_behind(evidence, target, text, steps, cost=0.1, prefer=place)
        squeezed = [Step("squeeze", "input", (axis,)), *casts]
        if not dtype:
            yield from put_behind(evidence, given, f".squeeze({axis})", squeezed, cost=0.3)
    if len(left) > len(right) + 1 and left == (*right, *[1] * (len(left) - len(right))):
        # A convolution as large as its map leaves one place; the axis of the samples stays, also of a single one.
        first = max(len(right) - 1, 0)
        text, step = f".flatten({first or ''})", Step("flatten", "input", (first,))
        yield from put_behind(evidence, given, text, [step, *casts], cost=0.1)
    for axis in reversed(axes_to_squeeze(right, left)):
        text = f".squeeze({axis}){dtype}"
        steps = [Step("squeeze", "target", (axis,)), *casts]
        yield from put_behind(evidence, target, text, steps, cost=0.1, prefer="origin")
    if len(left) == len(right) >= 2 and left != right and sorted(left) == sorted(right):
        for axis in range(len(right) - 1):
            if with_exchanged(right, axis, axis + 1) == left:
                step = Step("transpose", "target", (axis, axis + 1))
                yield from put_behind(evidence, target, f".transpose({axis}, {axis + 1})", [step, *casts], cost=0.4)
                turned = Step("transpose", "input", (axis, axis + 1))
                yield from put_behind(evidence, given, f".transpose({axis}, {axis + 1})", [turned, *casts], cost=0.5)
    order = rolled_as(right, left)
    if order is not None:
        step = Step("permute", "target", order)
        yield from put_behind(evidence, target, f".permute{order}{dtype}", [step, *casts], cost=0.35)
    if len(left) == len(right) + 1:
        yield from _last_taken(evidence, given, left, right, casts)
    if len(left) == 3 and right == left[:2] and given.expression.isidentifier():
        # Labels of a clip, against scores of its frames.
        steps = [Step("unsqueeze", "target", (2,)), Step("expand", "target", (-1, -1, left[2])), *casts]
        for each in put_behind(evidence, target, f".unsqueeze(2).expand_as({given.expression})", steps, cost=0.4):
            yield replace(each, doubt=_FOR_ALL)
    if len(left) == len(right) == 2 and right[1] == 1 and left[0] == right[0] and left[1] > 1:
        yield from widened(evidence, left[1], 1)
        yield from _one_hot(evidence, target, left[1], ".squeeze(1)")
    if len(left) == len(right) == 2 and left[0] == right[0] and right[1] > left[1]:
        # What is given is what is to be foretold; fewer columns of it may be meant where there are too many outputs.
        doubt = doubt_of_target(evidence, left)
        for each in widened(evidence, left[1], right[1]):
            shared = _SHARED if any(is_read_twice(change.span) for change in each.changes) else ""
            yield replace(each, doubt=doubt or shared)
    if len(left) == 2 and left[1] > 1 and right == left[:1]:
        yield from _one_hot(evidence, target, left[1], "")
    if len(left) >= 2 and prod(left) == prod(right) and len(right) == 1:
        step = Step("reshape", "target", left)
        text = f".view_as({given.expression})"
        if target.span is not None:
            yield Candidate(f"{target.expression}{text}", (suffixed(target.span, text + dtype),), (step, *casts), 0.6)
    yield from _laid_as_guess(evidence, target, left, right, casts)
    if left != right:
        yield from of_lengths(evidence, given, target)


def _laid_as_guess(
    evidence: Evidence, target: Argument, left: tuple[int, ...], right: tuple[int, ...], casts: list[Step]
) -> Iterator[Candidate]:
    """Images against rows of as many numbers, as of an autoencoder: the same numbers in the same order."""
    counts = sorted((len(left), len(right)))
    if left[:1] != right[:1] or prod(left) != prod(right) or counts[0] != 2 or counts[1] == 2:
        return
    if len(left) == 2:
        text, step = ".flatten(1)", Step("flatten", "target", (1,))
    else:
        text, step = f".unflatten(1, {left[1:]})", Step("reshape", "target", left)
    yield from put_behind(evidence, target, text, [step, *casts], cost=0.15)


def _last_taken(
    evidence: Evidence, given: Argument, left: tuple[int, ...], right: tuple[int, ...], casts: list[Step]
) -> Iterator[Candidate]:
    """The last of several steps; where no layer walks along them, hardly ever what was meant."""
    doubt = "" if walks(evidence) else ONE_OF_MANY
    found: list[Candidate] = []
    if left[:1] + left[2:] == right and left[1] > 1:
        found = put_behind(evidence, given, "[:, -1]", [Step("item", "input", (":", -1)), *casts], cost=0.3)
    elif left[1:] == right and left[0] > 1:
        found = put_behind(evidence, given, "[-1]", [Step("item", "input", (-1,)), *casts], cost=0.3)
    yield from (replace(each, doubt=doubt) for each in found)


def _one_hot(evidence: Evidence, target: Argument, classes: int, suffix: str) -> Iterator[Candidate]:
    if target.span is None:
        return
    text = f"torch.nn.functional.one_hot({target.span.text}{suffix}.long(), {classes}).float()"
    source, node = found_at(target.span)
    is_shared = source is not None and node is not None and is_read_elsewhere(source, node)
    # Whole numbers beyond one, and below the number of columns, are no answers of yes and no.
    record, most = target.value.record, target.value.facts.get("max", 0)
    cost = 0.1 if record is not None and record.dtype == "int64" and 1 < most < classes else 0.5
    if is_shared:
        yield from one_hot_for_all(evidence, target, classes, suffix and ".squeeze(-1)", cost=min(cost, 0.2))
    doubt = READ_ELSEWHERE if is_shared else ONE_OR_EACH if may_be_of_one(evidence) else ""
    yield Candidate(text, (Change(target.span, text),), (), cost, doubt)


def _likelier_place(evidence: Evidence, item: Argument) -> str:
    """Whether an axis is better put to a target where it is used, or where it was made: ``"use"`` or ``"origin"``.

    What compares the target with a flat tensor takes it as it is, and would spread an axis of one over all samples.

    Args:
        evidence: The problem.
        item: The target.
    """
    source, node = found_at(item.span)
    if source is None or not isinstance(node, ast.Name):
        return "origin"
    for where, name in ((source, node), *_handed_in(evidence, item)):
        for read in walk(function_around(name) or where.tree):
            if not isinstance(read, ast.Name) or read.id != name.id or read is name:
                continue
            if any(_is_flat(evidence, where, each) for each in _beside(read)):
                return "use"
    return "origin"


def _handed_in(evidence: Evidence, item: Argument) -> Iterator[tuple[Source, ast.Name]]:
    """The names by which callers hand in what an operand is."""
    for origin in evidence.chains.get(item.span, ()) if item.span is not None else ():
        source, node = found_at(origin.span)
        if source is not None and isinstance(node, ast.Name):
            yield source, node


def _beside(read: ast.Name) -> list[ast.expr]:
    """What an expression with a name in it is compared or reckoned with."""
    inner: ast.AST = read
    for up in parents(read):
        if isinstance(up, ast.stmt):
            return []
        if isinstance(up, ast.Compare):
            return [each for each in (up.left, *up.comparators) if each is not inner]
        if isinstance(up, ast.BinOp):
            return [up.left if up.right is inner else up.right]
        if isinstance(up, ast.Call) and inner is not up.func and isinstance(up.func, ast.Attribute):
            return [up.func.value] if last_name(up.func) in ("eq", "ne", "sub", "mul") else []
        inner = up
    return []


def _is_flat(evidence: Evidence, source: Source, node: ast.expr) -> bool:
    """Whether an expression, or what its one name was made by, has lost its axes."""
    if isinstance(node, ast.Name):
        return any(
            _is_flat(evidence, made, found)
            for each in trace(evidence, source.span(node))[:1]
            if (made := source_of(each.span.file)) is not None
            and (found := made.node_at(each.span)) is not None
            and not isinstance(found, ast.Name)
        )
    if any(_flattens(each) for each in walk(node)):
        return True
    while isinstance(node, ast.Call | ast.Compare | ast.UnaryOp | ast.Attribute):
        node = _inside(node)
    # "(scores > 0.5).float()", where it is the scores that are flat.
    return isinstance(node, ast.Name) and _is_flat(evidence, source, node)


def _inside(node: ast.expr) -> ast.expr:
    """What an expression has its axes from."""
    if isinstance(node, ast.Compare):
        return node.left
    if isinstance(node, ast.UnaryOp):
        return node.operand
    if isinstance(node, ast.Attribute):
        return node.value
    is_function = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute | ast.Name) and node.args
    if isinstance(node, ast.Call) and is_function and ast.unparse(node.func).startswith(("torch.", "np.", "F.")):
        return node.args[0]
    return node.func if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) else ast.Constant(0)


def _flattens(node: ast.AST) -> bool:
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        name = node.func.attr
        return name in _FLAT or (name in _TURNED and [whole_number(each) for each in node.args] == [-1])
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Tuple) and node.slice.elts:
        return whole_number(node.slice.elts[-1]) == 0
    return False
