"""What a measure counts for each sample, although it is named for what it says of each class."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from itertools import pairwise

from shapecheck.capture.instruments.axes.answers import answers_in
from shapecheck.capture.instruments.axes.reductions import reduced_axes
from shapecheck.capture.instruments.tensors.names import assigned, function_around
from shapecheck.capture.instruments.trials.edits import all_apart
from shapecheck.capture.instruments.trials.sighting import Sighting, other_axis, sighted
from shapecheck.capture.probe import Look, Probe, Turn
from shapecheck.capture.recording.tape import Node, Tape
from shapecheck.capture.recording.user_code import Spot, statement_at
from shapecheck.capture.recording.vocabulary import AVERAGES, TOTALS
from shapecheck.findings import Edit, Fix

_EACH = frozenset(
    ["add", "sub", "mul", "div", "clamp", "clamp_min", "to", "rsub", "rdiv", "nan_to_num", "where", "pow"]
)
_OF_CLASSES = frozenset(["class", "classes", "label", "labels", "category", "categories", "tag", "tags"])
_OF_SAMPLES = frozenset(
    ["sample", "samples", "example", "examples", "instance", "instances", "image", "images", "row", "rows", "item",
     "items", "document", "documents", "user", "users", "query", "queries", "batch", "micro", "subset"]
)  # fmt: skip
_HOPS = 60


def counted_for_samples(look: Look) -> Iterator[Sighting]:
    """``tp = (guesses * labels).sum(dim=1)`` in a macro F1, which leaves one number for each sample.

    A mean over the samples of what was counted in each is a measure of its own, so only names tell the two apart.
    """
    step, tape = look.step, look.step.tape
    first = tape.evaluated_from if step.first == step.last else step.first
    counts = [node for node in tape.nodes[first : step.last] if node.name in TOTALS and len(node.parents) == 1]
    for node in counts:
        if not _leaves_samples(look, node) or node.index in step.to_loss:
            # A loss that weighs the classes is no measure of them.
            continue
        answers = answers_in(tape, node.parents[0])
        if answers is None or not answers.is_predicted or not answers.is_compared or node.spot is None:
            continue
        if answers.picks_own:
            continue
        behind = _behind(tape, node, step.last)
        count = tape.shape(node.parents[0])[answers.axis]
        word = _named_for_classes(node.spot, [*behind, node])
        if word is None:
            continue
        alike = [other for other in counts if _goes_with(look, other, node, behind)]
        shape = tape.shape(node.parents[0])
        new = tuple(axis for axis in range(len(shape)) if axis != answers.axis)
        title = f"dim={new[0] if len(new) == 1 else new}"
        text = (
            f"{word!r} says that this is counted for each class. Axis {answers.axis} of {shape} holds the {count} "
            f"classes, and it is gone: what is left is one number for each of the {node.shapes[0][0]} samples"
        )
        fix = Fix(title, _edits(alike, new[0] if len(new) == 1 else new), "no")
        yield sighted("counted_for_samples", node, text, (fix,))
        return


def _leaves_samples(look: Look, node: Node) -> bool:
    """Whether it makes one number for each row of a table, of all that stands in it."""
    if node.spot is None or node.root >= 0 or len(node.shapes[0]) != 1:
        return False
    shape, axes = look.step.tape.shape(node.parents[0]), reduced_axes(look.step, node)
    answers = answers_in(look.step.tape, node.parents[0]) if axes == (*range(1, len(shape)),) else None
    return answers is not None and answers.axis in axes


def _behind(tape: Tape, node: Node, last: int) -> list[Node]:
    """What is made of it number by number, and the mean of that."""
    made, found = {node.ref}, []
    for other in tape.nodes[node.index + 1 : min(node.index + _HOPS, last)]:
        if not made & set(other.parents):
            continue
        is_same = other.name in _EACH and other.shapes == node.shapes
        if is_same or (other.name in AVERAGES and other.shapes[0] == ()):
            found.append(other)
        if is_same:
            made.add(other.ref)
    return found


def _goes_with(look: Look, other: Node, node: Node, behind: list[Node]) -> bool:
    """Whether another count is divided, or divides, together with this one."""
    tape = look.step.tape
    if other.spot is None or node.spot is None or other.spot.in_function.code is not node.spot.in_function.code:
        return False
    if other.shapes != node.shapes or reduced_axes(look.step, other) != reduced_axes(look.step, node):
        return False
    mine = {made.index for made in behind if made.name not in AVERAGES}
    return other is node or any(made.index in mine for made in _behind(tape, other, len(tape.nodes)))


def _named_for_classes(spot: Spot, nodes: list[Node]) -> str | None:
    """The name that says so, if none says that samples are meant."""
    spot = spot.in_function
    names = {spot.code.co_name} if _returns_one_thing(spot) else set()
    for node in nodes:
        if node.spot is not None and node.spot.in_function.code is spot.code:
            names |= {*assigned(statement_at(spot.code.co_filename, node.spot.line))}
    words = {name: [word for word in re.split(r"[_\d]+|(?<=[a-z])(?=[A-Z])", name) if word] for name in names}
    lower = {name: [word.lower() for word in each] for name, each in words.items()}
    lower |= {f"average == {text!r}": [text] for text in _asked_around(spot)}
    if any(word in _OF_SAMPLES for each in lower.values() for word in each):
        return None
    return next((name for name, each in sorted(lower.items()) if _says_classes(each)), None)


def _returns_one_thing(spot: Spot) -> bool:
    """Whether a function is named for the one measure that it gives, not for a report of several."""
    around = function_around(spot)
    given = [item.value for item in ast.walk(around) if isinstance(item, ast.Return)] if around is not None else []
    return not any(isinstance(value, ast.Tuple | ast.List | ast.Dict) for value in given)


def _says_classes(words: list[str]) -> bool:
    if "macro" in words or "classwise" in words:
        return True
    pairs = list(pairwise(words))
    return any(
        (one in ("per", "each", "by") and other in _OF_CLASSES) or (one in _OF_CLASSES and other == "wise")
        for one, other in pairs
    )


def _asked_around(spot: Spot) -> Iterator[str]:
    """The words that a function is asked with, where a branch for one of them stands round an instruction."""
    around = function_around(spot)
    for item in ast.walk(around) if around is not None else ():
        if not isinstance(item, ast.If) or not isinstance(item.test, ast.Compare):
            continue
        is_inside = any(one.lineno <= spot.line <= (one.end_lineno or 0) for one in item.body)
        for one in item.test.comparators if is_inside and isinstance(item.test.ops[0], ast.Eq) else ():
            if isinstance(one, ast.Constant) and isinstance(one.value, str):
                yield one.value.lower()


def _edits(nodes: list[Node], new: int | tuple[int, ...]) -> tuple[Edit, ...]:
    # Several that one instruction made in turn are changed by one edit.
    return all_apart(list(dict.fromkeys(other_axis(node, new) for node in nodes)))


PROBE = Probe(
    "what is named for the classes is counted for each of them",
    counted_for_samples,
    needs_no_run=True,
    in_evaluation=True,
    of_followed=True,
    of_collected=True,
    turn=Turn.LAST,
)
