"""What ran before a crash, and what the axes of the failing call are by it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import torch
from torch import nn

from shapecheck.capture.crashes.crash import LiveCrash
from shapecheck.capture.crashes.flight import Entry
from shapecheck.capture.crashes.flight_story import Told, told_of
from shapecheck.capture.crashes.operations import module_call
from shapecheck.capture.ledger import in_order_of_begin
from shapecheck.capture.parameters import parameters
from shapecheck.check import check_call
from shapecheck.contract import Outcome
from shapecheck.dims import Bindings
from shapecheck.evidence import Argument, Operation
from shapecheck.label import Unlabelled, label, label_forward
from shapecheck.protocol import LOSS
from shapecheck.records import CallRecord, TensorRecord, Trace, TraceEntry


def traced(crash: LiveCrash, entries: Iterable[Entry]) -> LiveCrash:
    """The crash, with the trace up to it in its evidence, and the names of the axes that the trace tells.

    Args:
        crash: The crash, with its live objects.
        entries: What the flight recorder has of the calls before it.
    """
    with torch._C.DisableTorchFunction():
        trace = _trace(crash, list(entries))
    if trace is None:
        return crash
    evidence = replace(crash.evidence, trace=trace, sizes=trace.sizes)
    return replace(crash, evidence=replace(evidence, operation=_labelled(evidence.operation, trace)))


def _trace(crash: LiveCrash, entries: list[Entry]) -> Trace | None:
    """The calls of the model's last forward up to the crash, with their dims; None if no model can be seen."""
    raised = [call for frame in crash.frames if (call := module_call(frame))]
    raised = [call for at, call in enumerate(raised) if not at or call[0] is not raised[at - 1][0]]
    root = _root(crash, entries)
    if root is None:
        return None
    told = told_of(entries, root, raised)
    if not told:
        return None
    calls, sizes = _with_dims(told)
    told = [replace(one, record=call) for call, one in zip(calls, told, strict=True)]
    rows = tuple(TraceEntry(one.record, one.count) for one in in_order_of_begin(told))
    return Trace(type(root).__name__, rows, parameters(root), sizes=sizes)


def _root(crash: LiveCrash, entries: list[Entry]) -> nn.Module | None:
    """The model: what is being called; or, where a loss failed or nothing is, what was called last."""
    if crash.root is not None and type(crash.root).__module__ != "torch.nn.modules.loss":
        return crash.root
    last: dict[int, int] = {entry[0]: at for at, entry in enumerate(entries)}
    candidates: list[tuple[int, nn.Module]] = []
    for frame in crash.frames:
        if frame.is_user:
            held: Mapping[str, Any] = {**frame.frame.f_globals, **frame.frame.f_locals}
            candidates += [
                (last[id(value)], value)
                for value in held.values()
                if isinstance(value, nn.Module) and id(value) in last and entries[last[id(value)]][1] is type(value)
            ]
    candidates = [pair for pair in candidates if type(pair[1]).__module__ != "torch.nn.modules.loss"]
    return max(candidates, key=lambda pair: pair[0], default=(0, crash.root))[1]


def _with_dims(told: list[Told]) -> tuple[list[CallRecord], tuple[tuple[str, int], ...]]:
    steps = [_unlabelled(one) for one in told]
    calls, bindings = label_forward(steps, Bindings())
    return list(calls), tuple((dim, bound.size) for dim, bound in bindings.items())


def _unlabelled(one: Told) -> Unlabelled:
    """A call to be labelled; what a loss refused has not the axes that the loss would read."""
    outcome = _outcome(one)
    if outcome is not None and outcome.violations and one.record.module == LOSS:
        return Unlabelled(one.record)
    return Unlabelled(one.record, contract=one.contract, outcome=outcome, ends=one.ends)


def _outcome(one: Told) -> Outcome | None:
    if one.contract is None or one.call is None:
        return None
    try:
        return check_call(one.contract, one.call)
    except Exception:
        return None


def _labelled(operation: Operation | None, trace: Trace) -> Operation | None:
    """The operation whose operands say what their axes are, as far as the trace tells."""
    if operation is None:
        return None
    seen = [record for entry in trace for record in (*entry.call.inputs, *entry.call.outputs)]
    bindings = Bindings()
    for dim, size in trace.sizes:
        bindings = bindings.bind(dim, size, "the trace")
    records = [argument.value.record for argument in operation.arguments if argument.value.record is not None]
    found = label(CallRecord("", "", inputs=tuple(records)), bindings, seen=seen)
    return replace(operation, arguments=tuple(_with_records(operation.arguments, iter(found.call.inputs))))


def _with_records(arguments: tuple[Argument, ...], records: Iterator[TensorRecord]) -> Iterator[Argument]:
    for argument in arguments:
        has = argument.value.record is not None
        yield replace(argument, value=replace(argument.value, record=next(records))) if has else argument
