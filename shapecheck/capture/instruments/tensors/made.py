"""Where a layer was made: its parameters were filled there, which is on the tape if that began early enough."""

from __future__ import annotations

import ast
import inspect
from copy import copy
from dataclasses import replace

from shapecheck.capture.instruments.tensors.constructors import constructor_of
from shapecheck.capture.instruments.trials.sighting import Sighting
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.user_code import Spot, span_of
from shapecheck.evidence import Span
from shapecheck.reading.edits import expression
from shapecheck.reading.sources import last_name


def made_at(step: Step, node: Node) -> Span | None:
    """The constructor's call of the module that a node is the work of; None if it cannot be told.

    A function that is called in a user's module, and reads none of its parameters, is made where it is called.
    """
    spot = made_by(step, node)
    if spot is not None:
        return spot.span
    call = constructor_of(node)
    if call is None or node.spot is None or not _is_own_work(step, node):
        return None
    file = node.spot.code.co_filename
    return span_of(file, call, "")


def made_by(step: Step, node: Node) -> Spot | None:
    """The instruction that made the module that a node is the work of, where the tape has it."""
    if node.module is None or node.spot is None or not _is_own_work(step, node):
        return None
    refs = _parameters(step, node)
    for index in range(min((ref.node for ref in refs), default=step.first), step.first):
        filled = step.node(index)
        if filled.spot is not None and filled.kwargs.get("tensor") in refs and isinstance(filled.kwargs["tensor"], Ref):
            return filled.spot
    return None


def _is_own_work(step: Step, node: Node) -> bool:
    """Whether a module did it, and no function that was called in one of the user's."""
    is_torchs = type(node.module).__module__.startswith("torch.")
    return is_torchs or not _parameters(step, node).isdisjoint(node.parents)


def _parameters(step: Step, node: Node) -> set[Ref]:
    own = node.module.parameters(recurse=False) if node.module is not None else ()
    return {ref for parameter in own if (ref := step.tape.known(parameter)) is not None}


def placed(step: Step, made: Node, seen: Sighting) -> Sighting:
    """The same at the constructor of a layer that no line of the user's calls by its name, such as one of a Sequential.

    Where a layer is called by the name that it has in its model, that call is the line to change.
    """
    if made.spot is None or made.module is None or not type(made.module).__module__.startswith("torch."):
        return seen
    if seen.span is None or seen.span != made.spot.span or list(made.module.children()):
        return seen
    call = expression(made.spot.span.text)
    called = call.func if isinstance(call, ast.Call) else None
    name = last_name(called)
    for root in step.roots:
        for path, module in root.module.named_modules():
            if module is made.module and path.rpartition(".")[2] in (name, ""):
                return seen
    return at_constructor(made, seen)


def at_constructor(made: Node, seen: Sighting) -> Sighting:
    """The same at the call that made the module of a node, where that can be told."""
    place = constructor_of(made)
    if place is None or made.spot is None:
        return seen
    span = span_of(made.spot.code.co_filename, place, "")
    return replace(seen, span=span)


def outer_layer(step: Step, node: Node, argument: str) -> Node:
    """The node, as the work of the layer that the user made and that hands one argument on to the node's own module.

    An attention in a ``TransformerEncoderLayer`` was made by torch, and copied once more for each layer of a stack:
    what a user can change is the call that made the layer. Where no such call is found, the node comes back as it is.
    """
    if node.module is None or constructor_of(node) is not None:
        return node
    for root in step.roots:
        modules = dict(root.module.named_modules())
        path = next((path for path, module in modules.items() if module is node.module), "")
        while path:
            path = path.rpartition(".")[0]
            outer = modules[path]
            own = inspect.signature(type(outer).__init__).parameters
            if type(outer).__module__.startswith("torch.") and argument in own:
                made = copy(node)
                made.module = outer
                if constructor_of(made) is not None:
                    return made
    return node
