"""The call that made a module, in the user's source: it is where most changes to a layer belong."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator

from torch import nn

from shapecheck.capture.recording.tape import Node
from shapecheck.capture.recording.user_code import tree_of
from shapecheck.reading.assignments import values_given
from shapecheck.reading.edits import expression
from shapecheck.reading.sources import last_name, walk


def constructor_of(node: Node) -> ast.Call | None:
    """The one call in the user's file that can have made the module that a node lies in; None if several could.

    A call is known by the name that the module was called by (``self.lstm``), and where it was called by none, as in a
    Sequential, by its class and by the arguments that stand there as plain numbers.
    """
    made = constructors_of(node)
    if len(made) > 1 and node.spot is not None:
        tree = tree_of(node.spot.code.co_filename)
        named = _assigned_to(tree, _called_name(node))
        given = [call for call in made if any(call is item for item in named)]
        made = given or [call for call in made if any(call is item for item in _handed(tree, named))]
    return made[0] if len(made) == 1 else None


def constructors_of(node: Node) -> list[ast.Call]:
    """All calls in the user's file that can have made the module that a node lies in, whatever they are named."""
    if node.spot is None or node.module is None:
        return []
    tree = tree_of(node.spot.code.co_filename)
    made = [call for call in _calls(tree) if last_name(call.func) == type(node.module).__name__]
    return [call for call in made if _can_have_made(call, node.module)]


def argument_of(call: ast.Call, kind: type[nn.Module], name: str) -> ast.expr | None:
    """What stands in a constructor's call for one of its parameters."""
    return _given(call, kind).get(name)


def _calls(tree: ast.AST | None) -> Iterator[ast.Call]:
    for item in walk(tree):
        if isinstance(item, ast.Call):
            yield item


def _can_have_made(call: ast.Call, module: nn.Module) -> bool:
    for name, value in _given(call, type(module)).items():
        if isinstance(value, ast.Constant) and hasattr(module, name):
            own = getattr(module, name)
            if isinstance(own, tuple) and isinstance(value.value, int):
                # A kernel size of 3 is kept as (3, 3).
                own = own[0] if len(set(own)) == 1 else own
            if isinstance(own, bool | int | float | str) and own != value.value:
                return False
    return True


def _given(call: ast.Call, kind: type[nn.Module]) -> dict[str, ast.expr]:
    try:
        names = list(inspect.signature(kind.__init__).parameters)[1:]
    except (TypeError, ValueError):
        names = []
    if issubclass(kind, nn.RNNBase):
        names = ["input_size", "hidden_size", "num_layers", "bias", "batch_first", "dropout", "bidirectional"]
    found = dict(zip(names, call.args, strict=False))
    return found | {keyword.arg: keyword.value for keyword in call.keywords if keyword.arg is not None}


def _called_name(node: Node) -> str:
    """``self.lstm`` where the spot is ``self.lstm(x)``; its last part alone is what an assignment must have."""
    assert node.spot is not None
    item = expression(node.spot.span.text)
    return last_name(item.func) if isinstance(item, ast.Call) else ""


def _handed(tree: ast.AST | None, made: list[ast.expr]) -> Iterator[ast.AST]:
    """What stands in the calls that made something, or was assigned last to the names that are handed over there."""
    for call in made:
        for item in ast.walk(call):
            yield item
            if isinstance(item, ast.Name | ast.Attribute) and item is not getattr(call, "func", None):
                above = [one for one in _assigned_to(tree, last_name(item)) if one.lineno < call.lineno]
                yield from sorted(above, key=lambda one: one.lineno)[-1:]


def _assigned_to(tree: ast.AST | None, name: str) -> list[ast.expr]:
    statements = walk(tree) if tree is not None and name else ()
    return [value for each in statements for target, value in values_given(each) if last_name(target) == name]
