"""What could have been meant instead of one operation: the same call along other axes, to be tried on the tape."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from shapecheck.capture.instruments.axes.added_to_each import added_to_each
from shapecheck.capture.instruments.axes.centred_by_all import centred_by_all
from shapecheck.capture.instruments.axes.divided_by_all import is_divisor, of_each_row
from shapecheck.capture.instruments.axes.joined_along_samples import joined_along_samples
from shapecheck.capture.instruments.axes.kept_axes import kept_axes
from shapecheck.capture.instruments.axes.put_back import put_back
from shapecheck.capture.instruments.axes.realigned import realigned
from shapecheck.capture.instruments.axes.reduced_together import reduced_together, shifts_source
from shapecheck.capture.instruments.axes.reductions import one_axis
from shapecheck.capture.instruments.axes.slid import slid
from shapecheck.capture.instruments.axes.standardised import (
    STATISTICS,
    is_whole,
    of_each,
    of_each_position,
    of_features,
)
from shapecheck.capture.instruments.axes.subscripts import other_letters
from shapecheck.capture.instruments.rows.recuts import (
    cut_and_turned,
    cut_other_way,
    moved_factor,
    side_by_side,
    there_and_back,
    turned_first,
)
from shapecheck.capture.instruments.tensors.backwards import origin
from shapecheck.capture.instruments.tensors.one_item import cut_to_one, one_item
from shapecheck.capture.instruments.trials.alternative import Alternative
from shapecheck.capture.recording.replay import Run, in_evaluation
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import CUTS, HANDS_ON, NORMS, RECURRENT, SELECTS, SPLITS

# A statement in a long loop is tried in so many of its turns.
_MAX_TURNS = 64
_GUARDS = frozenset(["clamp", "clamp_min", "add", "unsqueeze", "maximum", "expand_as", "__getitem__"])
ALONG = frozenset(
    [
        "softmax",
        "log_softmax",
        "normalize",
        "mean",
        "sum",
        "amax",
        "amin",
        "max",
        "min",
        "any",
        "all",
        "prod",
        "median",
        "logsumexp",
        "argmax",
        "argmin",
        "cumsum",
        "cumprod",
        "flip",
        "softmin",
    ]
)


def alternatives(step: Step, index: int) -> Iterator[Alternative]:
    """What could be tried at a node, the likeliest first; all turns of a statement in a loop change together."""
    node = step.node(index)
    turns = [other.index for other in _nodes(step) if other.index != index and _same_spot(other, node)]
    others = [{(item.kind, item.title): item for item in _at(step, turn)} for turn in turns[:_MAX_TURNS]]
    for item in _at(step, index):
        known = [found[item.kind, item.title] for found in others if (item.kind, item.title) in found]
        if others and len(known) == len(others):
            runs = {at: run for one in known for at, run in one.instead.items()} | item.instead
            yield replace(item, instead=runs)
        yield item


def _at(step: Step, index: int) -> Iterator[Alternative]:
    node = step.node(index)
    if node.name in RECURRENT:
        yield from _recurrent(step, node)
        alike = [other for other in _nodes(step) if other.name in RECURRENT and other.args[8:] == node.args[8:]]
        if len(alike) > 1:
            made = [next(_recurrent(step, other), None) for other in alike]
            runs = {index: run for item in made if item is not None for index, run in item.instead.items()}
            yield Alternative("batch_first", f"batch_first={not node.args[8]}", runs)
    elif node.name == "multi_head_attention_forward":
        yield Alternative("attention", "attention along the other axis", {index: _attention(node)})
        alike = [other for other in _nodes(step) if other.name == node.name]
        same = [other for other in alike if _has_samples_in_front(other) == _has_samples_in_front(node)]
        for those in [same] if len(same) == len(alike) else [same, alike]:
            if len(those) > 1:
                runs = {other.index: _attention(other) for other in those}
                yield Alternative("attention", "attention along the other axis", runs)
    elif node.name in SELECTS:
        item = one_item(node)
        # Beside it another axis may be asked for rightly: ``torch.cat([h_n[-2], h_n[:, -1]], 1)``.
        group = [each.index for each in step.nodes if _same_spot(each, node) and _is_of_axis(each, item)]
        yield from _selects(step, group) if item is not None else _cuts(step, node)
    elif is_divisor(step, node):
        yield from of_each_row(step, node)
    elif is_whole(step, node):
        yield from of_each(step, node)
        yield from centred_by_all(step, node)
    elif node.name == "sum" and node.shapes[0] == ():
        yield from added_to_each(step, node)
    elif node.name == "layer_norm":
        yield from of_each_position(step, node)
    elif node.name in NORMS and _divides_source(step, node):
        yield from _along(step, node)
    elif node.name in ALONG:
        yield from _along(step, node)
        yield from _along_fewer(step, node)
    elif node.name in SPLITS and _are_recut(step, node):
        yield from _along(step, node)
    if node.parents:
        yield from of_features(step, node) if node.name in STATISTICS else ()
        yield from cut_other_way(node, step.tape.shape(node.parents[0]))
        yield from moved_factor(node, step.tape.shape(node.parents[0]))
        yield from cut_and_turned(node, step.tape.shape(node.parents[0]))
    yield from turned_first(step, node)
    yield from side_by_side(step, node)
    yield from there_and_back(step, node)
    yield from kept_axes(step, node)
    yield from put_back(step, node)
    yield from reduced_together(step, node)
    yield from realigned(step, node)
    yield from other_letters(step, node)
    yield from slid(step, node)
    yield from joined_along_samples(step, node)
    yield from _turned_for_ctc(step, node)


def _turned_for_ctc(step: Step, node: Node) -> Iterator[Alternative]:
    """The scores with time in front, as CTC reads them whatever the layers before it were told."""
    shape = step.tape.shape(node.parents[0]) if node.name == "ctc_loss" and node.parents else ()
    whole = next((term.without_reduction for term in step.terms if term.node == node.index), None)
    if len(shape) != 3 or shape[0] != shape[1] or whole is None:
        return

    def run(scores: Tensor, *rest: Any, **kwargs: Any) -> Any:
        return whole(scores.transpose(0, 1), *rest, **kwargs)

    yield Alternative("ctc", "log_probs.transpose(0, 1)", {node.index: run})


def _has_samples_in_front(node: Node) -> bool | None:
    return getattr(node.module, "batch_first", None)


def _nodes(step: Step) -> list[Node]:
    return step.of_loss


def _same_spot(one: Node, other: Node) -> bool:
    return (
        one.name == other.name
        and one.spot is not None
        and other.spot is not None
        and one.spot.code is other.spot.code
        and one.spot.line == other.spot.line
    )


def _recurrent(step: Step, node: Node) -> Iterator[Alternative]:
    if len(node.args) != 9 or not isinstance(node.args[8], bool):
        return
    first, held = node.args[8], node.args[1]
    is_drawn = all(
        isinstance(item, Ref) and _is_drawn(step, item)
        for item in (held if isinstance(held, tuple | list) else (held,))
    )

    def run(*given: Any, **kwargs: Any) -> Any:
        (values, state, *rest, _), _ = in_evaluation(node.name, given, kwargs)
        size = values.shape[1 if first else 0]
        states = state if isinstance(state, tuple | list) else (state,)
        states = tuple(_resized(item, size, is_drawn=is_drawn) for item in states)
        return node.function(values, states if node.name == "lstm" else states[0], *rest, not first)  # type: ignore[misc]

    yield Alternative("batch_first", f"batch_first={not first}", {node.index: run}, int(first), int(not first))


def _is_drawn(step: Step, state: Ref) -> bool:
    """Whether a state is made of random numbers, which are as good for one sample as for another."""
    made = origin(step.tape, state, HANDS_ON)[1]
    return made.name in ("rand", "randn", "normal") and not made.parents


def _resized(state: Tensor, size: int, *, is_drawn: bool) -> Tensor:
    if state.shape[1] == size:
        return state
    if is_drawn or bool((state == state[:, :1]).all()):
        return state[:, torch.arange(size, device=state.device) % state.shape[1]].contiguous()
    raise RuntimeError("the state has another batch size")


def _attention(node: Node) -> Run:
    def run(query: Tensor, key: Tensor, value: Tensor, *rest: Any, **kwargs: Any) -> Any:
        kwargs = dict(kwargs)
        mask = kwargs.get("attn_mask")
        if mask is not None and mask.ndim == 2 and mask.shape[0] != query.shape[1]:
            kwargs["attn_mask"] = _causal_like(mask, query.shape[1], key.shape[1])
        turned = [item.transpose(0, 1) for item in (query, key, value)]
        out, weights = node.function(*turned, *rest, **kwargs | {"training": False})  # type: ignore[misc]
        return out.transpose(0, 1), weights

    return run


def _causal_like(mask: Tensor, rows: int, columns: int) -> Tensor:
    """A causal mask of another size in the form of this one."""
    hidden = mask if mask.dtype == torch.bool else mask == float("-inf")
    if not torch.equal(hidden, torch.ones_like(hidden).triu(1)) or rows != columns:
        raise RuntimeError("the mask fits no other size")
    new = torch.ones(rows, columns, dtype=torch.bool, device=mask.device).triu(1)
    return new if mask.dtype == torch.bool else mask.new_zeros(rows, columns).masked_fill(new, float("-inf"))


def _selects(step: Step, group: list[int]) -> Iterator[Alternative]:
    seen = [one_item(step.node(index)) for index in group]
    if not seen or any(item is None for item in seen) or len({item[0] for item in seen if item}) != 1:
        return
    old = seen[0][0]  # type: ignore[index]
    ndim = len(step.tape.shape(step.node(group[0]).parents[0]))
    for new in range(min(ndim, 3)):
        if new == old:
            continue
        runs = {index: _select_at(item[1], new) for index, item in zip(group, seen, strict=True) if item is not None}
        at = ", ".join([":"] * new + [str(seen[0][1])])  # type: ignore[index]
        yield Alternative("select", f"[{at}]", runs, old, new)


def _cuts(step: Step, node: Node) -> Iterator[Alternative]:
    """One item that is kept as an axis of one, ``x[:1]``, taken of another axis.

    Where a line cuts two tensors alike, as a prediction and its target, one sample is meant.
    """
    shape = step.tape.shape(node.parents[0])
    cut = cut_to_one(node, shape) if not any(_is_cut_alike(step, node, other) for other in step.recorded) else None
    if cut is None:
        return
    for new in range(min(len(shape), 3)):
        if new != cut[0] and shape[new] > 1:
            last = "-1:" if cut[1] == shape[cut[0]] - 1 else f"{cut[1]}:{cut[1] + 1}"
            item = -1 if last == "-1:" else cut[1]
            title = f"[{', '.join([':'] * new + [last])}]"
            yield Alternative("select", title, {node.index: _cut_at(item, new)}, cut[0], new)


def _is_cut_alike(step: Step, node: Node, other: Node) -> bool:
    """Whether another tensor is cut by the same index on the same line."""
    if other.name != node.name or other.spot is None or node.spot is None or other.spot.line != node.spot.line:
        return False
    mine, its = (cut_to_one(one, step.tape.shape(one.parents[0])) for one in (node, other))
    return mine == its and other.parents[:1] != node.parents[:1]


def _cut_at(item: int, axis: int) -> Run:
    def run(tensor: Tensor, *_: Any, **__: Any) -> Tensor:
        return tensor.narrow(axis, item % tensor.shape[axis], 1)

    return run


def _is_of_axis(node: Node, item: tuple[int, int] | None) -> bool:
    other = one_item(node)
    return item is not None and other is not None and other[0] == item[0]


def _select_at(item: int, axis: int) -> Run:
    def run(tensor: Tensor, *_: Any, **__: Any) -> Tensor:
        return tensor.select(axis, item)

    return run


def _along(step: Step, node: Node) -> Iterator[Alternative]:
    shape = step.tape.shape(node.parents[0])
    old = axis_of(node, len(shape))
    if old is None or len(shape) < 2 or _is_centering(step, node):
        return
    for new in [*range(len(shape) - 1, 0, -1), 0]:
        if new != old and shape[new] > 1:
            yield Alternative("along", f"dim={new}", {node.index: with_axis(node, new)}, old, new)


def _along_fewer(step: Step, node: Node) -> Iterator[Alternative]:
    """The same reduction of several axes with one of the first two left out."""
    ndim = len(step.tape.shape(node.parents[0]))
    given = node.argument(1, "dim", "axis")
    if not isinstance(given, tuple | list) or len(given) < 2 or _is_centering(step, node):
        return
    for axis in (0, 1):
        rest = tuple(at for at in given if at % ndim != axis)
        if len(rest) == len(given) - 1:
            new = rest[0] if len(rest) == 1 else rest
            yield Alternative("along", f"dim={new}", {node.index: with_axis(node, new)}, axis, new)


def _are_recut(step: Step, node: Node) -> bool:
    """Whether all pieces are cut anew until they have as many rows as the whole: they were to have them all along.

    Pieces of a batch that stay as they are may be meant, such as two views of each sample, one behind the other.
    """
    rows = step.tape.shape(node.parents[0])[:1]
    each = [step.readers(piece) for piece in node.outs]
    return all(those and all(other.name in CUTS and other.shapes[0][:1] == rows for other in those) for those in each)


def axis_of(node: Node, ndim: int) -> int | None:
    """The one axis that an operation runs along, counted from the front."""
    value = node.kwargs.get("dim", node.kwargs.get("axis"))
    if value is None:
        at = _place(node)
        value = node.argument(at)
    if value is None and node.name in ("softmax", "log_softmax", "softmin"):
        value = 0 if ndim in (0, 1, 3) else 1
    if value is None and node.name in SPLITS:
        value = 0
    return one_axis(value, ndim)


def with_axis(node: Node, axis: int | tuple[int, ...]) -> Run:
    """The same operation along another axis, or along others."""

    def run(*args: Any, **kwargs: Any) -> Any:
        at = _place(node)
        rest = {key: value for key, value in kwargs.items() if key not in ("dim", "axis")}
        if len(args) > at:
            args = (*args[:at], axis, *args[at + 1 :])
            return node.function(*args, **rest)  # type: ignore[misc]
        return node.function(*args, **rest, dim=axis)  # type: ignore[misc]

    return run


def _place(node: Node) -> int:
    """Where the axis stands among the arguments."""
    return 2 if node.name in NORMS | SPLITS | {"normalize", "topk"} else 1


def _divides_source(step: Step, node: Node) -> bool:
    """Whether what a norm was taken of is divided by it, or by what was only kept from being zero."""
    reached = {node.ref}
    for other in step.nodes:
        if other.index <= node.index or not any(parent in reached for parent in other.parents):
            continue
        if other.name == "div":
            return node.parents[0] in other.parents
        if other.name not in _GUARDS:
            return False
        reached.add(other.ref)
    return False


def _is_centering(step: Step, node: Node) -> bool:
    """Whether it is a statistic that goes back into what it was taken of: batch statistics are meant."""
    if node.name in NORMS | {"softmax", "log_softmax", "normalize", "cumsum", "cumprod", "flip", "argmax"}:
        return False
    source = node.parents[0]
    readers = (other for out in node.outs for other in step.readers(out))
    return any(source in other.parents for other in readers) or shifts_source(step, node)
