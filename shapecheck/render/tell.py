"""Makes the story of a trace: compares what went into each call with what came out, and with the call before."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

from shapecheck.dims import ANY
from shapecheck.protocol import LOSS
from shapecheck.records import CallRecord, TensorRecord, Trace, TraceEntry
from shapecheck.render.alike import fold_sizes, merged, repetition
from shapecheck.render.changes import Change, SizedAxis, change
from shapecheck.render.numbers import Sighting, numbers
from shapecheck.render.plain import clean_all
from shapecheck.render.repeats import fold
from shapecheck.render.story import Forward, Row, Story, Tensor
from shapecheck.render.words import is_torch, layer, many, place


def tell(trace: Trace, *, unicode: bool = True) -> Story:
    """Make the story of a trace.

    Args:
        trace: The trace; whatever its names contain, those of the story are harmless.
        unicode: Whether names may keep characters beyond ASCII.
    """
    trace = clean_all(trace, unicode=unicode)
    forwards: list[Forward] = []
    sightings: list[Sighting] = []
    for at, entries in enumerate(_forwards(trace)):
        forward = _forward(entries, trace)
        sightings += _sightings(forward, at)
        forward = replace(forward, rows=fold(forward.rows))
        if at:
            resized, otherwise = _differences(entries[0].call, next(iter(trace)).call)
            again = repetition(forwards[0].rows, forward.rows)
            forward = replace(forward, resized=resized, otherwise=otherwise, repetition=again)
        forwards.append(forward)
    return Story(
        model=trace.model,
        forwards=(*forwards[:1], *merged(forwards[1:])),
        numbers=numbers(sightings, dict(trace.sizes)),
        protocol=trace.protocol,
        parameters=dict(trace.parameters).get("", 0),
        idle=_idle(trace),
        aliases=_aliases(trace),
        compiled=trace.compiled,
        dropped=trace.dropped,
    )


def _forwards(trace: Trace) -> list[list[TraceEntry]]:
    """The entries of each distinct forward: a new one begins with every call of the model itself."""
    found: list[list[TraceEntry]] = []
    for entry in trace:
        if not found or not entry.call.module:
            found.append([])
        found[-1].append(entry)
    return found


def _forward(entries: list[TraceEntry], trace: Trace) -> Forward:
    parameters = dict(trace.parameters)
    stages = _stages(trace)
    runs = entries[0].count if not entries[0].call.module else 0
    outer = {path for entry in entries for path in _around(entry.call.module)}
    rows: list[Row] = []
    for entry in entries:
        call = entry.call
        first = call.inputs[0] if call.inputs else None
        rows.append(
            Row(
                module=call.module,
                layer=layer(call),
                inputs=tuple(_tensor(record, call, stages) for record in call.inputs),
                outputs=tuple(_tensor(record, call, stages, first) for record in call.outputs),
                depth=0 if not call.module else call.module.count(".") + 1,
                count=entry.count,
                per_forward=entry.count // runs if runs and entry.count % runs == 0 else 0,
                parameters=parameters.get(call.module, 0),
                has_parts=call.module in outer,
            )
        )
    rows = _with_failures(rows, [entry.call for entry in entries])
    return _with_links(fold_sizes(rows))


def _stages(trace: Trace) -> dict[str, str]:
    """Place -> number and name of its stage. What the loss is given is one stage, though it is two tensors."""
    found: dict[str, str] = {}
    number, before = 0, ""
    for where, name in trace.stages:
        module = where.rpartition(".")[0]
        number += not (module == before == LOSS)
        found[where], before = f"stage {number}, {name}", module
    return found


def _tensor(
    record: TensorRecord, call: CallRecord, stages: dict[str, str], before: TensorRecord | None = None
) -> Tensor:
    # Real steps of a packed tensor and the axes of a padded one cannot be compared by name.
    comparable = before is not None and (before.packing is None) == (record.packing is None)
    packing = record.packing
    return Tensor(
        role=record.role,
        axes=_axes(record),
        stage=stages.get(place(call.module, record.role), ""),
        dtype="" if record.dtype == "float32" else record.dtype,
        packing=""
        if packing is None
        else f"{many(packing.sequences, 'sequence')}, {many(packing.steps, 'real step')} of "
        f"{packing.sequences * packing.longest}",
        rows=record.rows,
        change=change(_axes(before), _axes(record)) if comparable and before is not None else None,
    )


def _axes(record: TensorRecord) -> tuple[SizedAxis, ...]:
    dims = record.dims if len(record.dims) == record.ndim else (ANY,) * record.ndim
    return tuple(SizedAxis("" if dim == ANY else dim, size) for dim, size in zip(dims, record.shape, strict=True))


def _with_failures(rows: list[Row], calls: list[CallRecord]) -> list[Row]:
    """Tell the place of the crash from the calls that were only around it."""
    raised = [call.module for call in calls if call.status != "returned"]
    found = []
    for at, (row, call) in enumerate(zip(rows, calls, strict=True)):
        if call.status != "returned":
            inner = any(_is_inside(other, call.module) for other in raised)
            done = [other.module for other in rows[at + 1 :] if _is_inside(other.module, call.module)]
            if inner:
                what = "a module inside it failed" if call.status == "raised" else "it was stopped inside"
                failure = f"did not finish: {what}"
            elif call.status == "refused":
                failure = f"STOPPED HERE: shapecheck raised a ShapeError{f', after {done[-1]}' if done else ''}"
            elif done:
                failure = f"FAILED HERE: in its own code, after {done[-1]}"
            else:
                failure = "FAILED HERE: the call raised, nothing came out"
            row = replace(row, failure=failure, is_failing=not inner)
        found.append(row)
    return found


def _with_links(rows: list[Row]) -> Forward:
    """Say what happened to the axes between one module and the next, where reshaping explains it."""
    root = rows[0] if not rows[0].module else None
    found: list[Row] = []
    last = [(root.inputs[0], "the model's input")] if root and root.inputs else []
    for row in rows:
        if row is not root and not row.has_parts:
            if row.module == LOSS and root and root.outputs:
                last = [(root.outputs[0], "the model's output")]
            way = _way(last, row.inputs[0]) if row.inputs else None
            if way is not None:
                row = replace(row, link=way[0], link_from=way[1])
            last = _came_out(row) or last
        found.append(row)
    inner = [row for row in found if row.module not in ("", LOSS) and not row.has_parts and row.outputs]
    if not root or not root.outputs or not inner:
        return Forward(tuple(found))
    closing, where = _way(_came_out(inner[-1]), root.outputs[0]) or (None, "")
    return Forward(tuple(found), closing=closing, closing_from=where if closing else "")


def _came_out(row: Row) -> list[tuple[Tensor, str]]:
    return [(tensor, place(row.module, tensor.role)) for tensor in row.outputs]


def _way(before: list[tuple[Tensor, str]], after: Tensor) -> tuple[Change, str] | None:
    """What happened since the tensor that had to lose the least: of a layer's output and its states, the first one."""
    ways = [(link, where) for tensor, where in before if (link := _link(tensor, after)) is not None]
    return min(ways, key=lambda way: len(way[0].gone)) if ways else None


def _link(before: Tensor, after: Tensor) -> Change | None:
    """What happened to the axes if the second tensor was made of the first; None if nothing says that it was."""
    if not after.axes:
        return None
    if bool(before.packing) != bool(after.packing):
        same = len(before.axes) + len(after.axes) == 5 and before.axes[-1].size == after.axes[-1].size
        return Change(packed="packed" if after.packing else "unpacked") if same else None
    if before.axes == after.axes:
        return Change()
    found = change(before.axes, after.axes)
    named = all(axis.dim for axis in (*before.axes, *after.axes))
    return found if named and found.rearranges else None


def _sightings(forward: Forward, at: int) -> Iterator[Sighting]:
    for row in forward.rows:
        for tensor in (*row.inputs, *row.outputs):
            for axis in tensor.axes:
                yield Sighting(axis, at, row.module, tensor.role)
        yield from (Sighting(axis, at, row.module, "") for axis in row.other_sizes if not axis.is_joined)


def _differences(call: CallRecord, first: CallRecord) -> tuple[tuple[tuple[str, int, int], ...], str]:
    """How a later forward differs from the first: ``(dim, size before, size)``, and the rest in words."""
    parts: list[str] = []
    resized: list[tuple[str, int, int]] = []
    for record, other in zip(call.inputs, first.inputs, strict=False):
        resized += change(_axes(other), _axes(record)).resized
        if record.ndim != other.ndim:
            parts.append(f"{record.role} with {many(record.ndim, 'axis', 'axes')} instead of {other.ndim}")
        if record.dtype != other.dtype:
            parts.append(f"{record.role} {record.dtype} instead of {other.dtype}")
    if call.training != first.training:
        parts.append("in training mode" if call.training else "in eval mode")
    if not resized and not parts:
        parts = ["with other tensors"]
    return tuple(dict.fromkeys(resized)), ", ".join(dict.fromkeys(parts))


def _idle(trace: Trace) -> tuple[str, ...]:
    """Modules with parameters of their own that were never called, unless a layer of torch's uses them itself."""
    called = {entry.call.module: entry.call for entry in trace}
    called |= {path: called[name] for path, name in trace.aliases if name in called}
    paths = [path for path, count in trace.parameters if count and path]
    leaves = {path for path, after in pairwise([*sorted(paths), ""]) if not _is_inside(after, path)}
    return tuple(
        path
        for path in paths
        if path in leaves
        and trace.entries
        and path not in called
        and not any(other in trace.compiled for other in _around(path))
        and not any(is_torch(called[other]) for other in _around(path) if other in called)
    )


def _aliases(trace: Trace) -> tuple[tuple[str, str], ...]:
    """Modules with parameters that stand at two paths, the outermost: what lies in them does so too."""
    known, counts = dict(trace.aliases), dict(trace.parameters)
    return tuple(
        (path, name)
        for path, name in known.items()
        if counts.get(path) and not any(other in known for other in _around(path))
    )


def _around(path: str) -> list[str]:
    """The modules around a module, the model itself among them: ``["", "a", "a.b"]`` for ``"a.b.c"``."""
    if path in ("", LOSS):
        return []
    parts = path.split(".")
    return [".".join(parts[:at]) for at in range(len(parts))]


def _is_inside(path: str, outer: str) -> bool:
    return path != outer and (path.startswith(f"{outer}.") if outer else path not in ("", LOSS))
