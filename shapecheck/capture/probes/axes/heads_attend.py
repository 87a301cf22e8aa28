"""Attention between the heads of one step, because the heads were not moved in front of the steps."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from math import prod
from typing import Any

from torch import Tensor

from shapecheck.capture.instruments.tensors.backwards import backwards
from shapecheck.capture.instruments.tensors.makers import ELEMENTWISE
from shapecheck.capture.instruments.trials.edits import Primary
from shapecheck.capture.instruments.trials.separation import is_apart, probe
from shapecheck.capture.instruments.trials.sighting import Sighting, call_at, replaced_call, sighted
from shapecheck.capture.instruments.trials.tried import tried
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.replay import Run
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import ATTENTIONS, CUTS, RECURRENT, SOFTMAXES
from shapecheck.findings import Edit, Fix

_CUTS = CUTS | {"unflatten"}
_MIXING = ATTENTIONS | RECURRENT | {"conv1d", "conv2d", "conv3d"}
_PARTS = frozenset(["chunk", "split", "unbind", "__getitem__", "select"])
_TURNS = frozenset(["transpose", "permute", "movedim", "swapaxes"])
_FUSED, _PRODUCT = "scaled_dot_product_attention", "matmul"
_HOPS = 6


@dataclass(frozen=True, slots=True, eq=False)
class _Attention:
    """Queries, keys and values, the operation that multiplies the first two, and the one that gives the result."""

    three: tuple[Ref, ...]
    scores: Node
    result: Node


def heads_attend(step: Step) -> Iterator[Sighting]:
    """``q.view(batch, steps, heads, size)`` handed to an attention as it is, which looks along the last axis but one.

    Queries, keys and values come from layers that read all features, so the parts they are cut into are no items of
    their own that could look at each other; and what comes out is joined at each step as it was cut.
    """
    told: set[int] = set()
    for attention in _attentions(step):
        shape = step.tape.shape(attention.three[0])
        spot = attention.result.spot
        if spot is None or spot.line in told or attention.three[0] == attention.three[1]:
            continue
        if not all(_is_cut(step, ref, shape) for ref in attention.three):
            continue
        if _meet_elsewhere(step) or _are_answered_apart(step, attention.three[0], len(shape) - 3):
            continue
        is_turned = _joined(step, attention.result, shape)
        if is_turned is None or tried(step, _moved(attention, is_back=not is_turned)) == "no":
            continue
        told.add(spot.line)
        text = (
            f"queries, keys and values {shape} have their {shape[-2]} heads where an attention has its steps, and the "
            f"{shape[-3]} steps in front of them: each head looks at the other heads of its own step, and no step "
            "looks at another one"
        )
        edits = _edits(attention.result, is_back=not is_turned)
        title = "transpose(-3, -2) of queries, keys and values" + ("" if is_turned else ", and of what comes out")
        fix = Fix(title, edits, "call", "each head looks at all steps")
        yield sighted("attention_between_heads", attention.result, text, (fix,))


def _meet_elsewhere(step: Step) -> bool:
    """Whether something else brings steps together, so that this attention may be there for what each of them holds."""
    first = ((one.three[0], one.result.index) for one in _attentions(step))
    ours = {index for ref, index in first if _is_cut(step, ref, step.tape.shape(ref))}
    others = (index for index in step.order if index in step.to_loss and index not in ours)
    return any(step.node(index).name in _MIXING for index in others)


def _are_answered_apart(step: Step, ref: Ref, axis: int) -> bool:
    """Whether each step has an output of a model to itself: candidates, variables or agents that share nothing."""
    moves = probe(step, ref, axis)
    return any(is_apart(moves, [out]) for root in step.roots for out in root.outputs)


def _attentions(step: Step) -> Iterator[_Attention]:
    for node in step.of_loss:
        if node.name == _FUSED and len(node.parents) > 2:
            yield _Attention(node.parents[:3], node, node)
        elif node.name == _PRODUCT and len(node.parents) == 2:
            scores = _scores(step, node.parents[0])
            turned = step.node(scores.parents[1].node) if scores is not None else None
            if scores is None or turned is None or turned.name not in ("transpose", "mT") or not turned.parents:
                continue
            shape, keys = step.tape.shape(scores.parents[1]), step.tape.shape(turned.parents[0])
            if keys == (*shape[:-2], shape[-1], shape[-2]):
                yield _Attention((scores.parents[0], turned.parents[0], node.parents[1]), scores, node)


def _scores(step: Step, weights: Ref) -> Node | None:
    """The product of queries and keys that weights were made of, by a softmax and number by number."""
    has_softmax = False
    for _, node in backwards(step.tape, weights, ELEMENTWISE | SOFTMAXES | {_PRODUCT}, _HOPS, first=step.first):
        has_softmax |= node.name in SOFTMAXES
        if node.name == _PRODUCT:
            return node if has_softmax and len(node.parents) == 2 else None
    return None


def _is_cut(step: Step, ref: Ref, shape: tuple[int, ...]) -> bool:
    """Whether it is ``(..., steps, heads, size)``, cut out of what a linear layer made, and read here alone."""
    if (
        step.tape.shape(ref) != shape
        or len(shape) < 4
        or min(shape[-3:]) < 2
        or len(step.readers(ref, to_loss=True)) != 1
    ):
        return False
    if shape[-3] == shape[-2]:
        # With as many heads as steps the sizes do not say which is which.
        return False
    node = step.node(ref.node)
    if node.name in _PARTS and node.parents:
        # Queries, keys and values of one layer: ``view(batch, steps, 3, heads, size).unbind(2)``.
        node = step.node(node.parents[0].node)
        sizes = node.shapes[0]
        if len(sizes) != len(shape) + 1 or (*sizes[:-3], *sizes[-2:]) != shape:
            return False
    if node.name not in _CUTS or not node.parents or node.shapes[0][-2:] != shape[-2:]:
        return False
    source = node.parents[0]
    if step.tape.shape(source) != (*shape[:-2], prod(node.shapes[0][len(shape) - 2 :])):
        return False
    made = step.node(source.node)
    made = step.node(made.parents[0].node) if made.name in _PARTS and made.parents else made
    return made.name == "linear"


def _joined(step: Step, result: Node, shape: tuple[int, ...]) -> bool | None:
    """Whether what comes out is turned before its heads are joined at each step; None if they are not joined."""
    ref, is_turned = result.ref, False
    for _ in range(3):
        readers = step.readers(ref, to_loss=True)
        if len(readers) != 1:
            return None
        node = readers[0]
        if node.name in _CUTS:
            return is_turned if node.shapes[0] == (*shape[:-2], shape[-2] * shape[-1]) else None
        if node.name in _TURNS and node.shapes[0] == (*shape[:-3], shape[-2], shape[-3], shape[-1]):
            is_turned = True
        elif node.name != "contiguous":
            return None
        ref = node.ref
    return None


def _moved(attention: _Attention, *, is_back: bool) -> dict[int, Run]:
    """The same with the heads in front of the steps."""
    scores, result = attention.scores, attention.result

    def fused(query: Tensor, key: Tensor, value: Tensor, *rest: Any, **kwargs: Any) -> Tensor:
        turned = (item.transpose(-3, -2) for item in (query, key, value))
        return back(result.function(*turned, *rest, **kwargs))  # type: ignore[misc]

    def product(query: Tensor, turned_keys: Tensor) -> Any:
        return scores.function(query.transpose(-3, -2), turned_keys.transpose(-3, -1))  # type: ignore[misc]

    def weighed(weights: Tensor, value: Tensor) -> Tensor:
        return back(result.function(weights, value.transpose(-3, -2)))  # type: ignore[misc]

    def back(out: Tensor) -> Tensor:
        return out.transpose(-3, -2) if is_back else out

    return {result.index: fused} if scores is result else {scores.index: product, result.index: weighed}


def _edits(node: Node, *, is_back: bool) -> tuple[Edit, ...]:
    call = call_at(node) if node.name == _FUSED else None
    if call is None or len(call.args) < 3 or any(isinstance(item, ast.Starred) for item in call.args):
        return ()
    if not all(isinstance(item, Primary) for item in call.args[:3]):
        return ()
    given = [f"{ast.unparse(item)}.transpose(-3, -2)" for item in call.args[:3]]
    given += [*map(ast.unparse, call.args[3:]), *map(ast.unparse, call.keywords)]
    text = f"{ast.unparse(call.func)}({', '.join(given)})"
    return replaced_call(node, text + (".transpose(-3, -2)" if is_back else ""))


PROBE = Probe(
    "an attention of several heads looks along the steps",
    lambda look: heads_attend(look.step),
)
