"""Pictures to be resized that lack their batch or their channels."""

from __future__ import annotations

from shapecheck.candidate import Candidate, Step
from shapecheck.evidence import Evidence
from shapecheck.reading.failing import failed, operand, says
from shapecheck.reading.mismatches import sizes_of
from shapecheck.remedies.moves import put_behind

CAUSE = "channels_missing_for_resize"
_MODES = {"bilinear": 4, "bicubic": 4, "linear": 3, "trilinear": 5}
_DOUBT = "the first axis may be the batch or the channels"


def candidates(evidence: Evidence) -> list[Candidate]:
    """Axes of size one where resizing wants the batch and the channels."""
    operation = failed(evidence, "interpolate", "Upsample", "upsample")
    item = operand(operation, "input")
    if operation is None or item is None or not sizes_of(item):
        return []
    if not says(evidence, r"spatial dimensions", r"mode needs", r"Got \dD"):
        return []
    sizes, mode, wanted = sizes_of(item), operand(operation, "mode"), operand(operation, "size")
    count = len(wanted.value.items) or int(wanted.value.facts.get("len", 0)) if wanted is not None else 0
    full = count + 2 if count else _MODES.get(mode.value.text.strip("'\"") if mode is not None else "", 4)
    if len(sizes) == full - 2:
        steps = [Step("unsqueeze", item.role, (0,)), Step("unsqueeze", item.role, (0,))]
        return put_behind(evidence, item, ".unsqueeze(0).unsqueeze(0)", steps, cost=0.1)
    if len(sizes) != full - 1:
        return []
    # As many as another tensor of the function has samples are samples; one is both.
    held = evidence.held.values()
    batches = {value.record.shape[0] for value in held if value.record is not None and value.record.ndim == full}
    is_batch = sizes[0] == 1 or sizes[0] in batches
    axes = (1, 0) if is_batch or sizes[0] > 4 else (0, 1)
    found = []
    for far, axis in enumerate(axes):
        step = Step("unsqueeze", item.role, (axis,))
        made = put_behind(evidence, item, f".unsqueeze({axis})", [step], cost=0.1 + 0.3 * far)
        doubt = "" if (is_batch or sizes[0] == 3) and not far else _DOUBT
        found += [Candidate(each.title, each.changes, each.trial, each.cost, doubt) for each in made]
    return found
