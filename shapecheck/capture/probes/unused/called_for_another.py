"""Layers that are made and never called, while one that is made alike is called in their place."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, replace

from torch import nn

from shapecheck.capture.instruments.tensors.names import forward_of, function_around
from shapecheck.capture.instruments.trials.edits import replaced_text
from shapecheck.capture.instruments.trials.sighting import Sighting
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Tape
from shapecheck.capture.recording.trained import Held
from shapecheck.capture.recording.user_code import Spot, expression_at, statement_at, tree_of
from shapecheck.findings import Fix
from shapecheck.reading.name_words import is_named_for, own_words
from shapecheck.reading.sources import walk

# Every part of a model should have had its turn by then.
_STEPS = 3


@dataclass(frozen=True, slots=True, eq=False)
class _Place:
    """Where a layer is called by its name in a method.

    Args:
        spot: The instruction.
        call: The call in the source.
        around: What is written around it: what it is given, and what its result is called.
    """

    spot: Spot
    call: ast.Call
    around: ast.AST


def called_for_another(step: Step) -> Iterator[Sighting]:
    """``self.user_tower(self.film_emb(film))`` in a model whose ``film_tower``, made alike, is mentioned nowhere else.

    Who lets two inputs share a layer makes no second one for an optimizer to hold. Which call is meant for the other
    layer is told by what stands there: by the words that one of the two names has and the other has not, or where
    they are told apart by a number, by which comes later.
    """
    tape = step.tape
    if len(tape.losses) < _STEPS:
        return
    idle = {id(one): held for held in tape.trained.idle if (one := held.parameter()) is not None}
    known = {id(module): module for root in step.roots for module in root.module.modules()} if idle else {}
    for parent in known.values():
        names = {} if _is_list(parent) else dict(parent.named_children())
        for name, part in names.items():
            held = _never_called(tape, part, idle)
            like = [other for other, each in names.items() if held and each is not part and _is_made_alike(each, part)]
            if not like or not _is_mentioned_once(parent, name):
                continue
            for other in like:
                places = _places(step, names[other], other)
                wrong = _meant_for(places, name, other)
                if wrong is not None:
                    yield replace(_told(wrong, name, other, len(places)), idle=tuple(each.number for each in held))
                    return


def _is_list(parent: nn.Module) -> bool:
    return isinstance(parent, nn.ModuleList | nn.ModuleDict | nn.Sequential) or forward_of(parent) is None


def _never_called(tape: Tape, part: nn.Module, idle: dict[int, Held]) -> list[Held]:
    """All parameters of a part, if each is held by an optimizer, is as it was drawn, and was read by nothing so far."""
    found = [idle.get(id(one)) for one in part.parameters()]
    held = [one for one in found if one is not None and one.is_as_it_was and not one.is_given]
    if not held or len(held) < len(found):
        return []
    # What draws the first numbers reads a parameter as well, and so does an optimizer: in no call of a model.
    read = {ref for node in tape.nodes if node.root >= 0 for ref in node.parents}
    return [] if any(tape.known(one) in read for one in part.parameters()) else held


def _is_made_alike(one: nn.Module, other: nn.Module) -> bool:
    return type(one) is type(other) and repr(one) == repr(other)


def _is_mentioned_once(parent: nn.Module, name: str) -> bool:
    """Whether the file of a module says its name where it is made, and never again, be it as a text or put together."""
    forward = getattr(type(parent).forward, "__code__", None)
    tree = tree_of(forward.co_filename) if forward is not None else None
    if tree is None:
        return False
    read = (item for item in walk(tree) if isinstance(item, ast.Attribute) and item.attr == name)
    if any(_is_by_text(item) for item in walk(tree)):
        return False
    texts = (item.value for item in walk(tree) if isinstance(item, ast.Constant) and isinstance(item.value, str))
    return not any(isinstance(item.ctx, ast.Load) for item in read) and name not in texts


def _is_by_text(item: ast.AST) -> bool:
    """``getattr(self, f"fc{k}")``: a part is asked for by a name that is made when it is needed."""
    if not isinstance(item, ast.Call):
        return isinstance(item, ast.Attribute) and item.attr == "_modules"
    name = item.func.attr if isinstance(item.func, ast.Attribute) else getattr(item.func, "id", "")
    given = item.args[-1:] if name == "get_submodule" else item.args[1:2] if name == "getattr" else []
    return any(not isinstance(one, ast.Constant) for one in given)


def _places(step: Step, part: nn.Module, name: str) -> list[_Place]:
    """Where a part is called by its name, in the order of the step."""
    parameters = {step.tape.known(one) for one in part.parameters()}
    found: dict[object, _Place] = {}
    for node in step.all_of_loss:
        place = _place(node, name) if parameters & {*node.parents} else None
        if place is not None:
            found.setdefault(place.spot.place, place)
    return list(found.values())


def _place(node: Node, name: str) -> _Place | None:
    spot = node.spot
    while spot is not None:
        call = expression_at(spot, ast.Call)
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr == name:
            statement = statement_at(spot.code.co_filename, spot.line)
            is_alone = isinstance(statement, ast.Assign) and statement.value is call
            function = function_around(spot)
            is_short = function is not None and len(function.body) == 1 and function.name != "forward"
            around = statement if is_alone else function if is_short else None
            return _Place(spot, call, around or ast.Tuple(call.args))
        spot = spot.caller
    return None


def _meant_for(places: list[_Place], name: str, other: str) -> _Place | None:
    """The one of several places at which the other layer of two is meant."""
    mine, others = own_words(name, other)
    if len(places) < 2 or not mine or not others:
        return None
    if all(word.isdigit() for word in mine | others):
        codes = {place.spot.code for place in places}
        number, before = int("".join(mine)), int("".join(others))
        return places[-1] if len(codes) == 1 and len(places) == 2 and number == before + 1 else None
    wrong = [place for place in places if is_named_for(place.around, place.call.func, mine, others)]
    right = [place for place in places if is_named_for(place.around, place.call.func, others, mine)]
    return wrong[0] if len(wrong) == 1 and right else None


def _told(place: _Place, name: str, other: str, count: int) -> Sighting:
    text = (
        f"self.{other} is called at {count} places, and self.{name}, which is made as it is and which an optimizer "
        "holds, at none: it had no gradient in the steps looked at, and what stands here is named for it"
    )
    fix = Fix(f"self.{name} here", (), "no")
    if isinstance(place.call.func, ast.Attribute):
        new = f"{ast.unparse(place.call.func.value)}.{name}"
        fix = Fix(new, replaced_text(place.spot.code.co_filename, place.call.func, new), "no")
    return Sighting("called_for_another", place.spot.span, text, other, (fix,))


PROBE = Probe(
    "no layer is called in the place of another one",
    lambda look: called_for_another(look.step),
    needs_no_run=True,
)
