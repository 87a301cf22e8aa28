"""Inputs of a model that influence nothing, although a branch of it was made for them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from torch import Tensor

from shapecheck.capture.instruments.padding.arguments_left_out import start_left_out
from shapecheck.capture.instruments.tensors.names import is_mentioned
from shapecheck.capture.instruments.tensors.read_twice import JOINS, LAYERS, given_at, unread_at
from shapecheck.capture.instruments.trials.other_operand import other_operand
from shapecheck.capture.instruments.trials.separation import any_term_moved
from shapecheck.capture.instruments.trials.sighting import Sighting, sighted
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.replay import Run, descendants, replay
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref, Root, refs_in
from shapecheck.capture.recording.vocabulary import CELLS, RECURRENT
from shapecheck.findings import Fix

_OUTCOME = "it fits, and the input influences the loss"


def without_influence(step: Step) -> Iterator[Sighting]:
    """Inputs that move neither the loss nor anything that comes out, where another tensor is read in their place.

    A model may well leave an argument alone. What shows that one was forgotten is a second branch that reads what the
    first one reads already, and that would take the forgotten one just as well.
    """
    tried: list[Run] = []
    for root in step.roots:
        if root.last <= root.first or root.first < step.first:
            continue
        for at, source in enumerate(root.inputs):
            dead = _dead_end(step, root, source)
            if not dead or (dead == [source] and is_mentioned(root.module, at, len(root.inputs))):
                continue
            for index, instead, ref in _places(step, root, dead):
                if _gains(step, source, index, instead, tried):
                    yield _told(step, root, at, index, ref)
                    return
            dropped = _dropped_layer(step, dead)
            if dropped is not None:
                yield _told_of_start(step, root, at, dropped, dead) or _told_of_layer(step, root, at, dropped)
                return


def _dead_end(step: Step, root: Root, source: Ref) -> list[Ref]:
    """An input and all that was made of it, if none of this is read outside or comes out; else nothing."""
    if step.node(source.node).kind == "parameter" or not step.tape.shape(source):
        return []
    reached = descendants(step.tape, {source}, range(step.first, step.last))
    refs = {source} | {out for index in reached for out in step.node(index).outs}
    if set(reached) & set(step.order) or any(index >= root.last for index in reached):
        return []
    if refs & (step.tape.escaped | set(root.outputs)) or any(source in other.outputs for other in step.roots):
        return []
    return sorted((ref for ref in refs if ref == source or ref.node >= root.first), key=lambda ref: (ref.node, ref.out))


def _places(step: Step, root: Root, dead: list[Ref]) -> Iterator[tuple[int, Callable[[Tensor], Run], Ref]]:
    """Where a tensor is read for the second time: twice by one operation, or by two layers side by side."""
    inside = [node for node in step.of_loss if root.first <= node.index < root.last and node.spot is not None]
    shapes = {step.tape.shape(ref) for ref in dead}
    for node in inside:
        parents = list(node.parents)
        for ref in set(parents):
            if node.name in JOINS and parents.count(ref) > 1 and step.tape.shape(ref) in shapes:
                yield node.index, other_operand(node, ref, 1), ref
    layers = [node for node in inside if node.name in LAYERS and step.tape.has_parameter(node)]
    own = {ref for one in dead for ref in step.node(one.node).parents if step.node(ref.node).kind == "parameter"}
    # A layer that was given the right input as well, and the later ones, are likelier to be wrong.
    for node in sorted(layers, key=lambda node: (not own & set(node.parents), -node.index)):
        ref = _read(node)
        twins = [other for other in layers if other is not node and other.name == node.name]
        if step.tape.shape(ref) in shapes and any(_read(other) == ref for other in twins):
            yield node.index, _first(node), ref


def _read(node: Node) -> Ref:
    """What a layer reads; embedding's first argument is the ids, as the first of the others is their input."""
    return node.parents[0]


def _first(node: Node) -> Callable[[Tensor], Run]:
    def with_value(value: Tensor) -> Run:
        return lambda _, *args, **kwargs: node.function(value, *args, **kwargs)  # type: ignore[misc]

    return with_value


def _gains(step: Step, source: Ref, index: int, instead: Callable[[Tensor], Run], kept: list[Run]) -> bool:
    """Whether the input, or what was made of it, fits there, and moves the loss then.

    What was run is kept, since runs are told apart by their identity.
    """
    shape = step.tape.shape(step.node(index).parents[0])
    span = range(step.first, step.last)
    made = [Ref(one, 0) for one in descendants(step.tape, {source}, span)]
    for ref in [*reversed(made), source]:
        if step.tape.shape(ref) != shape or not _is_allowed(step, step.node(index), ref):
            continue
        order = [one for one in descendants(step.tape, {source}, span) if one <= ref.node]
        try:
            values = replay(step.tape, order, known={**step.run(), source: step.value(source)})
            value = values[ref] if ref in values else step.value(source)
            kept.append(instead(value))
            after = step.run_with({index: kept[-1]})
        except Exception:
            # It does not fit, so it was not meant.
            continue
        base = step.run()
        if any_term_moved(step, base, after):
            return True
    return False


def _dropped_layer(step: Step, dead: list[Ref]) -> Node | None:
    """A layer that was made for the input, and whose result is given a name that nobody reads."""
    for ref in dead:
        node = step.node(ref.node)
        if node.function is not None and node.graded and step.tape.has_parameter(node) and unread_at(node) is not None:
            return node
    return None


def _is_allowed(step: Step, node: Node, ref: Ref) -> bool:
    """Whether it is of a kind that a layer takes; on some devices a wrong index ends the process."""
    if step.tape.dtype(ref) != step.tape.dtype(node.parents[0]):
        return False
    if not node.name.startswith("embedding"):
        return True
    if not step.is_leaf(ref):
        return False
    value, count = step.value(ref), step.tape.shape(node.parents[1])[0]
    return value.numel() > 0 and int(value.min()) >= 0 and int(value.max()) < count


def _told(step: Step, root: Root, at: int, index: int, kept: Ref) -> Sighting:
    shape = step.tape.shape(root.inputs[at])
    name = type(root.module).__name__
    node = step.node(index)
    text = (
        f"input {at + 1} of {name}, {shape}, moves nothing that comes out of it, while this operation reads what "
        f"another one has read already, {step.tape.shape(kept)}: two branches see the same, and one "
        "was made for that input"
    )
    fix = Fix(f"give this the branch of input {at + 1}", (), "call", _OUTCOME)
    return sighted("input_without_influence", node, text, (fix,))


def _told_of_start(step: Step, root: Root, at: int, dropped: Node, dead: list[Ref]) -> Sighting | None:
    """The call of another layer that would start from what is dropped, and is given nothing to start from."""
    thrown = unread_at(dropped)
    shapes = {step.tape.shape(ref): ref for ref in dead}
    for node in step.of_loss if thrown is not None else ():
        if node.name not in RECURRENT | CELLS or node.spot is None or not root.first <= node.index < root.last:
            continue
        found = start_left_out(node.spot)
        state = next(refs_in((node.args[1],)), None)
        if thrown is None or found is None or found.spot.code is not thrown.code or found.spot.line <= thrown.line:
            continue
        if state is None or step.tape.shape(state) not in shapes:
            continue
        name = type(root.module).__name__
        text = (
            f"input {at + 1} of {name}, {step.tape.shape(root.inputs[at])}, is read in line {thrown.line}, and nothing "
            f"reads what comes of it. The {node.name} that is called here would start from a state of that shape, "
            f"{step.tape.shape(state)}, by its argument {found.name!r}, and is given none: it starts from zeros, and "
            "the input moves neither the loss nor anything that is returned"
        )
        said = [one for one in given_at(thrown) if one == found.name]
        edits = found.given(said[0]) if said else ()
        fix = Fix(f"{found.name}=what line {thrown.line} returns", edits, "no")
        return replace(sighted("input_without_influence", node, text, (fix,)), span=found.spot.span)
    return None


def _told_of_layer(step: Step, root: Root, at: int, node: Node) -> Sighting:
    text = (
        f"input {at + 1} of {type(root.module).__name__}, {step.tape.shape(root.inputs[at])}, goes into this layer, "
        "and what comes out of it is read by nothing: the input moves neither the loss nor anything that is returned"
    )
    return sighted("input_without_influence", node, text)


PROBE = Probe(
    "each input of a model influences something",
    lambda look: without_influence(look.step),
)
