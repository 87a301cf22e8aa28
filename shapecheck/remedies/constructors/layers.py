"""Linear, convolutions, norms and embeddings: the axes and the width of their input, and the constructor's numbers."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from math import prod

from shapecheck.candidate import Candidate, Change, Step
from shapecheck.evidence import Argument, Evidence, Operation, Origin, Span
from shapecheck.reading.edits import argument, bracketed, expression, piece, place_before, place_behind
from shapecheck.reading.failing import CONVOLUTIONS, NORMS, failed, index_of_features, maker, number, operand, tensors
from shapecheck.reading.layer_arguments import told_for
from shapecheck.reading.origins import trace
from shapecheck.reading.readers import keeps_width
from shapecheck.reading.sources import source_of
from shapecheck.remedies.constructors.arguments import constructor_argument
from shapecheck.remedies.constructors.noise import drawn_as_wide
from shapecheck.remedies.constructors.turned_back import there_alone
from shapecheck.remedies.moves import made_or_written, put_behind
from shapecheck.remedies.names.shared_numbers import more_of_shared
from shapecheck.remedies.samples.data_sets import in_data_set
from shapecheck.remedies.shapes.channels_of_maps import CHANNELS_MEANT, channels_put_last
from shapecheck.remedies.targets.counts import LARGEST_SEEN, doubt_of_total
from shapecheck.remedies.widths.joined_widths import width_of_giver
from shapecheck.remedies.widths.written_products import is_written_out

_NORMS = (*NORMS, "LayerNorm")
_ONE_PLACE = "a kernel of several places would be given a single one: the numbers may be a map, or meant for a Linear"


def candidates(evidence: Evidence) -> list[Candidate]:
    """Changes for a plain layer that refused its input."""
    operation = failed(evidence, "Linear", *CONVOLUTIONS, *_NORMS, "Embedding", "EmbeddingBag")
    if operation is None:
        return []
    item = operand(operation, "input", "x") or next(iter(tensors(operation)), None)
    if item is None or item.value.record is None:
        return []
    kind = operation.name.rpartition(".")[2]
    if item.span is None and evidence.operation is not None:
        # Inside a Sequential: only the operand of the whole has a text.
        item = _outer(evidence, item)
    if kind == "Linear":
        return list(_linear(evidence, operation, item))
    if kind in CONVOLUTIONS:
        return list(_channels(evidence, operation, item, "in_channels", int(kind[-2])))
    if kind in ("Embedding", "EmbeddingBag"):
        return list(_embedding(evidence, operation, item))
    return list(_norm(evidence, operation, item, kind))


def _outer(evidence: Evidence, item: Argument) -> Argument:
    outer = next(iter(tensors(evidence.operation)), None) if evidence.operation is not None else None
    if outer is None or outer.value.record is None or item.value.record is None:
        return item
    is_same = outer.value.record.shape == item.value.record.shape
    return Argument(item.role, item.value, outer.span) if is_same else item


def _linear(evidence: Evidence, operation: Operation, item: Argument) -> Iterator[Candidate]:
    record = item.value.record
    assert record is not None
    sizes, want = record.shape, number(operation, "in_features")
    if not sizes or sizes[-1] == want:
        return
    yield from kept_last_axis(evidence, item, cost=0.05)
    yield from drawn_as_wide(evidence, operation, item, "in_features", cost=0.1)
    if len(sizes) == 3 and want in sizes[:2]:
        turn = (1 if sizes[1] == want else 0, 2)
        yield from put_behind(evidence, item, f".transpose{turn}", [Step("transpose", item.role, turn)], cost=0.5)
    if len(sizes) > 3 and sizes[1] == want:
        yield from channels_put_last(evidence, operation, item, cost=0.05)
    for cut in range(len(sizes) - 1):
        if prod(sizes[cut:]) == want:
            where = "use" if cut else "origin"
            text = f".flatten({cut})"
            yield from put_behind(evidence, item, text, [Step("flatten", item.role, (cut,))], cost=0.1, prefer=where)
            yield from _flatten_layer(evidence, operation, cost=0.15)
    if want == 1:
        step, much = Step("unsqueeze", item.role, (-1,)), 0.2 if len(sizes) == 1 else 0.7
        yield from put_behind(evidence, item, ".unsqueeze(-1)", [step], cost=much)
    yield from _joined_state(evidence, item, want)
    yield from joined_otherwise(evidence, item, cost=0.12)
    yield from _view_of_wanted_width(evidence, item, want)
    yield from _given_multiple(evidence, operation, "in_features", sizes[-1], cost=0.25)
    text = multiple(evidence, operation, "in_features", sizes[-1])
    text = text or width_of_giver(evidence, operation, item, "in_features", sizes[-1])
    text = text or _channels_by_places(evidence, operation, sizes[-1])
    doubt = CHANNELS_MEANT if len(sizes) > 3 and sizes[1] == want else ""
    for each in constructor_argument(evidence, operation, "in_features", sizes[-1], cost=0.3, text=text):
        yield each.doubted(doubt)


def multiple(evidence: Evidence, operation: Operation, name: str, size: int) -> str:
    """The constructor's text times a small number, where that is the size that came: ``2 * hidden``."""
    origin, have = maker(evidence, operation), number(operation, name)
    if origin is None or have < 2 or size % have or not 2 <= size // have <= 4:
        return ""
    given = told_for(origin, name)
    if given is None or is_written_out(given.text):
        return ""
    return f"{size // have} * {bracketed(given.text)}"


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


def _given_multiple(
    evidence: Evidence, operation: Operation, name: str, size: int, *, cost: float
) -> Iterator[Candidate]:
    """The same where a class was given the number: all that it makes of it then goes together."""
    origin, have = maker(evidence, operation), number(operation, name)
    if origin is None or have < 2 or size % have or not 2 <= size // have <= 4:
        return
    given = told_for(origin, name)
    if given is None or not given.text.isidentifier():
        return
    for handed in trace(evidence, given, parts=True)[:1]:
        if handed.span.text.isdecimal():
            return
        text = times(size // have, handed.span.text)
        if not text:
            return
        yield Candidate(text, (Change(handed.span, text),), (Step("configure", "", (name, size)),), cost)


def times(factor: int, text: str) -> str:
    """A name, or a product with a number, times a number; empty for anything else.

    >>> times(2, "width"), times(2, "3 * width"), times(2, "width * 4"), times(2, "a + b")
    ('2 * width', '6 * width', 'width * 8', '')
    """
    if re.fullmatch(r"[\w.]+", text):
        return f"{factor} * {text}"
    found = re.fullmatch(r"(?:(\d+) \* )?([\w.]+)(?: \* (\d+))?", text)
    if found is None or (found.group(1) is None) == (found.group(3) is None):
        return ""
    before, name, behind = found.groups()
    return f"{factor * int(before)} * {name}" if before else f"{name} * {factor * int(behind)}"


def kept_last_axis(evidence: Evidence, item: Argument, *, cost: float) -> Iterator[Candidate]:
    """An index that took a position of the last axis, where a step was meant: ``x[..., -1]``, ``x[:, :, -1]``."""
    for origin in made_or_written(evidence, item):
        index = index_of_features(origin.span)
        if index is not None:
            base, _, inside = index.text.rpartition("[")
            taken = inside.rpartition(",")[2].strip(" ]")
            new = f"{base}[..., {taken}, :]" if inside.startswith("...") else f"{base}[:, {taken}]"
            yield Candidate(new, (Change(index, new),), (), cost)


def joined_otherwise(evidence: Evidence, item: Argument, *, cost: float) -> Iterator[Candidate]:
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
        last = str(len(item.value.record.shape) - 1) if item.value.record is not None else ""
        along = argument(call, "dim", 1) or argument(call, "axis", 1)
        is_last = node.func.attr in ("cat", "concat") and along is not None and along.text in ("-1", last)
        if not is_last:
            yield Candidate(new, (Change(call, new),), (), cost)


def _joined_state(evidence: Evidence, item: Argument, want: int) -> Iterator[Candidate]:
    """Both directions of a state side by side, where one was taken: ``h[-1]`` for ``cat(h[-2], h[-1])``."""
    record = item.value.record
    assert record is not None
    if want != 2 * record.shape[-1]:
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
            trial = (Step("stand_in", item.role, (*record.shape[:-1], want)),)
            yield Candidate(new, (Change(piece(origin.span, node), new),), trial, 0.15)


def _view_of_wanted_width(evidence: Evidence, item: Argument, want: int) -> Iterator[Candidate]:
    """A view with written sizes in front of the layer: every sample in a row of its own."""
    record = item.value.record
    assert record is not None
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
            parts = prod(record.shape) % want == 0 and want % record.shape[-1] == 0 and want > record.shape[-1]
            yield Candidate(new, (Change(origin.span, new),), (), 0.1 if parts else 0.9)


def _is_flat(evidence: Evidence, span: Span, node: ast.Call, base: str) -> bool:
    """Whether a view makes one row of each sample already: ``x.view(x.size(0), -1)``."""
    given = node.args[0].elts if len(node.args) == 1 and isinstance(node.args[0], ast.Tuple) else node.args
    if len(given) != 2 or ast.unparse(given[1]) != "-1":
        return False
    counts = [f"{base}.size(0)", f"{base}.shape[0]", f"len({base})", f"{base}.size(dim=0)"]
    texts = [ast.unparse(given[0]), *(found.span.text for found in trace(evidence, piece(span, given[0])))]
    return any(text in counts or text.endswith((".size(0)", ".shape[0]")) for text in texts)


def _flatten_layer(evidence: Evidence, operation: Operation, *, cost: float) -> Iterator[Candidate]:
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


def _channels(evidence: Evidence, operation: Operation, item: Argument, name: str, axes: int) -> Iterator[Candidate]:
    record = item.value.record
    assert record is not None
    sizes, want = record.shape, number(operation, name)
    full = axes + 2
    if len(sizes) == full and sizes[1] != want:
        if want in sizes[2:]:
            axis = len(sizes) - 1 if sizes[-1] == want else 2 + sizes[2:].index(want)
            if full == 3:
                step = Step("transpose", item.role, (1, 2))
                yield from put_behind(evidence, item, ".transpose(1, 2)", [step], cost=0.1)
            else:
                rest = [each for each in range(1, full) if each != axis]
                order = (0, axis, *rest)
                turned, step = tuple(each - 1 for each in order[1:]), Step("permute", item.role, order)
                for far, method in enumerate(("permute", "transpose")):
                    # A sample may still be an array, which numpy turns by another name.
                    text, more = f".{method}{turned}", 0.005 * far
                    yield from in_data_set(evidence, item, text, [step], cost=0.05 + more)
                yield from put_behind(evidence, item, f".permute{order}", [Step("permute", item.role, order)], cost=0.1)
        if sizes[0] == want and sizes[1] != want:
            step = Step("transpose", item.role, (0, 1))
            yield from put_behind(evidence, item, ".transpose(0, 1)", [step], cost=0.6)
        yield from constructor_argument(evidence, operation, name, sizes[1], cost=0.5)
    if len(sizes) in (full - 1, full - 2) and want == 1:
        step = Step("unsqueeze", item.role, (1,))
        yield from in_data_set(evidence, item, ".unsqueeze(0)", [step], cost=0.05)
        yield from put_behind(evidence, item, ".unsqueeze(1)", [step], cost=0.1)
    if len(sizes) == full - 1 and sizes[0] != want:
        yield from put_behind(evidence, item, ".unsqueeze(1)", [Step("unsqueeze", item.role, (1,))], cost=0.4)
        yield from constructor_argument(evidence, operation, name, sizes[0], cost=1.5)
    if len(sizes) == 2 and sizes[1] == want:
        # Numbers of a sample that a map is made of: each is a channel, at a single place. Or the steps of one sample.
        steps = [Step("unsqueeze", item.role, (-1,))] * axes
        sees = operation.config.get("kernel_size")
        is_sure = axes > 1 and ("Transpose" in operation.name or sees in (None, 1, (1,) * axes))
        for each in put_behind(evidence, item, f"[:, :{', None' * axes}]", steps, cost=0.1):
            yield each.doubted("" if is_sure else _ONE_PLACE)
    if len(sizes) == full + 1:
        for axis, size in enumerate(sizes):
            if size == 1:
                step = Step("squeeze", item.role, (axis,))
                yield from put_behind(evidence, item, f".squeeze({axis})", [step], cost=0.3)


def _norm(evidence: Evidence, operation: Operation, item: Argument, kind: str) -> Iterator[Candidate]:
    record = item.value.record
    assert record is not None
    sizes = record.shape
    if kind == "LayerNorm":
        shape = operation.config.get("normalized_shape")
        want = shape[-1] if isinstance(shape, tuple) and shape else shape
        if sizes and sizes[-1] != want:
            if len(sizes) >= 3 and len(sizes) <= 5 and sizes[1] == want and want not in sizes[2:]:
                yield from there_alone(evidence, item, len(sizes))
                yield from _there_and_back(evidence, item, len(sizes))
            if len(sizes) == 3 and want in sizes[:2]:
                axis = sizes.index(want)
                step = Step("transpose", item.role, (axis, 2))
                yield from put_behind(evidence, item, f".transpose({axis}, 2)", [step], cost=0.4)
            text = width_of_giver(evidence, operation, item, "normalized_shape", sizes[-1])
            yield from constructor_argument(evidence, operation, "normalized_shape", sizes[-1], cost=0.3, text=text)
        return
    want = number(operation, "num_features") or number(operation, "num_channels")
    if kind.endswith("1d") and len(sizes) == 3 and sizes[1] != want and sizes[2] == want:
        if item.span is not None:
            step = Step("transpose", item.role, (1, 2))
            yield from put_behind(evidence, item, ".transpose(1, 2)", [step], cost=0.6)
            yield from _there_and_back(evidence, item)
        return
    if len(sizes) >= 2 and sizes[1] != want:
        axes = {"1d": 1, "2d": 2, "3d": 3}.get(kind[-2:], len(sizes) - 2)
        name = "num_channels" if kind == "GroupNorm" else "num_features"
        yield from _given_multiple(evidence, operation, name, sizes[1], cost=0.15)
        yield from constructor_argument(evidence, operation, name, sizes[1], cost=0.2)
        if len(sizes) == axes + 2 and want in sizes[2:]:
            order = (0, len(sizes) - 1, *range(1, len(sizes) - 1))
            yield from put_behind(evidence, item, f".permute{order}", [Step("permute", item.role, order)], cost=0.3)
    if kind.endswith("2d") and len(sizes) == 3 and sizes[1] == want:
        yield from _renamed(evidence, operation, kind.replace("2d", "1d"))
    if kind.endswith("2d") and len(sizes) == 3:
        yield from put_behind(evidence, item, ".unsqueeze(1)", [Step("unsqueeze", item.role, (1,))], cost=0.5)
    if kind.endswith("1d") and len(sizes) == 4:
        yield from _renamed(evidence, operation, kind.replace("1d", "2d"))
    if kind.endswith("2d") and len(sizes) == 2:
        yield from _renamed(evidence, operation, kind.replace("2d", "1d"))


def _there_and_back(evidence: Evidence, item: Argument, count: int = 3) -> Iterator[Candidate]:
    """The layer's axis to its place for the call, and back: what follows expects the features last."""
    span = evidence.operation.span if evidence.operation else None
    if span is None or item.span is None or evidence.inner is not None:
        return
    source = source_of(span.file)
    if source is None:
        return
    turned = f".transpose(1, {count - 1})"
    at = Change(item.span, f"{bracketed(item.span.text)}{turned}")
    end = place_behind(span)
    step = Step("transpose", item.role, (1, count - 1))
    title = f"{evidence.operation.callee}({at.text}){turned}" if evidence.operation else at.text
    yield Candidate(title, (at, Change(end, turned)), (step,), 0.1)


def _renamed(evidence: Evidence, operation: Operation, name: str) -> Iterator[Candidate]:
    origin = maker(evidence, operation)
    call = expression(origin.span.text) if origin is not None else None
    if origin is not None and isinstance(call, ast.Call):
        function = piece(origin.span, call.func)
        new = function.text.replace(operation.name.rpartition(".")[2], name)
        yield Candidate(new, (Change(function, new),), (), 0.2)


def _embedding(evidence: Evidence, operation: Operation, item: Argument) -> Iterator[Candidate]:
    record = item.value.record
    assert record is not None
    if record.dtype not in ("int64", "int32"):
        yield from put_behind(evidence, item, ".long()", [Step("to", item.role, ("int64",))], cost=0.1)
        return
    rows, least, most = number(operation, "num_embeddings"), item.value.facts.get("min"), item.value.facts.get("max")
    if most is not None and most >= rows:
        origin, trial = maker(evidence, operation), (Step("configure", "", ("num_embeddings", int(most) + 1)),)
        given = told_for(origin, "num_embeddings")
        if given is not None:
            yield from more_of_shared(evidence, given, rows, int(most) + 1, trial, cost=0.08)
        # Tokens that are counted from one get a row more as well, and 0 is kept for the padding.
        text = _plus_one(evidence, operation) if most == rows else ""
        doubt = doubt_of_total(evidence, given, int(most) + 1 - rows) if given is not None else ""
        for way in constructor_argument(evidence, operation, "num_embeddings", int(most) + 1, cost=0.1, text=text):
            is_there = given is not None and any(change.span.line == given.line for change in way.changes)
            yield way.doubted(doubt) if is_there or doubt == LARGEST_SEEN else way
    if least is not None and least < 0:
        yield from put_behind(evidence, item, ".clamp(min=0)", [Step("clamp", item.role, (0,))], cost=1.5)


def _plus_one(evidence: Evidence, operation: Operation) -> str:
    origin = maker(evidence, operation)
    given = told_for(origin, "num_embeddings")
    return "" if given is None or given.text.isdecimal() else f"{given.text} + 1"
