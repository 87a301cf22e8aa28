"""Packing and unpacking of padded sequences: layout, lengths, and a packed sequence used as a tensor."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

from shapecheck.candidate import Candidate, Change, Step
from shapecheck.evidence import Argument, Evidence, Operation, Value
from shapecheck.reading.edits import expression, line_after, replaced, suffixed, with_keyword, without_keyword
from shapecheck.reading.failing import INDEX_LOSSES, RECURRENT, SAME_SHAPE_LOSSES, Shape, failed, kind, operand, says
from shapecheck.reading.layers.layers_made import may_leave_fewer
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.origins import trace
from shapecheck.reading.recurrent.batch_first import says_batch_first
from shapecheck.reading.running import held_around
from shapecheck.reading.sources import (
    Source,
    found_at,
    function_around,
    last_name,
    names_in,
    parents,
    source_of,
    statement_of,
    user_sources,
    walk,
    written_as,
)
from shapecheck.reading.steps.lengths_held import lengths_counted
from shapecheck.reading.where_made import made
from shapecheck.remedies.moves import put_behind
from shapecheck.remedies.samples.empty_sequences import held_at_one
from shapecheck.remedies.sequences.lengths import rounded_up
from shapecheck.remedies.sequences.lengths_across import counted_across
from shapecheck.remedies.sequences.lengths_folded import folded_lengths, folds_steps
from shapecheck.remedies.sequences.lengths_made import counted_of_other, one_step_more
from shapecheck.remedies.sequences.lengths_of_layers import NOT_WORKED_OUT, of_layers
from shapecheck.remedies.sequences.packed_through import doubt_of_padding
from shapecheck.remedies.sequences.unpacking import unpacked_already, unpacked_by_caller

_UNPACK = "torch.nn.utils.rnn.pad_packed_sequence"


def candidates(evidence: Evidence) -> list[Candidate]:
    """Changes for packing, for packed sequences that say more steps than there are, and for their use as tensors."""
    found: list[Candidate] = []
    operation = failed(evidence)
    if operation is None:
        return []
    if operation.name.endswith("pack_padded_sequence"):
        found += _packing(evidence, operation)
    found += _too_long(evidence, operation)
    found += used_as_tensor(evidence, operation)
    return found


def _packing(evidence: Evidence, operation: Operation) -> Iterator[Candidate]:
    item, lengths = operand(operation, "input"), operand(operation, "lengths")
    if item is None or lengths is None or item.value.record is None or operation.span is None:
        return
    sizes, count = item.value.record.shape, lengths_counted(lengths)
    first = _is_true(operand(operation, "batch_first"))
    if (
        len(sizes) >= 2
        and count is not None
        and sizes[0 if first else 1] != count
        and sizes[1 if first else 0] == count
    ):
        change = with_keyword(operation.span, "batch_first", str(not first))
        if change is not None:
            step = Step("keyword", "", ("batch_first", not first))
            yield Candidate(f"batch_first={not first}", (change,), (step,), 0.0)
    if count is not None and len(sizes) >= 2 and count != sizes[0 if first else 1] and lengths.span and item.span:
        yield from counted_across(evidence, lengths.span, item.span, is_first=first, cost=-0.05)
    if says(evidence, r"sorted") or (lengths.value.kind in ("list", "tensor") and says(evidence, "enforce_sorted")):
        change = with_keyword(operation.span, "enforce_sorted", "False")
        if change is not None:
            yield Candidate("enforce_sorted=False", (change,), (Step("keyword", "", ("enforce_sorted", False)),), 0.0)
    least = lengths.value.facts.get("min")
    if (least is not None and least <= 0) or (least is None and says(evidence, r"has to be greater than 0")):
        steps = sizes[1 if first else 0] if len(sizes) >= 2 else 0
        yield from one_step_more(evidence, lengths, steps, cost=0.05)
        yield from rounded_up(evidence, lengths, steps, cost=0.1)
        yield from held_at_one(evidence, operation.span, lengths, cost=0.2)
    if says(evidence, r"CPU"):
        yield from put_behind(evidence, lengths, ".cpu()", [Step("cpu", "lengths")], cost=0.0)
    record = lengths.value.record
    if record is not None and len(record.shape) == 2 and 1 in record.shape:
        axis = record.shape.index(1)
        yield from put_behind(evidence, lengths, f".squeeze({axis})", [Step("squeeze", "lengths", (axis,))], cost=0.1)
    if record is not None and len(record.shape) == 1 and record.dtype.startswith("float"):
        yield from put_behind(evidence, lengths, ".long()", [Step("to", "lengths", ("int64",))], cost=0.3)


def _is_true(item: Argument | None) -> bool:
    return item is not None and item.value.text == "True"


def _too_long(evidence: Evidence, operation: Operation) -> Iterator[Candidate]:
    """Lengths that count steps which the padded tensor does not have: torch notices far behind the packing."""
    if not says(evidence, r"exceeds dimension size", r"start \(\d+\) \+ length", r"shape of the mask|out of range"):
        return
    for source in user_sources(evidence):
        for call in source.calls("pack_padded_sequence"):
            if len(call.args) < 2:
                continue
            lengths, padded = source.span(call.args[1]), ast.unparse(call.args[0])
            held = held_around(evidence, source, call)
            first = says_batch_first(call)
            steps = f"{padded}.size({1 if first else 0})"
            statement = statement_of(call)
            text = f"[min(each, {steps}) for each in {lengths.text}]"
            if operation.span is not None and statement is not None:
                if _are_samples_first(source) and not first:
                    # Everybody else is told of it; the layer does not ask what was packed.
                    change = with_keyword(source.span(call), "batch_first", "True")
                    if change is not None:
                        yield Candidate("batch_first=True", (change,), (), 0.01)
                    continue
                if first and _are_counted_along(held, call):
                    change = without_keyword(source.span(call), "batch_first")
                    yield from [] if change is None else [Candidate("without batch_first=True", (change,), (), 0.0)]
                yield from counted_across(evidence, lengths, source.span(call.args[0]), is_first=first, cost=0.02)
                yield from of_layers(evidence, source, lengths, padded, 1 if first else 0)
                yield from folded_lengths(source, lengths, call.args[0], cost=0.04)
                yield from counted_of_other(evidence, lengths, cost=0.05)
                yield from _clipped_where_made(evidence, source.file, call.args[1])
                doubt = NOT_WORKED_OUT if may_leave_fewer(evidence, source) or folds_steps(source, call.args[0]) else ""
                if _are_of_other_count(held, call, 0 if first else 1):
                    # They are none of these sequences: cut, they would only fit.
                    continue
                clipped = suffixed(lengths, f".clamp(max={steps})")
                yield Candidate(f"{lengths.text}.clamp(max={steps})", (clipped,), (), 0.3, doubt)
                yield Candidate(text, (replaced(lengths, text),), (), 0.5, doubt)


def _are_samples_first(source: Source) -> bool:
    """Whether layers, and what pads, are told so."""
    calls = source.calls(*RECURRENT, "pad_sequence")
    return any(says_batch_first(call) for call in calls)


def _are_of_other_count(held: Mapping[str, Value], call: ast.Call, axis: int) -> bool:
    """Whether there are as many lengths as no sequences, as far as both are still held, or what they are of."""
    ways = ((call.args[1], 0), (call.args[0], axis))
    counts = [{sizes[at] for sizes in _shapes(held, node) if at < len(sizes)} for node, at in ways]
    return all(len(each) == 1 for each in counts) and counts[0] != counts[1]


def _are_counted_along(held: Mapping[str, Value], call: ast.Call) -> bool:
    """Whether what is packed has one length for each item of its second axis, and not of its first."""
    counts = {sizes[0] for sizes in _shapes(held, call.args[1]) if len(sizes) == 1}
    ends = {sizes[:2] for sizes in _shapes(held, call.args[0]) if len(sizes) > 1}
    return len(counts) == len(ends) == 1 and all(steps in counts and steps != rows for rows, steps in ends)


def _shapes(held: Mapping[str, Value], node: ast.expr) -> list[Shape]:
    """The shapes that the names of an expression have."""
    return [sizes_of(held[name]) for name in names_in(node) & held.keys()]


def _clipped_where_made(evidence: Evidence, file: str, node: ast.expr) -> Iterator[Candidate]:
    """The lengths cut where the sequences were: ``r[:MAX]`` beside ``len(r)``."""
    source = source_of(file)
    if source is None:
        return
    cuts = {ast.unparse(each.slice.upper) for each in walk(source.tree) if _is_cut(each)}  # type: ignore[attr-defined]
    for call in source.calls("len"):
        within = next((up for up in parents(call) if isinstance(up, ast.ListComp | ast.GeneratorExp)), None)
        if within is None or within.elt is not call:
            continue
        for cut in sorted(cuts):
            span = source.span(call)
            yield Candidate(f"min({span.text}, {cut})", (replaced(span, f"min({span.text}, {cut})"),), (), 0.1)


def _is_cut(node: ast.AST) -> bool:
    if not isinstance(node, ast.Subscript) or not isinstance(node.slice, ast.Slice):
        return False
    upper = node.slice.upper
    return node.slice.lower is None and (
        isinstance(upper, ast.Name | ast.Attribute) or (isinstance(upper, ast.Constant) and type(upper.value) is int)
    )


def used_as_tensor(evidence: Evidence, operation: Operation) -> Iterator[Candidate]:
    """A packed sequence where a tensor is wanted: unpacked, which is in doubt where a recurrent layer reads on."""
    doubt = doubt_of_padding(evidence)
    yield from (each.doubted(doubt) for each in _padded_again(evidence, operation))


def _padded_again(evidence: Evidence, operation: Operation) -> Iterator[Candidate]:
    """Unpacked on a line of its own behind the layer that gave it, or where it is used."""
    item = next((each for each in operation.arguments if each.value.kind == "packed"), None)
    outer = evidence.operation
    if item is None and outer is not None:
        item = next((each for each in outer.arguments if each.value.kind == "packed"), None)
    if item is None or item.span is None:
        return
    if operation.name.rpartition(".")[2] in ("RNN", "LSTM", "GRU"):
        return
    source, node = found_at(item.span)
    if source is None or node is None:
        return
    yield from _both_packed(evidence, operation)
    yield from unpacked_already(evidence, item)
    yield from _all_steps(evidence, item)
    name = item.span.text
    while isinstance(node, ast.Subscript | ast.Attribute | ast.Call) and not name.isidentifier():
        node = node.value if not isinstance(node, ast.Call) else node.func
        name = ast.unparse(node)
    here = statement_of(node)
    assigned = _assignment(source, name, here)
    first = _batch_first(evidence)
    flag = "batch_first=True" if first else ""
    unpack = written_as(source.tree, _UNPACK) or _UNPACK
    text = f"{unpack}({name}{', ' if flag else ''}{flag})"
    if assigned is not None:
        yield from _unpacked(source, name, assigned, text, 1 if first else 0)
    else:
        yield from unpacked_by_caller(evidence, item, text)
    use = f"{unpack}({item.span.text}{', ' if flag else ''}{flag})[0]"
    yield Candidate(use, (replaced(item.span, use),), (Step("unpack", item.role, (first,)),), 0.3)


def _both_packed(evidence: Evidence, operation: Operation) -> Iterator[Candidate]:
    """``.data`` of all that a loss was given packed: row by row the same steps, and no filler among them."""
    packed = [item for item in operation.arguments if item.value.kind == "packed" and item.span is not None]
    told = {_lengths_of(evidence, item) for item in packed}
    if len(packed) > 1 and len(told) == 1 and kind(operation) in (*INDEX_LOSSES, *SAME_SHAPE_LOSSES):
        changes = tuple(suffixed(item.span, ".data") for item in packed if item.span is not None)
        yield Candidate(", ".join(change.text for change in changes), changes, (), -0.1)


def _lengths_of(evidence: Evidence, item: Argument) -> str:
    """The lengths that a packed sequence was made with, as they are written; its own text where that is not known."""
    for origin in made(evidence, item):
        node = expression(origin.span.text)
        if isinstance(node, ast.Call) and _packs(node) and len(node.args) > 1:
            return ast.unparse(node.args[1])
    return item.expression


def _all_steps(evidence: Evidence, item: Argument) -> Iterator[Candidate]:
    """``packed.data``, where the same name, or what goes beside it, is read so in its function: no filler is there."""
    assert item.span is not None
    for span in (*(each.span for each in reversed(trace(evidence, item.span, parts=True))), item.span):
        source, node = found_at(span)
        if source is None or not isinstance(node, ast.Name):
            continue
        function = function_around(node) or source.tree
        reads = [each for each in ast.walk(function) if isinstance(each, ast.Attribute) and each.attr == "data"]
        same = any(ast.unparse(each.value) == span.text for each in reads)
        packed = {
            ast.unparse(target)
            for each in ast.walk(function)
            if isinstance(each, ast.Assign) and _packs(each.value)
            for target in each.targets
        }
        if same or any(_packs(each.value) or ast.unparse(each.value) in packed for each in reads):
            yield Candidate(f"{span.text}.data", (suffixed(span, ".data"),), (), -0.05)
            return


def _packs(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and last_name(node.func) in ("pack_padded_sequence", "pack_sequence")


_FILLER = "what is taken of the padded steps, which hold zeros, may not be meant"


def _unpacked(source: Source, name: str, assigned: ast.stmt, text: str, axis: int) -> Iterator[Candidate]:
    """A line that unpacks, and what reads the padded tensor changed so that it leaves out the filler."""
    statement = source.span(assigned)
    uses = list(_reductions(name, assigned, axis))
    kinds = {use for use, _ in uses}
    if kinds == {"max"}:
        # A filler of zeros would win over what is negative.
        text = f'{text[:-1]}, padding_value=float("-inf"))'
        yield Candidate(f"{name}, _ = {text}", (line_after(statement, f"{name}, _ = {text}"),), (), 0.0)
        return
    lengths = f"{name}_lengths"
    line = line_after(statement, f"{name}, {lengths} = {text}")
    changes = []
    for use, node in uses:
        if use == "mean":
            changes.append(Change(source.span(node), f"{name}.sum({axis}) / {lengths}.unsqueeze(1)"))
        elif use == "last":
            ends, rows = f"{lengths} - 1", f"torch.arange(len({lengths}))"
            taken = f"{rows}, {ends}" if axis else f"{ends}, {rows}"
            changes.append(Change(source.span(node), f"{name}[{taken}]"))
    if changes and "max" not in kinds:
        yield Candidate(changes[0].text, (line, *changes), (), 0.0)
    plain = f"{name}, _ = {text}"
    cost, doubt = (0.2, _FILLER) if kinds else (0.0, "")
    yield Candidate(plain, (line_after(statement, plain),), (), cost, doubt)


def _reductions(name: str, assigned: ast.stmt, axis: int) -> Iterator[tuple[str, ast.expr]]:
    """What the function further down makes of all steps: ``max``, ``mean``, or only the ``last`` one taken."""
    function = next((up for up in parents(assigned) if isinstance(up, ast.FunctionDef | ast.Module)), assigned)
    for node in ast.walk(function):
        if not isinstance(node, ast.Call | ast.Subscript) or node.lineno <= assigned.lineno:
            continue
        if isinstance(node, ast.Subscript) and ast.unparse(node.value) == name:
            if ast.unparse(node.slice).strip("()") in ((":, -1", ":, -1, :") if axis else ("-1",)):
                yield "last", node
            continue
        called = last_name(node.func) if isinstance(node, ast.Call) else ""
        read = [part.id for part in ast.walk(node) if isinstance(part, ast.Name)]
        if name not in read or not isinstance(node, ast.Call):
            continue
        if called in ("max", "amax") or "max_pool" in called:
            yield "max", node
        given = [*node.args, *(each.value for each in node.keywords if each.arg in ("dim", "axis"))]
        texts = [ast.unparse(part) for part in given]
        base = ast.unparse(node.func.value) if isinstance(node.func, ast.Attribute) else ""
        if called == "mean" and texts[-1:] == [str(axis)] and name in (base, texts[0]) and not _keeps(node):
            yield "mean", node


def _keeps(node: ast.Call) -> bool:
    return any(each.arg == "keepdim" for each in node.keywords)


def _assignment(source: object, name: str, here: ast.stmt | None) -> ast.stmt | None:
    best = None
    for node in walk(source.tree):  # type: ignore[attr-defined]
        if not isinstance(node, ast.Assign) or here is None or node.lineno >= here.lineno:
            continue
        names = [ast.unparse(part) for target in node.targets for part in getattr(target, "elts", [target])]
        if name.isidentifier() and function_around(node) is not function_around(here):
            continue
        if name in names and (best is None or node.lineno > best.lineno):
            best = node
    return best


def _batch_first(evidence: Evidence) -> bool:
    """Whether what was packed lies with the samples first: by what packed it, which may be unable to say, or layers."""
    for source in user_sources(evidence):
        for call in source.calls("pack_padded_sequence"):
            return says_batch_first(call)
    return any(_are_samples_first(source) for source in user_sources(evidence))
