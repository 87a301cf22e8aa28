"""Of what the axes of all tensors on a tape are made: followed through turns, reshapes, layers and arithmetic."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from math import prod

import torch
from torch import nn

from shapecheck.capture.instruments.axes.features_axis import CONVOLUTIONS
from shapecheck.capture.instruments.axes.reductions import REDUCTIONS, one_axis, reduced_axes
from shapecheck.capture.instruments.axes.strands import Axes, Axis, Strand, aligned, crossed_axes, reshaped
from shapecheck.capture.instruments.rows.recuts import RESHAPES
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import (
    ARITHMETIC,
    ATTENTIONS,
    CLASS_LOSSES,
    COMPARES,
    DISTANCES,
    EQUALS,
    PRODUCTS,
    RECURRENT,
    VIEWS_AS,
)

# What shows another part of the same memory: by its strides it says which axis lies where.
VIEWS = frozenset(
    ["permute", "transpose", "t", "T", "mT", "movedim", "adjoint", "H", "squeeze", "unsqueeze", "__getitem__",
     "select", "narrow", "unbind", "chunk", "split", "tensor_split", "expand", "expand_as", "broadcast_to"]
)  # fmt: skip
CUTS = RESHAPES | VIEWS_AS
MEETS = (
    ARITHMETIC
    | EQUALS
    | COMPARES
    | DISTANCES
    | {"where", "pow", "minimum", "maximum", "bitwise_and", "bitwise_or", "logical_and", "logical_or", "masked_fill"}
    | {"lerp", "addcmul", "addcdiv", "kl_div", "binary_cross_entropy", "binary_cross_entropy_with_logits"}
)
_SLIDES = frozenset(
    ["max_pool1d", "max_pool2d", "max_pool3d", "avg_pool1d", "avg_pool2d", "avg_pool3d", "adaptive_avg_pool1d",
     "adaptive_avg_pool2d", "adaptive_max_pool1d", "adaptive_max_pool2d", "interpolate", "pad", "upsample"]
)  # fmt: skip
# What mixes places of one tensor without changing its shape.
_STIRS = frozenset(["inverse", "pinverse", "matrix_exp", "matrix_power", "cov", "corrcoef", "rot90", "sort", "argsort"])
_FROM_FIRST = frozenset(["layer_norm", "batch_norm", "group_norm", "instance_norm", "__setitem__", "written", "prelu"])
_SEEKS = frozenset(["argmax", "argmin", "any", "all", "count_nonzero"])
_COPIES = frozenset(["contiguous", "clone", "detach", "to"])

Meeting = tuple[Node, Axes, Axes]
# So many of the last nodes are followed.
_MOST = 8000


class Weave:
    """The axes of the tensors on a tape.

    Args:
        step: The step whose tape it is.
        turns: Node -> the order in which it puts the axes, in the place of its own; in front of itself if it reshapes.

    Attributes:
        sizes: How long each axis is that began somewhere.
        meetings: Each two tensors that meet item by item, with their axes, and where they do.
        begun: The tensor that it began in.
        apart: Those that a layer took for the samples.
        walked: Those that a layer walked along, slid along or attended to.
        fits: Whether all that reads what was put into another order can do so.
    """

    def __init__(self, step: Step, turns: Mapping[int, tuple[int, ...]] | None = None) -> None:
        self.step, self.turns = step, turns or {}
        self.meetings: list[Meeting] = []
        self.fits = True
        self._odd: set[Ref] = set()
        self.axes: dict[Ref, Axes] = {}
        self.sizes: list[int] = []
        self._same: list[int] = []
        self.begun: list[Ref] = []
        self.apart: set[int] = set()
        self.walked: set[int] = set()

    def follow(self, order: Iterable[int]) -> None:
        """Go through nodes, in their order."""
        for index in order:
            node = self.step.node(index)
            if not node.shapes:
                continue
            found = self._behind(node) if node.function is not None else []
            if self.turns and self._is_odd(node, found):
                continue
            for ref, shape in zip(node.outs, node.shapes, strict=True):
                axes = found[ref.out] if ref.out < len(found) else ()
                self.axes[ref] = self._fitted(ref, shape, axes)

    def _is_odd(self, node: Node, found: list[tuple[Axis | None, ...]]) -> bool:
        """Whether the sizes are others than they were, as they may be up to a reshape."""
        if self._odd.intersection(node.parents) and node.name not in CUTS | _COPIES:
            self.fits = False
        axes = found[0] if found else ()
        if node.index not in self.turns and not self._odd.intersection(node.parents):
            return False
        if None in axes or tuple(axis.size for axis in axes if axis is not None) == node.shapes[0]:
            return False
        self._odd.add(node.ref)
        self.axes[node.ref] = tuple(axis for axis in axes if axis is not None)
        return True

    @property
    def mixed(self) -> int:
        """How many tensors have an axis of which each place holds pieces of several."""
        return sum(any(axis.is_mixed for axis in axes) for axes in self.axes.values())

    def of(self, ref: Ref) -> Axes:
        """The axes of a tensor."""
        if ref not in self.axes:
            self.axes[ref] = self._fitted(ref, self.step.tape.shape(ref), ())
        return self.axes[ref]

    def named(self, axes: Axes) -> Axes:
        """The same axes, by one number for all origins that are one: data that met each other item by item."""
        return tuple(
            replace(axis, strands=tuple(replace(one, origin=self.first_of(one.origin)) for one in axis.strands))
            for axis in axes
        )

    def first_of(self, origin: int) -> int:
        """The first of all origins that are one with this."""
        while self._same[origin] != origin:
            origin = self._same[origin]
        return origin

    def _tell(self, node: Node, one: Axes, other: Axes) -> None:
        one, other = self.named(one), self.named(other)
        self.meetings.append((node, one, other))
        if not self.step.learned.isdisjoint(node.parents) or crossed_axes(one, other, self.sizes):
            return
        for pair in aligned(one, other):
            ends = [axis.whole for axis in pair]
            if ends[0] is not None and ends[1] is not None and ends[0].size == ends[1].size:
                low, high = sorted((ends[0].origin, ends[1].origin))
                self._same[high] = low
                self.sizes[low] = max(self.sizes[low], self.sizes[high])

    def _fitted(self, ref: Ref, shape: tuple[int, ...], axes: tuple[Axis | None, ...]) -> Axes:
        """The axes as far as they fit the shape; those that do not begin here."""
        if len(axes) != len(shape):
            axes = (None,) * len(shape)
        for axis in axes:
            if axis is not None and len(axis.strands) == 1 and axis.strands[0].step == 1:
                # What was interpolated has more items than where it began.
                at = axis.strands[0].origin
                self.sizes[at] = max(self.sizes[at], axis.size)
        return tuple(
            axis if axis is not None and axis.size == size else self._new(ref, size)
            for axis, size in zip(axes, shape, strict=True)
        )

    def _new(self, ref: Ref, size: int) -> Axis:
        if size < 2:
            return Axis(size)
        self.sizes.append(size)
        self._same.append(len(self._same))
        self.begun.append(ref)
        return Axis(size, (Strand(len(self.sizes) - 1, 1, size),))

    def _behind(self, node: Node) -> list[tuple[Axis | None, ...]]:
        """For each tensor that comes out its axes; None for one that begins here."""
        name, parents = node.name, node.parents
        if not parents or _is_made_like(node):
            return []
        first, shape = self.of(parents[0]), node.shapes[0]
        if node.index in self.turns:
            if len(first) != len(self.turns[node.index]):
                # Another turn in front of it leaves it other axes.
                self.fits = False
                return []
            first = tuple(first[at] for at in self.turns[node.index])
            if name not in CUTS:
                return [first]
        if name == "__getitem__" and self._is_looked_up(node):
            # One number of a table for each item, in the order of the items.
            return [self.of(parents[1])]
        if name in VIEWS:
            return self._viewed(node, first) if len(parents) == 1 or name == "expand_as" else []
        if name in CUTS:
            return [reshaped(first, shape)] if prod(shape) == prod(axis.size for axis in first) else []
        if name in ("flip", "roll", "fliplr", "flipud"):
            return [self._turned(node, first)]
        if name in MEETS and len(parents) > 1:
            return [self._met(node, shape)]
        if name in PRODUCTS:
            return [self._product(first, self.of(parents[1]))] if len(parents) == 2 else []
        if name == "einsum":
            return [self._lettered(node)]
        if name in CONVOLUTIONS or name in _SLIDES:
            return [self._slid(node, first, shape)]
        if name in ("linear", "embedding", "one_hot"):
            kept = first if name != "linear" else first[:-1]
            if name == "linear" and len(first) == 2 and (row := first[0].whole) is not None:
                self.apart.add(row.origin)
            return [(*kept, None)]
        if name in RECURRENT:
            return self._walked(node, first)
        if name in ATTENTIONS:
            return self._attended(node, first)
        if isinstance(node.module, nn.TransformerEncoderLayer) and name == "forward" and len(first) == 3:
            # One kernel for the whole layer.
            samples, steps = first[:2] if node.module.self_attn.batch_first else (first[1], first[0])
            return self._encoded(node, samples, steps, node.kwargs.get("src_key_padding_mask"), first)
        if name == "cdist" and len(first) > 1 and len(self.of(parents[1])) > 1:
            return [(*first[:-1], self.of(parents[1])[-2])]
        if name in REDUCTIONS or name in _SEEKS:
            return self._reduced(node, first)
        if name in ("cat", "stack"):
            return [self._joined(node, shape)]
        if name in CLASS_LOSSES and len(parents) > 1 and len(first) == len(self.of(parents[1])) + 1:
            self._tell(node, (*first[:1], *first[2:]), self.of(parents[1]))
            return []
        is_alike = tuple(axis.size for axis in first) == shape
        return [first] if is_alike and (name in _FROM_FIRST or (len(parents) == 1 and name not in _STIRS)) else []

    def _is_looked_up(self, node: Node) -> bool:
        """Whether a tensor with one axis is read at numbers that another tensor holds."""
        index, tape = node.args[1], self.step.tape
        is_read = isinstance(index, Ref) and tape.dtype(index) == torch.int64 and len(node.parents) == 2
        return is_read and len(tape.shape(node.parents[0])) == 1

    def _viewed(self, node: Node, first: Axes) -> list[tuple[Axis | None, ...]]:
        if node.name == "__getitem__" and not all(map(_is_plain, node.index_parts)):
            # What is picked by a list comes in an order of its own.
            return []
        given = torch.empty([axis.size for axis in first], device="meta")
        arguments = (*node.shapes[0],) if node.name == "expand_as" else node.args[1:]
        called = torch.Tensor.expand if node.name == "expand_as" else node.function
        try:
            with torch._C.DisableTorchFunction():
                out = called(given, *arguments, **node.kwargs)  # type: ignore[misc]
        except Exception:
            return []
        outs = out if isinstance(out, tuple | list) else [out]
        strides = {stride: axis for stride, axis in zip(given.stride(), first, strict=True) if axis.size > 1}
        return [
            tuple(
                axis.cut_to(size) if size > 1 and (axis := strides.get(stride)) is not None else Axis(size) if size < 2
                else None
                for size, stride in zip(each.shape, each.stride(), strict=True)
            )
            for each in outs
        ]  # fmt: skip

    def _turned(self, node: Node, first: Axes) -> Axes:
        if node.name == "roll":
            given = node.argument(2, "dims", default=())
        else:
            given = node.kwargs.get("dims", node.args[1:]) if node.name == "flip" else int(node.name == "fliplr")
        given = given[0] if isinstance(given, tuple) and len(given) == 1 else given
        dims = given if isinstance(given, tuple | list) else (given,)
        at = {dim % len(first) for dim in dims if isinstance(dim, int)} if first else set()
        return tuple(axis.turned if place in at else axis for place, axis in enumerate(first))

    def _by_data(self, node: Node) -> list[Axes]:
        """The axes of what it reads; last those of what was only counted or drawn, which go with whatever they meet."""
        refs = list(dict.fromkeys(node.parents))
        refs.sort(key=lambda ref: _is_counted(self.step.node(ref.node)))
        return [self.of(ref) for ref in refs]

    def _met(self, node: Node, shape: tuple[int, ...]) -> tuple[Axis | None, ...]:
        operands = self._by_data(node)
        for at, one in enumerate(operands):
            for other in operands[at + 1 :]:
                self._tell(node, one, other)
        return self._spread(operands, shape)

    def _spread(self, operands: list[Axes], shape: tuple[int, ...]) -> tuple[Axis | None, ...]:
        return tuple(
            next((axes[at] for axes in operands if len(axes) >= -at and axes[at].size == size), None)
            for at, size in zip(range(-len(shape), 0), shape, strict=True)
        )

    def _product(self, one: Axes, other: Axes) -> tuple[Axis | None, ...]:
        if len(one) < 2 or len(other) < 2:
            return one[:-1] if len(other) == 1 else other[:-2] + other[-1:] if len(one) == 1 else ()
        front = [axes[:-2] for axes in (one, other)]
        longest = max(map(len, front))
        lead = [
            next((axes[at] for axes in front if len(axes) >= -at and axes[at].size > 1), Axis(1))
            for at in range(-longest, 0)
        ]
        return (*lead, one[-2], other[-1])

    def _lettered(self, node: Node) -> tuple[Axis | None, ...]:
        equation = node.args[0]
        if not isinstance(equation, str) or "->" not in equation or "." in equation:
            return ()
        given, out = equation.replace(" ", "").split("->")
        letters: dict[str, Axis] = {}
        for word, ref in zip(given.split(","), node.parents, strict=False):
            for letter, axis in zip(word, self.of(ref), strict=False):
                letters.setdefault(letter, axis)
        return tuple(letters.get(letter) for letter in out)

    def _slid(self, node: Node, first: Axes, shape: tuple[int, ...]) -> tuple[Axis | None, ...]:
        if len(shape) != len(first):
            return ()
        kept = [axis.cut_to(size) for axis, size in zip(first, shape, strict=True)]
        if node.name in CONVOLUTIONS:
            inside = int(node.name[-2])
            self.walked |= {origin for axis in first[-inside:] for origin in axis.origins}
            self.apart |= first[0].origins if len(first) == inside + 2 else set()
            kept[max(len(shape) - int(node.name[-2]) - 1, 0)] = None
        return tuple(kept)

    def _walked(self, node: Node, first: Axes) -> list[tuple[Axis | None, ...]]:
        if len(node.args) != 9 or len(first) != 3 or not isinstance(node.args[8], bool):
            return []
        samples, steps = first[:2] if node.args[8] else (first[1], first[0])
        self.apart |= samples.origins
        self.walked |= steps.origins
        for state in node.parents[1:3]:
            axes = self.of(state)
            if len(axes) == 3 and self.step.node(state.node).kind != "parameter":
                self._tell(node, (samples, Axis(1)), (axes[1], Axis(1)))
        return [(*first[:2], None), (None, samples, None), (None, samples, None)]

    def _attended(self, node: Node, query: Axes) -> list[tuple[Axis | None, ...]]:
        value = self.of(node.parents[2]) if len(node.parents) > 2 else query
        if node.name == "scaled_dot_product_attention":
            self.walked |= {origin for axes in (query, value) for axis in axes[-2:-1] for origin in axis.origins}
            return [(*query[:-1], *value[-1:])]
        self.walked |= query[0].origins
        if len(query) != 3 or len(value) != 3:
            return [(*query[:-1], None)]
        self.apart |= query[1].origins
        self._tell(node, (query[1], Axis(1)), (value[1], Axis(1)))
        return self._encoded(node, value[1], value[0], node.kwargs.get("key_padding_mask"), query)

    def _encoded(
        self, node: Node, samples: Axis, steps: Axis, mask: object, first: Axes
    ) -> list[tuple[Axis | None, ...]]:
        self.walked |= steps.origins
        self.apart |= samples.origins
        if isinstance(mask, Ref) and len(self.of(mask)) == 2:
            self._tell(node, (samples, steps), self.of(mask))
        return [(*first[:-1], None)]

    def _reduced(self, node: Node, first: Axes) -> list[tuple[Axis | None, ...]]:
        axes = reduced_axes(self.step, node)
        if node.name in _SEEKS:
            axis = one_axis(node.argument(1, "dim", "axis"), len(first))
            axes = () if axis is None else (axis,)
        if not axes:
            return []
        is_kept = len(node.shapes[0]) == len(first)
        kept = [Axis(1) if at in axes else axis for at, axis in enumerate(first) if is_kept or at not in axes]
        return [tuple(kept)] * len(node.shapes)

    def _joined(self, node: Node, shape: tuple[int, ...]) -> tuple[Axis | None, ...]:
        given = node.argument(1, "dim", "axis", default=0)
        if not isinstance(given, int) or not -len(shape) <= given < len(shape):
            return ()
        at = given % len(shape)
        given_axes = [axes for axes in self._by_data(node) if len(axes) == len(shape) - (node.name == "stack")]
        rests = [axes if node.name == "stack" else (*axes[:at], *axes[at + 1 :]) for axes in given_axes]
        for other in rests[1:]:
            self._tell(node, rests[0], other)
        found = list(rests[0]) if rests else [None] * (len(shape) - 1)
        return (*found[:at], None, *found[at:])


def _is_made_like(node: Node) -> bool:
    """Whether it has no axes of its own yet, but as many numbers as another tensor."""
    return node.name.endswith("_like")


def _is_counted(node: Node) -> bool:
    return node.function is not None and (not node.parents or _is_made_like(node))


def _is_plain(part: object) -> bool:
    return part is None or part is Ellipsis or type(part) is int or isinstance(part, slice)


def woven(step: Step) -> Weave:
    """The axes of all tensors up to the end of a step, those of the data included."""
    weave = Weave(step)
    weave.follow(range(max(0, step.last - _MOST), step.last))
    return weave
