"""Reads the operation that failed in a crash, for those who name causes and those who make changes."""

from __future__ import annotations

import re
from collections.abc import Sequence

from shapecheck.evidence import Argument, Evidence, Operation, Origin, Span, Value
from shapecheck.reading.origins import trace

RECURRENT = ("RNN", "LSTM", "GRU")
CELLS = ("RNNCell", "LSTMCell", "GRUCell")
# The roles of the states of both, in the order in which they are asked for.
STATES = ("h_0", "hx", "c_0")
CONVOLUTIONS = ("Conv1d", "Conv2d", "Conv3d", "ConvTranspose1d", "ConvTranspose2d", "ConvTranspose3d")
OPTIMIZERS = (
    "SGD", "Adam", "AdamW", "RMSprop", "Adagrad", "Adadelta", "Adamax", "NAdam", "RAdam", "LBFGS", "Rprop",
)  # fmt: skip
NORMS = ("BatchNorm1d", "BatchNorm2d", "BatchNorm3d", "InstanceNorm1d", "InstanceNorm2d", "GroupNorm")
INDEX_LOSSES = ("CrossEntropyLoss", "NLLLoss", "cross_entropy", "nll_loss")
SAME_SHAPE_LOSSES = (
    "BCELoss",
    "BCEWithLogitsLoss",
    "MSELoss",
    "L1Loss",
    "SmoothL1Loss",
    "HuberLoss",
    "binary_cross_entropy",
    "binary_cross_entropy_with_logits",
    "mse_loss",
    "l1_loss",
    "smooth_l1_loss",
    "huber_loss",
)
# What takes numbers out of a tensor by a tensor of indices.
PICKS = (
    "gather",
    "scatter",
    "scatter_",
    "scatter_add",
    "scatter_add_",
    "index_select",
    "index_add",
    "index_add_",
    "take",
)
Shape = tuple[int, ...]


def failed(evidence: Evidence, *names: str) -> Operation | None:
    """The operation that failed in a crash, if its last name is among these (or whatever it is, if none is given)."""
    if evidence.crash is None:
        return None
    operation = evidence.inner or evidence.operation
    if operation is None or (names and kind(operation) not in names):
        return None
    return operation


def made(evidence: Evidence) -> Operation | None:
    """The making of a layer that failed: the call of its class, not of the layer."""
    operation = failed(evidence)
    return operation if operation is not None and operation.parameters else None


def no_whole(operation: Operation) -> tuple[Argument, ...]:
    """The arguments that are whole numbers written as something else: a float without a rest, digits as a text."""
    found = []
    for item in operation.arguments:
        is_float = item.value.kind == "number" and item.value.type.startswith("float") and item.role != "dropout"
        if (is_float or item.value.kind == "text") and re.fullmatch(r"\d+(\.0)?", item.value.text):
            found.append(item)
    return tuple(found)


def kind(operation: Operation) -> str:
    """The last part of what was called: ``"LSTM"``, ``"cat"``; a subclass of a recurrent layer counts as that layer.

    >>> kind(Operation("torch.nn.functional.cross_entropy"))
    'cross_entropy'
    """
    name = operation.name.rpartition(".")[2]
    if operation.name.startswith("torch.") or "num_layers" not in operation.config:
        return name
    return next((known for known in RECURRENT if known in name), name)


def says(evidence: Evidence, *patterns: str) -> re.Match[str] | None:
    """The first of these patterns that the exception's text holds. Texts change: only a help."""
    if evidence.crash is None:
        return None
    text = f"{evidence.crash.type}: {evidence.crash.message}"
    return next((found for pattern in patterns if (found := re.search(pattern, text, re.DOTALL))), None)


def value(operation: Operation | None, *roles: str) -> Value | None:
    """The first operand of these roles that is there."""
    found = operand(operation, *roles)
    return found.value if found else None


def operand(operation: Operation | None, *roles: str) -> Argument | None:
    """The first operand of these roles; None where nothing of that kind failed."""
    return next((found for role in roles if operation is not None and (found := operation.argument(role))), None)


def shape(operation: Operation | None, *roles: str) -> Shape | None:
    """The shape of the first of these operands that is a tensor."""
    found = value(operation, *roles)
    return found.record.shape if found and found.record and found.kind in ("tensor", "array") else None


def dtype(operation: Operation | None, *roles: str) -> str:
    """The dtype of the first of these operands, or nothing."""
    found = value(operation, *roles)
    return found.record.dtype if found and found.record else ""


def tensors(operation: Operation | None) -> tuple[Argument, ...]:
    """The operands that are tensors, the items of lists among them; what a result is written into is none."""
    given = operation.arguments if operation is not None else ()
    found = (item for item in given if item.value.kind == "tensor" and item.value.record is not None)
    return tuple(item for item in found if item.keyword != "out")


def number(operation: Operation | None, name: str) -> int:
    """A whole number of the layer's configuration; 0 where it has none of this name."""
    found = operation.config.get(name, 0) if operation is not None else 0
    return found if isinstance(found, int) else 0


def axis_told(operation: Operation | None) -> int:
    """The axis that an operation was told to run along; the first one where it was told none."""
    told = value(operation, "dim", "axis")
    return int(told.text) if told is not None and told.text.lstrip("-").isdecimal() else 0


def features_taken(operation: Operation | None) -> int:
    """How many features a layer takes that reads the last axis; 0 where it is none."""
    return number(operation, "in_features") or number(operation, "input_size")


def attention_called(evidence: Evidence) -> Operation | None:
    """The attention that was refused, or the layer of a Transformer that holds it, where its call has a place."""
    placed = (each for each in (failed(evidence), evidence.operation) if each is not None and each.span is not None)
    return next((each for each in placed if kind(each).startswith(("MultiheadAttention", "Transformer"))), None)


def maker(evidence: Evidence, operation: Operation | None) -> Origin | None:
    """The constructor call of the layer that failed."""
    if operation is None:
        return None
    known, wanted = evidence.origins.get(operation.callee, ()), kind(operation)
    made = _constructors(known, wanted)
    found = next((each for each in made if re.match(rf"[\w.]*\b{wanted}\(", each.span.text)), made[0] if made else None)
    if found is not None or evidence.operation is None or evidence.operation.span is None:
        return found
    span = evidence.operation.span
    name = operation.callee
    if operation is not evidence.operation or not name or not span.text.startswith(name):
        return None
    end = span.column + len(name)
    callee = Span(span.file, span.line, span.column, span.line, end, name)
    made = _constructors(trace(evidence, callee), wanted)
    return next((each for each in made if wanted in each.span.text), made[0] if made else None)


def _constructors(made: Sequence[Origin], wanted: str) -> list[Origin]:
    """The calls; none where a method of the class made it, which takes other things: ``from_pretrained(table)``."""
    calls = [each for each in made if "(" in each.span.text]
    return [] if calls and re.match(rf"[\w.]*\b{wanted}\.\w+\(", calls[0].span.text) else calls


def called(operation: Operation) -> str:
    """The operation, for a sentence: ``"self.lstm"``, ``"torch.cat"``."""
    return operation.callee or kind(operation)


def index_of(operation: Operation) -> Argument | None:
    """The index that gather and its like were given, also where what they were called on is not known."""
    known = operand(operation, "index")
    if known is None and kind(operation) in PICKS and not operation.name.startswith("torch"):
        known = operand(operation, "args[1]")
    return known


def no_indices(evidence: Evidence) -> tuple[Argument, ...]:
    """What stands in square brackets and is of no dtype that counts positions: floats, and bytes, taken for a mask."""
    operation = failed(evidence, "__getitem__", "__setitem__")
    given = operation.arguments if operation is not None else ()
    is_mask = says(evidence, r"shape of the mask") is not None
    refused = says(evidence, r"tensors used as indices must be") is not None
    return tuple(
        item
        for item in given
        if item.role.startswith("index")
        and item.value.kind in ("tensor", "array")
        and item.value.record is not None
        and ((is_mask and item.value.record.dtype == "uint8") or (refused and "float" in item.value.record.dtype))
    )


def takes_samples_first(operation: Operation) -> bool:
    """Whether a layer was told ``batch_first``; one of the Transformer's keeps it with its attention."""
    told = operation.config.items()
    return any(bool(setting) for name, setting in told if name.rpartition(".")[2] == "batch_first")


def numbers(operation: Operation, *prefixes: str) -> list[int | None]:
    """The whole numbers given for a spread argument: the sizes of ``view(2, -1)``."""
    found = [item.value.text for item in operation.arguments if item.role.startswith(prefixes)]
    return [int(text) if text.lstrip("-").isdecimal() else None for text in found]
