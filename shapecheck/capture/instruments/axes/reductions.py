"""Reductions: along which axes they run, and the same along other axes that keep their place, as a run and as text."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import Any

from torch import Tensor

from shapecheck.capture.instruments.trials.edits import replaced_texts
from shapecheck.capture.instruments.trials.sighting import call_at
from shapecheck.capture.recording.replay import Run
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node
from shapecheck.capture.recording.vocabulary import NORMS, SPREADS
from shapecheck.findings import Edit

REDUCTIONS = frozenset(
    ["sum", "mean", "amax", "amin", "max", "min", "norm", "prod", "logsumexp", "std", "var", "median", "nansum",
     "nanmean", "vector_norm", "std_mean", "var_mean", "aminmax"]
)  # fmt: skip
_AXES = frozenset(["dim", "axis", "keepdim"])


def reduced_axes(step: Step, node: Node) -> tuple[int, ...]:
    """The axes that a reduction runs along, counted from the front; none if it runs along all, or is something else."""
    if node.name not in REDUCTIONS or not node.parents or len(node.parents) > 1:
        return ()
    ndim = len(step.tape.shape(node.parents[0]))
    given = node.kwargs.get("dim", node.kwargs.get("axis"))
    if given is None:
        plain = [item for item in node.args[1:] if isinstance(item, int | tuple | list) and not isinstance(item, bool)]
        # The order of a norm stands in front of its axis.
        given = plain[-1] if len(plain) > (node.name in NORMS) else None
    parts = [part for part in (given if isinstance(given, tuple | list) else [given]) if isinstance(part, int)]
    return tuple(sorted(part % ndim for part in parts)) if ndim and all(-ndim <= part < ndim for part in parts) else ()


def one_axis(value: object, ndim: int) -> int | None:
    """The axis that an argument says, counted from the front: a number, or a row of one; None for anything else."""
    if isinstance(value, tuple | list) and len(value) == 1:
        value = value[0]
    is_axis = isinstance(value, int) and not isinstance(value, bool) and -ndim <= value < ndim
    return value % ndim if isinstance(value, int) and is_axis else None


def without(shape: tuple[int, ...], axes: tuple[int, ...]) -> tuple[int, ...]:
    """A shape without some axes."""
    return tuple(size for axis, size in enumerate(shape) if axis not in axes)


def keeping(node: Node, axes: tuple[int, ...]) -> Run:
    """The same reduction with its axes kept, of size one."""

    def kept(out: Tensor) -> Tensor:
        for axis in axes:
            out = out.unsqueeze(axis)
        return out

    def run(*args: Any, **kwargs: Any) -> Any:
        out = node.function(*args, **kwargs)  # type: ignore[misc]
        return kept(out) if isinstance(out, Tensor) else type(out)([kept(item) for item in out])

    return run


def along(node: Node, axis: int) -> Run:
    """The same reduction along another axis, which is kept."""

    def run(values: Tensor, *args: Any, **kwargs: Any) -> Any:
        rest = {key: value for key, value in kwargs.items() if key not in _AXES}
        if node.name in SPREADS and len(args) > 1:
            rest["unbiased"] = args[1]
        order = args[:1] if node.name in NORMS else ()
        return node.function(values, *order, **rest, dim=axis, keepdim=True)  # type: ignore[misc]

    return run


def edited(nodes: Mapping[Node, int | None]) -> tuple[Edit, ...]:
    """The edits that have reductions keep their axes; nothing where one of them does not stand there as a call.

    Args:
        nodes: Each of them, and the axis along which it is to run, if that is another one.
    """
    texts: dict[ast.expr, str] = {}
    files = {node.spot.code.co_filename for node in nodes if node.spot is not None}
    for node, axis in nodes.items():
        call = call_at(node)
        if call is None or len(files) != 1:
            return ()
        # A method has its tensor in front.
        first = int(len(call.args) == len(node.args))
        given = [ast.unparse(item) for item in call.args]
        at = first + (node.name in NORMS)
        own, own_axis, behind = given[:at], given[at : at + 1], given[at + 1 : at + 2]
        named = [ast.unparse(item) for item in call.keywords if item.arg not in (*_AXES, None)]
        old = next((ast.unparse(item.value) for item in call.keywords if item.arg in ("dim", "axis")), None)
        if axis is not None:
            own_axis = [str(axis)] if own_axis else []
            old = str(axis) if not own_axis else None
        if node.name in SPREADS and behind:
            own_axis += behind
        named = [*([f"dim={old}"] if old is not None else []), *named, "keepdim=True"]
        texts[call] = f"{ast.unparse(call.func)}({', '.join([*own, *own_axis, *named])})"
    return replaced_texts(files.pop(), texts) if texts else ()
