"""Values of the user's script as plain data, and expressions evaluated only where nothing can happen by it."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from contextlib import suppress
from types import MethodType
from typing import Any

import numpy as np
import pure_eval
import torch
from torch import nn
from torch.nn.utils.rnn import PackedSequence

from shapecheck.capture.configs import config_of, contract_of, is_begun
from shapecheck.capture.tensors import has_shape, record
from shapecheck.evidence import Value
from shapecheck.reading.sources import is_named
from shapecheck.records import TensorRecord

MAX_ITEMS = 8
MAX_DEPTH = 3
MAX_TEXT = 80
# Lengths and labels of a batch; a longer list says no more.
MAX_LISTED = 4096
# Looking at more numbers than this would be felt.
MAX_LOOKED_AT = 1 << 22
# As many channels as pictures have.
_COLOURS = (3, 4)

_PLAIN_TENSORS = (torch.Tensor, nn.Parameter)
_SHAPE_ATTRIBUTES = ("shape", "ndim", "dtype", "device", "requires_grad", "is_leaf")
_SHAPE_METHODS = ("size", "dim", "numel", "ndimension", "stride", "is_contiguous")
# The same numbers: what comes out is taken for what goes in, and nothing is called.
_SAME_METHODS = ("cpu", "detach", "contiguous")
_READ_METHODS = (*_SHAPE_METHODS, *_SAME_METHODS, "tolist")
_NUMBERS = (bool, int, float)


class Evaluator(pure_eval.Evaluator):
    """pure_eval, which knows modules and tensors too: what a module holds, and the shape of a tensor.

    Never calls anything of the user's, and nothing of torch's that computes.
    """

    def get(self, node: ast.AST | None, default: Any = None) -> Any:
        """The value of an expression, or the default if it cannot be had safely."""
        if not isinstance(node, ast.expr):
            return default
        try:
            return self[node]
        except Exception:
            # CannotEval, and whatever a hostile object's attributes do.
            return default

    def _handle(self, node: ast.expr) -> Any:
        if isinstance(node, ast.Attribute):
            value = self[node.value]
            with suppress(KeyError):
                return attribute(value, node.attr)
        elif isinstance(node, ast.Subscript):
            value = self[node.value]
            if isinstance(value, torch.Size):
                return value[self._index(node.slice)]
            if type(value) in (nn.Sequential, nn.ModuleList):
                children, at = list(value._modules.values()), self[node.slice]
                if isinstance(at, int) and -len(children) <= at < len(children):
                    return children[at]
            if type(value) is nn.ModuleDict:
                return value._modules[str(self[node.slice])]
        elif isinstance(node, ast.Call):
            return self._call(node)
        return super()._handle(node)

    def _index(self, node: ast.expr) -> Any:
        if isinstance(node, ast.Slice):
            parts = (node.lower, node.upper, node.step)
            return slice(*(None if part is None else self[part] for part in parts))
        return self[node]

    def _call(self, node: ast.Call) -> Any:
        if isinstance(node.func, ast.Attribute) and node.func.attr in _READ_METHODS and not node.keywords:
            value, name = self[node.func.value], node.func.attr
            if type(value) in _PLAIN_TENSORS and name in _SHAPE_METHODS:
                return getattr(value, name)(*(self[argument] for argument in node.args))
            if type(value) in _PLAIN_TENSORS and not node.args and value.device.type == "cpu":
                if name in _SAME_METHODS:
                    return value
                if name == "tolist" and value.ndim == 1 and len(value) <= MAX_LISTED:
                    return value.tolist()
        if is_named(node.func, "len") and len(node.args) == 1:
            value = self[node.args[0]]
            if type(value) in _PLAIN_TENSORS and value.ndim:
                return value.shape[0]
        return super()._handle(node)


def attribute(value: Any, name: str) -> Any:
    """An attribute, read where it lies: no property, no ``__getattr__`` of the user's is run.

    Raises:
        KeyError: It is not there, or only by running code.
    """
    if type(value) in _PLAIN_TENSORS:
        if name in _SHAPE_ATTRIBUTES:
            return getattr(value, name)
        raise KeyError(name)
    with suppress(TypeError):
        held = vars(value)
        if name in held:
            return held[name]
        if isinstance(value, nn.Module):
            for table in ("_parameters", "_buffers", "_modules"):
                if name in held.get(table, ()):
                    return held[table][name]
    if isinstance(value, tuple) and name in (names := getattr(type(value), "_fields", ())):
        return tuple.__getitem__(value, names.index(name))
    for kind in type(value).__mro__ if not isinstance(value, type) else value.__mro__:
        if name in vars(kind):
            found = vars(kind)[name]
            if isinstance(found, staticmethod):
                return found.__func__
            if callable(found) and hasattr(found, "__code__") and not isinstance(value, type):
                return MethodType(found, value)
            if isinstance(found, (*_NUMBERS, str, tuple, list, dict, torch.Tensor, nn.Module)):
                return found
            break
    raise KeyError(name)


def value_of(value: Any, role: str = "", depth: int = 0) -> Value:
    """Write down a value: its kind, its shape, and facts about its numbers where they are few enough to look at."""
    try:
        with torch._C.DisableTorchFunction():
            return _value_of(value, role, depth)
    except Exception:
        # A class may lie about itself in many ways; then only its name is sure.
        return Value("other", type(value).__name__)


def _value_of(value: Any, role: str, depth: int) -> Value:
    kind = type(value).__name__
    if value is None:
        return Value("none", kind, text="None")
    if isinstance(value, torch.Tensor):
        if not has_shape(value):
            return Value("tensor", kind)
        return Value("tensor", kind, record(role, value), facts=tensor_facts(value))
    if isinstance(value, PackedSequence):
        return Value("packed", kind, record(role, value))
    if isinstance(value, nn.Module):
        return Value("module", kind, config=module_config(value), facts=_module_facts(value))
    if isinstance(value, np.ndarray):
        seen = TensorRecord(role, tuple(map(int, value.shape)), str(value.dtype))
        return Value("array", kind, seen, facts=_array_facts(value))
    if isinstance(value, torch.Size):
        return Value("tuple", kind, text=str(tuple(value)))
    if isinstance(value, (*_NUMBERS, complex, np.number, torch.dtype, torch.device, range)):
        return Value("number" if not isinstance(value, torch.dtype | torch.device) else "text", kind, text=str(value))
    if isinstance(value, str):
        return Value("text", kind, text=value[:MAX_TEXT])
    if isinstance(value, tuple | list):
        items = () if depth >= MAX_DEPTH else tuple(_items(value, role, depth))
        text = repr(value)[:MAX_TEXT] if all(type(item) in _NUMBERS for item in value[:50]) else ""
        return Value("tuple" if isinstance(value, tuple) else "list", kind, None, items, {}, _list_facts(value), text)
    if isinstance(value, dict):
        items = () if depth >= MAX_DEPTH else tuple(_items(list(value.values()), role, depth))
        return Value("dict", kind, items=items, text=_keys(list(value)))
    return Value("other", kind, config=_plain_attributes(value))


def _keys(keys: list[object]) -> str:
    """The first keys of a dict, each of them whole, and how many more there are."""
    shown = list(map(repr, keys[:MAX_ITEMS]))
    if len(keys) <= MAX_ITEMS and len(", ".join(shown)) <= MAX_TEXT:
        return ", ".join(shown)
    while len(shown) > 1 and len(", ".join(shown)) > MAX_TEXT - len(", and 1000 more"):
        shown.pop()
    left = len(keys) - len(shown)
    return ", ".join(shown)[:MAX_TEXT] + (f", and {left} more" if left else "")


def tensor_facts(tensor: torch.Tensor) -> Mapping[str, float]:
    """Facts about a tensor's numbers; fewer where it is large, on another device, or no plain tensor."""
    facts: dict[str, float] = {}
    if type(tensor) not in _PLAIN_TENSORS or tensor.device.type == "meta" or tensor.layout != torch.strided:
        return facts
    facts["contiguous"] = float(tensor.is_contiguous())
    facts["requires_grad"] = float(tensor.requires_grad)
    if not 0 < tensor.numel() <= MAX_LOOKED_AT or tensor.is_complex():
        return facts
    # After an assert on the GPU every look at it raises; then its numbers stay unknown.
    with suppress(RuntimeError), torch.no_grad():
        seen = tensor.detach()
        facts["min"], facts["max"], facts["sum"] = float(seen.min()), float(seen.max()), float(seen.sum())
        # Of whole numbers the rows tell something only where each may hold a single one.
        is_marks = seen.ndim > 1 and (facts["min"], facts["max"]) == (0, 1)
        if (seen.is_floating_point() and seen.ndim) or is_marks:
            rows = seen.sum(-1)
            facts["row_sum_min"], facts["row_sum_max"] = float(rows.min()), float(rows.max())
        if seen.is_floating_point() and seen.ndim:
            facts["whole"] = float((seen == seen.round()).all())
        if seen.dtype in (torch.int64, torch.int32, torch.uint8) and seen.ndim:
            below = seen[seen < seen.max()]
            if below.numel():
                facts["below_max"] = float(below.max())
            if seen.ndim == 1:
                facts["falling"] = float((seen[1:] <= seen[:-1]).all())
        if seen.ndim > 3 and facts["min"] < facts["max"]:
            alike = [axis for axis in (1, seen.ndim - 1) if seen.shape[axis] in _COLOURS and _is_alike(seen, axis)]
            facts |= {"alike_along": float(alike[0])} if len(alike) == 1 else {}
        if seen.ndim == 2 and not seen.is_floating_point():
            # Tokens are padded with 0 more often than not.
            turns = [_turns_once((seen == 0).transpose(axis, -1)) for axis in (0, 1)]
            if turns[0] != turns[1]:
                facts["filled_along"] = float(turns[1])
    return facts


def _is_alike(tensor: torch.Tensor, axis: int) -> bool:
    """Whether a tensor holds the same all along an axis, as a picture without colours does in each of them."""
    return bool((tensor == tensor.narrow(axis, 0, 1)).all())


def _turns_once(mask: torch.Tensor) -> bool:
    """Whether what is True lies at the beginning of every row, or at the end of every row, as padding does."""
    change = mask[:, 1:].int() - mask[:, :-1].int()
    return bool((change >= 0).all()) or bool((change <= 0).all())


def module_config(module: nn.Module) -> Mapping[str, object]:
    """The configuration of a module: what its contract reads, or its plain attributes, and ``training``."""
    if not is_begun(module):
        return {}
    contract = contract_of(module)
    config: dict[str, object] = dict(config_of(module, contract)) if contract else dict(_plain_attributes(module))
    if contract is None:
        for name, parameter in module._parameters.items():
            if parameter is not None and has_shape(parameter):
                config.setdefault(f"{name}.shape", tuple(parameter.shape))
    return {**config, "training": bool(module.training)}


def _module_facts(module: nn.Module) -> Mapping[str, float]:
    """Whether its parameters have gradients: a loss that was made of what it gave has led back to them."""
    given = module.parameters() if is_begun(module) else ()
    parameters = [each for each in given if type(each) in _PLAIN_TENSORS and each.is_leaf]
    return {"gradients": float(any(each.grad is not None for each in parameters))}


def _plain_attributes(value: object) -> Mapping[str, object]:
    with suppress(TypeError):
        held = vars(value).items()
        return {name: item for name, item in held if not name.startswith("_") and _is_plain(item)}
    return {}


def _is_plain(item: object) -> bool:
    if isinstance(item, tuple):
        return len(item) <= MAX_ITEMS and all(isinstance(part, _NUMBERS) for part in item)
    return item is None or isinstance(item, (*_NUMBERS, str))


def _items(value: tuple[Any, ...] | list[Any], role: str, depth: int) -> Iterator[Value]:
    for at, item in enumerate(value[:MAX_ITEMS]):
        yield value_of(item, f"{role}[{at}]" if role else "", depth + 1)


def _list_facts(value: tuple[Any, ...] | list[Any]) -> Mapping[str, float]:
    facts = {"len": float(len(value))}
    if value and len(value) <= MAX_LOOKED_AT and all(isinstance(item, int | float) for item in value):
        facts |= {"min": float(min(value)), "max": float(max(value)), "sum": float(sum(value))}
    return facts


def _array_facts(value: np.ndarray[Any, Any]) -> Mapping[str, float]:
    if value.dtype.kind not in "biuf" or not 0 < value.size <= MAX_LOOKED_AT:
        return {}
    return {"min": float(value.min()), "max": float(value.max())}
