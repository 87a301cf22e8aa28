"""A packed sequence where a tensor is wanted: unpacked, or only its data taken where no filler may count."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change, Step
from shapecheck.evidence import Argument, Evidence, Operation
from shapecheck.reading.edits import expression, line_after, replaced, suffixed, whole_number
from shapecheck.reading.failing import INDEX_LOSSES, RECURRENT, SAME_SHAPE_LOSSES, failed, kind, tensors
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.origins import trace
from shapecheck.reading.recurrent.batch_first import are_samples_first, says_batch_first
from shapecheck.reading.sources import (
    Source,
    found_at,
    function_around,
    last_name,
    parents,
    statement_of,
    user_sources,
    walk,
    written_as,
)
from shapecheck.reading.where_made import made
from shapecheck.remedies.sequences.packed_through import doubt_of_padding
from shapecheck.remedies.sequences.unpacking import unpacked_already, unpacked_by_caller

_PACKS = ("pack_padded_sequence", "pack_sequence")
CAUSE = "packed_used_as_tensor"
_UNPACK = "torch.nn.utils.rnn.pad_packed_sequence"
_FILLER = "what is taken of the padded steps, which hold zeros, may not be meant"


def candidates(evidence: Evidence) -> list[Candidate]:
    """The sequence unpacked, which is in doubt where a recurrent layer reads on."""
    operation = failed(evidence)
    if operation is None:
        return []
    doubt = doubt_of_padding(evidence)
    return [each.doubted(doubt) for each in _padded_again(evidence, operation)]


def _padded_again(evidence: Evidence, operation: Operation) -> Iterator[Candidate]:
    """Unpacked on a line of its own behind the layer that gave it, or where it is used."""
    item = next((each for each in operation.arguments if each.value.kind == "packed"), None)
    outer = evidence.operation
    if item is None and outer is not None:
        item = next((each for each in outer.arguments if each.value.kind == "packed"), None)
    if item is None or item.span is None:
        return
    if operation.name.rpartition(".")[2] in RECURRENT:
        return
    source, node = found_at(item.span)
    if source is None or node is None:
        return
    yield from _both_packed(evidence, operation)
    yield from _row_by_row(evidence, operation, item)
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


def _row_by_row(evidence: Evidence, operation: Operation, item: Argument) -> Iterator[Candidate]:
    """The numbers as they lie, where a loss meets as many rows, or where the script takes nothing else of any."""
    if item.span is None:
        return
    count, others = sizes_of(item)[:1], [each for each in tensors(operation) if each is not item]
    is_loss = kind(operation) in (*INDEX_LOSSES, *SAME_SHAPE_LOSSES)
    is_read_so = kind(operation) in ("Linear", "linear") and _is_never_unpacked(evidence)
    if is_read_so or (is_loss and count and any(sizes_of(each)[:1] == count for each in others)):
        yield Candidate(f"{item.span.text}.data", (suffixed(item.span, ".data"),), (), -0.04)


def _all_steps(evidence: Evidence, item: Argument) -> Iterator[Candidate]:
    """``packed.data``, where the same name, or what goes beside it, is read so in its function: no filler is there."""
    assert item.span is not None
    for span in (*(each.span for each in reversed(trace(evidence, item.span, parts=True))), item.span):
        source, node = found_at(span)
        if source is None or not isinstance(node, ast.Name):
            continue
        bases = _bases_of_rows(function_around(node) or source.tree)
        if span.text in bases or "" in bases:
            yield Candidate(f"{span.text}.data", (suffixed(span, ".data"),), (), -0.05)
            return


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
    for node in walk(function):
        if not isinstance(node, ast.Call | ast.Subscript) or node.lineno <= assigned.lineno:
            continue
        if isinstance(node, ast.Subscript) and ast.unparse(node.value) == name:
            if ast.unparse(node.slice).strip("()") in ((":, -1", ":, -1, :") if axis else ("-1",)):
                yield "last", node
            continue
        called = last_name(node.func) if isinstance(node, ast.Call) else ""
        read = [part.id for part in walk(node) if isinstance(part, ast.Name)]
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
    return any(are_samples_first(source) for source in user_sources(evidence))


def _packs(node: ast.AST) -> bool:
    """Whether an expression is a call that packs."""
    return isinstance(node, ast.Call) and last_name(node.func) in _PACKS


def _bases_of_rows(home: ast.AST) -> tuple[str, ...]:
    """What the numbers are taken of in a function; ``""`` stands for what was packed there."""
    packed = {
        ast.unparse(target)
        for each in walk(home)
        if isinstance(each, ast.Assign) and _packs(each.value)
        for target in each.targets
    }
    found = []
    for node in walk(home):
        is_data = isinstance(node, ast.Attribute) and node.attr == "data"
        base = node.value if isinstance(node, ast.Attribute | ast.Subscript) else None
        is_first = isinstance(node, ast.Subscript) and whole_number(node.slice) == 0
        is_packed = base is not None and (_packs(base) or ast.unparse(base) in packed)
        if base is not None and ((is_data and not is_packed) or (is_packed and (is_data or is_first))):
            found.append("" if is_packed else ast.unparse(base))
    return tuple(found)


def _is_never_unpacked(evidence: Evidence) -> bool:
    """Whether the script takes the numbers of something packed as they lie, and unpacks nothing."""
    sources = user_sources(evidence)
    is_read = any("" in _bases_of_rows(source.tree) for source in sources)
    return is_read and not any(list(source.calls("pad_packed_sequence")) for source in sources)
