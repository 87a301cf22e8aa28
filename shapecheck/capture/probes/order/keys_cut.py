"""Keys that a reshape makes the columns of a product of, without turning them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from math import prod
from typing import Any

from torch import Tensor

from shapecheck.capture.instruments.tensors.weights import becomes_weights
from shapecheck.capture.instruments.trials.edits import replaced_text
from shapecheck.capture.instruments.trials.sighting import Sighting, call_at, sighted
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.replay import Run
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.findings import Edit, Fix

_PRODUCTS = frozenset(["matmul", "bmm", "baddbmm"])


def keys_cut(step: Step) -> Iterator[Sighting]:
    """``queries @ keys.view(batch, size, steps)`` for keys ``(batch, steps, size)``, in front of a softmax.

    A product wants the keys as columns, one for each step. A reshape to that shape leaves the numbers in their order:
    a column holds pieces of several keys.
    """
    for node in step.of_loss:
        if node.name not in ("view", "reshape") or not node.parents or node.spot is None:
            continue
        before, after = step.tape.shape(node.parents[0]), node.shapes[0]
        heads = _heads(before, after)
        if heads is None or not _makes_weights(step, node.ref, after):
            continue
        try:
            step.run_with({node.index: _turned(heads, after)})
        except Exception:
            # It does not fit, so it was not meant.
            continue
        text = (
            f"{before} holds {after[-1]} keys in rows, and the product wants them as columns: {node.name} to {after} "
            "turns nothing, so each column holds pieces of several keys, and a weight belongs to no step"
        )
        title = "transpose(-2, -1)" if heads == 1 else f"unflatten(-1, ({heads}, -1)).movedim(-3, -1)"
        fix = Fix(title, _edits(node, heads, before), "call", "each column is one key")
        yield sighted("axes_renamed", node, text, (fix,))
        return


def _heads(before: tuple[int, ...], after: tuple[int, ...]) -> int | None:
    """How many heads the features are cut into, if the last axis of what comes out is as long as there are steps."""
    if len(before) < 3 or len(after) < 3 or before[-2] != after[-1] or before[-1] % after[-2]:
        return None
    heads, front, (size, steps) = before[-1] // after[-2], before[:-2], after[-2:]
    if size == steps or min(size, steps) < 2:
        # Then the shape would be the same without a reshape.
        return None
    places = (front,) if heads == 1 else ((*front, heads), (prod(front) * heads,))
    return heads if after[:-2] in places else None


def _makes_weights(step: Step, keys: Ref, shape: tuple[int, ...]) -> bool:
    readers = step.readers(keys)
    return bool(readers) and all(
        reader.name in _PRODUCTS and reader.parents[-1] == keys and reader.shapes[0][-1] == shape[-1]
        and becomes_weights(step, reader)
        for reader in readers
    )  # fmt: skip


def _turned(heads: int, out: tuple[int, ...]) -> Run:
    def run(tensor: Tensor, *_: Any, **__: Any) -> Tensor:
        parts = tensor.reshape(*tensor.shape[:-1], heads, tensor.shape[-1] // heads)
        return parts.movedim(-3, -1).reshape(out)

    return run


def _edits(node: Node, heads: int, before: tuple[int, ...]) -> tuple[Edit, ...]:
    call = call_at(node)
    is_method = call is not None and isinstance(call.func, ast.Attribute) and ast.unparse(call.func.value) != "torch"
    if call is None or not is_method or node.spot is None or (heads > 1 and len(node.shapes[0]) == len(before)):
        return ()
    given = ast.unparse(call.func.value)  # type: ignore[attr-defined]
    turned = "transpose(-2, -1)" if heads == 1 else f"unflatten(-1, ({heads}, -1)).movedim(-3, -1)"
    return replaced_text(node.spot.code.co_filename, call, f"{given}.{turned}")


PROBE = Probe(
    "keys are turned to be the columns of a product",
    lambda look: keys_cut(look.step),
)
