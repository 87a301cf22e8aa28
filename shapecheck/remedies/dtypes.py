"""Dtypes that are refused where nobody looks: indices of gather, what a function returns, targets in backward."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import replace

from shapecheck.candidate import Candidate, Change, Step
from shapecheck.evidence import Argument, Evidence, Frame, Operation, Span
from shapecheck.reading.applied import applied_to, told_to
from shapecheck.reading.edits import argument, expression, piece, suffixed, with_keyword
from shapecheck.reading.failing import PICKS, failed, index_of, kind, no_indices, operand, says, tensors
from shapecheck.reading.made_for_one import made_for_one
from shapecheck.reading.origins import spans_of, trace
from shapecheck.reading.sources import home_around, is_named, last_name, node_at, parents, receivers, source_of, walk
from shapecheck.reading.vocabulary import LIBRARIES, WITH_PLACES
from shapecheck.reading.ways_back import spans_behind
from shapecheck.remedies.moves import put_behind

_NO_FLOATS = (r"mean\(\): could not infer output dtype", r"std and var only support floating point")
_ONES = "zeros and ones may be positions, or marks of what is to be taken"
_NO_CLASSES = "the numbers may have been scaled, and be those of classes no more"
_MASKS = re.compile(r"(?:^|_|\b)(?:is|masks?|marks?|flags?|keep|kept|valid)(?:_|\b)")
_COMPARED = re.compile(r"[<>]|[=!]=|\.(?:eq|ne|gt|ge|lt|le)\(")
_POSITIONS = re.compile(r"arg(?:min|max|sort)|randint|randperm|arange|nonzero|\.long\(\)")
_FACTORIES = ("zeros", "empty", "ones")
_METHODS = {"float32": ".float()", "float64": ".double()", "float16": ".half()"}


def candidates(evidence: Evidence) -> list[Candidate]:
    """Changes of a dtype."""
    return [*_indices(evidence), *_one_hot(evidence), *_unseen(evidence), *_unnamed(evidence), *_targets(evidence)]


def _indices(evidence: Evidence) -> Iterator[Candidate]:
    """``.long()`` for an index."""
    operation = failed(evidence, *PICKS)
    item = index_of(operation) if operation is not None else None
    record = item.value.record if item is not None else None
    if item is not None and record is not None and record.dtype not in ("int64", "bool"):
        yield from put_behind(evidence, item, ".long()", [Step("to", item.role, ("int64",))], cost=0.1)
        yield from _as_positions(evidence, item)
        yield from _places_of_largest(evidence, item)
    for item in no_indices(evidence):
        yield from _places_of_largest(evidence, item)
        if _is_mask(failed(evidence), item) and not _is_counted(evidence, item):
            yield from _as_mask(evidence, item)
        # One number alone marks no places.
        may_mark = _is_of_ones(item) and _could_mark(failed(evidence), item)
        doubt = _ONES if may_mark and item.value.record and item.value.record.shape else ""
        ways = _as_numbers(evidence, item)
        for each in (*ways, *_as_positions(evidence, item), *_all_of_them(evidence, item)):
            yield replace(each, doubt=doubt)


def _one_hot(evidence: Evidence) -> Iterator[Candidate]:
    """``.long()`` for the numbers of classes that one-hot columns are made of."""
    item = operand(failed(evidence, "one_hot"), "tensor", "input")
    if item is None or item.value.record is None or says(evidence, r"applicable to index tensor") is None:
        return
    # A view of a name holds the numbers that the name does.
    node = expression(item.expression)
    base = next((each for each in receivers(node) if isinstance(each, ast.Name)), None) if node is not None else None
    held = evidence.held.get(base.id) if base is not None else None
    is_whole = any(each is not None and each.facts.get("whole") for each in (item.value, held))
    doubt = "" if is_whole or "float" not in item.value.record.dtype else _NO_CLASSES
    for each in put_behind(evidence, item, ".long()", [Step("to", item.role, ("int64",))], cost=0.1):
        yield each.doubted(doubt)


def _places_of_largest(evidence: Evidence, item: Argument) -> Iterator[Candidate]:
    """The places alone of what gives the largest numbers along an axis and their places, which a loop goes through."""
    for span in spans_behind(evidence, item.span):
        call = expression(span.text)
        base = applied_to(call) if isinstance(call, ast.Call) else None
        held = evidence.held.get(ast.unparse(base)) if base is not None else None
        is_pair = (
            isinstance(call, ast.Call)
            and last_name(call.func) in WITH_PLACES
            and (len(told_to(call)) > 0 or any(each.arg in ("dim", "axis") for each in call.keywords))
        )
        up = getattr(node_at(span), "parent", None)
        line = up if isinstance(up, ast.Assign) and isinstance(up.targets[0], ast.Name) else None
        if is_pair and line is not None and (held is None or held.kind == "tensor"):
            change = suffixed(span, ".indices")
            yield Candidate(change.text, (change,), (), 0.02)
            return


def _as_numbers(evidence: Evidence, item: Argument) -> list[Candidate]:
    """Whole numbers of 64 bits where an index is used, in the words of what it is: a tensor or an array."""
    step = Step("to", item.role, ("int64",))
    if item.value.kind == "tensor":
        return put_behind(evidence, item, ".long()", [step], cost=0.1)
    return put_behind(evidence, item, '.astype("int64")', [Step("tensor", item.role), step], cost=0.1)


def _as_positions(evidence: Evidence, item: Argument) -> Iterator[Candidate]:
    """Positions made as such, where nobody else reads what was made: the dtype that is asked for, or a cast there."""
    made = made_for_one(evidence, item.span) if item.span is not None else None
    call = expression(made.span.text) if made is not None else None
    if made is None or call is None:
        return
    told = argument(made.span, "dtype")
    home, _, name = ast.unparse(call.func).rpartition(".") if isinstance(call, ast.Call) else ("", "", "")
    if told is not None:
        module = told.text.rpartition(".")[0]
        change = Change(told, f"{module}.int64") if module in LIBRARIES else None
    elif home in LIBRARIES and name in _FACTORIES:
        change = with_keyword(made.span, "dtype", f"{home}.int64")
    else:
        is_array = item.value.kind == "array"
        change = suffixed(made.span, '.astype("int64")' if is_array else ".long()") if made.is_tensor else None
    if change is not None:
        title = f"{told.text} -> {change.text}" if told is not None else f"{made.name} = {change.text.lstrip(', ')}"
        yield Candidate(title, (change,), (Step("to", item.role, ("int64",)),), 0.06)


def _all_of_them(evidence: Evidence, item: Argument) -> Iterator[Candidate]:
    """A cast where the whole was made, of which a function takes one part after the other for its indices."""
    node = node_at(item.span)
    base = node.value if isinstance(node, ast.Subscript) else None
    home, source = home_around(node), source_of(item.span.file) if item.span is not None else None
    if source is None or home is None or not isinstance(base, ast.Name) or item.value.kind == "array":
        return
    reads = [each for each in walk(home) if is_named(each, base.id) and each is not base]
    if not reads or not all(_is_position(each) or _is_asked_for_sizes(each) for each in reads):
        return
    for origin in trace(evidence, source.span(base))[:1]:
        change = suffixed(origin.span, ".long()")
        yield Candidate(f"{base.id} = {change.text}", (change,), (Step("to", item.role, ("int64",)),), 0.05)


def _is_position(read: ast.Name) -> bool:
    """Whether a name stands in the square brackets of something else, itself or a part of it."""
    inner: ast.AST = read
    for up in parents(read):
        if isinstance(up, ast.Subscript) and up.slice is inner:
            return True
        is_part = isinstance(up, ast.Subscript) and up.value is inner
        if not is_part and not isinstance(up, ast.Tuple):
            return False
        inner = up
    return False


def _is_asked_for_sizes(read: ast.Name) -> bool:
    up = getattr(read, "parent", None)
    is_counted = isinstance(up, ast.Call) and last_name(up.func) == "len"
    return is_counted or (isinstance(up, ast.Attribute) and up.attr in ("size", "shape", "ndim", "dim"))


def _is_of_ones(item: Argument) -> bool:
    return {item.value.facts.get("min"), item.value.facts.get("max")} <= {0.0, 1.0}


def _could_mark(operation: Operation | None, item: Argument) -> bool:
    """Whether marks could stand in that part of an index: as many as an axis has places that is left for it."""
    whole = operand(operation, "self") if operation is not None else None
    if whole is None or whole.value.record is None or item.value.record is None or item.value.record.ndim != 1:
        return True
    part = re.fullmatch(r"index\[(\d+)\]", item.role)
    sizes = whole.value.record.shape
    left = sizes if part is None or part.group(1) == "0" else sizes[1:]
    return item.value.record.shape[0] in left


def _is_mask(operation: Operation | None, item: Argument) -> bool:
    """Whether an index is of zeros and ones, one for each place of what it is an index of."""
    whole = operand(operation, "self")
    if whole is None or whole.value.record is None or item.value.record is None or item.role != "index":
        return False
    sizes = item.value.record.shape
    return _is_of_ones(item) and bool(sizes) and whole.value.record.shape[: len(sizes)] == sizes


def _is_counted(evidence: Evidence, item: Argument) -> bool:
    """Whether it is made of positions, so that the zeros and ones among them are two of these."""
    texts = _texts(evidence, item)
    return not _COMPARED.search(texts) and bool(_POSITIONS.search(texts))


def _texts(evidence: Evidence, item: Argument) -> str:
    """An operand, and what it was made of."""
    behind = trace(evidence, item.span)
    return "\n".join([item.expression, *(each.span.text for each in behind)])


def _as_mask(evidence: Evidence, item: Argument) -> Iterator[Candidate]:
    """Truth values: without the cast that made numbers of a comparison, or with one that makes them of numbers."""
    steps = [Step("to", item.role, ("bool",))]
    for span in spans_of(evidence, item.span):
        node = expression(span.text)
        inner = node.func.value if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) else None
        if isinstance(inner, ast.Compare) and last_name(node.func) in ("float", "double", "to", "type"):  # type: ignore[union-attr]
            text = piece(span, inner).text
            yield Candidate(text, (Change(span, text),), tuple(steps), 0.03 if span == item.span else 0.3)
    is_told = _MASKS.search(item.expression) or _COMPARED.search(_texts(evidence, item))
    doubt = "" if is_told else _ONES
    for each in put_behind(evidence, item, ".bool()", steps, cost=0.05):
        yield replace(each, doubt=doubt)


def _unseen(evidence: Evidence) -> Iterator[Candidate]:
    """A cast of an operand that has no name, since the user's own function returns it: where it returns it."""
    operation = failed(evidence, "matmul", "mm", "bmm", "linear")
    if operation is None or not says(evidence, r"same dtype|scalar type"):
        return
    known = next((item.value.record.dtype for item in tensors(operation) if item.value.record is not None), "")
    if kind(operation) == "linear" or known not in _METHODS:
        return
    for item in operation.arguments:
        if item.value.record is not None or item.span is None or "(" not in item.span.text:
            continue
        for origin in trace(evidence, item.span)[:1]:
            change = suffixed(origin.span, _METHODS[known])
            yield Candidate(change.text, (change,), (), 0.1)
        change = suffixed(item.span, _METHODS[known])
        yield Candidate(change.text, (change,), (), 0.2)


def _unnamed(evidence: Evidence) -> Iterator[Candidate]:
    """``float()`` for the answers of a comparison that have no name: ``(guess == labels.numpy()).mean()``."""
    operation = failed(evidence)
    if operation is None or operation.arguments or operation.span is None or not says(evidence, *_NO_FLOATS):
        return
    node = expression(operation.span.text)
    inner = node.func.value if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) else None
    if isinstance(inner, ast.Compare | ast.BinOp):
        change = suffixed(piece(operation.span, inner), ".float()")
        yield Candidate(change.text, (change,), (), 0.05)


def _targets(evidence: Evidence) -> Iterator[Candidate]:
    """The target of a loss, where backward finds that it is of another dtype than the prediction."""
    operation, frame = failed(evidence, "backward"), evidence.user_frame
    item = operand(operation, "self", "tensor")
    if item is None or item.span is None or frame is None or not says(evidence, r"Found dtype"):
        return
    for span in dict.fromkeys(each.span for name in (item.span, *_names(item.span)) for each in trace(evidence, name)):
        for call in walk(expression(span.text)):
            if not isinstance(call, ast.Call) or len(call.args) < 2:
                continue
            given, target = (piece(span, each) for each in call.args[:2])
            dtypes = [_dtype_of(frame, each.text) for each in (given, target)]
            if "" not in dtypes and dtypes[0] != dtypes[1] and dtypes[0] in _METHODS:
                yield from _as_the_prediction(evidence, target, dtypes[0])
                return
    for origin in trace(evidence, item.span):
        loss = expression(origin.span.text)
        if isinstance(loss, ast.Call) and len(loss.args) >= 2:
            target = piece(origin.span, loss.args[1])
            yield Candidate(f"{target.text}.float()", (suffixed(target, ".float()"),), (), 0.1)


def _as_the_prediction(evidence: Evidence, target: Span, dtype: str) -> Iterator[Candidate]:
    """The dtype of the prediction: asked for where the target was made with another one, or where it is used."""
    nearest = trace(evidence, target)
    behind = [each for origin in nearest for name in _names(origin.span) for each in trace(evidence, name)]
    for origin in (*nearest, *behind):
        told = argument(origin.span, "dtype")
        if told is not None and told.text.rpartition(".")[2] not in (dtype, dtype.replace("32", "")):
            new = f"{told.text.rpartition('.')[0] or 'torch'}.{dtype}"
            yield Candidate(f"{told.text} -> {new}", (Change(told, new),), (), 0.05)
            break
    change = suffixed(target, _METHODS[dtype])
    yield Candidate(change.text, (change,), (), 0.1)


def _names(span: Span) -> list[Span]:
    tree = expression(span.text)
    return [piece(span, each) for each in walk(tree) if isinstance(each, ast.Name)] if tree is not None else []


def _dtype_of(frame: Frame, name: str) -> str:
    held = frame.names.get(name)
    return held.record.dtype if held is not None and held.record is not None else ""
