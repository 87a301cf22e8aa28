"""A network that follows another one and whose answers nobody reads, while the other makes its own goals."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from types import ModuleType

from shapecheck.capture.instruments.tensors.followers import is_read_at_times, never_asked
from shapecheck.capture.instruments.trials.sighting import Sighting, sighted
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.replay import descendants
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.findings import Fix


@dataclass(frozen=True, slots=True, eq=False)
class _Call:
    """The layers of a network that answer one input, without gradients.

    Args:
        layers: The layers.
        parameters: Theirs.
        kind: What two networks have in common that are made alike.
    """

    layers: tuple[Node, ...]
    parameters: frozenset[Ref]
    kind: tuple[object, ...]


def follower_unread(step: Step) -> Iterator[Sighting]:
    """``q, q_target = net(state), target_net(state)``, of which only the first goes into the goal.

    The two are made alike and are asked the same without gradients; the one is trained, and the other is not. What the
    loss is held against is made of the one that is trained, and what the other answers is neither read nor measured.
    Or the other is nowhere asked at all, in a file that brings it up to date.
    """
    stepped = {ref for _, refs in step.tape.stepped for ref in refs}
    calls = list(_calls(step)) if stepped else []
    asked = [call for call in calls if call.parameters <= stepped and _is_in_goal(step, call)]
    others = [call for call in calls if call.parameters.isdisjoint(stepped)] if asked else []
    for call in asked:
        for other in others:
            is_same = other.kind == call.kind and other.parameters.isdisjoint(call.parameters)
            is_asked_the_same = is_same and _input(step, other) == _input(step, call)
            if is_asked_the_same and _is_dead(step, other) and not is_read_at_times(step, other.layers):
                yield _told(step, call, other)
                return
    # Many calls come through the same files.
    first: dict[frozenset[str], _Call] = {}
    for call in asked:
        first.setdefault(_own_files(step, call), call)
    for files, call in first.items():
        name = never_asked([*files, *_beside(files)])
        if name:
            yield _told_by_name(call, name)
            return


def _calls(step: Step) -> Iterator[_Call]:
    """What is asked of networks without gradients: the layers behind each other, beginning with one on data."""
    # Which calls a tensor hangs on, each by its first layer.
    above: dict[int, frozenset[int]] = {}
    found: dict[int, list[Node]] = {}
    for node in step.recorded:
        known = frozenset[int]().union(*(above.get(ref.node, ()) for ref in node.parents))
        if not node.graded and _own(step, node):
            known = known or frozenset([node.index])
            for first in known:
                found.setdefault(first, []).append(node)
        if known:
            above[node.index] = known
    yield from (_call(step, layers) for layers in found.values())


def _call(step: Step, layers: list[Node]) -> _Call:
    parameters = [ref for node in layers for ref in _own(step, node)]
    made = tuple((node.name, node.shapes) for node in layers)
    return _Call(tuple(layers), frozenset(parameters), (made, *map(step.tape.shape, parameters)))


def _own(step: Step, node: Node) -> list[Ref]:
    is_read = node.function is not None and not node.is_in_place and any(node.shapes)
    parameters = [ref for ref in node.parents if step.node(ref.node).kind == "parameter"] if is_read else []
    return parameters if len(parameters) < len(node.parents) else []


def _input(step: Step, call: _Call) -> Ref:
    own = _own(step, call.layers[0])
    return next(ref for ref in call.layers[0].parents if ref not in own)


def _is_in_goal(step: Step, call: _Call) -> bool:
    """Whether the loss is made of it, and of a gradient by the same parameters on another way."""
    if call.layers[-1].index not in step.to_loss:
        return False
    return any(node.graded and not call.parameters.isdisjoint(node.parents) for node in step.all_of_loss)


def _is_dead(step: Step, call: _Call) -> bool:
    nodes = {call.layers[0].index}
    nodes |= {*descendants(step.tape, {*call.layers[0].outs}, range(call.layers[0].index + 1, step.last))}
    return not any(index in step.to_loss or set(step.node(index).outs) & step.tape.escaped for index in nodes)


def _reader(step: Step, call: _Call) -> Node:
    """The first operation on an answer outside of the network."""
    last = call.layers[-1]
    while True:
        readers = [one for one in step.all_of_loss if set(last.outs) & {*one.parents}]
        behind = [one for one in readers if one.dtypes[0].is_floating_point] or readers
        if not behind:
            return last
        if call.layers[-1].root < 0 or behind[0].root != call.layers[-1].root:
            return behind[0]
        last = behind[0]


def _told(step: Step, call: _Call, other: _Call) -> Sighting:
    mine, its = (each.layers[0].spot for each in (call, other))
    line, where = (spot.line if spot is not None else 0 for spot in (mine, its))
    text = (
        f"the goal of the loss is made here of what the network of line {line} answers, which is trained itself; a "
        f"second one made alike, which no optimizer holds, is asked the same in line {where}, and its answer "
        f"{other.layers[-1].shapes[0]} is read by nobody"
    )
    fix = Fix(f"the answer of line {where} in the place of that of line {line}", (), "no")
    return sighted("layer_without_influence", _reader(step, call), text, (fix,))


def _own_files(step: Step, call: _Call) -> frozenset[str]:
    """The files of the script that a call and the losses came through."""
    spots = (call.layers[0].spot, *(spot for _, spot in step.tape.losses))
    return frozenset(each.code.co_filename for spot in spots if spot is not None for each in spot.with_callers())


def _beside(files: frozenset[str]) -> set[str]:
    """The files beside some that are loaded."""
    folders = {os.path.dirname(file) for file in files}
    loaded = (vars(module).get("__file__") for module in [*sys.modules.values()] if isinstance(module, ModuleType))
    return {file for file in loaded if isinstance(file, str) and os.path.dirname(file) in folders}


def _told_by_name(call: _Call, name: str) -> Sighting:
    text = (
        f"the goal of the loss is made of what the trained network answers itself; `{name}`, a copy that this file "
        "brings up to date, is never asked anything"
    )
    return sighted("layer_without_influence", call.layers[0], text, (Fix(f"{name} here", (), "no"),))


PROBE = Probe(
    "a network that follows another one is asked for something",
    lambda look: follower_unread(look.step),
    needs_no_run=True,
)
