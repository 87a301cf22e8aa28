"""Samples that are picked by a part of a random order, beside labels that are cut out in their own."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.capture.instruments.axes.samples_axis import is_random
from shapecheck.capture.instruments.tensors.backwards import backwards
from shapecheck.capture.instruments.trials.edits import replaced_text
from shapecheck.capture.instruments.trials.sighting import Sighting, node_at, sighted
from shapecheck.capture.probe import Probe, Turn
from shapecheck.capture.recording.replay import ancestors
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import CONVERTS
from shapecheck.findings import Edit, Fix


def picked_on_one_side(step: Step) -> Iterator[Sighting]:
    """``x = data[order[i : i + n]]; y = labels[i : i + n]``: row k of the one is not that of the other.

    The order must be one of as many numbers as there are labels, and be cut at the very places where these are. Labels
    that were given the same order before are cut so rightly, in whatever way that was: they must be older than it. And
    they may belong to other rows that are cut as they are, beside which some are drawn at random.
    """
    picks = [found for ref in step.inputs if (found := _picked(step, ref)) is not None]
    for target in step.targets:
        for cut in _cuts(step, target):
            for pick, order, rows in picks:
                count = step.tape.shape(cut.parents[0])[:1]
                if rows != cut.args[1] or {step.tape.shape(order), step.tape.shape(pick.parents[0])[:1]} != {count}:
                    continue
                if not _are_written_alike(cut, step.node(pick.args[1].node)):
                    # The first rows of all, beside the first ones of the order.
                    continue
                if cut.parents[0].node > order.node or _has_an_order(step, cut.parents[0]):
                    continue
                if _are_cut_beside(step, rows, count, order):
                    continue
                text = (
                    f"the samples are rows {rows.start or 0} to {rows.stop or count[0]} of a random order, and the "
                    f"labels these rows of the {count[0]} that there are, in the order in which both were made"
                )
                title, edits = _edit(cut, pick)
                yield sighted("shuffled_apart", cut, text, (Fix(title, edits, "no"),))
                return


def _picked(step: Step, ref: Ref) -> tuple[Node, Ref, slice] | None:
    """What picked the rows of an input, the random order, and the part of it that they were picked by."""
    for _, node in backwards(step.tape, ref, CONVERTS):
        by = node.args[1] if node.name == "__getitem__" and len(node.args) > 1 else None
        if isinstance(by, Ref) and len(step.tape.shape(by)) == 1:
            part = step.node(by.node)
            rows = part.args[1] if part.name == "__getitem__" and len(part.args) > 1 else None
            if isinstance(rows, slice) and is_random(step.tape, part.parents[0], "randperm"):
                return node, part.parents[0], rows
    return None


def _cuts(step: Step, target: Ref) -> Iterator[Node]:
    """The slices along the first axis that a loss is given of a target, or that a target was cut out by."""
    for node in (*step.readers(target), *(node for _, node in backwards(step.tape, target, CONVERTS))):
        if node.name == "__getitem__" and len(node.args) > 1 and isinstance(node.args[1], slice):
            yield node


def _are_written_alike(cut: Node, part: Node) -> bool:
    """Whether two slices are spelt the same."""
    slices = [node_at(node, ast.Subscript) for node in (cut, part)]
    texts = [ast.unparse(item.slice) for item in slices if isinstance(item, ast.Subscript)]
    return len(texts) == 2 and texts[0] == texts[1]


def _are_cut_beside(step: Step, rows: slice, count: tuple[int, ...], order: Ref) -> bool:
    """Whether the model is given something else that was cut out as the labels are."""
    made = (step.node(index) for index in {*ancestors(step.tape, step.inputs, 0), *(ref.node for ref in step.inputs)})
    cuts = (node for node in made if node.name == "__getitem__" and [*node.index_parts][:1] == [rows])
    return any(node.parents[0] != order and step.tape.shape(node.parents[0])[:1] == count for node in cuts)


def _has_an_order(step: Step, labels: Ref) -> bool:
    """Whether labels were picked by a random order themselves, be it the same or another one."""
    made = (node for _, node in backwards(step.tape, labels, CONVERTS | {"__getitem__", "index_select"}))
    by = (value for node in made for value in node.args[1:] if isinstance(value, Ref))
    return any(is_random(step.tape, value, "randperm") for value in by)


def _edit(cut: Node, pick: Node) -> tuple[str, tuple[Edit, ...]]:
    here, there = node_at(cut, ast.Subscript), node_at(pick, ast.Subscript)
    if not isinstance(here, ast.Subscript) or not isinstance(there, ast.Subscript) or cut.spot is None:
        return "the same rows of both", ()
    text = ast.unparse(there.slice)
    return f"[{text}]", replaced_text(cut.spot.code.co_filename, here.slice, text)


PROBE = Probe(
    "labels are picked by the order that their samples are picked by",
    lambda look: picked_on_one_side(look.step),
    needs_no_run=True,
    turn=Turn.LAST,
)
