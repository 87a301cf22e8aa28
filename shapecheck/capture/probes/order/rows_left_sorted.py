"""Rows that a module has sorted, and gives back so, where they meet rows of the same samples in another order."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace

import torch
from torch import Tensor

from shapecheck.capture.instruments.axes.counted_as_given import Counted, counted_as_given
from shapecheck.capture.instruments.rows.rows_moved import Rows, rows_of
from shapecheck.capture.instruments.rows.rows_put_back import put_back, where_returned
from shapecheck.capture.instruments.rows.rows_sorted import Sorted, sorted_rows
from shapecheck.capture.instruments.tensors.backwards import origin
from shapecheck.capture.instruments.trials.edits import replaced_text
from shapecheck.capture.instruments.trials.separation import difference, replaced_item, seen_along
from shapecheck.capture.instruments.trials.sighting import Sighting, node_at, sighted
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.replay import ancestors, descendants
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import ORDERS, REARRANGES
from shapecheck.findings import Edit, Fix

_LOOKED_AT = 8
_TURNS = frozenset(["t", "T", "mT", "transpose", "detach", "contiguous"])
_RESHAPES = _TURNS | {"unsqueeze", "squeeze", "expand", "view", "reshape"}
_PARTS = REARRANGES | {"unbind", "split", "chunk"}


def rows_left_sorted(step: Step) -> Iterator[Sighting]:
    """Two sides of pairs, of which one has sorted its samples by their lengths and did not put them back."""
    found = sorted_rows(step)
    for item in found:
        size = item.size
        looked_at = 0
        for index in sorted(item.behind & step.to_loss):
            node = step.node(index)
            counted = counted_as_given(step, node, item.behind, item.source, item.keys)
            if counted is not None and looked_at < _LOOKED_AT and not _was_sorted(step, counted.given):
                looked_at += 1
                ours = _rows_behind(step, item, counted.rows, size)
                if ours is not None and ours.axis == 0 and _is_moved(ours):
                    yield _told(step, item, node, ours, counted=counted)
                    return
            is_alike = False
            for at, other in _sides(step, node, item):
                ours = _rows_behind(step, item, at, size)
                if ours is None or not _is_moved(ours):
                    continue
                theirs = _their_rows(step, found, other, size)
                if theirs is None or ours.rows == theirs.rows:
                    is_alike = theirs is not None
                    continue
                if _are_paired(step, ours, theirs):
                    yield _told(step, item, node, ours)
                    return
            if _meets(step, node, item) and not is_alike:
                break
        for seen in _half_put_back(step, item, size):
            yield seen
            return


def _half_put_back(step: Step, item: Sorted, size: int) -> Iterator[Sighting]:
    """Two things that were made of the same sorted rows, one put back and one not, meet row by row."""
    later = sorted(item.behind - {item.node.index})
    back = [step.node(index) for index in later if _puts_back(step, step.node(index), size)]
    if not back:
        return
    put = {node.index for node in back} | set(descendants(step.tape, {node.ref for node in back}, step.order))
    known: dict[Ref, Rows | None] = {}
    for index in sorted(put & step.to_loss):
        node = step.node(index)
        pair = [_unturned(step, ref) for ref in node.parents if ref.node in item.behind and ref in step.learned]
        if len(pair) != 2 or len({ref.node in put for ref in pair}) != 2:
            continue
        for ref in pair:
            if ref not in known:
                if len(known) >= _LOOKED_AT:
                    return
                known[ref] = _rows_behind(step, item, ref, size)
        ours, theirs = known[pair[pair[0].node in put]], known[pair[pair[1].node in put]]
        if ours is None or theirs is None or not _is_moved(ours) or _is_moved(theirs):
            continue
        if _is_row_by_row(step, item, Ref(index), ours, theirs):
            yield _told(step, item, node, ours, back[0])
            return


def _puts_back(step: Step, node: Node, size: int) -> bool:
    """Whether it gives rows another order, along any axis, by numbers that are not learned."""
    if node.name not in ("__getitem__", "index_select") or len(node.parents) != 2:
        return False
    by = node.parents[1]
    same = node.shapes[0] == step.tape.shape(node.parents[0])
    return same and step.tape.shape(by) == (size,) and not step.tape.dtype(by).is_floating_point


def _is_row_by_row(step: Step, item: Sorted, out: Ref, ours: Rows, theirs: Rows) -> bool:
    """Whether row k of what comes out is made of row k of both, and so of two samples."""
    source = Ref(item.node.index)
    value, base = step.value(source), step.run()
    size = len(ours.rows)
    order = item.order
    for at in range(size):
        after = step.changed(source, replaced_item(value, 0, at))
        if out not in after or out not in base:
            return False
        moved = difference(base[out], after[out])
        wanted = {ours.rows[order[at]], theirs.rows[order[at]]}
        if not any(_lines(moved, axis) == wanted for axis, length in enumerate(moved.shape) if length == size):
            return False
    return True


def _lines(moved: Tensor, axis: int) -> set[int]:
    return set(seen_along(moved, axis).nonzero().flatten().tolist())


def _meets(step: Step, node: Node, item: Sorted) -> bool:
    """Whether something learned that was not made of the sorted rows comes in."""
    return node.index != item.node.index and any(
        ref.node not in item.behind and ref in step.learned and not _is_of_parameter(step, ref) for ref in node.parents
    )


def _sides(step: Step, node: Node, item: Sorted) -> Iterator[tuple[Ref, Ref]]:
    if not _meets(step, node, item):
        return
    mine = [_unturned(step, ref) for ref in node.parents if ref.node in item.behind]
    others = [
        _unturned(step, ref)
        for ref in node.parents
        if ref.node not in item.behind and ref in step.learned and not _is_of_parameter(step, ref)
    ]
    if len(mine) == 1 and len(others) == 1:
        yield mine[0], others[0]


def _is_of_parameter(step: Step, ref: Ref) -> bool:
    """Whether it is a parameter, or a part of one."""
    return origin(step.tape, ref, _PARTS, is_alone=True)[1].kind == "parameter"


def _unturned(step: Step, ref: Ref) -> Ref:
    return origin(step.tape, ref, _TURNS, first=step.first)[0]


def _rows_behind(step: Step, item: Sorted, ref: Ref, size: int) -> Rows | None:
    """In which rows the samples are that were put into another order: what was made of them before stays as it is."""
    found = rows_of(step, Ref(item.node.index), ref, size)
    if found is None:
        return None
    rows = dict(zip(item.order, found.rows, strict=True))
    return replace(found, rows=tuple(rows[sample] for sample in range(size)))


def _their_rows(step: Step, found: list[Sorted], ref: Ref, size: int) -> Rows | None:
    """The same of the other side: of an input of it that nobody has sorted before."""
    above = set(ancestors(step.tape, [ref], step.first))
    for item in found:
        if item.node.index in above:
            return _rows_behind(step, item, ref, size)
    for source in step.inputs:
        reached = {parent for index in above for parent in step.node(index).parents}
        if source not in reached or step.tape.shape(source)[:1] != (size,) or _was_sorted(step, source):
            continue
        rows = rows_of(step, source, ref, size)
        if rows is not None:
            return rows
    return None


def _was_sorted(step: Step, source: Ref) -> bool:
    """Whether anything that an input was made of was put into another order before."""
    nodes = [step.node(index) for index in ancestors(step.tape, [source], 0)]
    return any(node.name in ORDERS or _is_reordered(step, node) for node in nodes)


def _is_reordered(step: Step, node: Node) -> bool:
    index = node.argument(1) if node.name == "__getitem__" else None
    return isinstance(index, list | Ref) and node.shapes[0][:1] == step.tape.shape(node.parents[0])[:1]


def _is_moved(rows: Rows) -> bool:
    return rows.rows != tuple(range(len(rows.rows)))


def _are_paired(step: Step, ours: Rows, theirs: Rows) -> bool:
    """Whether the loss hangs on which row meets which, and not on what order both are in."""
    size = len(ours.rows)
    shuffled = torch.randperm(size, generator=torch.Generator().manual_seed(size))
    as_it_is = _total(step, {})
    both = _total(step, {side.ref: side.value(step, shuffled) for side in (ours, theirs)})
    back = _total(step, {side.ref: side.value(step, torch.tensor(side.rows)) for side in (ours, theirs)})
    if as_it_is is None or both is None or back is None:
        return False
    scale = max(as_it_is.abs().max().item(), 1e-12)
    return bool(((both - as_it_is).abs() <= 1e-5 * scale).all()) and bool(
        ((back - as_it_is).abs() > 1e-3 * scale).any()
    )


def _total(step: Step, changed: dict[Ref, Tensor]) -> Tensor | None:
    """The sums of the terms of the loss."""
    try:
        values = {**step.run(), **step.changed_together(changed)}
    except Exception:
        return None
    sums = [values[term.ref].double().sum() for term in step.terms if term.ref in values]
    return torch.stack(sums) if sums and len(sums) == len(step.terms) else None


def _told(
    step: Step, item: Sorted, node: Node, ours: Rows, back: Node | None = None, counted: Counted | None = None
) -> Sighting:
    size = len(ours.rows)
    first = next(at for at, row in enumerate(ours.rows) if row != at)
    other = f"has its {size} rows in an order of its own" if back is None else f"was put back in line {_line(back)}"
    if counted is not None:
        other = f", {counted.what} {step.tape.shape(counted.given)}, counts them as they were given"
    text = (
        f"the {size} rows were put into another order and were not put back here: row {first} of what went in is row "
        f"{ours.rows[first]} of what {node.name}() reads, where the other side {other}"
    ).replace(" ,", ",")
    code = item.node.spot.code if item.node.spot is not None else None
    above = set(ancestors(step.tape, [ours.ref], step.first))
    inside = [
        step.node(index)
        for index in sorted(item.behind & above)
        if step.node(index).spot is not None and getattr(step.node(index).spot, "code", None) is code
    ]
    last = inside[-1] if inside else item.node
    outcome = "row k meets row k of the other side"
    if back is not None:
        last = next((one for one in reversed(inside) if one.name not in _RESHAPES), last)
        title, edits = _put_back_alike(last, back, ours)
        return sighted("rows_left_sorted", last, text, (Fix(title, edits, "no", outcome),))
    edits, order = put_back(item.node, last)
    fix = Fix(f"put the rows back: out[{order}.argsort()]", edits, "no" if counted is not None else "call", outcome)
    seen = sighted("rows_left_sorted", last, text, (fix,))
    given = where_returned(last)
    return seen if given is None else replace(seen, span=given)


def _line(node: Node) -> int:
    return node.spot.line if node.spot is not None else 0


def _put_back_alike(last: Node, back: Node, ours: Rows) -> tuple[str, tuple[Edit, ...]]:
    """The change that picks by what the other side was picked by."""
    axes = [axis for axis, length in enumerate(last.shapes[0]) if length == len(ours.rows)]
    axis = axes[0] if len(axes) == 1 else ours.axis
    cut = node_at(back, ast.Subscript)
    parts = (
        []
        if not isinstance(cut, ast.Subscript)
        else cut.slice.elts
        if isinstance(cut.slice, ast.Tuple)
        else [cut.slice]
    )
    names = [part.id for part in parts if isinstance(part, ast.Name)]
    picked = f"[{':, ' * axis}{names[0] if len(names) == 1 else 'order.argsort()'}]"
    own = node_at(last, ast.Subscript)
    if not isinstance(own, ast.Subscript) or len(names) != 1 or last.spot is None:
        return f"put the rows back: out{picked}", ()
    new = f"{ast.unparse(own)}{picked}"
    return new, replaced_text(last.spot.code.co_filename, own, new)


PROBE = Probe(
    "the two sides of a pair come in the same order",
    lambda look: rows_left_sorted(look.step),
    of_samples=True,
)
