"""A divergence or a distance of which both sides were made of one tensor: it is zero, and teaches nothing."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import torch
from torch import Tensor

from shapecheck.capture.instruments.tensors.graphs import graph_of
from shapecheck.capture.instruments.tensors.names import assigned
from shapecheck.capture.instruments.trials.edits import replaced_text
from shapecheck.capture.instruments.trials.separation import difference
from shapecheck.capture.instruments.trials.sighting import Sighting, sighted
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.gradients import TAKE
from shapecheck.capture.recording.replay import Values, ancestors
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.user_code import Spot, statement_at
from shapecheck.capture.recording.vocabulary import DETACHES, SAME_NUMBERS, SOFTMAXES
from shapecheck.findings import Edit, Fix
from shapecheck.reading.sources import is_named

_DISTANCES = frozenset(["kl_div", "mse_loss", "l1_loss", "smooth_l1_loss", "huber_loss", "cosine_similarity"])
_LOGARITHMS = frozenset(["log", "log_softmax", "logsumexp", "logsigmoid"])
# What is made of one tensor alone stays a reading of it.
_READS = (
    SAME_NUMBERS
    | SOFTMAXES
    | _LOGARITHMS
    | DETACHES
    | frozenset(["mul", "sub", "div", "exp", "sigmoid", "tanh", "relu", "clamp", "clamp_min", "add", "normalize"])
) - {"cat", "stack", "__getitem__", "index_select", "masked_select", "select", "narrow", "dropout"}
_HOPS = 12


def compared_with_itself(step: Step) -> Iterator[Sighting]:
    """Both sides have the same numbers, and neither has seen anything but one tensor.

    Where a second derivative is taken, the distance of a tensor to itself is a means to that.
    """
    if any(node.function is TAKE for node in step.all_of_loss):
        return
    graph: set[int] | None = None
    for node in step.of_loss:
        is_gap = node.name == "sub" and len(node.parents) == 2
        if not (node.name in _DISTANCES or is_gap) or len(node.parents) < 2:
            continue
        one, other = node.parents[:2]
        if step.tape.shape(one) != step.tape.shape(other) or 0 in step.tape.shape(one):
            continue
        origin = _origin(step, one)
        if origin is None or origin != _origin(step, other) or step.node(origin.node).kind == "parameter":
            continue
        if not _is_same(node, step.run() | step.tape.held) or not _is_same_of_others(step, node, origin):
            continue
        graph = graph if graph is not None else graph_of(step.tape, step.loss, {})
        if is_gap and not _is_divergence(step, node, origin, graph):
            continue
        yield _told(step, node, origin, graph)
        return


def _origin(step: Step, ref: Ref) -> Ref | None:
    """The one tensor that it was made of, behind operations that read nothing else; None if there are several."""
    open_refs, found = [ref], set()
    for _ in range(4 * _HOPS):
        if not open_refs:
            break
        at = open_refs.pop()
        node = step.node(at.node)
        if step.is_leaf(at) or node.name not in _READS or (node.module is not None and _is_inside(step, node, ref)):
            found.add(at)
        else:
            open_refs += node.parents
    return found.pop() if len(found) == 1 and not open_refs else None


def _is_inside(step: Step, node: Node, ref: Ref) -> bool:
    """Whether it belongs to a model, and what was made of it does not: what a model returns is taken as a whole."""
    return node.root >= 0 and node.root != step.node(ref.node).root


def _is_same_of_others(step: Step, node: Node, origin: Ref) -> bool:
    """Whether both sides are the same for any numbers, and not only for those that lie within some bounds."""
    value = step.value(origin)
    if not value.is_floating_point():
        return True
    drawn = torch.randn(value.shape, generator=torch.Generator().manual_seed(1)).to(value.device, value.dtype)
    # Logarithms of probabilities do not go as far as bounds may lie.
    scale = 9 if node.name == "sub" or node.name == "kl_div" else 1000
    other = scale * drawn * (1 + value.abs().max())
    try:
        after = step.changed(origin, other)
    except Exception:
        return False
    return _is_same(node, after | {origin: other})


def _is_same(node: Node, values: Values) -> bool:
    if any(ref not in values for ref in node.parents[:2]):
        return False
    one, other = (values[ref] for ref in node.parents[:2])
    if node.name == "kl_div":
        one, other = one.exp(), other.exp() if node.kwargs.get("log_target") else other
    return one.is_floating_point() and one.numel() > 1 and _varies(one) and not bool(difference(one, other).any())


def _varies(value: Tensor) -> bool:
    return bool((value != value.reshape(-1)[0]).any())


def _is_divergence(step: Step, node: Node, origin: Ref, graph: set[int]) -> bool:
    """``p * (p.log() - q.log())``: logarithms, of which not only one has a gradient, and which are weighed.

    A number minus itself without its gradient, which is zero and has one, is made on purpose.
    """
    sides = [set(ancestors(step.tape, [ref], origin.node + 1)) for ref in node.parents]
    if not all(any(step.node(index).name in _LOGARITHMS for index in side) for side in sides):
        return False
    if len({bool(_with_gradient(ref, graph)) for ref in node.parents}) != 1:
        return False
    readers = step.readers(node)
    return bool(readers) and all(
        reader.name == "mul" and len(reader.parents) == 2 and all(_origin(step, ref) for ref in reader.parents)
        for reader in readers
    )


def _with_gradient(ref: Ref, graph: set[int]) -> bool:
    return ref.node in graph


def _told(step: Step, node: Node, origin: Ref, graph: set[int]) -> Sighting:
    learns = _with_gradient(origin, graph)
    blamed = node.parents[1 if learns else 0]
    place = _first_reading(step, blamed, origin) or node
    if place in (_first_reading(step, ref, origin) for ref in node.parents[:2] if ref != blamed):
        place = node
    text = (
        f"both sides of {node.name} are made of one tensor {step.tape.shape(origin)}, and are the same in all places: "
        f"it is zero whatever the model says, and {'its gradient is zero, too' if learns else 'it has no gradient'}"
    )
    title, edits = _other_tensor(step, place, origin, learns, graph)
    return sighted("compared_with_itself", place, text, (Fix(title, edits, "no"),))


def _first_reading(step: Step, ref: Ref, origin: Ref) -> Node | None:
    """The first operation on the tensor on the way to one side."""
    made = ancestors(step.tape, [ref], origin.node + 1)
    return next((step.node(index) for index in made if origin in step.node(index).parents), None)


def _other_tensor(
    step: Step, place: Node, origin: Ref, learns: bool, graph: set[int]
) -> tuple[str, tuple[Edit, ...]]:  # fmt: skip
    """The output of another model that could have been meant, by its name in the same function."""
    shape = step.tape.shape(origin)
    title = "the prediction in the place of one of both" if not learns else "the target in the place of one of both"
    outputs = {ref for root in step.roots for ref in root.outputs if ref != origin and step.tape.shape(ref) == shape}
    outputs = {ref for ref in outputs if _with_gradient(ref, graph) is not learns}
    if len(outputs) != 1 or place.spot is None:
        return title, ()
    names = [_name_of(step, ref, place.spot) for ref in (origin, *outputs)]
    statement = statement_at(place.spot.span.file, place.spot.span.line)
    old, new = names
    if old is None or new is None or statement is None:
        return title, ()
    read = [one for one in ast.walk(statement) if is_named(one, old)]
    title = f"{new} in the place of {old}"
    if len(read) != 1 or not isinstance(read[0].ctx, ast.Load):
        return title, ()
    return title, replaced_text(place.spot.code.co_filename, read[0], str(new))


def _name_of(step: Step, ref: Ref, beside: Spot) -> str | None:
    """The name that a tensor was given in a function, which may have called what made it."""
    spot = step.node(ref.node).spot
    while spot is not None and spot.code is not beside.code:
        spot = spot.caller
    names = assigned(statement_at(spot.code.co_filename, spot.line)) if spot is not None else []
    return names[0] if len(names) == 1 else None


PROBE = Probe(
    "what a loss compares are two tensors",
    lambda look: compared_with_itself(look.step),
)
