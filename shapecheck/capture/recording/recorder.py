"""Writes every operation of a running script onto a tape, and changes none."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.parameter import is_lazy
from torch.overrides import TorchFunctionMode

from shapecheck.capture.recording.arguments import with_refs
from shapecheck.capture.recording.collate import files_around, is_stacked_by_worker, size_of_own_collate
from shapecheck.capture.recording.from_numpy import cut_from
from shapecheck.capture.recording.kinds import measures_kinds
from shapecheck.capture.recording.namings import NAMES_BEFORE_OR_BEHIND
from shapecheck.capture.recording.overlaps import apart, is_same
from shapecheck.capture.recording.spelling import is_in_place, plain
from shapecheck.capture.recording.tape import FROM_OUTSIDE, Tape, tensors_in
from shapecheck.capture.recording.training import loss_of_gradient
from shapecheck.capture.recording.user_code import Spot, user_spot
from shapecheck.capture.recording.written_through import NAME, place_in, whole_of, written
from shapecheck.errors import let_through

# More than this is not one training step any more; what lies further back keeps no provenance.
MAX_NODES = 60_000

# What hands a nested state on calls itself; so many of the user's frames stand around an operation.
_CALLERS = 3

# What weights decay by where no optimizer does it.
_SHRINKS = frozenset(
    ["mul_", "__imul__", "sub_", "__isub__", "add_", "__iadd__", "div_", "__itruediv__", "copy_", "clamp_"]
)
_SILENT = frozenset(
    [
        "dim", "size", "numel", "stride", "is_contiguous", "ndimension", "element_size", "data_ptr",
        "storage_offset", "is_floating_point", "is_complex", "untyped_storage", "get_device", "shape",
        "dtype", "device", "layout", "ndim", "requires_grad", "_backward_hooks", "grad_fn", "is_leaf", "is_nested",
        "is_sparse", "is_quantized", "is_meta", "is_cuda", "register_hook", "retain_grad", "requires_grad_",
        "_set_grad_enabled", "_is_view",
    ]
)  # fmt: skip
_PUTS_TOGETHER = frozenset(["stack", "pad_sequence", "cat", "tensor", "as_tensor"])
_ESCAPES = frozenset(
    ["item", "tolist", "numpy", "__array__", "__bool__", "__int__", "__float__", "__index__", "__contains__"]
)


class Recorder(TorchFunctionMode):
    """Writes every operation of the thread that made it onto a tape, and changes none.

    Args:
        tape: Where to.
        on_backward: Called with the loss, before it runs.
        on_parameter: Called outside of all modules, before something reads what gradients are asked for.
    """

    def __init__(
        self,
        tape: Tape,
        on_backward: Callable[[Tensor], None] | None = None,
        on_parameter: Callable[[], None] | None = None,
    ) -> None:
        super().__init__()
        self.tape, self.on_backward, self.on_parameter = tape, on_backward, on_parameter
        self.is_paused = False
        # What happens inside a model may be left out.
        self.is_deaf = False
        self.modules: list[nn.Module] = []
        self.failure: BaseException | None = None
        self._apart: Tensor | None = None
        self._owner = (os.getpid(), threading.get_ident())

    @property
    def is_own_thread(self) -> bool:
        """Whether this is the thread, and the process, that it listens to."""
        return (os.getpid(), threading.get_ident()) == self._owner

    def __torch_function__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        if self.is_paused or self.is_deaf or not self.is_own_thread:
            return function(*args, **kwargs)
        name = name_of(function)
        if name in _SILENT or len(self.tape.nodes) > MAX_NODES or (args and is_lazy(args[0])):
            # A lazy module's parameter has no shape until it is first called.
            return function(*args, **kwargs)
        loss = args[0] if name == "backward" and args else loss_of_gradient(function, args, kwargs, self._is_learned)
        if isinstance(loss, Tensor) and self.on_backward is not None:
            if name == "backward" and (args[1:2] or (kwargs.get("gradient"),))[0] is not None:
                self._safely(self._is_weighed, loss)
            self._safely(self.on_backward, loss)
            return function(*args, **kwargs)
        if name == "__iter__" and args[0].dim() > 0:
            # An iterator can be read only once; this is what torch's own does.
            return iter(self.__torch_function__(torch.Tensor.unbind, types, (args[0], 0)))
        before = self._safely(self._before, function, name, args, kwargs)
        result = function(*args, **kwargs)
        if before is not None:
            self._safely(self._after, function, name, before, args, result)
        return result

    def made(self, *arguments: Any) -> None:
        """Write down a tensor that torch itself tells nobody of; see `_after`."""
        if not self.is_deaf:
            self._safely(self._after, *arguments)

    def _before(self, function: Any, name: str, args: Any, kwargs: Any) -> tuple[Any, Any] | None:
        self._apart = None
        first = args[0] if args and isinstance(args[0], Tensor) else None
        if name in _ESCAPES:
            if first is not None:
                self.tape.escaped.add(self.tape.ref(first))
                if self.tape.left.is_open:
                    frame = sys._getframe(3)
                    self.tape.left.add(name, self.tape.ref(first), first.dim(), len(self.tape.nodes), frame)
            return None
        if name in FROM_OUTSIDE:
            return (), {}
        bare = [*filter(_asks_for_gradients, tensors_in((args, kwargs)))] if self._listens_to_parameters else []
        if bare and self.on_parameter is not None:
            self.on_parameter()
        self.tape.bare.update(map(self.tape.ref, bare))
        refs = with_refs(args, self.tape), with_refs(kwargs, self.tape)
        if first is not None and is_in_place(name):
            if isinstance(first, nn.Parameter):
                self.tape.updates.append(len(self.tape.nodes))
                self.tape.changes.append((plain(name), refs[0]))
                self.tape.trained.filled(first, name)
                if self.tape.stepped and name in _SHRINKS:
                    self.tape.moved.add(self.tape.ref(first))
                return None
            if self.tape.ref(first) in self.tape.bare:
                self.tape.updates.append(len(self.tape.nodes))
                return None
            self.tape.snapshot(self.tape.ref(first), first)
            self._apart = apart(function, name, args, kwargs)
        return refs

    def _is_weighed(self, loss: Tensor) -> None:
        self.tape.weighed.add(self.tape.ref(loss))

    def _is_learned(self, value: object) -> bool:
        if not isinstance(value, Tensor) or isinstance(value, nn.Parameter):
            return isinstance(value, nn.Parameter)
        return bool(self.tape.bare) and self.tape.ref(value) in self.tape.bare

    @property
    def _listens_to_parameters(self) -> bool:
        return self.on_parameter is not None and not self.modules and torch.is_grad_enabled()

    def _after(self, function: Any, name: str, refs: tuple[Any, Any], args: Any, result: Any) -> None:
        if is_in_place(name) and args and isinstance(args[0], Tensor):
            result = args[0]
        if next(tensors_in(result), None) is None:
            return
        module = self.modules[-1] if self.modules else None
        root = len(self.tape.roots) - 1 if self.modules else -1
        frame = sys._getframe(3)
        spot = user_spot(frame, _CALLERS)
        if name == "broadcast_tensors":
            self._spread(args, result, spot, module, root)
            return
        node = self.tape.add(function, name, *refs, result, spot, module, root)
        self.tape.zeros.see(node.index, node.name, spot, frame)
        # What changes many tensors at once, as clipping of gradients does, gives back a list.
        whole = whole_of(node.name, result) if node.is_in_place and isinstance(result, Tensor) else None
        known = self.tape.known(whole) if whole is not None else None
        if whole is not None and known is not None:
            given = known, node.ref, *place_in(whole, result)
            self.tape.add(written, NAME, given, {}, whole, spot, module, root)
        if name in NAMES_BEFORE_OR_BEHIND and not self.modules:
            self.tape.namings.see(frame)
        if name in FROM_OUTSIDE and args:
            self.tape.has_reckoned(node, frame, args[0])
            cut = cut_from(args[0])
            if cut is not None:
                self.tape.cut_from[node.index] = cut
        if not self.tape.roots and measures_kinds(name, args, refs[1]):
            self.tape.of_kinds.add(node.index)
        if self._apart is not None and not is_same(self._apart, result):
            self.tape.overlaps.append(node.index)
        if name in _PUTS_TOGETHER:
            draw = self.tape.loaders.draw_of(frame, args)
            axis = int(name == "pad_sequence" and not node.kwargs.get("batch_first", node.args[1:2] == (True,)))
            if draw is not None and node.shapes[0][axis : axis + 1] == (len(draw.rows),):
                (self.tape.drawn_behind_steps if axis else self.tape.drawn)[node.index] = draw
        if name == "empty" and node.shapes == ((0,),):
            node.collated = is_stacked_by_worker(frame)
        if name in ("stack", "pad_sequence", "randperm"):
            files = [*files_around(frame)]
            node.collated = name == "stack" and any(
                file.endswith("torch/utils/data/_utils/collate.py") for file in files
            )
            items = node.args[0] if node.args and isinstance(node.args[0], list | tuple) else ()
            node.collated |= name != "randperm" and len(items) > 1 and len(items) == size_of_own_collate(frame)
            self.tape.is_shuffled |= name == "randperm" and any(
                file.endswith("torch/utils/data/sampler.py") for file in files
            )

    def _spread(self, args: Any, result: Any, spot: Spot | None, module: nn.Module | None, root: int) -> None:
        """Each of several tensors was spread to one shape for itself, and what had it is what it was."""
        for given, out in zip(tensors_in(args), result, strict=True):
            if out is not given:
                refs = self.tape.ref(given), *out.shape
                self.tape.add(torch.Tensor.expand, "expand", refs, {}, out, spot, module, root)

    def _safely(self, act: Callable[..., Any], *arguments: Any) -> Any:
        """A mistake of ours must not reach the script: it is kept, and the recording ends."""
        try:
            return act(*arguments)
        except Exception as error:
            let_through(error)
            self.failure, self.is_paused = error, True
            return None


def _asks_for_gradients(tensor: Tensor) -> bool:
    return tensor.requires_grad and tensor.is_leaf


def name_of(function: Any) -> str:
    """A function's plain name; an attribute such as ``.T``, and one that is set beside the numbers, by its own."""
    name = str(getattr(function, "__name__", ""))
    if name in ("__get__", "__set__"):
        attribute = str(getattr(getattr(function, "__self__", None), "__name__", name))
        return attribute if name == "__get__" or attribute in _SILENT else name
    return name
