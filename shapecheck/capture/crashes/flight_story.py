"""The trace of the last forward, from what the flight recorder kept and the frames of the crash."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from torch import nn

from shapecheck.capture.calls import call_record, inputs_of, outputs_of
from shapecheck.capture.configs import call_of, contract_of, is_begun
from shapecheck.capture.crashes.flight import Entry, real
from shapecheck.contract import Call, Contract
from shapecheck.protocol import LOSS
from shapecheck.records import CallRecord, Status, TensorRecord

MAX_EARLIER = 16


@dataclass(frozen=True)
class Told:
    """One call of the trace, with what its contract needs to judge it.

    Args:
        record: The call.
        count: How often it occurred.
        contract: The contract of its module, if it has one.
        call: How that is asked.
        ends: Which tensor came in first and which came out first, by `id`; 0 where nobody knows.
    """

    record: CallRecord
    count: int = 1
    contract: Contract | None = None
    call: Call | None = None
    ends: tuple[int, int] = (0, 0)

    @property
    def paths(self) -> tuple[str, ...]:
        """Every path of the module."""
        return (self.record.module,)


def told_of(
    entries: Iterable[Entry], root: nn.Module, raised: Iterable[tuple[nn.Module, tuple[Any, ...], Mapping[str, Any]]]
) -> list[Told]:
    """The calls of the last forward of a model, in the order in which they ended, those that failed included.

    Args:
        entries: What the recorder has.
        root: The model.
        raised: The modules that were being called at the crash, with their arguments, outermost first.
    """
    paths = {id(module): (path, module) for path, module in (root.named_modules() if is_begun(root) else ())}
    failing = list(raised)
    told: list[Told] = []
    for found in _last_forward(list(entries), root, paths, is_running=any(it[0] is root for it in failing)):
        path, module = paths[found[0]]
        args, output = real(found[2]), real(found[3])
        given = tuple(args) if isinstance(found[2], list) else (args,)
        told.append(_told(path, module, given, {}, output, "returned", training=found[4], ends=found[5]))
    for module, args, kwargs in reversed(failing):
        if id(module) in paths:
            path, ends = paths[id(module)][0], (id(args[0]) if args else 0, 0)
            told.append(_told(path, module, args, kwargs, None, "raised", training=module.training, ends=ends))
    counts: dict[CallRecord, Told] = {}
    for one in told:
        before = counts.get(one.record)
        counts[one.record] = one if before is None else replace(before, count=before.count + 1)
    return list(counts.values())


def earlier_calls(entries: Iterable[Entry], module: nn.Module) -> tuple[CallRecord, ...]:
    """The calls of one module that went well, each of its kind once, the last ones first.

    Args:
        entries: What the recorder has.
        module: The module.
    """
    contract = contract_of(module)
    found: dict[CallRecord, None] = {}
    for entry in reversed(list(entries)):
        if entry[0] != id(module) or entry[1] is not type(module):
            continue
        args, output = real(entry[2]), real(entry[3])
        given = args if isinstance(entry[2], list) else (args,)
        inputs = inputs_of(module, given, {}, contract)
        record = _without_meta(call_record("", module, inputs, outputs_of(output, contract)), entry[4])
        found.setdefault(record)
        if len(found) >= MAX_EARLIER:
            break
    return tuple(found)


def _last_forward(
    entries: list[Entry], root: nn.Module, paths: Mapping[int, tuple[str, nn.Module]], *, is_running: bool
) -> list[Entry]:
    """The calls since the model's last forward began; a call of the model itself ends a forward."""
    found: list[Entry] = []
    for entry in reversed(entries):
        is_ours = entry[0] in paths and type(paths[entry[0]][1]) is entry[1]
        if not is_ours:
            continue
        if entry[0] == id(root) and (found or is_running):
            break
        found.append(entry)
    return found[::-1]


def _told(
    path: str,
    module: nn.Module,
    args: tuple[Any, ...],
    kwargs: Mapping[str, Any],
    output: Any,
    status: Status,
    *,
    training: bool,
    ends: tuple[int, int],
) -> Told:
    contract = contract_of(module)
    place = path or (LOSS if type(module).__module__ == "torch.nn.modules.loss" else "")
    outputs = outputs_of(output, contract) if status == "returned" else ()
    record = call_record(place, module, inputs_of(module, args, kwargs, contract), outputs, status)
    record = _without_meta(record, training)
    try:
        call = call_of(module, args, kwargs, contract=contract) if contract is not None else None
    except Exception:
        call = None
    return Told(record, 1, contract, call, ends)


def _without_meta(record: CallRecord, training: bool) -> CallRecord:
    inputs, outputs = tuple(map(_on_cpu, record.inputs)), tuple(map(_on_cpu, record.outputs))
    return replace(record, training=training, inputs=inputs, outputs=outputs)


def _on_cpu(record: TensorRecord) -> TensorRecord:
    return replace(record, device="cpu") if record.device == "meta" else record
