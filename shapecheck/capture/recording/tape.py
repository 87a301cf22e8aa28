"""The tape: every operation on tensors that a script makes, as data that can be run once more."""

from __future__ import annotations

import weakref
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from types import FrameType
from typing import Any

import torch
from torch import Tensor, nn

from shapecheck.capture.recording.collate import Draw, Loaders
from shapecheck.capture.recording.guard import guarded
from shapecheck.capture.recording.leaving import Leavings
from shapecheck.capture.recording.namings import Namings
from shapecheck.capture.recording.reckoned import Reckoned, Reckonings
from shapecheck.capture.recording.spelling import is_in_place, plain
from shapecheck.capture.recording.trained import Trained
from shapecheck.capture.recording.user_code import Spot
from shapecheck.capture.recording.vocabulary import DRAWS
from shapecheck.capture.recording.zeros_told import ZerosTold

# What makes a tensor of things that are not torch's.
FROM_OUTSIDE = frozenset(["tensor", "as_tensor", "from_numpy", "asarray", "frombuffer", "load"])
# So many tensors that a script made of its data are held, beyond their time, for what is wrapped right after.
_RECENT, _SMALL = 8, 1 << 20


@dataclass(frozen=True, slots=True)
class Ref:
    """A tensor on the tape: which node made it, and as its how manyth tensor."""

    node: int
    out: int = 0
    # An audit looks up millions of them.
    _hash: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_hash", hash((self.node, self.out)))

    def __hash__(self) -> int:
        return self._hash


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
        parents: The tensors that it read; they follow from the arguments.
        ref: The tensor that it gave, of several the first.
        outs: All tensors that it gave.
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
    parents: tuple[Ref, ...] = field(init=False)
    ref: Ref = field(init=False)
    outs: tuple[Ref, ...] = field(init=False)

    def __post_init__(self) -> None:
        self.parents = tuple(refs_in((self.args, self.kwargs)))
        self.ref = Ref(self.index)
        self.outs = tuple([Ref(self.index, out) for out in range(len(self.shapes))])

    @property
    def index_parts(self) -> tuple[Any, ...]:
        """What stands between the brackets of what picks or sets items, part by part."""
        return self.args[1] if isinstance(self.args[1], tuple) else (self.args[1],)

    def argument(self, place: int, *names: str, default: Any = None) -> Any:
        """What it was given by one of these names, or else at a place: to some operations that means something else."""
        named = (self.kwargs[name] for name in names if name in self.kwargs)
        return next(named, self.args[place] if len(self.args) > place else default)

    def repeats(self, other: Node) -> bool:
        """Whether it is the same operation at the same place of the script, at another time."""
        one, two = self.spot, other.spot
        return one is not None and two is not None and self.name == other.name and one.place == two.place


@dataclass(slots=True, eq=False)
class Root:
    """One call of an outermost module: which nodes lie in it, what it was given, and where the user called it.

    Also whether the loop around it may end before its batches do, or pass over some of them.

    In evaluation also which flags the batch held that the loop around it was at, and how many items the loader of that
    loop puts into a batch, and into its last one. What is evaluated counts as without gradients, even where they are
    recorded.
    """

    module: nn.Module
    first: int
    last: int = -1
    inputs: tuple[Ref, ...] = ()
    named: dict[str, Ref] = field(default_factory=dict)
    outputs: tuple[Ref, ...] = ()
    training: bool = True
    spot: Spot | None = None
    graded: bool = True
    flags: dict[tuple[object, ...], frozenset[float]] = field(default_factory=dict)
    sizes: tuple[int, int] | None = None
    may_end_early: bool = False

    @property
    def trains(self) -> bool:
        """Whether a model in training is called with gradients: some never say ``eval()``, and record none."""
        return self.training and self.graded


class Tape:
    """What was recorded.

    Args:
        nodes: All nodes in order.
        held: The tensors that a replay from `start` on needs and does not compute.
        start: The first node of the present step.
    """

    def __init__(self) -> None:
        self.nodes: list[Node] = []
        # The nodes that read each tensor, in their order.
        self.readers: dict[Ref, list[int]] = {}
        self.held: dict[Ref, Tensor] = {}
        self.start = 0
        self.roots: list[Root] = []
        self.losses: list[tuple[Ref, Spot | None]] = []
        # Those whose gradients begin with a number that is told, and not with one.
        self.weighed: set[Ref] = set()
        # The parameters that something else than an optimizer has changed in place, since one has stepped.
        self.moved: set[Ref] = set()
        # By each loss the parameters that still had a gradient as the next backward began.
        self.unspent: dict[Ref, frozenset[Ref]] = {}
        # What else than an optimizer changed parameters in place: under which name, and what it was given.
        self.changes: list[tuple[str, tuple[Any, ...]]] = []
        # How long the tape was at each update of the parameters; also with those that the optimizer holds.
        self.updates: list[int] = []
        self.stepped: list[tuple[int, frozenset[Ref]]] = []
        # Those of them that it lets decay, and whether one of them makes a loss larger.
        self.decayed: set[Ref] = set()
        self.is_to_rise = False
        self.trained = Trained()
        self.escaped: set[Ref] = set()
        self.left = Leavings()
        # What a script that calls no model learns: plain tensors.
        self.bare: set[Ref] = set()
        # Nodes that read numbers which they had changed already.
        self.overlaps: list[int] = []
        self.loaders = Loaders()
        # Which rows of which data set lie in what a loader put together, by its node; or along axis 1, behind steps.
        self.drawn: dict[int, Draw] = {}
        self.drawn_behind_steps: dict[int, Draw] = {}
        # Whether tensors are kept for a replay.
        self.keeps = True
        # How the numbers of a list that a tensor was made of were reckoned from those of another, by its node.
        self.reckoned: dict[int, Reckoned] = {}
        self._reckonings = Reckonings()
        # By which numbers the script calls its classes, where it goes from names to numbers or back.
        self.namings = Namings()
        # The sizes of the items of the array in which a tensor's numbers lie in their order, by its node.
        self.cut_from: dict[int, tuple[int, ...]] = {}
        # What took statistics along the last axis of raw numbers, whose features are of several kinds.
        self.of_kinds: set[int] = set()
        self.zeros = ZerosTold()
        self.is_shuffled = False
        # The node with which the evaluation of a trained model began.
        self.evaluated_from = 0
        self.is_between = False
        # What has moved the start of a step last, and where that was before.
        self._moved: tuple[Node | None, int] = (None, 0)
        self._known: dict[int, tuple[weakref.ref[Tensor], Ref]] = {}
        # What was made of data last, held so that nothing else can come to lie where it lies.
        self._recent: deque[tuple[Tensor, Ref]] = deque(maxlen=_RECENT)

    def notes_gradients(self, loss: Ref) -> None:
        """Write down which parameters have a gradient as the backward that follows a loss begins."""
        known = [(parameter, ref) for alive, ref in self._known.values() if (parameter := alive()) is not None]
        found = {ref for parameter, ref in known if isinstance(parameter, nn.Parameter) and _has_gradient(parameter)}
        self.unspent[loss] = frozenset(found)

    def known(self, tensor: Tensor) -> Ref | None:
        """Where a tensor is on the tape; None if it is not there."""
        known = self._known.get(id(tensor))
        return known[1] if known is not None and known[0]() is tensor else None

    def ref(self, tensor: Tensor) -> Ref:
        """Where a tensor is on the tape; it is put there if it was not."""
        known = self.known(tensor)
        made = known if known is not None else self._wrapped(tensor)
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
        if name in FROM_OUTSIDE:
            # What it was made from is not torch's, and may be a list of a million numbers.
            function, args, kwargs = None, (), {}
        one_name = plain(name)
        node = Node(
            len(self.nodes), function and guarded(one_name, function), one_name, args, kwargs,
            tuple(tuple(out.shape) for out in outs), tuple(out.dtype for out in outs), spot, module, root,
            "data" if function is None else "operation", self._is_graded(spot, root),
            is_in_place=is_in_place(name),
        )  # fmt: skip
        self.nodes.append(node)
        for parent in dict.fromkeys(node.parents):
            self.readers.setdefault(parent, []).append(node.index)
        if self.is_between and _picks(node):
            # What picks or draws a batch is no part of the step; what shapes it on its way to the model is.
            self._moved = (node, self.start)
            self.start = len(self.nodes)
        elif self.is_between and self._is_sorted_for(node):
            # It has put the rows into the order that it needs, and picked none.
            self.start = self._moved[1]
        for at, out in enumerate(outs):
            # A parameter is a parameter, whatever filled it.
            if not isinstance(out, nn.Parameter):
                self._remember(out, Ref(node.index, at))
            if root < 0 and not out.requires_grad and self.keeps and _is_small(out):
                self._recent.append((out, Ref(node.index, at)))
        return node

    def _is_sorted_for(self, node: Node) -> bool:
        """Whether it packs rows that were put into the order of their lengths, for it, a moment before."""
        last = self._moved[0]
        is_order = last is not None and last.name == "index_select" and self.start == last.index + 1
        return is_order and node.name == "_pack_padded_sequence" and node.parents[0].node == self.start - 1

    def has_reckoned(self, node: Node, frame: FrameType | None, given: object) -> None:
        """Keep how a list was reckoned that a tensor was made of."""
        found = self._reckonings.of(frame, given)
        if found is not None:
            self.reckoned[node.index] = found

    def snapshot(self, ref: Ref, tensor: Tensor) -> None:
        """Keep a copy of a tensor that is about to be changed in place and that a replay would not compute."""
        if ref in self.held:
            self.held[ref] = tensor.detach().clone()

    def is_updated(self, before: Ref, after: Ref) -> bool:
        """Whether parameters were changed between two tensors."""
        return any(before.node < place <= after.node for place in self.updates)

    def _is_graded(self, spot: Spot | None, root: int) -> bool:
        """Whether gradients go through an operation: torch's own, or those of a ``torch.autograd.Function``."""
        if torch.is_grad_enabled() or spot is None or not spot.is_in_autograd_function:
            return torch.is_grad_enabled()
        return root < 0 or self.roots[root].graded

    def shape(self, ref: Ref) -> tuple[int, ...]:
        """The shape of a tensor on the tape."""
        return self.nodes[ref.node].shapes[ref.out]

    def has_parameter(self, node: Node) -> bool:
        """Whether an operation reads a parameter."""
        return any(self.nodes[parent.node].kind == "parameter" for parent in node.parents)

    def dtype(self, ref: Ref) -> torch.dtype:
        """The dtype of a tensor on the tape."""
        return self.nodes[ref.node].dtypes[ref.out]

    def _wrapped(self, tensor: Tensor) -> Ref | None:
        """What was put into another tensor object where nobody listens, as ``Variable(x)`` does."""
        if isinstance(tensor, nn.Parameter) or not self._recent:
            return None
        with torch._C.DisableTorchFunction():
            for held, ref in reversed(self._recent):
                if held.shape == tensor.shape and held.dtype == tensor.dtype and _lie_at_one_place(held, tensor):
                    self._remember(tensor, ref)
                    return ref
        return None

    def _remember(self, tensor: Tensor, ref: Ref) -> None:
        self._known[id(tensor)] = (weakref.ref(tensor), ref)


def _has_gradient(parameter: nn.Parameter) -> bool:
    """Whether it has one that is not zero throughout, as those are that were put back to zero."""
    gradient = parameter.grad if parameter.is_leaf else None
    return gradient is not None and (gradient.layout != torch.strided or bool(gradient.any()))


def _is_small(tensor: Tensor) -> bool:
    return tensor.layout == torch.strided and tensor.nbytes <= _SMALL


def _lie_at_one_place(one: Tensor, other: Tensor) -> bool:
    """Whether two tensors are the same numbers in memory; those of a transform such as ``vmap`` lie nowhere."""
    try:
        return one.data_ptr() == other.data_ptr() != 0 and one.stride() == other.stride()
    except RuntimeError:
        return False


def _picks(node: Node) -> bool:
    """Whether it makes new data, or picks items of what is there, be it one by one into the rows of a blank tensor."""
    index = node.args[1] if len(node.args) > 1 else None
    if node.name == "__setitem__" and isinstance(node.args[-1], Ref):
        return isinstance(index[0] if index and isinstance(index, tuple) else index, int)
    is_picked = isinstance(index, Ref | int) and node.name == "__getitem__"
    return is_picked or node.kind == "data" or node.name in DRAWS


def tensors_in(value: Any) -> Iterator[Tensor]:
    """The tensors in nested tuples, lists and dicts, in order."""
    if isinstance(value, Tensor):
        yield value
    elif isinstance(value, tuple | list):
        for item in value:
            yield from tensors_in(item)
    elif isinstance(value, dict):
        yield from tensors_in([*value.values()])


def refs_in(value: Any) -> Iterator[Ref]:
    """The refs in nested arguments, in order."""
    if isinstance(value, Ref):
        yield value
    elif isinstance(value, tuple | list):
        for item in value:
            yield from refs_in(item)
    elif isinstance(value, dict):
        yield from refs_in([*value.values()])
    elif isinstance(value, slice):
        yield from refs_in((value.start, value.stop, value.step))
