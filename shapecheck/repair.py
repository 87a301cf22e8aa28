"""Tries candidate fixes on copies of what the failing call was given; nothing of the script's state is touched."""

from __future__ import annotations

import inspect
import warnings
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from typing import Any, Protocol

import torch
from torch import nn
from torch.nn.utils.rnn import PackedSequence

from shapecheck.candidate import Candidate, Change, Step, Verdict
from shapecheck.evidence import Argument, Operation, Value

# Copies of more numbers than this would cost memory and time; their shapes are enough then.
MAX_COPIED = 1 << 24
# A layer is built anew with so many weights at most, and called if it has so many multiplications.
MAX_BUILT, MAX_WORK = 1 << 22, 1 << 27
_RECURRENT = ("input_size", "hidden_size", "num_layers", "bias", "batch_first", "dropout", "bidirectional")
_LISTS = ("tensors", "sequences", "seq", "operands")
# Our checked layers do what torch's do; it is torch's that are tried, so that a trial enters no trace.
_OURS = "shapecheck.wrappers"
_DOUBTFUL = ("target size", "broadcast")


class Call(Protocol):
    """The failing call with its live values, as the capture of a crash keeps it."""

    @property
    def operation(self) -> Operation: ...  # noqa: D102
    @property
    def target(self) -> Any: ...  # noqa: D102
    @property
    def args(self) -> tuple[Any, ...]: ...  # noqa: D102
    @property
    def kwargs(self) -> Mapping[str, Any]: ...  # noqa: D102
    @property
    def values(self) -> Mapping[str, Any]: ...  # noqa: D102


Unseen = Callable[[Any, tuple[Any, ...], Mapping[str, Any]], bool]


def trial_of(call: Call, unknown: object, unseen: Unseen | None = None) -> Callable[[Candidate], Verdict | None]:
    """Make what tries candidates on a failing call.

    Args:
        call: The call.
        unknown: What stands in it for a value that is gone.
        unseen: Says of a target and its arguments whether torch would take wrong sizes for right ones. Such a call is
            never made: it may read out of bounds, and end the process.

    Returns:
        A function: candidate -> what came out, or None where the call alone cannot tell.
    """

    def attempt(candidate: Candidate) -> Verdict | None:
        if not candidate.trial or not _may_run(call.target):
            return None
        try:
            with ExitStack() as around:
                around.enter_context(torch.random.fork_rng(devices=[]))
                around.enter_context(torch.no_grad())
                caught = around.enter_context(warnings.catch_warnings(record=True))
                # A subclass of Tensor would have its own __torch_function__ called, which is the user's code.
                around.enter_context(torch._C.DisableTorchFunctionSubclass())
                warnings.simplefilter("always")
                result = _run(call, candidate, unknown, unseen)
        except _CannotTellErrorError:
            return None
        except _UnseenError:
            return Verdict(False, "the sizes do not fit, and torch does not look at them")
        except Exception as error:
            return Verdict(False, str(error).split("\n")[0][:120])
        doubtful = any(word in str(item.message) for item in caught for word in _DOUBTFUL)
        return Verdict(True, f"the call runs{_shape(result)}", 4.0 if doubtful else 0.0)

    return attempt


class _CannotTellErrorError(Exception):
    """Something that the trial needs is not there."""


class _UnseenError(Exception):
    """Torch would make a call with sizes that do not fit."""


def _may_run(target: Any) -> bool:
    """Whether calling it runs torch's code only: nothing of the user's is run a second time."""
    if isinstance(target, nn.Module):
        return type(target).__module__.startswith(("torch.nn.modules.", _OURS)) and "forward" not in vars(target)
    name = str(getattr(target, "__module__", "") or "")
    if getattr(target, "__name__", "") in ("backward", "load_state_dict", "set_", "resize_"):
        return False
    return target is not None and (
        name.startswith("torch") or (inspect.isroutine(target) and not inspect.isfunction(target))
    )


def _run(call: Call, candidate: Candidate, unknown: object, unseen: Unseen | None) -> Any:
    steps = candidate.trial
    configured = {str(step.arguments[0]): step.arguments[1] for step in steps if step.action == "configure"}
    keywords = {str(step.arguments[0]): step.arguments[1] for step in steps if step.action == "keyword"}
    args, kwargs = _filled(call, unknown)
    args, kwargs = tuple(map(_foreign, args)), {name: _foreign(value) for name, value in kwargs.items()}
    twins = _twins(call, args, candidate.changes)
    args = tuple(twins.get(at, value) for at, value in enumerate(args))
    built = _built(call.target, configured) if configured and isinstance(call.target, nn.Module) else None
    size = sum(item.numel() for item in _tensors(args, kwargs))
    on_meta = size > MAX_COPIED or (built is not None and not _is_cheap(built, args, kwargs))
    copies: dict[int, Any] = {}
    roles = _by_role(call, args)
    named = [item.role for item in call.operation.arguments if not item.keyword and not _is_item(item, call)]
    roles |= {named[at]: value for at, value in twins.items()}
    owners: dict[int, str] = {}
    for step in steps:
        if step.action in ("configure", "keyword"):
            continue
        original = roles.get(step.role, unknown)
        if original is unknown:
            raise _CannotTellErrorError
        if owners.setdefault(id(original), step.role) != step.role:
            # One object for two operands, as (h, h): it is changed once.
            continue
        copies[id(original)] = _stepped(copies.get(id(original), original), step, roles)
    # What stands in the call without its keyword is replaced there.
    at_place = [name for name in keywords if name in named and len(named) == len(args)]
    instead = {named.index(name): keywords.pop(name) for name in at_place}
    args = tuple(instead.get(at, _copied(value, copies, on_meta)) for at, value in enumerate(args))
    kwargs = {name: _copied(value, copies, on_meta) for name, value in kwargs.items()} | keywords
    if unseen is not None and unseen(call.target if built is None else built, args, kwargs):
        raise _UnseenError
    if built is not None:
        return (built if on_meta else _on_cpu(built, call.target)).forward(*args, **kwargs)
    if isinstance(call.target, nn.Module):
        return _twin(call.target, on_meta)(*args, **kwargs)
    if configured:
        raise _CannotTellErrorError
    return call.target(*args, **kwargs)


def _twins(call: Call, args: tuple[Any, ...], changes: Sequence[Change]) -> dict[int, torch.Tensor]:
    """The operands that are changed where they stand, while the same tensor stands in the call once more as it is."""
    operands = [item for item in call.operation.arguments if not item.keyword and not _is_item(item, call)]
    if len(operands) != len(args):
        return {}
    places = {change.span for change in changes}
    at_use = [at for at, item in enumerate(operands) if item.span in places and isinstance(args[at], torch.Tensor)]
    kept = {id(value) for at, value in enumerate(args) if at not in at_use}
    return {at: args[at].detach() for at in at_use if id(args[at]) in kept}


def _filled(call: Call, unknown: object) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """The arguments, with stand-ins of the same shape for operands that had no name and are gone."""
    positional = [item for item in call.operation.arguments if not item.keyword and not _is_item(item, call)]
    args = []
    for value in call.args:
        if not positional:
            args.append(value)
            continue
        item = positional.pop(0)
        parts = [item]
        while positional and item.role == "h_0" and positional[0].role == "c_0":
            parts.append(positional.pop(0))
        if value is not unknown:
            args.append(value)
        elif len(parts) > 1:
            args.append(tuple(_stand_in(part.value) for part in parts))
        elif item.role in _LISTS:
            items = [one for one in call.operation.arguments if one.role.startswith(f"{item.role}[")]
            args.append([call.values.get(one.role, unknown) for one in items])
            args[-1] = [_stand_in(one.value) if it is unknown else it for it, one in zip(args[-1], items, strict=True)]
        else:
            args.append(_stand_in(item.value))
    kwargs = dict(call.kwargs)
    for name, value in kwargs.items():
        if value is unknown:
            known = next((item for item in call.operation.arguments if item.keyword == name), None)
            if known is None:
                raise _CannotTellErrorError
            kwargs[name] = _stand_in(known.value)
    return tuple(args), kwargs


def _is_item(item: Argument, call: Call) -> bool:
    base = item.role.partition("[")[0]
    return "[" in item.role and base in (*_LISTS, "index") and call.operation.argument(base) is not None


def _stand_in(value: Value) -> Any:
    if value.kind == "tensor" and value.record is not None:
        kind = getattr(torch, value.record.dtype)
        sizes = value.record.shape
        if value.facts.get("contiguous") == 0.0 and len(sizes) > 1:
            # A tensor that view() refuses must refuse it here too.
            return torch.zeros(tuple(reversed(sizes)), dtype=kind).permute(*reversed(range(len(sizes))))
        return torch.zeros(sizes, dtype=kind)
    if value.kind == "number":
        try:
            return int(value.text)
        except ValueError:
            raise _CannotTellErrorError from None
    if value.kind == "tuple" and value.items:
        return tuple(map(_stand_in, value.items))
    raise _CannotTellErrorError


def _by_role(call: Call, args: Sequence[Any]) -> dict[str, Any]:
    """Role -> operand, those that were stood in for included."""
    found: dict[str, Any] = {}
    queue = [item for item in call.operation.arguments if not item.keyword and not _is_item(item, call)]
    for value in args:
        if not queue:
            break
        item = queue.pop(0)
        if item.role == "h_0" and isinstance(value, tuple) and queue and queue[0].role == "c_0":
            found["h_0"], found["c_0"] = value[0], value[1]
            queue.pop(0)
            continue
        found[item.role] = value
        if item.role in _LISTS and isinstance(value, list | tuple):
            found |= {f"{item.role}[{at}]": part for at, part in enumerate(value)}
    return {**found, **{role: value for role, value in call.values.items() if not _is_foreign(value)}}


def _is_foreign(value: Any) -> bool:
    """Whether what is done with a tensor runs the code of its class, which may be the user's, or belongs to a vmap."""
    if not isinstance(value, torch.Tensor):
        return False
    is_own = type(value).__torch_dispatch__ is not torch.Tensor.__torch_dispatch__
    return is_own or torch._C._functorch.is_functorch_wrapped_tensor(value)


def _foreign(value: Any) -> Any:
    """The value, or in its place a plain tensor of the same shape."""
    return torch.zeros(tuple(value.shape), dtype=value.dtype) if _is_foreign(value) else value


def _stepped(value: Any, step: Step, roles: Mapping[str, Any]) -> Any:
    if step.action == "item":
        index = step.arguments[0] if len(step.arguments) == 1 else tuple(map(_index, step.arguments))
        return value[_index(index)]
    if step.action == "swap":
        return roles[str(step.arguments[0])]
    if step.action == "to":
        return _tensor(value).to(getattr(torch, str(step.arguments[0])))
    if step.action == "pair":
        return value, torch.zeros_like(_tensor(value))
    if step.action == "unpack":
        return torch.nn.utils.rnn.pad_packed_sequence(value, batch_first=bool(step.arguments[0]))[0]
    if step.action == "tensor":
        return torch.as_tensor(value)
    if step.action == "set":
        return step.arguments[0]
    if step.action in ("stand_in", "set_size"):
        kind = value.dtype if isinstance(value, torch.Tensor) else torch.float32
        return torch.zeros(step.arguments, dtype=kind)  # type: ignore[arg-type]
    return getattr(_tensor(value), step.action)(*step.arguments)


def _index(part: Any) -> Any:
    """``"-1:"`` and ``":"`` stand for slices; numbers for themselves."""
    if not isinstance(part, str):
        return part
    if part == "...":
        return ...
    begin, _, end = part.partition(":")
    return slice(int(begin) if begin else None, int(end) if end else None)


def _tensor(value: Any) -> torch.Tensor:
    if not isinstance(value, torch.Tensor):
        raise _CannotTellErrorError
    return value


def _copied(value: Any, copies: Mapping[int, Any], on_meta: bool) -> Any:
    if id(value) in copies:
        value, copies = copies[id(value)], {}
    if isinstance(value, torch.Tensor):
        return value.detach().to("meta") if on_meta else value.detach().clone(memory_format=torch.preserve_format)
    if isinstance(value, PackedSequence):
        return value._replace(data=_copied(value.data, {}, on_meta))
    if type(value) in (tuple, list):
        return type(value)(_copied(item, copies, on_meta) for item in value)
    return value


def _tensors(args: Sequence[Any], kwargs: Mapping[str, Any]) -> list[torch.Tensor]:
    """What a call is given that is a tensor, or stands in a tuple or a list."""
    values = (*args, *kwargs.values())
    flat = [item for value in values for item in (value if type(value) in (tuple, list) else (value,))]
    return [item for item in flat if isinstance(item, torch.Tensor)]


def _is_cheap(built: nn.Module, args: Sequence[Any], kwargs: Mapping[str, Any]) -> bool:
    """Whether a call costs less on the processor than the first one on the meta device, which imports half of torch."""
    tensors = _tensors(args, kwargs)
    if any(item.device.type != "cpu" for item in tensors):
        return False
    rows = sum(item.numel() // max(item.shape[-1], 1) if item.ndim else 1 for item in tensors)
    weights = sum(parameter.numel() for parameter in built.parameters())
    return weights <= MAX_BUILT and rows * max(weights, 1) <= MAX_WORK


def _built(module: nn.Module, configured: Mapping[str, Any]) -> nn.Module:
    """A layer that was built anew with another configuration, on the meta device."""
    kind: Any = _torchs(module)
    parameters = inspect.signature(kind.__init__).parameters
    names = [
        *parameters,
        *(_RECURRENT if isinstance(module, nn.RNNBase) else ()),
    ]
    settings = {name: getattr(module, name) for name in names if name != "self" and hasattr(module, name)}
    settings |= {
        name: getattr(module, name) is not None
        for name in ("bias",)
        if name in settings and not isinstance(settings[name], bool)
    }
    for name in ("kdim", "vdim"):
        # Those of attention follow embed_dim unless they were given apart.
        if name in settings and settings[name] == settings.get("embed_dim"):
            settings.pop(name)
    settings |= configured
    if getattr(module, "proj_size", 0):
        settings["proj_size"] = module.proj_size
    for name in ("self", "args", "kwargs", "dtype"):
        settings.pop(name, None)
    # A softmax has no numbers of its own that would lie anywhere.
    is_placed = "device" in parameters or any(each.kind is each.VAR_KEYWORD for each in parameters.values())
    built: nn.Module = kind(**settings, **({"device": "meta"} if is_placed else {}))
    return built.train(module.training)


def _on_cpu(built: nn.Module, module: nn.Module) -> nn.Module:
    """A layer from the meta device, full of zeros, of the dtype of the one that it stands for."""
    of = next((parameter.dtype for parameter in module.parameters() if parameter.is_floating_point()), None)

    def zeros(tensor: torch.Tensor) -> torch.Tensor:
        # Not to_empty(), which is what imports half of torch.
        kind = of if of is not None and tensor.is_floating_point() else tensor.dtype
        return torch.zeros(tuple(tensor.shape), dtype=kind)

    real: nn.Module = built._apply(zeros)  # type: ignore[no-untyped-call]
    return real


def _torchs(module: nn.Module) -> type[nn.Module]:
    return next(base for base in type(module).__mro__ if base.__module__ != _OURS)


def _twin(module: nn.Module, on_meta: bool) -> Callable[..., Any]:
    """The forward of a copy without hooks."""
    kind = _torchs(module)
    copy: Any = object.__new__(kind)
    vars(copy).update(vars(module))
    for name in list(vars(module)):
        if name.endswith("_hooks") and isinstance(vars(module)[name], dict):
            vars(copy)[name] = OrderedDict()
    buffers = vars(module)["_buffers"]
    vars(copy)["_buffers"] = {name: None if it is None else it.clone() for name, it in buffers.items()}
    if on_meta:
        vars(copy)["_parameters"] = {
            name: None if it is None else it.detach().to("meta") for name, it in vars(module)["_parameters"].items()
        }
        if "_flat_weights" in vars(module):
            vars(copy)["_flat_weights"] = [weight.detach().to("meta") for weight in vars(module)["_flat_weights"]]
    forward: Callable[..., Any] = copy.forward
    return forward


def _shape(result: Any) -> str:
    if isinstance(result, tuple) and result:
        result = result[0]
    if isinstance(result, torch.Tensor):
        return f" and returns {tuple(result.shape) if result.ndim else 'one number'}"
    return ""
