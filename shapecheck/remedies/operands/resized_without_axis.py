"""What is to be resized lacks its batch or its channels: put in, where an axis is dropped behind at its place."""

from __future__ import annotations

import ast
from dataclasses import replace

from shapecheck.candidate import Candidate, Step
from shapecheck.evidence import Argument, Evidence, Operation
from shapecheck.reading.edits import suffixed, whole_number
from shapecheck.reading.failing import failed, operand, says
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.sources import node_at
from shapecheck.remedies.moves import put_behind

CAUSE = "channels_missing_for_resize"
# How many axes there are with the samples and the channels.
_MODES = {"bilinear": 4, "bicubic": 4, "linear": 3, "trilinear": 5}
_DOUBT = "the first axis may be the batch or the channels"


def candidates(evidence: Evidence) -> list[Candidate]:
    """``interpolate(x.unsqueeze(1), ...)``, and both axes where both are not there."""
    operation = failed(evidence, "interpolate", "Upsample", "upsample")
    item = operand(operation, "input")
    if operation is None or item is None or not sizes_of(item):
        return []
    sizes, mode, wanted = sizes_of(item), operand(operation, "mode"), operand(operation, "size")
    count = len(wanted.value.items) or int(wanted.value.facts.get("len", 0)) if wanted is not None else 0
    full = count + 2 if count else _MODES.get(mode.value.text.strip("'\"") if mode is not None else "", 4)
    dropped = _dropped_behind(operation) if len(sizes) == full - 1 else None
    if dropped is not None and item.span is not None:
        change = suffixed(item.span, f".unsqueeze({dropped})")
        return [Candidate(change.text, (change,), (Step("unsqueeze", item.role, (dropped,)),), 0.05)]
    if not says(evidence, r"spatial dimensions", r"mode needs", r"Got \dD"):
        return []
    if len(sizes) == full - 2:
        steps = [Step("unsqueeze", item.role, (0,)), Step("unsqueeze", item.role, (0,))]
        return put_behind(evidence, item, ".unsqueeze(0).unsqueeze(0)", steps, cost=0.1)
    return _samples_or_channels(evidence, item, full) if len(sizes) == full - 1 else []


def _samples_or_channels(evidence: Evidence, item: Argument, full: int) -> list[Candidate]:
    """The axis of the samples or that of the channels, whichever there is none of."""
    # As many as another tensor of the function has samples are samples; one is both.
    sizes, held = sizes_of(item), evidence.held.values()
    batches = {value.record.shape[0] for value in held if value.record is not None and value.record.ndim == full}
    is_batch = sizes[0] == 1 or sizes[0] in batches
    axes = (1, 0) if is_batch or sizes[0] > 4 else (0, 1)
    found = []
    for far, axis in enumerate(axes):
        step = Step("unsqueeze", item.role, (axis,))
        doubt = "" if (is_batch or sizes[0] == 3) and not far else _DOUBT
        made = put_behind(evidence, item, f".unsqueeze({axis})", [step], cost=0.1 + 0.3 * far)
        found += [replace(each, doubt=doubt) for each in made]
    return found


def _dropped_behind(operation: Operation) -> int | None:
    """The axis, one of the first two, that is squeezed away right behind the call."""
    method = getattr(node_at(operation.span), "parent", None)
    call = getattr(method, "parent", None)
    is_squeeze = isinstance(method, ast.Attribute) and method.attr == "squeeze" and isinstance(call, ast.Call)
    axis = whole_number(call.args[0]) if is_squeeze and isinstance(call, ast.Call) and len(call.args) == 1 else None
    return axis if axis in (0, 1) else None
