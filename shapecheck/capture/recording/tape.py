"""The tape: every operation on tensors that a script makes, as data that can be run once more."""

from __future__ import annotations

import os
import sys
import threading
import weakref
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.parameter import is_lazy
from torch.overrides import TorchFunctionMode

from shapecheck.capture.recording.collate import Draw, Loaders, files_around, is_stacked_by_worker, size_of_own_collate
from shapecheck.capture.recording.overlaps import apart, is_same
from shapecheck.capture.recording.spelling import is_in_place, plain
from shapecheck.capture.recording.trained import Trained
from shapecheck.capture.recording.training import loss_of_gradient
from shapecheck.capture.recording.user_code import Spot, user_spot
from shapecheck.capture.recording.vocabulary import DRAWS

# More than this is not one training step any more; what lies further back keeps no provenance.
MAX_NODES = 60_000

# What hands a nested state on calls itself; so many of the user's frames stand around an operation.
_CALLERS = 3

_SILENT = frozenset(
    [
        "dim", "size", "numel", "stride", "is_contiguous", "ndimension", "element_size", "data_ptr",
        "storage_offset", "is_floating_point", "is_complex", "untyped_storage", "get_device", "shape",
        "dtype", "device", "layout", "ndim", "requires_grad", "_backward_hooks", "grad_fn", "is_leaf", "is_nested",
        "is_sparse", "is_quantized", "is_meta", "is_cuda", "register_hook", "retain_grad", "requires_grad_",
        "_set_grad_enabled", "_is_view",
    ]
)  # fmt: skip
_FROM_OUTSIDE = frozenset(["tensor", "as_tensor", "from_numpy", "asarray", "frombuffer", "load"])
_PUTS_TOGETHER = frozenset(["stack", "pad_sequence", "cat", "tensor", "as_tensor"])
_ESCAPES = frozenset(
    ["item", "tolist", "numpy", "__array__", "__bool__", "__int__", "__float__", "__index__", "__contains__"]
)


@dataclass(frozen=True, slots=True)
class Ref:
    """A tensor on the tape: which node made it, and as its how manyth tensor."""

    node: int
    out: int = 0


@dataclass(slots=True, eq=False)
class Node:
    """One operation, or a tensor that was there before (``function`` None).

    Args:
        index: Its place on the tape.
        function: What was called.
        name: The name of that, without its class; one for all spellings (`plain`).
        args: The positional arguments, with a `Ref` where a tensor stood.
        kwargs: The keyword arguments, likewise.
        shapes: The shapes of the tensors that came out.
        spot: The user's instruction.
        module: Path of the innermost module; its root is in front.
        root: Number of the outermost module call that it happened in, -1 outside.
        kind: For tensors that were there: ``"parameter"`` or ``"data"``; else ``"operation"``.
        graded: Whether gradients were being recorded.
        collated: Whether a DataLoader stacked it.
        is_in_place: Whether it changes its first operand.
    """

    index: int
    function: Callable[..., Any] | None
    name: str
    args: tuple[Any, ...] = ()
    kwargs: dict[str, Any] = field(default_factory=dict)
    shapes: tuple[tuple[int, ...], ...] = ()
    dtypes: tuple[torch.dtype, ...] = ()
    spot: Spot | None = None
    module: nn.Module | None = None
    root: int = -1
    kind: str = "operation"
    graded: bool = True
    collated: bool = False
    is_in_place: bool = False

    @property
    def parents(self) -> tuple[Ref, ...]:
        """The tensors that it read."""
        return tuple(refs_in((self.args, self.kwargs)))

    def repeats(self, other: Node) -> bool:
        """Whether it is the same operation at the same place of the script, at another time."""
        one, two = self.spot, other.spot
        if one is None or two is None or self.name != other.name:
            return False
        return one.code is two.code and one.instruction == two.instruction


@dataclass(slots=True, eq=False)
class Root:
    """One call of an outermost module: which nodes lie in it, what it was given, and where the user called it."""

    module: nn.Module
    first: int
    last: int = -1
    inputs: tuple[Ref, ...] = ()
    named: dict[str, Ref] = field(default_factory=dict)
    outputs: tuple[Ref, ...] = ()
    training: bool = True
    spot: Spot | None = None


class Tape:
    """What was recorded.

    Args:
        nodes: All nodes in order.
        held: The tensors that a replay from `start` on needs and does not compute.
        start: The first node of the present step.
    """

    def __init__(self) -> None:
        self.nodes: list[Node] = []
        self.held: dict[Ref, Tensor] = {}
        self.start = 0
        self.roots: list[Root] = []
        self.losses: list[tuple[Ref, Spot | None]] = []
        # How long the tape was at each update of the parameters.
        self.updates: list[int] = []
        self.trained = Trained()
        self.escaped: set[Ref] = set()
        # Nodes that read numbers which they had changed already.
        self.overlaps: list[int] = []
        self.loaders = Loaders()
        # Which rows of which data set lie in a tensor that a loader put together, by its node.
        self.drawn: dict[int, Draw] = {}
        # Whether tensors are kept for a replay.
        self.keeps = True
        self.is_shuffled = False
        # The node with which the evaluation of a trained model began.
        self.evaluated_from = 0
        self.is_between = False
        self._known: dict[int, tuple[weakref.ref[Tensor], Ref]] = {}

    def ref(self, tensor: Tensor) -> Ref:
        """Where a tensor is on the tape; it is put there if it was not."""
        known = self._known.get(id(tensor))
        made = known[1] if known is not None and known[0]() is tensor else None
        if made is not None and tensor.shape == self.shape(made):
            found = made
        else:
            # What comes from a file or another process is made empty, and put upon its numbers where nobody listens.
            kind = "parameter" if isinstance(tensor, nn.Parameter) else "data"
            node = Node(len(self.nodes), None, kind, shapes=(tuple(tensor.shape),), dtypes=(tensor.dtype,), kind=kind)
            node.collated = made is not None and self.nodes[made.node].collated
            self.nodes.append(node)
            found = Ref(node.index)
            self._remember(tensor, found)
        is_given = found.node < self.start or self.nodes[found.node].function is None
        if self.keeps and is_given and found not in self.held:
            self.held[found] = tensor.detach()
        return found

    def add(
        self, function: Callable[..., Any] | None, name: str, args: Any, kwargs: Any, result: Any, spot: Spot | None,
        module: nn.Module | None, root: int,
    ) -> Node:  # fmt: skip
        """Write down an operation; ``args`` and ``kwargs`` hold refs already."""
        outs = list(tensors_in(result))
        if name in _FROM_OUTSIDE:
            # What it was made from is not torch's, and may be a list of a million numbers.
            function, args, kwargs = None, (), {}
        node = Node(
            len(self.nodes), function, plain(name), args, kwargs, tuple(tuple(out.shape) for out in outs),
            tuple(out.dtype for out in outs), spot, module, root,
            "data" if function is None else "operation", torch.is_grad_enabled(),
            is_in_place=is_in_place(name),
        )  # fmt: skip
        self.nodes.append(node)
        if self.is_between and _picks(node):
            # What picks or draws a batch is no part of the step; what shapes it on its way to the model is.
            self.start = len(self.nodes)
        for at, out in enumerate(outs):
            # A parameter is a parameter, whatever filled it.
            if not isinstance(out, nn.Parameter):
                self._remember(out, Ref(node.index, at))
        return node

    def snapshot(self, ref: Ref, tensor: Tensor) -> None:
        """Keep a copy of a tensor that is about to be changed in place and that a replay would not compute."""
        if ref in self.held:
            self.held[ref] = tensor.detach().clone()

    def is_updated(self, before: Ref, after: Ref) -> bool:
        """Whether parameters were changed between two tensors."""
        return any(before.node < place <= after.node for place in self.updates)

    def shape(self, ref: Ref) -> tuple[int, ...]:
        """The shape of a tensor on the tape."""
        return self.nodes[ref.node].shapes[ref.out]

    def dtype(self, ref: Ref) -> torch.dtype:
        """The dtype of a tensor on the tape."""
        return self.nodes[ref.node].dtypes[ref.out]

    def _remember(self, tensor: Tensor, ref: Ref) -> None:
        self._known[id(tensor)] = (weakref.ref(tensor), ref)


def _picks(node: Node) -> bool:
    """Whether it makes new data, or picks items of what is there, be it one by one into the rows of a blank tensor."""
    index = node.args[1] if len(node.args) > 1 else None
    if node.name == "__setitem__" and isinstance(node.args[-1], Ref):
        return isinstance(index[0] if index and isinstance(index, tuple) else index, int)
    is_picked = isinstance(index, Ref | int) and node.name == "__getitem__"
    return is_picked or node.kind == "data" or node.name in DRAWS


class Recorder(TorchFunctionMode):
    """Writes every operation of the thread that made it onto a tape, and changes none.

    Args:
        tape: Where to.
        on_backward: Called with the loss, before it runs.
    """

    def __init__(self, tape: Tape, on_backward: Callable[[Tensor], None] | None = None) -> None:
        super().__init__()
        self.tape, self.on_backward = tape, on_backward
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
        loss = args[0] if name == "backward" and args else loss_of_gradient(function, args, kwargs)
        if isinstance(loss, Tensor) and self.on_backward is not None:
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

    def _before(self, function: Any, name: str, args: Any, kwargs: Any) -> tuple[Any, Any] | None:
        self._apart = None
        first = args[0] if args and isinstance(args[0], Tensor) else None
        if name in _ESCAPES:
            if first is not None:
                self.tape.escaped.add(self.tape.ref(first))
            return None
        if name in _FROM_OUTSIDE:
            return (), {}
        refs = with_refs(args, self.tape), with_refs(kwargs, self.tape)
        if first is not None and is_in_place(name):
            if isinstance(first, nn.Parameter):
                self.tape.updates.append(len(self.tape.nodes))
                self.tape.trained.filled(first, name)
                return None
            self.tape.snapshot(self.tape.ref(first), first)
            self._apart = apart(function, name, args, kwargs)
        return refs

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
        if self._apart is not None and not is_same(self._apart, result):
            self.tape.overlaps.append(node.index)
        if name in _PUTS_TOGETHER:
            draw = self.tape.loaders.draw_of(frame, args, result)
            if draw is not None and node.shapes[0][:1] == (len(draw.rows),):
                self.tape.drawn[node.index] = draw
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
            self.failure, self.is_paused = error, True
            return None


def name_of(function: Any) -> str:
    """A function's plain name; an attribute such as ``.T``, and one that is set beside the numbers, by its own."""
    name = str(getattr(function, "__name__", ""))
    if name in ("__get__", "__set__"):
        attribute = str(getattr(getattr(function, "__self__", None), "__name__", name))
        return attribute if name == "__get__" or attribute in _SILENT else name
    return name


def tensors_in(value: Any) -> Iterator[Tensor]:
    """The tensors in nested tuples, lists and dicts, in order."""
    if isinstance(value, Tensor):
        yield value
    elif isinstance(value, tuple | list):
        for item in value:
            yield from tensors_in(item)
    elif isinstance(value, dict):
        for item in value.values():
            yield from tensors_in(item)


def refs_in(value: Any) -> Iterator[Ref]:
    """The refs in nested arguments, in order."""
    if isinstance(value, Ref):
        yield value
    elif isinstance(value, tuple | list):
        for item in value:
            yield from refs_in(item)
    elif isinstance(value, dict):
        for item in value.values():
            yield from refs_in(item)
    elif isinstance(value, slice):
        yield from refs_in((value.start, value.stop, value.step))


def replaced(value: Any, tensor_of: Callable[[Ref], Any]) -> Any:
    """Nested arguments with each ref replaced."""
    if isinstance(value, Ref):
        return tensor_of(value)
    if isinstance(value, slice):
        return slice(*(replaced(part, tensor_of) for part in (value.start, value.stop, value.step)))
    if isinstance(value, torch.Generator):
        # The script's own stands where it stood, and every run draws the same numbers.
        return torch.Generator(value.device).manual_seed(0)
    if type(value) in (tuple, list):
        return type(value)(replaced(item, tensor_of) for item in value)
    if type(value) is dict:
        return {key: replaced(item, tensor_of) for key, item in value.items()}
    return value


def with_refs(value: Any, tape: Tape) -> Any:
    """Nested arguments with a ref for each tensor."""
    if isinstance(value, Tensor):
        return tape.ref(value)
    if isinstance(value, slice):
        return slice(*(with_refs(part, tape) for part in (value.start, value.stop, value.step)))
    if isinstance(value, torch.Size):
        return value  # ``tensor.new(size)`` makes another tensor of a plain tuple
    if isinstance(value, tuple | list):
        items = [with_refs(item, tape) for item in value]
        return items if isinstance(value, list) else tuple(items)
    if isinstance(value, dict):
        return {key: with_refs(item, tape) for key, item in value.items()}
    return value
