"""What a crash leaves behind: its frames, the operation that failed with its operands, the module that it was in."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from types import ModuleType

import torch
from torch import nn

from shapecheck.capture.calls import call_record, inputs_of
from shapecheck.capture.configs import call_of, contract_of, seen_through
from shapecheck.capture.crashes.assertions import condition_of
from shapecheck.capture.crashes.flight import Entry
from shapecheck.capture.crashes.frames import LiveFrame, live_frames, looked_into
from shapecheck.capture.crashes.graph_cuts import cuts_of
from shapecheck.capture.crashes.operations import LiveCall, function_call, inner_module_call, module_call, operation_at
from shapecheck.capture.crashes.origins import origins_of
from shapecheck.capture.crashes.shaped_calls import shaped_calls
from shapecheck.capture.crashes.spread_arguments import handed_on
from shapecheck.capture.crashes.told import told
from shapecheck.capture.crashes.values import value_of
from shapecheck.capture.crashes.worker_text import frames_of_text
from shapecheck.contract import Call, Contract
from shapecheck.evidence import Evidence, Frame, Shaped, Span, Value
from shapecheck.findings import Crash
from shapecheck.protocol import LOSS
from shapecheck.records import CallRecord

MAX_NAMES = 16
MAX_CHAIN = 10
MAX_MESSAGE = 20_000


@dataclass(frozen=True)
class LiveCrash:
    """A crash with its live objects.

    Args:
        evidence: All of it as plain data; what a contract says of it is still missing.
        exception: The exception in which the operation was found: the one that was raised, or a cause of it.
        frames: Its frames, outermost first.
        operation: The operation at the user's line.
        inner: The operation that raised inside a library, where that is another.
        root: The model: the outermost module that was being called.
        contract: The contract of what failed, if it has one.
        call: How that contract is asked about it.
    """

    evidence: Evidence
    exception: BaseException
    frames: tuple[LiveFrame, ...] = ()
    operation: LiveCall | None = None
    inner: LiveCall | None = None
    root: nn.Module | None = None
    contract: Contract | None = None
    call: Call | None = None

    @property
    def failed(self) -> LiveCall | None:
        """The innermost operation that is known."""
        return self.inner or self.operation


@dataclass(frozen=True)
class _Found:
    """What one exception of a chain has to say."""

    exception: BaseException
    frames: list[LiveFrame]
    at: int = -1
    operation: LiveCall | None = None
    inner: LiveCall | None = None
    modules: list[tuple[nn.Module, int]] = field(default_factory=list)


def crash_of(exception: BaseException, entries: Iterable[Entry] = ()) -> LiveCrash:
    """Read an exception while its frames are still there. Nothing of the user's is evaluated or run again.

    Args:
        exception: The exception.
        entries: What the flight recorder has of the calls of modules before it.
    """
    flown = tuple(entries)
    # A subclass of Tensor is asked for its shape by way of its own __torch_function__, which is the user's code.
    with torch._C.DisableTorchFunction():
        chain = [_look(one, flown) for one in _chain(exception)]
        found = next((one for one in chain if one.operation is not None or one.inner is not None), chain[0])
        return _crash(exception, found)


def message_of(exception: BaseException) -> str:
    """The text of an exception, whatever its ``__str__`` does."""
    try:
        return str(exception)[:MAX_MESSAGE]
    except Exception:
        return f"<a {type(exception).__name__} that cannot be printed>"


def _chain(exception: BaseException) -> Iterator[BaseException]:
    """The exception, then what caused it: an error that a library or the user has put into another one."""
    seen: set[int] = set()
    pending = [exception]
    while pending and len(seen) < MAX_CHAIN:
        one = pending.pop(0)
        if id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        if isinstance(one, BaseExceptionGroup):
            pending += one.exceptions
        if one.__cause__ is not None:
            pending.append(one.__cause__)
        elif one.__context__ is not None and not one.__suppress_context__:
            pending.append(one.__context__)


def _look(exception: BaseException, entries: tuple[Entry, ...]) -> _Found:
    frames = [replace(frame, entries=entries) for frame in live_frames(exception.__traceback__)]
    at = max((at for at, frame in enumerate(frames) if frame.is_user), default=-1)
    if at < 0:
        return _Found(exception, frames)
    below = frames[at + 1] if at + 1 < len(frames) else None
    try:
        handed = handed_on(frames, at)
        frames[at] = replace(frames[at], handed=handed.items, handed_named=handed.named)
        operation = operation_at(frames[at], below)
    except Exception:
        # An operand that lies about itself must not cost us the rest.
        operation = None
    modules = [(call[0], place) for place, frame in enumerate(frames) if (call := module_call(frame))]
    return _Found(exception, frames, at, operation, _inner(frames, at, operation, modules), modules)


def _inner(
    frames: list[LiveFrame], at: int, operation: LiveCall | None, modules: list[tuple[nn.Module, int]]
) -> LiveCall | None:
    """The innermost module that failed below the user's line, if the user's line does not call it itself.

    Code without source, made by ``exec`` or typed into a shell, has no line to read an operation from: there it is
    whatever module or function of torch's failed.
    """
    below = [(module, place) for module, place in modules if place > at]
    if not below:
        if operation is None:
            return function_call(frames[at + 1]) if frames[at].statement is None and at + 1 < len(frames) else None
        return _inside_library(frames, at) if operation.operation.name in _ITERATIONS else None
    module, place = below[-1]
    if operation is not None and seen_through(module) is operation.target:
        return None
    called = module_call(frames[place])
    if called is None:
        return None
    outer = below[0][0]
    callee = type(outer).__name__
    if operation is not None:
        callee = operation.operation.callee
        outer = operation.target if isinstance(operation.target, nn.Module) else outer
    path = next((path for path, inner in outer.named_modules() if inner is module), "")
    steps = (f"[{part}]" if part.isdecimal() else f".{part}" for part in path.split(".") if part)
    return inner_module_call(module, called[1], called[2], f"{callee}{''.join(steps)}")


def _inside_library(frames: list[LiveFrame], at: int) -> LiveCall | None:
    """What a library was doing when the user's line only asked for the next item: stacking the samples of a batch."""
    if at + 1 >= len(frames):
        return None
    found = operation_at(looked_into(frames[-1]), None)
    if found is None:
        return None
    arguments = tuple(replace(item, span=None) for item in found.operation.arguments)
    return replace(found, operation=replace(found.operation, arguments=arguments, span=None))


_ITERATIONS = ("iter", "unpack_item", "builtins.next", "builtins.iter", "builtins.list")


def _crash(exception: BaseException, found: _Found) -> LiveCrash:
    frames = tuple(_frame(frame) for frame in found.frames) + frames_of_text(message_of(exception))
    user = next((frame for frame in reversed(frames) if frame.is_user), None)
    crash = Crash(
        type(exception).__name__,
        message_of(exception),
        user.span.file if user else "",
        user.span.line if user else 0,
    )
    root = found.modules[0][0] if found.modules else None
    operation = _placed(found.operation, root)
    inner = _placed(found.inner, root)
    failed = inner or operation
    contract, call, record = _asked(failed)
    origins, chains = origins_of(found.frames, found.at, operation, inner)
    evidence = Evidence(
        call=record,
        crash=crash,
        operation=operation.operation if operation else None,
        frames=frames,
        origins=origins,
        chains=chains,
        inner=inner.operation if inner else None,
        cuts=cuts_of(found.frames, found.at, operation),
        told=_told(failed),
        shaped=_shaped(found.frames),
    )
    return LiveCrash(evidence, found.exception, tuple(found.frames), operation, inner, root, contract, call)


def _told(failed: LiveCall | None) -> dict[str, tuple[Span, ...]]:
    """What the constructor of the layer that failed was told, as far as it can be read."""
    try:
        return told(failed.target, failed.operation.module) if failed is not None else {}
    except Exception:
        # Odd source must not cost us the rest of the evidence.
        return {}


def _shaped(frames: list[LiveFrame]) -> tuple[Shaped, ...]:
    """The calls that give tensors other axes, as far as they can be read."""
    try:
        return shaped_calls(frames)
    except Exception:
        # Odd source must not cost us the rest of the evidence.
        return ()


def _placed(call: LiveCall | None, root: nn.Module | None) -> LiveCall | None:
    if call is None or not isinstance(call.target, nn.Module) or root is None:
        return call
    path = _path(call.target, root)
    return replace(call, operation=replace(call.operation, module=path))


def _path(module: nn.Module, root: nn.Module) -> str:
    if module is root:
        return LOSS if type(module).__module__ == "torch.nn.modules.loss" else ""
    return next((path for path, inner in root.named_modules() if inner is module), "")


def _asked(failed: LiveCall | None) -> tuple[Contract | None, Call | None, CallRecord | None]:
    """How a contract is asked about what failed, and the record of the call."""
    if failed is None or failed.target is None or failed.operation.parameters:
        # A layer that is being made is not called yet: its contract is about the call.
        return None, None, None
    try:
        contract = contract_of(failed.target)
        record = None
        if isinstance(failed.target, nn.Module):
            inputs = inputs_of(failed.target, failed.args, failed.kwargs, contract)
            record = call_record(failed.operation.module, failed.target, inputs, status="raised")
        elif contract is not None and failed.is_complete:
            record = _function_record(failed, contract)
        if contract is None or not failed.is_complete:
            return None, None, record
        return contract, call_of(failed.target, failed.args, failed.kwargs, contract=contract, values=True), record
    except Exception:
        # Arguments that no contract can read; torch could not either.
        return None, None, None


def _function_record(failed: LiveCall, contract: Contract) -> CallRecord:
    records = tuple(
        argument.value.record for argument in failed.operation.arguments if argument.value.record is not None
    )
    is_loss = contract.types and any("loss" in name.lower() for name in contract.types)
    name = failed.operation.name.rpartition(".")[2]
    return CallRecord(LOSS if is_loss else name, name, inputs=records, status="raised")


def _frame(frame: LiveFrame) -> Frame:
    names = dict(_names(frame)) if frame.is_user else {}
    return Frame(frame.function, frame.span, frame.statement_span, frame.is_user, names)


def _names(frame: LiveFrame) -> Iterator[tuple[str, Value]]:
    """The names that the statement reads, or the condition of a raise, with their values; a block below is not read."""
    statement = frame.statement
    if statement is None:
        # Code without source, made by exec: what it has is all that can be told.
        held = [(name, value) for name, value in frame.frame.f_locals.items() if isinstance(value, torch.Tensor)]
        yield from ((name, value_of(value, name)) for name, value in held[:MAX_NAMES])
        return
    parts: list[ast.AST] = [child for child in ast.iter_child_nodes(statement) if not isinstance(child, ast.stmt)]
    condition = condition_of(statement)
    parts += [condition] if condition is not None else []
    seen: dict[str, Value] = {}
    for node in (node for part in parts for node in ast.walk(part)):
        if len(seen) >= MAX_NAMES:
            break
        if not isinstance(node, ast.Name | ast.Attribute) or not isinstance(node.ctx, ast.Load):
            continue
        value = frame.evaluator.get(node, _MISSING)
        # By its type, since an object may say anything of its class.
        kind = type(value)
        is_code = value is _MISSING or callable(value) or issubclass(kind, ModuleType)
        if issubclass(kind, nn.Module) or not is_code:
            text = ast.unparse(node)
            seen.setdefault(text, value_of(value, text))
    yield from seen.items()


_MISSING = object()
