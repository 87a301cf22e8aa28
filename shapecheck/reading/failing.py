"""Reads the operation that failed in a crash, for those who name causes and those who make changes."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from math import prod

from shapecheck.evidence import Argument, Evidence, Operation, Origin, Span, Value
from shapecheck.reading.definitions import method_of
from shapecheck.reading.edits import expression, piece
from shapecheck.reading.origins import trace
from shapecheck.reading.sources import Source, user_sources

RECURRENT = ("RNN", "LSTM", "GRU")
CELLS = ("RNNCell", "LSTMCell", "GRUCell")
# The roles of the states of both, in the order in which they are asked for.
STATES = ("h_0", "hx", "c_0")
CONVOLUTIONS = ("Conv1d", "Conv2d", "Conv3d", "ConvTranspose1d", "ConvTranspose2d", "ConvTranspose3d")
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


def batch_of(operation: Operation) -> int | None:
    """How many sequences the input of a recurrent layer holds; None for an unbatched or unknown one."""
    found = value(operation, "input")
    if found is None or found.record is None:
        return None
    if found.record.packing is not None:
        return found.record.packing.sequences
    sizes = found.record.shape
    return sizes[0 if operation.config.get("batch_first") else 1] if len(sizes) == 3 else None


def takes_samples_first(operation: Operation) -> bool:
    """Whether a layer was told ``batch_first``; one of the Transformer's keeps it with its attention."""
    told = operation.config.items()
    return any(bool(setting) for name, setting in told if name.rpartition(".")[2] == "batch_first")


def state_roles(operation: Operation) -> tuple[str, ...]:
    """The roles of the states that a recurrent layer was given."""
    return tuple(role for role in STATES if shape(operation, role) is not None)


def state_sizes(operation: Operation, role: str) -> tuple[int, int | None, int]:
    """What a state of this layer must be: layers times directions, batch (None where unknown), width."""
    directions = 2 if operation.config.get("bidirectional") else 1
    width = number(operation, "hidden_size") if role == "c_0" else number(operation, "proj_size")
    return (
        directions * max(number(operation, "num_layers"), 1),
        batch_of(operation),
        width or number(operation, "hidden_size"),
    )


def numbers(operation: Operation, *prefixes: str) -> list[int | None]:
    """The whole numbers given for a spread argument: the sizes of ``view(2, -1)``."""
    found = [item.value.text for item in operation.arguments if item.role.startswith(prefixes)]
    return [int(text) if text.lstrip("-").isdecimal() else None for text in found]


def features_elsewhere(evidence: Evidence) -> tuple[int, int] | None:
    """The axis that has the size which the last one should have, and that size, where a layer reads the last axis."""
    operation = failed(evidence, *RECURRENT, "Linear")
    sizes = shape(operation, "input")
    if operation is None or sizes is None or len(sizes) < 3:
        return None
    want = features_taken(operation)
    if sizes[-1] == want or want < 2:
        return None
    if len(sizes) > 3 and kind(operation) != "Linear":
        # No layer walks along the places of a map: it has axes too many.
        return None
    # Maps keep their channels in axis 1; that any other of their axes is as long says nothing.
    axis = next((axis for axis in ((1, 0) if len(sizes) == 3 else (1,)) if sizes[axis] == want), None)
    return None if axis is None else (axis, want)


def took_a_feature(evidence: Evidence) -> str:
    """The text of an index that took a position of the last axis of three: ``x[..., -1]``, ``x[:, :, -1]``."""
    operation = failed(evidence, *RECURRENT, "Linear")
    item = operand(operation, "input")
    if item is None or item.span is None:
        return ""
    spans = [item.span, *(found.span for found in trace(evidence, item.span)[:2])]
    return next((found.text for span in spans if (found := index_of_features(span)) is not None), "")


def index_of_features(span: Span) -> Span | None:
    """An index that takes one position of the last axis and all of two before; behind it, calls of one argument."""
    node = expression(span.text)
    while isinstance(node, ast.Call) and len(node.args) == 1 and not node.keywords:
        node = node.args[0]
    if not isinstance(node, ast.Subscript):
        return None
    index = piece(span, node)
    return index if re.search(r"\[(\.\.\.|:, *:), *-?\d+\]$", index.text) else None


def flat_width(evidence: Evidence) -> int | None:
    """The width of a row where each sample was flattened in front of a Linear that wants another width."""
    operation = failed(evidence, "Linear")
    sizes = shape(operation, "input")
    if operation is None or sizes is None or sizes[-1:] == (number(operation, "in_features"),):
        return None
    item = operand(operation, "input")
    texts = []
    if item is not None and item.span is not None:
        texts = [item.span.text, *(found.span.text for found in trace(evidence, item.span)[:2])]
    flattened = any(re.search(r"flatten\(|\.view\(|\.reshape\(", text) for text in texts)
    if evidence.inner is not None and len(sizes) == 2:
        outer = shape(evidence.operation, "input", "args[0]", "x")
        flattened = flattened or (outer is not None and len(outer) > 2)
    return sizes[-1] if flattened and len(sizes) == 2 else None


def not_flattened(evidence: Evidence) -> int | None:
    """How many axes a Linear should have got as one: their sizes multiply to what it wants."""
    operation = failed(evidence, "Linear")
    sizes = shape(operation, "input")
    if operation is None or sizes is None or len(sizes) < 3:
        return None
    want = number(operation, "in_features")
    for cut in range(1, len(sizes) - 1):
        if prod(sizes[cut:]) == want:
            return len(sizes) - cut
    return None


def two_directions(evidence: Evidence) -> bool:
    """Whether a layer got twice, or half, the width that it wants, behind a bidirectional layer."""
    operation = failed(evidence, "Linear", *RECURRENT)
    sizes = shape(operation, "input")
    if operation is None or not sizes:
        return False
    want = features_taken(operation)
    if want == 0 or (sizes[-1] != 2 * want and 2 * sizes[-1] != want):
        return False
    return any("bidirectional=True" in line for source in user_sources(evidence) for line in source.lines)


def fixed_batch(evidence: Evidence) -> str:
    """The text of a batch size that was handed on as a number, while the batch at hand has another size."""
    operation = failed(evidence, *INDEX_LOSSES, *SAME_SHAPE_LOSSES)
    if operation is None:
        return ""
    given, wanted = operand(operation, "input"), operand(operation, "target")
    left, right = shape(operation, "input"), shape(operation, "target")
    if given is None or wanted is None or given.span is None or not left or not right or left[0] == right[0]:
        return ""
    names = {name: held.text for frame in evidence.frames for name, held in frame.names.items() if held.text}
    for origin in trace(evidence, given.span)[:1]:
        call = re.match(r"(?!torch\.)[\w.]+\((.*)\)$", origin.span.text, re.DOTALL)
        for part in (each.strip() for each in (call.group(1).split(",") if call else ())):
            if names.get(part, part) == str(left[0]):
                return part
    return ""


def widths_differ(evidence: Evidence) -> bool:
    """Whether tensors to be stacked differ in their last axis alone, which is no length of a sequence."""
    if evidence.inner is not None and any(frame.function == "fetch" for frame in evidence.frames):
        # Samples that a loader puts together: whatever differs is their length.
        return False
    operation = failed(evidence, "stack")
    shapes = [item.value.record.shape for item in tensors(operation) if item.value.record] if operation else []
    return (
        len(shapes) > 1
        and len({len(sizes) for sizes in shapes}) == 1
        and len(shapes[0]) > 1
        and (len({sizes[:-1] for sizes in shapes}) == 1)
    )


def replaced_layer(evidence: Evidence) -> tuple[Source, ast.ClassDef, list[ast.Assign]] | None:
    """The assignments of one attribute in one constructor, where the layer that failed came second under its name."""
    operation = failed(evidence)
    callee = operation.callee if operation is not None else ""
    if not re.fullmatch(r"self\.\w+", callee):
        return None
    for source in user_sources(evidence):
        for owner in source.classes:
            maker = method_of(owner, "__init__")
            made = [
                line
                for line in (maker.body if maker is not None else ())
                if isinstance(line, ast.Assign) and isinstance(line.value, ast.Call) and _is_named(line, callee)
            ]
            if len(made) > 1 and not any(_reads_itself(line, callee) for line in made):
                return source, owner, made
    return None


def _is_named(line: ast.Assign, callee: str) -> bool:
    return len(line.targets) == 1 and ast.unparse(line.targets[0]) == callee


def _reads_itself(line: ast.Assign, callee: str) -> bool:
    """Whether a layer is wrapped in another one: ``self.conv = weight_norm(self.conv)``."""
    return callee in ast.unparse(line.value)


def is_whole_output(operation: Operation, item: Argument) -> bool:
    """Whether the input of a recurrent layer is all that the layer before it gave, its states with it.

    Args:
        operation: The call.
        item: One of its operands.
    """
    if item.role != "input" or operation.name.rpartition(".")[2] not in (*RECURRENT, *CELLS):
        return False
    is_written = item.span is not None and item.span.text.startswith("(")
    return not is_written and item.value.kind == "tuple" and bool(item.value.items)
