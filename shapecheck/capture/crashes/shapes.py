"""Shapes of expressions that have no name: torch's own functions on meta tensors, never the user's code again."""

from __future__ import annotations

import ast
import operator
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import nn
from torch.nn.utils.rnn import PackedSequence
from torch.utils._device import _device_constructors

from shapecheck.capture.crashes.flight import Entry, returned
from shapecheck.capture.crashes.qualified import is_torch_function
from shapecheck.capture.crashes.values import Evaluator
from shapecheck.capture.tensors import has_shape

UNKNOWN = object()
MAX_DEPTH = 40
# A batch of sequences has so many axes.
SEQUENCES = 3

BINARY: Mapping[type[ast.AST], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
    ast.MatMult: operator.matmul,
    ast.BitAnd: operator.and_,
    ast.BitOr: operator.or_,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}
_UNARY: Mapping[type[ast.AST], Callable[[Any], Any]] = {
    ast.USub: operator.neg,
    ast.UAdd: operator.pos,
    ast.Invert: operator.invert,
}
_OF_ARRAYS = (torch.from_numpy, torch.as_tensor, torch.tensor)
_ATTRIBUTES = ("T", "mT", "H", "data", "shape", "ndim", "dtype", "real", "imag")
# Their results hang on values, which a meta tensor does not have.
_BY_VALUE = ("item", "tolist", "numpy", "nonzero", "unique", "masked_select", "backward", "argwhere")


class Shapes:
    """Works out expressions of one frame on meta tensors.

    Args:
        evaluator: Gives the values that have names.
        entries: The calls of modules before, by which is known what modules of the script's own returned.
    """

    def __init__(self, evaluator: Evaluator, entries: Sequence[Entry] = ()) -> None:
        self.evaluator, self.entries = evaluator, entries

    def of(self, node: ast.AST) -> Any:
        """The value of an expression with meta tensors in it, or UNKNOWN.

        Nothing of it is the user's code: only views, operators, functions and layers of torch, on tensors that hold no
        numbers. Of a module of the user's it is looked up what it returned for such a tensor.
        """
        try:
            with torch.no_grad():
                return self._of(node, 0)
        except Exception:
            return UNKNOWN

    def _of(self, node: ast.AST, depth: int) -> Any:
        if depth > MAX_DEPTH or not isinstance(node, ast.expr):
            return UNKNOWN
        known = self.evaluator.get(node, UNKNOWN)
        if known is not UNKNOWN:
            return to_meta(known)
        if isinstance(node, ast.Tuple | ast.List):
            items = [self._of(item, depth + 1) for item in node.elts]
            return UNKNOWN if UNKNOWN in map(marked, items) else tuple(items)
        if isinstance(node, ast.BinOp):
            return self._apply(BINARY.get(type(node.op)), depth, node.left, node.right)
        if isinstance(node, ast.Compare) and len(node.ops) == 1:
            return self._apply(BINARY.get(type(node.ops[0])), depth, node.left, node.comparators[0])
        if isinstance(node, ast.UnaryOp):
            return self._apply(_UNARY.get(type(node.op)), depth, node.operand)
        if isinstance(node, ast.Subscript):
            return self._apply(operator.getitem, depth, node.value, node.slice)
        if isinstance(node, ast.Slice):
            parts = [
                None if part is None else self._of(part, depth + 1) for part in (node.lower, node.upper, node.step)
            ]
            return UNKNOWN if UNKNOWN in map(marked, parts) else slice(*parts)
        if isinstance(node, ast.Attribute):
            base = self._of(node.value, depth + 1)
            is_known = (_is_meta(base) and node.attr in _ATTRIBUTES) or _are_results(base)
            return getattr(base, node.attr, UNKNOWN) if is_known else UNKNOWN
        return self._call(node, depth) if isinstance(node, ast.Call) else UNKNOWN

    def _apply(self, function: Callable[..., Any] | None, depth: int, *nodes: ast.expr) -> Any:
        values = [self._of(node, depth + 1) for node in nodes]
        if function is None or UNKNOWN in map(marked, values) or not all(map(_is_safe, values)):
            return UNKNOWN
        return function(*values)

    def _call(self, node: ast.Call, depth: int) -> Any:
        args = [self._of(argument, depth + 1) for argument in node.args]
        if any(isinstance(argument, ast.Starred) for argument in node.args) or any(
            not key.arg for key in node.keywords
        ):
            return UNKNOWN
        kwargs = {str(keyword.arg): self._of(keyword.value, depth + 1) for keyword in node.keywords}
        target = self.evaluator.get(node.func)
        if any(target is each for each in _OF_ARRAYS) and len(args) == 1 and _is_array(args[0]):
            kind = kwargs.get("dtype") or torch.from_numpy(args[0][:0]).dtype
            return torch.empty(args[0].shape, dtype=kind, device="meta")
        if UNKNOWN in map(marked, [*args, *kwargs.values()]) or not all(map(_is_safe, [*args, *kwargs.values()])):
            return UNKNOWN
        if isinstance(target, nn.Module):
            value = run_on_meta(target, *args, **kwargs)
            seen = returned(self.entries, target, tuple(args)) if value is UNKNOWN and not kwargs else None
            return value if seen is None else seen
        if target is not None and is_torch_function(target):
            # A device for all is asked by a mode that is off here, since what a script has put in its place is too.
            return to_meta(
                target(*args, **(kwargs | {"device": "meta"} if target in _device_constructors() else kwargs))
            )
        if isinstance(node.func, ast.Attribute):
            base, name = self._of(node.func.value, depth + 1), node.func.attr
            if _is_meta(base) and name not in _BY_VALUE and hasattr(torch.Tensor, name):
                return getattr(base, name)(*args, **kwargs)
        return UNKNOWN


def to_meta(value: Any) -> Any:
    """The value with each tensor in it replaced by one of the same shape, strides and dtype without numbers."""
    if isinstance(value, torch.Tensor):
        if not has_shape(value) or value.layout != torch.strided:
            return UNKNOWN
        return torch.empty_strided(value.shape, value.stride(), dtype=value.dtype, device="meta")
    if isinstance(value, PackedSequence):
        return PackedSequence(to_meta(value.data), value.batch_sizes, value.sorted_indices, value.unsorted_indices)
    if type(value) in (tuple, list):
        return tuple(map(to_meta, value))
    return value


def run_on_meta(module: nn.Module, *args: Any, **kwargs: Any) -> Any:
    """What a layer of torch would return, on a twin of it without numbers and hooks; UNKNOWN for other classes."""
    if type(module) is nn.Sequential and not kwargs and len(args) == 1:
        value = args[0]
        for child in module._modules.values():
            value = UNKNOWN if value is UNKNOWN or child is None else run_on_meta(child, value)
        return value
    if not type(module).__module__.startswith("torch.nn.modules.") or module._modules or "forward" in vars(module):
        return UNKNOWN
    if isinstance(module, nn.RNNBase) and args and _is_meta(args[0]) and args[0].dim() > 1:
        return _walked(module, args[0], *args[1:], **kwargs)
    return twin(module)(*args, **kwargs)


def _walked(module: nn.RNNBase, given: torch.Tensor, *args: Any, **kwargs: Any) -> Any:
    """What a recurrent layer would return, by its first step alone: on meta each step takes a hundredth of a second."""
    axis = 1 if module.batch_first and given.dim() == SEQUENCES else 0
    output, state = twin(module)(given.narrow(axis, 0, min(1, given.shape[axis])), *args, **kwargs)
    sizes = [given.shape[at] if at == axis else size for at, size in enumerate(output.shape)]
    # It lies in memory with the steps in front, whatever the order of its axes.
    laid = output.new_empty([sizes[axis], *sizes[:axis], *sizes[axis + 1 :]])
    return laid.movedim(0, axis), state


def twin(module: nn.Module) -> Callable[..., Any]:
    """The forward of a copy whose parameters are on meta; the module itself is not touched."""
    copy = object.__new__(type(module))
    vars(copy).update(vars(module))
    for table in ("_parameters", "_buffers"):
        vars(copy)[table] = {name: None if it is None else to_meta(it) for name, it in vars(module)[table].items()}
    if "_flat_weights" in vars(module):
        vars(copy)["_flat_weights"] = [to_meta(weight) for weight in vars(module)["_flat_weights"]]
    for name in list(vars(module)):
        if name.endswith("_hooks") and isinstance(vars(module)[name], dict):
            vars(copy)[name] = OrderedDict()
    return copy.forward


def is_called_otherwise(module: nn.Module) -> bool:
    """Whether a call of it may give something else than its class's ``forward``: by a hook, or by one put over it."""
    hooks = (*module._forward_hooks.values(), *module._forward_pre_hooks.values())
    is_hooked = any(not str(getattr(each, "__module__", "")).startswith("shapecheck.") for each in hooks)
    return is_hooked or "forward" in vars(module) or type(module).__call__ is not nn.Module.__call__


def _is_meta(value: Any) -> bool:
    return type(value) is torch.Tensor and value.device.type == "meta"


def _is_array(value: Any) -> bool:
    """Whether it is an array of numpy, which need not be installed."""
    return type(value).__module__ == "numpy" and type(value).__name__ == "ndarray"


def _is_safe(value: Any) -> bool:
    """Whether an operator on it can run nobody's code but torch's and Python's."""
    if type(value) in (tuple, list) or _are_results(value):
        return all(map(_is_safe, value))
    if type(value) is dict:
        return all(map(_is_safe, (*value, *value.values())))
    plain = (int, float, bool, str, slice, type(None), type(...), torch.Size, torch.dtype, torch.device, PackedSequence)
    return _is_meta(value) or type(value) in plain


def _are_results(value: Any) -> bool:
    """Whether it is the values and indices that torch returns together."""
    return isinstance(value, tuple) and type(value).__module__ == "torch.return_types"


def marked(value: Any) -> Any:
    """UNKNOWN of a value that is not known, else None: to look for it among several."""
    # `in` compares with ==, which a tensor answers with a tensor.
    return UNKNOWN if value is UNKNOWN else None
