"""Layer norms of steps that share one mean and one deviation among all steps that there are, be they few or many."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Any

from shapecheck.capture.instruments.axes.named_sizes import whole_shape
from shapecheck.capture.instruments.axes.walked import walked_before, walker_behind
from shapecheck.capture.instruments.trials.edits import replaced_text
from shapecheck.capture.instruments.trials.sighting import Sighting, node_at, sighted
from shapecheck.capture.instruments.trials.tried import tried
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.replay import Run
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node
from shapecheck.findings import Fix
from shapecheck.reading.edits import whole_number

# Norms that are meant to be over all items of a set, or a whole recording.
_OVER_ALL = re.compile(r"set|global|graph|group|instance|joint|whole|gln|sample|utterance", re.IGNORECASE)


def norm_over_steps(step: Step) -> Iterator[Sighting]:
    """``F.layer_norm(h, h.shape[1:])`` of ``(batch_size, seq_length, width)``, in front of an attention or behind it.

    Told where the norm has no weights, and is as wide as what it is given: a norm that was made for so many steps is
    meant for them. What a model is given may be scaled as a whole; what it has made of each step is scaled by step.
    """
    before = walked_before(step)
    alike = list[Node]()
    for node in step.of_loss:
        if not _is_over_all(node) or node.parents[0] not in step.learned or _is_named_so(node):
            continue
        if not _is_as_it_comes(step, node):
            continue
        walker = walker_behind(step, node.ref, 1)
        if walker is not None or before.get(node.parents[0]) == 1:
            alike.append(node)
    if alike:
        yield _told(step, alike[0], [node for node in alike if node.repeats(alike[0])])


def _is_over_all(node: Node) -> bool:
    """Whether it normalises all but the samples, with no weights for each place."""
    shape = node.argument(1, "normalized_shape", default=())
    is_plain = node.name == "layer_norm" and len(node.parents) == 1 and isinstance(shape, tuple | list)
    return is_plain and len(node.shapes[0]) == 3 and tuple(shape) == node.shapes[0][1:] and node.shapes[0][1] > 1


def _is_named_so(node: Node) -> bool:
    """Whether the function or the module says that it is meant for all."""
    own = node.spot.code.co_qualname if node.spot is not None else ""
    return _OVER_ALL.search(own) is not None or _OVER_ALL.search(type(node.module).__name__) is not None


def _is_as_it_comes(step: Step, node: Node) -> bool:
    """Whether the norm takes its size from what it is given: it says so, or has met more steps and fewer."""
    if _own_sizes(node) is not None:
        return True
    others = (one for one in step.tape.nodes[: step.last] if one.name == node.name and one.repeats(node))
    return any(len(one.shapes[0]) == 3 and one.shapes[0][1] != node.shapes[0][1] for one in others)


def _own_sizes(node: Node) -> ast.Slice | None:
    """The slice in ``x.shape[1:]`` or ``x.size()[1:]``, where the size of a norm is taken so."""
    call = node_at(node, ast.Call)
    given = [*call.args[1:2], *(each.value for each in call.keywords)] if isinstance(call, ast.Call) else []
    for part in (item for each in given for item in ast.walk(each)):
        if not isinstance(part, ast.Subscript) or not isinstance(part.slice, ast.Slice):
            continue
        begin, *rest = part.slice.lower, part.slice.upper, part.slice.step
        if whole_shape(part.value) is not None and whole_number(begin) == 1 and rest == [None, None]:
            return part.slice
    return None


def _told(step: Step, node: Node, alike: list[Node]) -> Sighting:
    shape = node.shapes[0]
    text = (
        f"this norm of {shape} takes one mean and one deviation of the {shape[1]} steps and their {shape[2]} features "
        "together, of however many steps there are: what a step becomes depends on all others, and on how many came"
    )
    sizes = _own_sizes(node)
    edits = replaced_text(node.spot.code.co_filename, sizes, "-1:") if sizes is not None and node.spot else ()
    instead: dict[int, Run] = {one.index: _along_last(one) for one in alike if one.index in step.order}
    fix = Fix("normalized_shape=x.shape[-1:]", edits, tried(step, instead), "each step has statistics of its own")
    return sighted("norm_over_steps", node, text, (fix,))


def _along_last(node: Node) -> Run:
    function = node.function

    def run(*args: Any, **kwargs: Any) -> Any:
        values, *rest = args
        width = values.shape[-1:]
        given = kwargs | {"normalized_shape": width} if "normalized_shape" in kwargs else kwargs
        return function(values, *([width, *rest[1:]] if rest else []), **given)  # type: ignore[misc]

    return run


PROBE = Probe(
    "layer norms take the statistics of each step by itself",
    # Of a model that is asked for its next step it is told as the leak that it is there.
    lambda look: () if look.shifts else norm_over_steps(look.step),
)
