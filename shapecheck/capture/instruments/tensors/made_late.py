"""Layers that a model got when the optimizer of its other parameters was made already."""

from __future__ import annotations

from torch import nn

from shapecheck.capture.instruments.trials.sighting import Sighting
from shapecheck.capture.recording.optimizers import Optimizers, parameter_in
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Ref, Root
from shapecheck.findings import Fix

Parts = dict[Ref, nn.Parameter]


def made_late(step: Step, root: Root, own: Parts, idle: Parts) -> Sighting | None:
    """A part of a model that is in no optimizer, beside others that are all in one which was made before that part.

    What was there when the optimizer was made may have been kept from it; what was not there could not be given to it.
    An optimizer that was made since then was not given it either, and that is a choice. So it is where no model had the
    parts that the optimizer was made for: what is built around these later, such as a body that stays as it is, is
    another model.

    Args:
        step: The training step.
        root: The model.
        own: What the last losses have a gradient for of it.
        idle: What no optimizer holds and nobody changes.
    """
    made = step.tape.trained.made
    late = {ref: each for ref, each in own.items() if ref in idle}
    rest = [each for ref, each in own.items() if ref not in idle]
    moments = [made.got_at(each) for each in late.values()]
    known = [moment for moment in moments if moment is not None]
    holders = made.holding_any([*rest])
    if not late or len(known) < len(moments) or not rest or not holders:
        return None
    optimizer, last = holders[-1]
    if last.moment > min(known) or not all(parameter_in(optimizer, each) for each in rest):
        return None
    if not _was_begun(made, root.module, last.moment, [*late.values()], rest):
        return None
    name = _name(root.module, [*late.values()])
    count = sum(each.numel() for each in late.values())
    text = (
        f"when this optimizer was made, {name or 'a part'} of {type(root.module).__name__} was not there yet: the loss "
        f"has a gradient for the {count} numbers of it, no optimizer holds them, and they keep what they began with"
    )
    title = f"make the optimizer when {name or 'the model'} is complete"
    return Sighting("made_after_optimizer", last.spot.span, text, "", (Fix(title, (), "no"),))


def _was_begun(
    made: Optimizers, model: nn.Module, moment: int, late: list[nn.Parameter], rest: list[nn.Parameter]
) -> bool:
    """Whether a module that holds parts of both kinds was there at a moment."""
    for module in model.modules():
        held = {id(each) for each in module.parameters()}
        if any(id(each) in held for each in late) and any(id(each) in held for each in rest):
            begun = made.begun_at(module)
            if begun is None or begun < moment:
                return True
    return False


def _name(model: nn.Module, late: list[nn.Parameter]) -> str:
    """The path of the smallest part of a model that all of some parameters are in; nothing if that is the model."""
    wanted = {id(each) for each in late}
    paths = [path for path, part in model.named_modules() if wanted <= {id(each) for each in part.parameters()}]
    return max(paths, key=lambda path: path.count(".") + bool(path), default="")
