"""How the size of a layer is spelt where it was made, and in what called that: is it named for steps, or as another?"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from torch import nn

from shapecheck.capture.instruments.tensors.constructors import argument_of, constructor_of, constructors_of
from shapecheck.capture.instruments.tensors.made import made_by
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node
from shapecheck.capture.recording.user_code import Spot
from shapecheck.reading.definitions import parameters_taken
from shapecheck.reading.edits import expression
from shapecheck.reading.sources import function_of_line, last_name, source_of

_POSITIONS = re.compile(
    r"(^|_)(t|len|length|seq(uence)?(len)?|(time_?)?steps?|time|timesteps|window|look_?back|lags|history|context|"
    r"horizon|frames?|patch(es)?|tokens?|nodes?|joints?|points?|positions?|fields?|slots|regions?|places|atoms|"
    r"residues|words|parts|objects|agents|stations|series|variates|variables)$",
    re.IGNORECASE,
)
# Layer -> the argument that says how many features come out of it, and that says how many it reads.
_OUT = {
    "linear": "out_features",
    "embedding": "embedding_dim",
    "lstm": "hidden_size",
    "gru": "hidden_size",
    "rnn_tanh": "hidden_size",
    "rnn_relu": "hidden_size",
    "conv1d": "out_channels",
    "conv2d": "out_channels",
}
_IN = {
    "linear": "in_features",
    "lstm": "input_size",
    "gru": "input_size",
    "rnn_tanh": "input_size",
    "rnn_relu": "input_size",
    "conv1d": "in_channels",
    "batch_norm": "num_features",
    "instance_norm": "num_features",
    "group_norm": "num_channels",
    "layer_norm": "normalized_shape",
}
# Function -> the text of a size in it.
Spelling = dict[str, str]


def size_read(step: Step, node: Node) -> Spelling:
    """How the number of features that a layer reads is spelt, in the function that made it and in those around."""
    return _spelling(step, node, _IN.get(node.name, ""))


def size_made(step: Step, node: Node) -> Spelling:
    """The same of the number of features that come out of it."""
    return _spelling(step, node, _OUT.get(node.name, ""))


def is_same_size(one: Spelling, other: Spelling) -> bool:
    """Whether one name, in one function, stands for both."""
    return any(other.get(place) == text and not text.isdigit() for place, text in one.items())


def is_other_size(one: Spelling, other: Spelling) -> bool:
    """Whether one function has two names for them."""
    return not is_same_size(one, other) and any(place in other and other[place] != text for place, text in one.items())


def is_otherwise_named(one: Spelling, other: Spelling) -> bool:
    """Whether one function has names for both, and none of them in common."""
    pairs = [(set(_names(text)), set(_names(other[place]))) for place, text in one.items() if place in other]
    return any(mine and theirs and not mine & theirs for mine, theirs in pairs) and not is_same_size(one, other)


def is_part_of_size(one: Spelling, other: Spelling) -> bool:
    """Whether one is spelt as a part of the other, or the other way round: ``width`` and ``heads * width``."""
    pairs = [(set(_names(text)), set(_names(other[place]))) for place, text in one.items() if place in other]
    return any(mine and theirs and (mine <= theirs or theirs <= mine) for mine, theirs in pairs)


def is_for_positions(size: Spelling) -> bool:
    """Whether a name of a size says that it counts steps, or other positions."""
    return any(_POSITIONS.search(name) for text in size.values() for name in _names(text))


def _names(text: str) -> Iterator[str]:
    value = expression(text)
    items = [*ast.walk(value)] if value is not None else []
    owners = [item.value for item in items if isinstance(item, ast.Attribute)]
    # ``len(classes)`` counts classes, and is no length of anything.
    owners += [item.func for item in items if isinstance(item, ast.Call)]
    for item in items:
        if isinstance(item, ast.Name | ast.Attribute) and item not in owners:
            yield item.id if isinstance(item, ast.Name) else item.attr


def _spelling(step: Step, node: Node, name: str) -> Spelling:
    if not name or node.module is None or node.spot is None:
        return {}
    spot = made_by(step, node)
    if spot is not None and not _made_another(node, _call_at(spot)):
        call = _call_at(spot)
        value = argument_of(call, type(node.module), name) if call is not None else None
        return dict(_upwards(spot, value)) if value is not None else {}
    file, call = node.spot.code.co_filename, constructor_of(node)
    # Layers that are made alike, and called by one name in turn, are spelt alike.
    values = [argument_of(one, type(node.module), name) for one in ([call] if call else constructors_of(node))]
    found = {
        (_place(file, function_of_line(source_of(file), value.lineno)), ast.unparse(value)) for value in values if value
    }
    return dict(found) if len(found) == 1 and None not in values else {}


def _made_another(node: Node, call: ast.Call | None) -> bool:
    """Whether a call made another of torch's layers: where two share one weight, it was filled for the first."""
    made = last_name(call.func) if call is not None else None
    return made is not None and made != type(node.module).__name__ and hasattr(nn, made)


def _upwards(spot: Spot, value: ast.expr) -> Iterator[tuple[str, str]]:
    """The text in the function of a call, and in those that handed it on as an argument."""
    at: Spot | None = spot
    while at is not None:
        file = at.code.co_filename
        function = function_of_line(source_of(file), at.line)
        yield _place(file, function), ast.unparse(value)
        at = at.in_function.caller
        call = _call_at(at) if at is not None else None
        if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef) or call is None:
            return
        names = [item.id for item in ast.walk(value) if isinstance(item, ast.Name)]
        given = _given(function, call)
        handed = [given[name] for name in names if name in given]
        if len(handed) != 1 or len(names) != 1:
            return
        value = handed[0]


def _given(function: ast.FunctionDef | ast.AsyncFunctionDef, call: ast.Call) -> dict[str, ast.expr]:
    names = parameters_taken(function)
    if any(isinstance(item, ast.Starred) for item in call.args):
        return {}
    found = dict(zip(names, call.args, strict=False))
    return found | {word.arg: word.value for word in call.keywords if word.arg is not None}


def _call_at(spot: Spot) -> ast.Call | None:
    value = expression(spot.span.text)
    return value if isinstance(value, ast.Call) else None


def _place(file: str, function: ast.AST | None) -> str:
    return f"{file}:{getattr(function, 'lineno', 0)}"
