"""Any operation that was refused: dtypes, and small changes of its operands, one at a time."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from itertools import combinations

from shapecheck.candidate import Candidate, Step
from shapecheck.evidence import Argument, Evidence, Operation
from shapecheck.reading.edits import expression, replaced, suffixed
from shapecheck.reading.failing import INDEX_LOSSES, SAME_SHAPE_LOSSES, dtype, failed, kind, operand, says, tensors
from shapecheck.reading.mismatches import PRODUCTS, SPREADING
from shapecheck.reading.origins import trace
from shapecheck.reading.sources import unread_parameters, unused_names, user_sources
from shapecheck.remedies.constructors.arguments import constructor_argument
from shapecheck.remedies.moves import puts_in

# Layers whose constructor fixes a size of their input, and the argument that does it.
_WIDTHS = ("in_features", "input_size", "in_channels", "num_features", "num_embeddings", "normalized_shape")

_CASTS = re.compile(r"\.(double|float|half|long|int|bool)\(\)$|\.(to|type)\(torch\.\w+\)$")
_REFUSED = r"missing \d+ required .*argument|positional arguments? but \d+ (was|were) given|unexpected keyword argument"
_OF_SCORES = ("softmax", "log_softmax", "softmin", "gelu", "silu")
_NO_SCORES = "whole numbers are seldom scores: what they were made of, or what was made of them, may be meant"
_NOT_SCALED = "images in bytes are divided by their largest value most often, which changes every number behind them"
KNOWN = (
    *SPREADING,
    *PRODUCTS,
    "cat",
    "concat",
    "stack",
    "einsum",
    "backward",
    "same_shape",
    "same_beginning",
    "__setitem__",
    "__getitem__",
)


def candidates(evidence: Evidence) -> list[Candidate]:
    """Changes that are worth a trial for whatever it was; each must be tried before it may be believed."""
    operation = failed(evidence)
    if operation is None or says(evidence, _REFUSED):
        # No change of what is given makes it more or fewer arguments.
        return []
    return [
        *_dtypes(evidence, operation),
        *_other_variables(evidence, operation),
        *_of_operands(evidence, operation),
        *_of_layer(evidence, operation),
    ]


def _dtypes(evidence: Evidence, operation: Operation) -> Iterator[Candidate]:
    if not says(evidence, r"dtype|scalar type|type \(|Float|Long|Double|Half|FloatTensor"):
        return
    items = [*tensors(operation)]
    if evidence.operation is not None and evidence.operation is not operation:
        items += tensors(evidence.operation)
    wanted = str(operation.config.get("dtype", "")) or next(
        (dtype(operation, item.role) for item in items if item.value.facts.get("requires_grad")), ""
    )
    wanted = wanted or ("float32" if items else "")
    # What a model was given is refused farther in as what it is there: of another dtype nothing was said.
    refused = {dtype(operation, item.role) for item in tensors(operation)}
    method = {"float32": ".float()", "float64": ".double()", "float16": ".half()", "int64": ".long()"}.get(wanted)
    if method is not None:
        yield from _states_cast(evidence, operation, wanted, method)
    for item in items:
        record = item.value.record
        if record is None or method is None or record.dtype == wanted or item.span is None:
            continue
        if refused and record.dtype not in refused:
            continue
        if kind(operation) in INDEX_LOSSES and item.role == "target" and record.ndim == 1:
            # One whole number for each row is a label: as a probability it would only silence the loss.
            continue
        step = Step("to", item.role, (wanted,))
        doubt = _NO_SCORES if kind(operation) in _OF_SCORES and record.dtype.startswith("int") else ""
        doubt = doubt or (_NOT_SCALED if _is_bright(evidence, operation, item) else "")
        if not kind(operation).endswith("_") or item != items[0]:
            # What is changed in its place is not changed where a copy of it was.
            change = suffixed(item.span, method)
            yield Candidate(change.text, (change,), (step,), 0.15, doubt)
        for far, origin in enumerate(trace(evidence, item.span, through=True)):
            # The farther, the nearer to the cause: a dtype is decided where the data comes from.
            if isinstance(expression(origin.span.text), ast.Tuple):
                # All that a function returns, of which this is one.
                continue
            change = suffixed(origin.span, method)
            title = f"{origin.expression} = {change.text}"
            yield Candidate(title, (change,), (step,), 0.1 - 0.05 * far, doubt)
            if _CASTS.search(origin.span.text):
                # What stands in front of a cast has no say in the dtype that it gives.
                break


def _states_cast(evidence: Evidence, operation: Operation, wanted: str, method: str) -> Iterator[Candidate]:
    """Both states of a layer, where both are of another dtype than its weights: one alone would be refused still."""
    states = [operand(operation, role) for role in ("h_0", "c_0")]
    odd = [each for each in states if each is not None and dtype(operation, each.role) != wanted]
    spans = [trace(evidence, each.span)[:1] for each in odd if each.span is not None]
    made = [origin.span for found in spans for origin in found]
    if len(odd) == len(set(made)) == 2:
        steps = tuple(Step("to", each.role, (wanted,)) for each in odd)
        changes = tuple(suffixed(span, method) for span in made)
        yield Candidate(changes[0].text, changes, steps, 0.05)


def _is_bright(evidence: Evidence, operation: Operation, item: Argument) -> bool:
    """Whether an operand holds the bytes of images, more than zeros and ones, that nothing in the script scales."""
    record = item.value.record
    if record is None or record.dtype != "uint8" or kind(operation) != "Conv2d" or item.value.facts.get("max", 2) <= 1:
        return False
    return not any("255" in line for source in user_sources(evidence) for line in source.lines)


def _other_variables(evidence: Evidence, operation: Operation) -> Iterator[Candidate]:
    """Another tensor of the function in place of the one that was refused: the wrong name was written."""
    frame = evidence.user_frame
    name = operation.name.rpartition(".")[2]
    if frame is None or operation is not evidence.operation or _is_loss(name) or name in KNOWN:
        return
    idle = unused_names(frame.span) | unread_parameters(frame.span)
    for item in tensors(operation)[:4]:
        record = item.value.record
        if record is None or item.span is None or not item.span.text.isidentifier():
            continue
        want = operation.config.get("in_features") or operation.config.get("input_size")
        for name, held in frame.names.items():
            other = held.record
            if other is None or held.kind != "tensor" or name in (item.span.text, "_") or not name.isidentifier():
                continue
            step = Step("stand_in", item.role, other.shape)
            # Rows of other samples, as those of a state are, were not made to be read here.
            is_of_rows = len(other.shape) != len(record.shape) or other.shape[:1] == record.shape[:1]
            if name in idle and is_of_rows and want is not None and other.shape[-1:] == (want,):
                # Something was made and is used nowhere, and it fits here.
                yield Candidate(name, (replaced(item.span, name),), (step,), 0.02)
            elif len(other.shape) == len(record.shape) and other.shape != record.shape:
                yield Candidate(name, (replaced(item.span, name),), (step,), 1.6)


def _of_operands(evidence: Evidence, operation: Operation) -> Iterator[Candidate]:
    name = operation.name.rpartition(".")[2]
    if name in KNOWN or _is_loss(name) or operation.name.startswith("einops"):
        # There, nearly every change of an axis makes the sizes fit, and few are right.
        return
    items = tensors(operation) or tensors(evidence.operation)
    for item in items[:6]:
        for suffix, step, cost in _changes(item):
            if item.span is not None and not puts_in(item.span, suffix):
                change = suffixed(item.span, suffix)
                yield Candidate(change.text, (change,), (step,), cost)


def _is_loss(name: str) -> bool:
    return name in (*INDEX_LOSSES, *SAME_SHAPE_LOSSES) or "loss" in name.lower()


def _changes(item: Argument) -> Iterator[tuple[str, Step, float]]:
    record = item.value.record
    assert record is not None
    role, sizes = item.role, record.shape
    count = len(sizes)
    for kept, name in (("int64", "long"), ("float32", "float")):
        if record.dtype != kept:
            yield f".{name}()", Step("to", role, (kept,)), 2.0
    for axis, size in enumerate(sizes):
        if size == 1:
            yield f".squeeze({axis})", Step("squeeze", role, (axis,)), 2.0
    for axis in range(count + 1):
        yield f".unsqueeze({axis})", Step("unsqueeze", role, (axis,)), 2.2
    for left, right in combinations(range(count), 2):
        if sizes[left] != sizes[right]:
            yield f".transpose({left}, {right})", Step("transpose", role, (left, right)), 2.4
    if count == 4:
        for order in ((0, 3, 1, 2), (0, 2, 3, 1)):
            yield f".permute{order}", Step("permute", role, order), 2.6
    if count == 3:
        for turned in ((2, 0, 1), (1, 2, 0)):
            yield f".permute{turned}", Step("permute", role, turned), 3.0
    if count > 2:
        yield ".flatten(1)", Step("flatten", role, (1,)), 2.8
        yield ".flatten(0, 1)", Step("flatten", role, (0, 1)), 3.2


def _of_layer(evidence: Evidence, operation: Operation) -> Iterator[Candidate]:
    sizes = {size for item in tensors(operation) if item.value.record for size in item.value.record.shape}
    for name in _WIDTHS:
        if name in operation.config:
            for size in sorted(sizes - {operation.config[name]}):
                yield from constructor_argument(evidence, operation, name, size, cost=2.5)
