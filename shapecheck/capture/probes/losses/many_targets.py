"""A loss that holds one prediction against many targets, which were made of one for each by spreading it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from math import prod

from shapecheck.capture.instruments.axes.members import is_along_members, is_drawn_again, is_of_several
from shapecheck.capture.instruments.tensors.backwards import origin
from shapecheck.capture.instruments.tensors.graphs import graph_of
from shapecheck.capture.instruments.tensors.pairs import spread
from shapecheck.capture.instruments.trials.sighting import Sighting, in_call, one_for_each, sighted
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.step import Step, has_parameters
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import CONVERTS, DIFFERENCES, DISTANCES, SQUARES, TOTALS
from shapecheck.findings import Fix

_ARITHMETIC = frozenset(["add", "sub", "rsub", "mul", "div", "where", "minimum", "maximum", "lerp"])
_HELD_AGAINST = DISTANCES | DIFFERENCES
_ELEMENTWISE = _ARITHMETIC | CONVERTS | {"neg", "clamp", "clamp_min", "clamp_max", "tanh"}


def many_targets(step: Step) -> Iterator[Sighting]:
    """Critics with one value for each sample, whose goal was made of such values and of something with more columns.

    Several people may have judged one item, and several models may each say what a value should be: so the target must
    have been one for each sample until it met, in this step, what one model had made.
    """
    carries: dict[int, bool] = {}
    for node in step.of_loss:
        if node.name not in DISTANCES or len(node.parents) < 2:
            continue
        for given, target in (node.parents[:2], node.parents[1::-1]):
            one, many = step.tape.shape(given), step.tape.shape(target)
            if len(one) != len(many) or one == many or spread(one, many) != many or one[0] != many[0]:
                continue
            graph = graph_of(step.tape, step.loss, carries)
            if given.node not in graph or target.node in graph:
                continue
            axes = [axis for axis, size in enumerate(many) if size != one[axis]]
            met = _spread_at(step, target, one)
            if met is None or is_drawn_again(step, target) or is_along_members(step, target, {many[at] for at in axes}):
                continue
            text = (
                f"the prediction is {one} and the target {many}, so each prediction is held against "
                f"{' x '.join(str(many[axis]) for axis in axes)} numbers, and torch warns of it. The target had one "
                f"for each as well, until {one} met {many} here"
            )
            yield sighted("many_targets_for_one", met, text)


def summed_over_samples(step: Step) -> Iterator[Sighting]:
    """``(net(states) * taken).sum()`` held against a goal for each state: the sum was to be one for each of them.

    It is one number that counts the samples along, and what it is held against has exactly one number for each row of
    what was added up. Another total may have several goals, as one that is read several times: so the sum must be
    of one number that a mask leaves in each row, and the goals must differ.
    """
    carries: dict[int, bool] = {}
    for node in step.of_loss:
        if node.name not in _HELD_AGAINST or len(node.parents) < 2:
            continue
        for given, target in (node.parents[:2], node.parents[1::-1]):
            made, many = step.node(given.node), step.tape.shape(target)
            if step.tape.shape(given) != () or made.name != "sum" or len(made.parents) != 1 or step.is_leaf(given):
                continue
            rows = step.tape.shape(made.parents[0])
            if len(rows) < 2 or rows[:-1] != many or prod(many) < 2 or not _is_picked(step, made.parents[0]):
                continue
            if len(step.value(target).unique()) < 2:  # type: ignore[no-untyped-call]
                continue
            graph = graph_of(step.tape, step.loss, carries)
            if given.node not in graph or target.node in graph or not _fits(step, made, node, many):
                continue
            text = (
                f"the sum of {rows} is one number for all, and it is held against {many}: each of these was to meet "
                f"the sum of its own {rows[-1]}"
            )
            fix = Fix("dim=-1", in_call(made, "dim=-1"), "call", "each row has a sum of its own")
            yield sighted("many_targets_for_one", made, text, (fix,))
            return


def one_number_returned(step: Step) -> Iterator[Sighting]:
    """A model that returns one number of all samples, ``layer(h).sum()``, and is held against a goal for each of them.

    The goals differ and are no model's own, and along some axes alone the same reduction leaves one number for each.
    """
    returned = {ref: root for root in step.roots for ref in root.outputs if step.tape.shape(ref) == ()}
    for node in step.of_loss if returned else ():
        if len(node.parents) < 2 or not (node.name in DISTANCES or _is_error(step, node)):
            continue
        for given, target in (node.parents[:2], node.parents[1::-1]):
            root = returned.get(origin(step.tape, given, CONVERTS)[0])
            many = step.tape.shape(target)
            if root is None or not has_parameters(root.module) or prod(many) < 2 or target in step.learned:
                continue
            _, made = origin(step.tape, given, CONVERTS | {"neg", "mul", "div", "add", "sub", "exp"}, is_alone=True)
            rows = step.tape.shape(made.parents[0]) if made.parents else ()
            if made.name not in TOTALS or made.root < 0 or rows[:1] != many[:1] or made.shapes[0] != ():
                continue
            axes = _axes_between(rows, many)
            if axes is None or len(step.value(target).unique()) < 2:  # type: ignore[no-untyped-call]
                continue
            text = (
                f"the model returns one number, the {made.name} of {rows}, and it is held against {many}: each of "
                "these was to meet a number of its own sample"
            )
            along = f"dim={axes[0] if len(axes) == 1 else axes}"
            yield sighted("many_targets_for_one", made, text, (Fix(along, one_for_each(made, along), "no"),))
            return


def _is_error(step: Step, node: Node) -> bool:
    """Whether the loss squares a difference, or takes its size: what goes on otherwise may be one part of a guess."""
    readers = step.readers(node, to_loss=True)
    is_measured = all(reader.name in SQUARES | {"abs"} and {*reader.parents} == {node.ref} for reader in readers)
    return node.name in ("sub", "rsub") and bool(readers) and is_measured


def _axes_between(rows: tuple[int, ...], many: tuple[int, ...]) -> tuple[int, ...] | None:
    """The only axes without which a shape is another one; None if there are none, or several choices."""
    count = len(rows) - len(many)
    found = [
        axes
        for axes in combinations(range(1, len(rows)), max(count, 0))
        if axes and tuple(size for axis, size in enumerate(rows) if axis not in axes) == many
    ]
    return found[0] if len(found) == 1 else None


def _is_picked(step: Step, ref: Ref) -> bool:
    """Whether a mask leaves one number of each row, and all others are zero."""
    node = step.node(ref.node)
    if node.name != "mul" or step.is_leaf(ref):
        return False
    masks = [step.value(part) for part in node.parents if part not in step.learned]
    return any(
        mask.shape == step.tape.shape(ref) and bool((mask != 0).sum(-1).eq(1).all()) and mask.shape[-1] > 1
        for mask in masks
    )


def _fits(step: Step, made: Node, node: Node, many: tuple[int, ...]) -> bool:
    """Whether a sum for each row runs in the place of that of all, and meets what it was held against."""
    try:
        after = step.run_with({made.index: lambda values, *_, **__: values.sum(-1)})
    except Exception:
        # It does not fit, so it was not meant.
        return False
    return node.ref in after and after[node.ref].shape == many


def _spread_at(step: Step, target: Ref, one: tuple[int, ...]) -> Node | None:
    """Where what is shaped as the prediction was spread to the target's shape, beside what a model made; the first."""
    many, found = step.tape.shape(target), None
    open_refs, seen = [target], set[Ref]()
    while open_refs:
        ref = open_refs.pop()
        node = step.node(ref.node)
        if ref in seen or step.is_leaf(ref) or step.tape.shape(ref) != many or node.name not in _ELEMENTWISE:
            continue
        seen.add(ref)
        if any(is_of_several(step, parent) for parent in node.parents):
            return None
        open_refs += node.parents
        shapes = [step.tape.shape(parent) for parent in node.parents]
        is_of_model = any(parent in step.learned for parent in node.parents)
        if one in shapes and many in shapes and is_of_model and (found is None or node.index < found.index):
            found = node if node.spot is not None else found
    return found


PROBE = Probe(
    "no loss takes many targets for one prediction",
    lambda look: (
        *many_targets(look.step),
        *summed_over_samples(look.step),
        *one_number_returned(look.step),
    ),
)
