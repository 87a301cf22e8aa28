"""Parameters that the loss has a gradient for and no optimizer steps: of another model, or of a part left out."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace

from torch import nn

from shapecheck.capture.instruments.tensors.forgotten_parts import forgotten_part, is_said_to_stay
from shapecheck.capture.instruments.tensors.gathered import forgotten, given_too
from shapecheck.capture.instruments.tensors.given_twice import given_twice
from shapecheck.capture.instruments.tensors.learners import is_behind, of_module, with_gradient
from shapecheck.capture.instruments.tensors.made_late import made_late
from shapecheck.capture.instruments.trials.edits import replaced_text
from shapecheck.capture.instruments.trials.sighting import Sighting
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Ref, Root
from shapecheck.capture.recording.user_code import Spot, statement_at, tree_of
from shapecheck.findings import Fix
from shapecheck.reading.sources import is_named, walk

# Every optimizer should have had its turn by then.
_STEPS = 3
Parts = dict[Ref, nn.Parameter]


def left_out(step: Step) -> Iterator[Sighting]:
    """Parameters with a gradient that neither an optimizer nor anybody else changes, to the end of the script.

    A part may stay as it is on purpose, and often nothing says so. So one that others are trained in front of is told;
    of one that only hands something on to what is trained, and of one whose numbers came from elsewhere, it is asked at
    most.
    """
    tape, roots = step.tape, {id(root.module): root for root in step.roots}
    learned = with_gradient(tape, _STEPS)
    parts = {key: of_module(tape, root.module, learned) for key, root in roots.items()}
    mine = {ref: each for part in parts.values() for ref, each in part.items()}
    still = {ref: each for ref, each in mine.items() if tape.trained.is_still(each)}
    idle = {ref: each for ref, each in still.items() if not tape.trained.is_stepped(each)}
    if len(tape.losses) < _STEPS or not idle:
        return
    seen = _without_steps(step, idle)
    if seen is None and len(idle) == len(learned) and tape.trained.idle and not tape.trained.has_any_learned:
        seen = _of_another_model(step, idle)
    held = {ref: each for ref, each in mine.items() if tape.trained.is_stepped(each)}
    if seen is None and held:
        seen = _of_a_group(step, idle, held) or given_twice(step, idle, held)
    if seen is None and held:
        each = (made_late(step, root, parts[key], idle) for key, root in roots.items())
        seen = next((late for late in each if late is not None), None)
    if seen is None and held:
        each = (forgotten_part(step, root, parts[key], idle, held) for key, root in roots.items())
        seen = next((part for part in each if part is not None), None)
    if seen is None and held:
        for root in roots.values():
            for name, module in _units(root, idle, parts[id(root.module)]):
                own = of_module(tape, module, set(idle))
                seen = seen or _of_a_part(step, root, name, own, held)
    if seen is not None:
        yield replace(seen, idle=tuple(tape.trained.watched(each) for each in idle.values()))


def _without_steps(step: Step, idle: Parts) -> Sighting | None:
    """What an optimizer holds that is never asked to step."""
    trained = step.tape.trained
    spots = [spot for each in idle.values() if (spot := trained.made.holding(each)) is not None]
    if not spots:
        return None
    text = (
        f"the loss has a gradient for {_numbers(idle)} that this optimizer holds, and step() of it is not called: they "
        "keep what they began with"
    )
    return Sighting("optimizer_never_steps", spots[0].span, text)


def _of_another_model(step: Step, idle: Parts) -> Sighting | None:
    trained = step.tape.trained
    others = [each for held in trained.idle if (each := held.parameter()) is not None]
    spots = [spot for each in others if (spot := trained.made.holding(each)) is not None]
    if not spots:
        return None
    text = (
        f"the {_numbers(others)} that this optimizer holds have no gradient, and the {_numbers(idle)} that the loss "
        "has a gradient for are held by no optimizer: nothing is trained"
    )
    return Sighting("optimizer_of_another_model", spots[0].span, text)


def _of_a_group(step: Step, idle: Parts, held: Parts) -> Sighting | None:
    """What was gathered for an optimizer that was not given it, or for which one of its groups stays empty."""
    trained = step.tape.trained
    if any(trained.is_given(each) for each in idle.values()):
        return None
    for _, made in trained.made.holding_any(held.values()):
        name = forgotten(made, [*idle.values()])
        if name is not None:
            text = (
                f"`{name}` was filled with parameters and is read by nobody: the loss has a gradient for the "
                f"{_numbers(idle)} that no optimizer holds, those in it among them"
            )
            return Sighting("part_left_out_of_optimizer", made.spot.span, text, "", (given_too(made, name),))
        if made.has_empty_group:
            text = (
                "a group of this optimizer has a learning rate of its own and holds nothing, and the loss has a "
                f"gradient for {_numbers(idle)} that no optimizer holds: they keep the random numbers that they began "
                "with"
            )
            fix = Fix("names, in the choice of that group, that the parameters have", (), "no")
            return Sighting("part_left_out_of_optimizer", made.spot.span, text, "", (fix,))
    return None


def _units(root: Root, idle: Parts, own: Parts) -> Iterator[tuple[str, nn.Module]]:
    """A module that no optimizer knows, or those of its parts of which that can be said."""
    if own and set(own) <= set(idle):
        yield "", root.module
        return
    for name, part in root.module.named_children():
        refs = {ref for ref, each in own.items() if any(each is one for one in part.parameters())}
        if refs and refs <= set(idle):
            yield name, part


def _of_a_part(step: Step, root: Root, name: str, own: Parts, held: Parts) -> Sighting | None:
    """A part that began with random numbers and keeps them, beside one that is trained."""
    tape, trained = step.tape, step.tape.trained
    spots = [spot for each in held.values() if (spot := trained.made.holding(each)) is not None]
    drawn = {node.kwargs["tensor"] for node in tape.nodes if isinstance(node.kwargs.get("tensor"), Ref)}
    if not spots or not set(own) & drawn or any(trained.is_given(each) for each in own.values()):
        return None
    is_last = is_behind(step, held, own) and not is_behind(step, own, held)
    calls = [one for one in step.roots if one.module is root.module]
    is_sure = is_last and not name and len(calls) == 1 and root.training and not is_said_to_stay(step, held)
    what = f"the part {name} of {type(root.module).__name__}" if name else type(root.module).__name__
    text = (
        f"the loss has a gradient for the {_numbers(own)} of {what} too, and no optimizer holds them: they keep the "
        "random numbers that they began with"
    )
    if not is_sure:
        text += ". If that is meant, requires_grad_(False) says so, and saves the gradient"
    fixes = _fix(spots[-1], root.spot) if is_sure else ()
    return Sighting("part_left_out_of_optimizer" if is_sure else "part_not_trained", spots[-1].span, text, "", fixes)


def _fix(made: Spot, called: Spot | None) -> tuple[Fix, ...]:
    """The edit that gives an optimizer a second module, where both have a name in the same function."""
    file = made.code.co_filename
    statement = statement_at(file, made.line)
    name = called.span.text.split("(")[0] if called is not None and called.code is made.code else ""
    tree = tree_of(file)
    stored = [item for item in walk(tree) if is_named(item, name)]
    if not any(isinstance(item.ctx, ast.Store) and item.lineno < made.line for item in stored):
        return ()
    for item in ast.walk(statement) if statement is not None else ():
        given = item.args[0] if isinstance(item, ast.Call) and item.args else None
        if isinstance(given, ast.Call) and ast.unparse(given).endswith(".parameters()"):
            new = f"[*{ast.unparse(given)}, *{name}.parameters()]"
            return (Fix(new, replaced_text(file, given, new), "no"),)
    return ()


def _numbers(parameters: Parts | list[nn.Parameter]) -> str:
    each = parameters.values() if isinstance(parameters, dict) else parameters
    return f"{sum(one.numel() for one in each)} numbers"


PROBE = Probe(
    "what the loss has a gradient for is held by an optimizer that steps",
    lambda look: left_out(look.step),
    needs_no_run=True,
)
