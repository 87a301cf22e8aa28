"""A Linear: the axes and the width of what it reads, and the width that it was told."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from math import prod

from shapecheck.candidate import Candidate, Change, Step
from shapecheck.evidence import Argument, Evidence, Operation, Origin, Span
from shapecheck.reading.applied import is_of_torch, one_by_one, written_axis
from shapecheck.reading.calls import all_given, calls_in
from shapecheck.reading.edits import bracketed, expression, factors, piece, place_before
from shapecheck.reading.failing import failed, maker, number, tensors
from shapecheck.reading.layers.layer_arguments import told_for
from shapecheck.reading.layers.layer_input import input_of
from shapecheck.reading.layers.read_alike import read_alike
from shapecheck.reading.layers.readers import keeps_width
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.origins import trace
from shapecheck.reading.reductions import REDUCTIONS
from shapecheck.reading.samples.axes_of_samples import is_of_samples
from shapecheck.reading.shaped_behind import shaped_behind
from shapecheck.reading.sizes.joined_widths import width_of_giver
from shapecheck.reading.sizes.numbers_beside import is_told_beside
from shapecheck.reading.sizes.refused_widths import index_of_features
from shapecheck.reading.sources import found_at
from shapecheck.reading.where_made import made_or_written
from shapecheck.remedies.constructors.arguments import constructor_argument
from shapecheck.remedies.constructors.noise import drawn_as_wide
from shapecheck.remedies.moves import put_behind
from shapecheck.remedies.turns.channels_of_maps import CHANNELS_MEANT, channels_put_last
from shapecheck.remedies.widths.multiples import given_multiple, multiple

# Less than to lay a map flat: what is written part by part is rows side by side.
_LISTED = 0.08
_AS_MANY = "another parameter is as many, and the axis of that size may be its own"
_OFTEN = "others are told the same width, and what is in front may give another one than was meant"
_READ_ALIKE = "what others read that are told the same width may be what was to be read"
# So many calls that are told it are more than what gives it and what reads it.
_SEVERAL = 3
# So many factors at least has the width of what was laid flat.
_PRODUCT = 3
_BY_CHANCE = "another axis is as long as the layer is made for, and may be the one that it is to read"
_WENT_WELL = "calls of this layer before gave it the width that it was told, and went well"
_STEPS_LEFT = "its only axis is as long as one that is no width, and the samples may have been left out on the way"
_REDUCED = "an axis that is as long as the layer is made for was reduced on the way, and another one may be meant"
_MERGED = "rows of the width that it was told may have been made one row, as by a flatten of all axes"


def candidates(evidence: Evidence) -> list[Candidate]:
    """Changes for a Linear that refused its input."""
    operation = failed(evidence, "Linear")
    item = input_of(evidence, operation)
    return list(_ways(evidence, operation, item)) if operation is not None and item is not None else []


def _ways(evidence: Evidence, operation: Operation, item: Argument) -> Iterator[Candidate]:
    sizes, want = sizes_of(item), number(operation, "in_features")
    if not sizes or sizes[-1] == want:
        return
    yield from _kept_last_axis(evidence, item, cost=0.05)
    yield from drawn_as_wide(evidence, operation, item, "in_features", cost=0.1)
    if len(sizes) == 3 and want in sizes[:2]:
        turn = (1 if sizes[1] == want else 0, 2)
        given = told_for(maker(evidence, operation), "in_features")
        doubt = _AS_MANY if is_told_beside(evidence, given) else ""
        for each in put_behind(evidence, item, f".transpose{turn}", [Step("transpose", item.role, turn)], cost=0.5):
            yield each.doubted(doubt)
    if len(sizes) > 3 and sizes[1] == want:
        yield from channels_put_last(evidence, operation, item, cost=0.05)
    for cut in range(len(sizes) - 1):
        if prod(sizes[cut:]) == want and not (cut == 0 and is_of_samples(evidence, sizes)):
            where = "use" if cut else "origin"
            text = f".flatten({cut})"
            yield from put_behind(evidence, item, text, [Step("flatten", item.role, (cut,))], cost=0.1, prefer=where)
            yield from _flatten_layer(evidence, cost=0.15)
    if want == 1:
        step, much = Step("unsqueeze", item.role, (-1,)), 0.2 if len(sizes) == 1 else 0.7
        yield from put_behind(evidence, item, ".unsqueeze(-1)", [step], cost=much)
    yield from _joined_state(evidence, item, want)
    yield from _joined_along_features(evidence, item, cost=0.12)
    yield from _view_of_wanted_width(evidence, item, want)
    yield from given_multiple(evidence, operation, "in_features", sizes[-1], cost=0.25)
    text = multiple(evidence, operation, "in_features", sizes[-1])
    # So many times the width by chance, where another axis is as long as that.
    chance = _BY_CHANCE if text and len(sizes) > 2 and want in sizes[1:-1] else ""
    text = text or width_of_giver(evidence, operation, item, "in_features", sizes[-1])
    text = text or _channels_by_places(evidence, operation, sizes[-1])
    doubt = CHANNELS_MEANT if len(sizes) > 3 and sizes[1] == want else chance
    if len(sizes) == 1 and want > 1 and sizes[0] % want == 0:
        doubt = _MERGED
    elif len(sizes) == 1 and want > 1 and _is_no_width(evidence, sizes[0]):
        doubt = _STEPS_LEFT
    if any(each.role == "input" and each.shape[-1:] == (want,) for call in evidence.earlier for each in call.inputs):
        doubt = doubt or _WENT_WELL
    doubt = doubt or (_OFTEN if _is_told_to_others(evidence, operation) else "")
    doubt = doubt or (_REDUCED if _is_reduced_away(evidence, want) else "")
    doubt = doubt or (_READ_ALIKE if read_alike(evidence, operation) is not None else "")
    for each in constructor_argument(
        evidence, operation, "in_features", sizes[-1], cost=0.55 if chance else 0.3, text=text
    ):
        yield each.doubted(doubt)


def _is_reduced_away(evidence: Evidence, want: int) -> bool:
    """Whether a sum, a mean or the like on the way has left nothing of the axis that a layer is to read."""
    for each, _ in shaped_behind(evidence, *REDUCTIONS):
        axis, count = each.told[0] if len(each.told) == 1 else len(each.sizes), len(each.sizes)
        if -count <= axis < count and each.sizes[axis] == want and each.sizes.count(want) == 1:
            return True
    return False


def _is_no_width(evidence: Evidence, size: int) -> bool:
    """Whether something else here has an axis of this size in front of its last one, such as that of the steps."""
    return any(size in sizes_of(each)[:-1] for each in evidence.held.values() if each.kind == "tensor")


def _is_told_to_others(evidence: Evidence, operation: Operation) -> bool:
    """Whether two other calls at least are told the same product, ``16 * 4 * 4``."""
    given = told_for(maker(evidence, operation), "in_features")
    source, node = found_at(given)
    if source is None or node is None or len(factors(node)) < _PRODUCT:
        return False
    calls = calls_in(source.tree)
    told = [part for call in calls for part in all_given(call)]
    return sum(ast.dump(each) == ast.dump(node) for each in told) >= _SEVERAL


def _channels_by_places(evidence: Evidence, operation: Operation, size: int) -> str:
    """The channels of a flattened map times its places, where the channels alone were told: ``n * 7 * 7``."""
    origin, channels = maker(evidence, operation), number(operation, "in_features")
    given = told_for(origin, "in_features")
    outer = tensors(evidence.operation)
    seen = [each.value.record for each in outer]
    seen += [record for each in (evidence.trace or ()) for record in each.call.outputs]
    for record in seen:
        shape = record.shape if record is not None else ()
        if given is not None and len(shape) > 2 and shape[1] == channels and prod(shape[1:]) == size:
            return " * ".join([bracketed(given.text), *map(str, shape[2:])])
    return ""


def _kept_last_axis(evidence: Evidence, item: Argument, *, cost: float) -> Iterator[Candidate]:
    """An index that took a position of the last axis, where a step was meant: ``x[..., -1]``, ``x[:, :, -1]``."""
    for origin in made_or_written(evidence, item):
        index = index_of_features(origin.span)
        if index is not None:
            base, _, inside = index.text.rpartition("[")
            taken = inside.rpartition(",")[2].strip(" ]")
            new = f"{base}[..., {taken}, :]" if inside.startswith("...") else f"{base}[:, {taken}]"
            yield Candidate(new, (Change(index, new),), (), cost)


def _joined_along_features(evidence: Evidence, item: Argument, *, cost: float) -> Iterator[Candidate]:
    """Tensors put side by side along another axis than the features: ``cat(..., dim=0)``, ``stack``."""
    for origin in made_or_written(evidence, item):
        node = expression(origin.span.text)
        while isinstance(node, ast.Subscript):
            node = node.value
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute) or not node.args:
            continue
        if node.func.attr not in ("cat", "stack", "concat", "hstack", "vstack"):
            continue
        call = piece(origin.span, node)
        home = piece(origin.span, node.func.value).text
        parts = piece(origin.span, node.args[0]).text
        new = f"{home}.cat({parts}, dim=-1)"
        last = str(len(sizes_of(item)) - 1)
        along = written_axis(node, int(not is_of_torch(node)))
        is_last = node.func.attr in ("cat", "concat") and along is not None and ast.unparse(along) in ("-1", last)
        # Made flat, what is stacked along the last axis would have the parts mixed number by number.
        is_mixed = node.func.attr == "stack" and along is not None and ast.unparse(along) in ("-1", last)
        if not is_last:
            is_listed = isinstance(node.args[0], ast.List | ast.Tuple)
            yield Candidate(new, (Change(call, new),), (), _LISTED if is_mixed and is_listed else cost)


def _joined_state(evidence: Evidence, item: Argument, want: int) -> Iterator[Candidate]:
    """Both directions of a state side by side, where one was taken: ``h[-1]`` for ``cat(h[-2], h[-1])``."""
    sizes = sizes_of(item)
    if want != 2 * sizes[-1]:
        return
    for origin in made_or_written(evidence, item):
        node = expression(origin.span.text)
        while isinstance(node, ast.Call) and len(node.args) == 1 and keeps_width(evidence, node):
            node = node.args[0]
        if not isinstance(node, ast.Subscript):
            continue
        taken, base = ast.unparse(node.slice), ast.unparse(node.value)
        if taken == "-1" and isinstance(node.value, ast.Name | ast.Attribute):
            new = f"torch.cat([{base}[-2], {base}[-1]], dim=-1)"
            trial = (Step("stand_in", item.role, (*sizes[:-1], want)),)
            yield Candidate(new, (Change(piece(origin.span, node), new),), trial, 0.15)


def _view_of_wanted_width(evidence: Evidence, item: Argument, want: int) -> Iterator[Candidate]:
    """A view with written sizes in front of the layer: every sample in a row of its own."""
    sizes = sizes_of(item)
    for origin in made_or_written(evidence, item):
        node = expression(origin.span.text)
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in ("view", "reshape")
        ):
            base = ast.unparse(node.func.value)
            new = f"{base}.flatten(1)"
            if _is_flat(evidence, origin.span, node, base):
                continue
            # Rows that hold parts of samples: together they would make whole ones of the wanted width.
            parts = prod(sizes) % want == 0 and want % sizes[-1] == 0 and want > sizes[-1]
            yield Candidate(new, (Change(origin.span, new),), (), 0.1 if parts else 0.9)


def _is_flat(evidence: Evidence, span: Span, node: ast.Call, base: str) -> bool:
    """Whether a view makes one row of each sample already: ``x.view(x.size(0), -1)``."""
    given = one_by_one(node.args)
    if len(given) != 2 or ast.unparse(given[1]) != "-1":
        return False
    counts = [f"{base}.size(0)", f"{base}.shape[0]", f"len({base})", f"{base}.size(dim=0)"]
    texts = [ast.unparse(given[0]), *(found.span.text for found in trace(evidence, piece(span, given[0])))]
    return any(text in counts or text.endswith((".size(0)", ".shape[0]")) for text in texts)


def _flatten_layer(evidence: Evidence, *, cost: float) -> Iterator[Candidate]:
    """``nn.Flatten()`` before the Linear inside a Sequential."""
    if evidence.inner is None or evidence.operation is None or evidence.operation.span is None:
        return
    origin = _sequential(evidence)
    call = expression(origin.span.text) if origin is not None else None
    if origin is None or not isinstance(call, ast.Call):
        return
    for part in call.args:
        if isinstance(part, ast.Call) and ast.unparse(part.func).endswith("Linear"):
            where = piece(origin.span, part)
            spot = place_before(where)
            prefix = ast.unparse(part.func).removesuffix("Linear")
            yield Candidate(f"{prefix}Flatten() before it", (Change(spot, f"{prefix}Flatten(), "),), (), cost)
            return


def _sequential(evidence: Evidence) -> Origin | None:
    operation = evidence.operation
    if operation is None or operation.span is None or not operation.callee:
        return None
    span = operation.span
    callee = Span(span.file, span.line, span.column, span.line, span.column + len(operation.callee), operation.callee)
    return next((found for found in trace(evidence, callee) if "Sequential" in found.span.text), None)
