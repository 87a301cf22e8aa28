"""Modules that an optimizer was given twice, or two optimizers once each, beside one that was given to none."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import combinations
from typing import Any

from torch import nn

from shapecheck.capture.instruments.trials.sighting import Sighting
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Ref
from shapecheck.capture.recording.user_code import Spot
from shapecheck.findings import Fix

Parts = dict[Ref, nn.Parameter]


def given_twice(step: Step, idle: Parts, held: Parts) -> Sighting | None:
    """A module whose parameters are listed twice, where the loss has a gradient for another one that is listed never.

    Nobody lists a module twice on purpose. Two modules that share their weights are listed once each, one that is
    called at several places once for each, and a part of a module may be listed beside the whole: none is told. Nor is
    it where what stays as it is came from elsewhere, or where the two optimizers step for a loss or in a phase each.
    """
    trained = step.tape.trained
    modules = _modules(step)
    others = [module for module in modules if _is_of(module, idle.values())]
    if not others or any(trained.is_given(each) for module in others for each in module.parameters()):
        return None
    made = trained.made.holding_any(held.values())
    for optimizer, one in made:
        repeated = [each for known in one.repeated if (each := known()) is not None]
        twice = _listed_twice(optimizer, repeated, modules)
        if twice is not None and _is_read_once(step, twice):
            return _told(one.spot, others[0], f"this optimizer was given the parameters of {_name(twice)} twice")
    begun = [(optimizer, one) for optimizer, one in made if trained.has_begun(optimizer)]
    for (before, _), (optimizer, one) in combinations(begun, 2):
        module = next((each for each in modules if _ids(each.parameters()) == _listed(optimizer)), None)
        is_alike = type(before) is type(optimizer) and _listed(before) == _listed(optimizer)
        if module is not None and is_alike and _step_together(step, module):
            return _told(one.spot, others[0], f"two optimizers step the parameters of {_name(module)}")
    return None


def _told(spot: Spot, other: nn.Module, what: str) -> Sighting:
    numbers = sum(each.numel() for each in other.parameters())
    text = (
        f"{what}, and none those of {_name(other)}: the loss has a gradient for its {numbers} numbers, and they stay "
        "what they began with"
    )
    fix = Fix(f"the parameters of {_name(other)} in the place of the second time", (), "no")
    return Sighting("part_left_out_of_optimizer", spot.span, text, "", (fix,))


def _name(module: nn.Module) -> str:
    return type(module).__name__


def _listed_twice(optimizer: Any, repeated: list[nn.Parameter], modules: list[nn.Module]) -> nn.Module | None:
    """The module that was listed twice, by itself and not as a part of another one."""
    twice = [module for module in modules if _is_of(module, repeated)]
    wholes = [module for module in modules if module not in twice]
    if not twice or any(_is_shared(each, modules) for each in repeated):
        return None
    return None if any(_listed(optimizer) == _ids(module.parameters()) for module in wholes) else twice[0]


def _listed(optimizer: Any) -> set[int]:
    return {id(each) for group in optimizer.param_groups for each in group["params"]}


def _ids(parameters: Iterable[nn.Parameter]) -> set[int]:
    return {id(each) for each in parameters}


def _modules(step: Step) -> list[nn.Module]:
    """The modules that were called, and all in them, once each."""
    found = {id(each): each for root in step.roots for each in root.module.modules()}
    return list(found.values())


def _is_of(module: nn.Module, parameters: Iterable[nn.Parameter]) -> bool:
    """Whether a module has parameters, and all of them are among some."""
    own = _ids(module.parameters())
    return bool(own) and own <= _ids(parameters)


def _is_shared(parameter: nn.Parameter, modules: list[nn.Module]) -> bool:
    """Whether several modules have it, or one has it by two names."""
    return sum(one is parameter for module in modules for one in module._parameters.values()) > 1


def _is_read_once(step: Step, module: nn.Module) -> bool:
    """Whether the loss goes through a module once: one that stands at several places is listed by each of them.

    What a script calls by one name for several things, as a judge of what is real and of what is not, stands at one.
    """
    refs = {ref for each in module.parameters() if (ref := step.tape.known(each)) is not None}
    roots = {at for at, root in enumerate(step.tape.roots) if root.module is module and root in step.roots}
    spots = [spot for at in roots if (spot := step.tape.roots[at].spot) is not None]
    is_at_several = len({spot.place for spot in spots}) == len(spots) == len(roots)
    is_by_one_name = is_at_several and len({spot.span.text.partition("(")[0].strip() for spot in spots}) == 1
    found = [(ref, node.root) for node in step.all_of_loss for ref in node.parents if ref in refs and node.root >= 0]
    reads = [(ref, at if at in roots and is_by_one_name else -1) for ref, at in found]
    return len(reads) == len(set(reads))


def _step_together(step: Step, module: nn.Module) -> bool:
    """Whether the parameters of a module are stepped twice for one loss."""
    tape = step.tape
    refs = {ref for each in module.parameters() if (ref := tape.known(each)) is not None}
    ends = [*(ref.node for ref, _ in tape.losses[1:]), len(tape.nodes)]
    for (ref, _), end in zip(tape.losses, ends, strict=True):
        if refs and sum(ref.node < place <= end and held == refs for place, held in tape.stepped) > 1:
            return True
    return False
