"""The edits that leave an activation out, or that take the logarithm of a softmax, however it is written."""

from __future__ import annotations

import ast

from shapecheck.capture.instruments.tensors.constructors import constructor_of
from shapecheck.capture.instruments.trials.edits import as_primary, replaced_text
from shapecheck.capture.instruments.trials.sighting import call_at
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node
from shapecheck.findings import Edit


def taken_out(step: Step, node: Node) -> tuple[Edit, ...]:
    """The call is replaced by what it was given; a layer that no line calls by its name, by ``nn.Identity()``."""
    call = call_at(node)
    if call is not None and node.spot is not None and _is_own_call(step, node, call):
        given = call.args[0] if call.args and not _is_method(node, call) else None
        if given is None and isinstance(call.func, ast.Attribute) and _is_method(node, call):
            given = call.func.value
        if given is None or isinstance(given, ast.Starred):
            return ()
        return replaced_text(node.spot.code.co_filename, call, as_primary(given))
    return _made_as(node, "Identity", "")


def as_logarithm(step: Step, node: Node) -> tuple[Edit, ...]:
    """A softmax is replaced by the log_softmax along the same axis."""
    call = call_at(node)
    if _is_layer(node):
        return _made_as(node, "LogSoftmax", None)
    if call is None or node.spot is None or not _is_own_call(step, node, call):
        return ()
    named = ast.unparse(call.func)
    arguments = ast.unparse(call)[len(named) :]
    head = named.removesuffix("softmax")
    # Imported by its own name, the other one may not be there.
    is_there = head not in (named, "")
    return replaced_text(node.spot.code.co_filename, call, f"{head}log_softmax{arguments}") if is_there else ()


def _made_as(node: Node, name: str, arguments: str | None) -> tuple[Edit, ...]:
    """Its layer is made as one of another class of the same module."""
    made = constructor_of(node) if _is_layer(node) else None
    if made is None or node.spot is None or not isinstance(made.func, ast.Attribute):
        return ()
    called = ast.unparse(made.func)
    given = ast.unparse(made)[len(called) :] if arguments is None else f"({arguments})"
    return replaced_text(node.spot.code.co_filename, made, f"{ast.unparse(made.func.value)}.{name}{given}")


def _is_layer(node: Node) -> bool:
    """Whether a layer of torch's did it."""
    return node.module is not None and type(node.module).__module__ == "torch.nn.modules.activation"


def _is_own_call(step: Step, node: Node, call: ast.Call) -> bool:
    """Whether a call in the source is that of the activation, and not of a module around it."""
    named = ast.unparse(call.func).rpartition(".")[2]
    if not _is_layer(node):
        return named == node.name
    modules = [found for root in step.roots for found in root.module.named_modules() if found[1] is node.module]
    return any(path.rpartition(".")[2] in (named, "") for path, _ in modules)


def _is_method(node: Node, call: ast.Call) -> bool:
    # What a method is called of stands among the arguments on the tape, and not among those of the call.
    return not _is_layer(node) and isinstance(call.func, ast.Attribute) and len(call.args) < len(node.args)
