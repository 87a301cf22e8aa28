"""Runs a tape once more on other inputs: in evaluation mode, without a line of the user's code."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor

from shapecheck.capture.recording.arguments import replaced
from shapecheck.capture.recording.gradients import TAKE, gradient_again
from shapecheck.capture.recording.tape import Node, Ref, Tape, tensors_in
from shapecheck.capture.recording.vocabulary import AS_ANOTHER, ATTENTIONS, RECURRENT
from shapecheck.capture.recording.warned import unwarned

Run = Callable[..., Any]


def unchanged(values: Tensor, *_: Any, **__: Any) -> Tensor:
    """What an operation is given, in the place of what it makes of it."""
    return values


def as_it_was(value: Tensor) -> Run:
    """What gives a value, whatever it is called with."""
    return lambda *_, **__: value


Values = dict[Ref, Tensor]
_DROPOUTS = frozenset(["dropout", "dropout1d", "dropout2d", "dropout3d", "alpha_dropout", "feature_alpha_dropout"])
# What is called with other arguments in evaluation.
_OTHER_IN_EVALUATION = RECURRENT | _DROPOUTS | ATTENTIONS | {"batch_norm"}
# What one replay may keep at once.
MAX_BYTES = 1 << 29


def ancestors(tape: Tape, wanted: Iterable[Ref], first: int) -> list[int]:
    """The nodes from ``first`` on that are needed to compute some tensors, in order."""
    needed: set[int] = set()
    open_nodes = [ref.node for ref in wanted]
    while open_nodes:
        index = open_nodes.pop()
        if index in needed or index < first or tape.nodes[index].function is None:
            continue
        needed.add(index)
        open_nodes += [parent.node for parent in tape.nodes[index].parents]
    # What changes one of them in place belongs to it as well; its output is another ref of the same tensor.
    return sorted(needed)


def refs_above(tape: Tape, ref: Ref, first: int = 0) -> set[Ref]:
    """All tensors that one was computed of by nodes from ``first`` on, itself included."""
    found: set[Ref] = set()
    open_refs = [ref]
    while open_refs:
        one = open_refs.pop()
        if one not in found:
            found.add(one)
            if one.node >= first:
                open_refs += tape.nodes[one.node].parents
    return found


def descendants(tape: Tape, sources: Collection[Ref], order: Iterable[int]) -> list[int]:
    """Those of the nodes that depend on any of some tensors; nodes and answer are in the order of the tape."""
    # Of most tensors little is made: that is followed, so that a long step is not looked through for each of them.
    among = order if isinstance(order, range | frozenset) else {*order}
    found, open_refs = set[int](), [*sources]
    while open_refs:
        for index in tape.readers.get(open_refs.pop(), ()):
            if index in among and index not in found:
                found.add(index)
                open_refs += tape.nodes[index].outs
    return sorted(found)


def holding(tape: Tape, sources: Collection[Ref], order: Iterable[int]) -> list[int]:
    """Those of the nodes that have numbers of some tensors in them, and not their shape or their type alone."""
    reached = set(sources)
    found = []
    for index in order:
        node = tape.nodes[index]
        read = node.parents[:1] if node.name in AS_ANOTHER else node.parents
        if not reached.isdisjoint(read):
            found.append(index)
            reached.update(node.outs)
    return found


def replay(
    tape: Tape,
    order: Iterable[int],
    changed: Mapping[Ref, Tensor] | None = None,
    instead: Mapping[int, Run] | None = None,
    known: Mapping[Ref, Tensor] | None = None,
) -> Values:
    """Compute nodes again.

    Args:
        tape: The tape.
        order: Which nodes, in their order.
        changed: Tensors to use instead of those that the tape holds.
        instead: Node -> what to call instead of its function, with the same arguments.
        known: Values of an earlier run for what ``order`` leaves out.

    Returns:
        The values of all tensors that were computed, detached.

    Raises:
        RuntimeError: An operation does not run on the changed tensors, or there would be too much to keep.
    """
    values: Values = dict(changed or {})
    known, instead, held = known or {}, instead or {}, tape.held
    total = 0

    def found(ref: Ref) -> Tensor | None:
        value = values.get(ref)
        if value is None:
            value = known.get(ref)
        return held.get(ref) if value is None else value

    def tensor_of(ref: Ref) -> Tensor:
        value = values.get(ref)
        if value is None and (value := found(ref)) is None:
            raise RuntimeError("a tensor that was made before the step is not held any more")
        return value

    def again(node: Node, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        if node.is_in_place:
            args = (args[0].clone(), *args[1:])
        return _call(node, args, kwargs, instead.get(node.index))

    # Of warnings the script was told already.
    with torch.no_grad(), same_draws(), unwarned():
        for index in order:
            node = tape.nodes[index]
            if node.function is TAKE:
                result = gradient_again(tape, node, found, again)
            else:
                given = _untouched(tensor_of, node.parents[0]) if node.is_in_place and node.parents else tensor_of
                args, kwargs = replaced(node.args, given), replaced(node.kwargs, given)
                result = _call(node, args, kwargs, instead.get(index))
            outs = (result,) if isinstance(result, Tensor) else tensors_in(result)
            for at, out in enumerate(outs):
                ref = node.outs[at] if at < len(node.outs) else Ref(index, at)
                if ref not in values:
                    values[ref] = out.detach()
                    total += out.numel() * out.element_size()
            if total > MAX_BYTES:
                raise RuntimeError("the step is too large to be run again")
    return values


def _untouched(tensor_of: Callable[[Ref], Tensor], first: Ref) -> Callable[[Ref], Tensor]:
    """Gives a copy of the first: nothing that is held, and no tensor of which a view may be read, is changed."""

    def given(ref: Ref) -> Tensor:
        return tensor_of(ref).clone() if ref == first else tensor_of(ref)

    return given


@contextmanager
def same_draws() -> Iterator[None]:
    """Every run draws the same random numbers, and the script's own generators stand where they stood."""
    devices = list(range(torch.cuda.device_count())) if torch.cuda.is_initialized() else []  # type: ignore[no-untyped-call]
    with torch.random.fork_rng(devices=devices):
        _sow(0)
        yield


def _sow(seed: int) -> None:
    """A node draws the same numbers whichever nodes were run before it: all of them, or only what a change reaches."""
    torch.default_generator.manual_seed(seed)
    if torch.cuda.is_initialized():  # type: ignore[no-untyped-call]
        torch.cuda.manual_seed_all(seed)


def _call(node: Node, args: tuple[Any, ...], kwargs: dict[str, Any], instead: Run | None) -> Any:
    if "out" in kwargs:
        kwargs = {key: item for key, item in kwargs.items() if key != "out"}
    if node.name in _OTHER_IN_EVALUATION:
        args, kwargs = in_evaluation(node.name, args, kwargs)
    assert node.function is not None
    _sow(node.index)
    result = (instead or node.function)(*args, **kwargs)
    return args[0] if node.is_in_place and instead is None else result


def in_evaluation(name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """The arguments of a call as evaluation mode would have them: no dropout, no statistics of the batch."""
    if name in RECURRENT and len(args) == 9:
        # A packed call has its batch sizes in second place: one argument more in front, no batch_first at the end.
        at = 7 if isinstance(args[1], Tensor) and not args[1].is_floating_point() else 6
        return (*args[:at], False, *args[at + 1 :]), kwargs
    if name in _DROPOUTS:
        values = args[0] if args else kwargs["input"]
        return (values, 0.0, False), {}
    if name == "batch_norm" and "training" in kwargs | dict.fromkeys(["training"] if len(args) > 5 else []):
        names = ("input", "running_mean", "running_var", "weight", "bias", "training", "momentum", "eps")
        given = dict(zip(names, args, strict=False)) | kwargs
        if given.get("running_mean") is not None:
            given["training"] = False
        return (), given
    if name == "multi_head_attention_forward":
        return args, kwargs | {"training": False}
    if name == "scaled_dot_product_attention":
        return args, kwargs | ({"dropout_p": 0.0} if "dropout_p" in kwargs else {})
    return args, kwargs
