"""Where the axis of a call is told, when that is not in the call: by who called the function that it stands in."""

from __future__ import annotations

import ast

from torch import nn

from shapecheck.capture.instruments.tensors.constructors import argument_of, constructor_of
from shapecheck.capture.instruments.trials.edits import replaced_text
from shapecheck.capture.recording.tape import Node
from shapecheck.capture.recording.user_code import Spot, expression_at
from shapecheck.evidence import Span
from shapecheck.findings import Edit
from shapecheck.reading.applied import given_as
from shapecheck.reading.edits import whole_number


def told_outside(node: Node, axis: ast.expr, new: str) -> tuple[Edit, ...]:
    """The edit that tells another axis where it is told as a number, outside of the call that has it for an argument.

    Args:
        node: The call.
        axis: What stands in it for the axis.
        new: The other axis.
    """
    if isinstance(axis, ast.Name) and node.spot is not None:
        return _told_by_caller(node.spot.in_function, axis.id, new)
    is_own = isinstance(axis, ast.Attribute) and isinstance(axis.value, ast.Name) and axis.value.id == "self"
    if is_own and isinstance(axis, ast.Attribute) and isinstance(node.module, nn.Module):
        return _told_to_constructor(node, axis.attr, new)
    return ()


def place_told(node: Node, edits: tuple[Edit, ...]) -> Span | None:
    """Where a call is told of, or the call around it that an edit changes."""
    spots = [*node.spot.with_callers()] if node.spot is not None else []
    lines = {(edit.file, edit.line) for edit in edits}
    found = next((spot for spot in spots if (spot.code.co_filename, spot.line) in lines), spots[0] if spots else None)
    return found.span if found is not None else None


def _told_by_caller(spot: Spot, name: str, new: str) -> tuple[Edit, ...]:
    code, caller = spot.code, spot.caller
    names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    call = expression_at(caller, ast.Call) if caller is not None and name in names else None
    if caller is None or not isinstance(call, ast.Call) or any(isinstance(one, ast.Starred) for one in call.args):
        return ()
    at = names.index(name) - (names[0] in ("self", "cls"))
    given = given_as(call, name, at if names.index(name) < code.co_argcount else None)
    file = caller.code.co_filename
    if given is None:
        # It was left at its default; others may rely on that.
        last = [*call.args, *(word.value for word in call.keywords)]
        is_whole = all(word.arg is not None for word in call.keywords)
        return replaced_text(file, last[-1], f"{ast.unparse(last[-1])}, {name}={new}") if last and is_whole else ()
    if whole_number(given) is not None:
        return replaced_text(file, given, new)
    return _told_by_caller(caller.in_function, given.id, new) if isinstance(given, ast.Name) else ()


def _told_to_constructor(node: Node, name: str, new: str) -> tuple[Edit, ...]:
    call = constructor_of(node)
    given = argument_of(call, type(node.module), name) if call is not None and node.module is not None else None
    if given is None or node.spot is None or whole_number(given) is None:
        return ()
    return replaced_text(node.spot.code.co_filename, given, new)
