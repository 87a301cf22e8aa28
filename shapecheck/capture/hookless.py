"""Makes a traceback look as it does without our listeners, which send torch's calls another way round."""

from __future__ import annotations

import dis
import os
from types import CodeType, TracebackType

from torch import nn
from torch.nn.modules import module as home

from shapecheck.capture.crashes import flight
from shapecheck.capture.recording import collate, optimizers, recorder, stack, updates

# What only hands a call on.
_BETWEEN = frozenset([collate.__file__, optimizers.__file__, stack.__file__, updates.__file__])
_LISTENERS = os.path.join(os.path.dirname(recorder.__file__), "")
_TABLES = ("_forward_hooks", "_forward_pre_hooks", "_backward_hooks", "_backward_pre_hooks")
_GLOBAL = (
    "_global_forward_hooks",
    "_global_forward_pre_hooks",
    "_global_backward_hooks",
    "_global_backward_pre_hooks",
)


def as_without_hook(trace: TracebackType | None) -> TracebackType | None:
    """The same traceback, with the short way through ``_call_impl`` where no hook but ours made it the long one."""
    code = nn.Module._call_impl.__code__
    short = _short_way(code)
    if short is None or any(not _is_ours(hook) for name in _GLOBAL for hook in getattr(home, name, {}).values()):
        return trace
    chain: list[TracebackType] = []
    while trace is not None and trace.tb_frame.f_code.co_filename != flight.__file__:
        # What lies below our hook (the stack was full when torch called it) is none of the script's business.
        chain.append(trace)
        trace = trace.tb_next
    built: TracebackType | None = None
    for at in range(len(chain) - 1, -1, -1):
        one = chain[at]
        before = chain[at - 1] if at else None
        if before is not None and before.tb_frame.f_code is code and _is_inner(one, code) and _has_no_hooks(before):
            continue
        goes_on = at + 1 < len(chain) and one.tb_frame.f_code is code and _is_inner(chain[at + 1], code)
        lasti, line = short if goes_on and _has_no_hooks(one) else (one.tb_lasti, one.tb_lineno)
        built = TracebackType(built, one.tb_frame, lasti, line)
    return built


def as_without_recorder(trace: TracebackType | None) -> TracebackType | None:
    """The same traceback without the detour of an operation through the recorder of an audit.

    A function of torch's that is written in Python calls ``handle_torch_function``, that calls the recorder, and that
    calls the function once more; only the last of these would be there without it.
    """
    chain: list[TracebackType] = []
    while trace is not None:
        if trace.tb_frame.f_code.co_filename in _BETWEEN:
            pass
        elif trace.tb_frame.f_code.co_filename != recorder.__file__:
            chain.append(trace)
        elif chain and _file(chain[-1]).endswith("torch/overrides.py"):
            while chain and _file(chain[-1]).endswith("torch/overrides.py"):
                chain.pop()
            del chain[-1:]
        trace = trace.tb_next
    built: TracebackType | None = None
    for one in reversed(chain):
        built = TracebackType(built, one.tb_frame, one.tb_lasti, one.tb_lineno)
    return built


def as_before_a_look(trace: TracebackType | None) -> TracebackType | None:
    """The same traceback down to where an audit began to look at what it had heard, as somebody interrupted it."""
    chain: list[TracebackType] = []
    while trace is not None and not _file(trace).startswith(_LISTENERS):
        chain.append(trace)
        trace = trace.tb_next
    built: TracebackType | None = None
    for one in reversed(chain):
        built = TracebackType(built, one.tb_frame, one.tb_lasti, one.tb_lineno)
    return built


def _is_ours(hook: object) -> bool:
    return str(getattr(hook, "__module__", "")).startswith("shapecheck.")


def _file(trace: TracebackType) -> str:
    return trace.tb_frame.f_code.co_filename


def _is_inner(trace: TracebackType, outer: CodeType) -> bool:
    return trace.tb_frame.f_code in outer.co_consts


def _has_no_hooks(trace: TracebackType) -> bool:
    module = trace.tb_frame.f_locals.get("self")
    return isinstance(module, nn.Module) and not any(getattr(module, name, None) for name in _TABLES)


def _short_way(code: CodeType) -> tuple[int, int] | None:
    """The instruction and the line of ``return forward_call(*args, **kwargs)``, the first such call."""
    line = 0
    for step in dis.get_instructions(code):
        line = (
            step.starts_line if isinstance(step.starts_line, int) and not isinstance(step.starts_line, bool) else line
        )
        if step.opname == "CALL_FUNCTION_EX":
            position = step.positions
            return step.offset, (position.lineno if position and position.lineno else line)
    return None
