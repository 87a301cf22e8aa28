"""Maps of places, such as pictures: skip connections, shortcuts and decoders whose sizes are another after rounding."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Argument, Evidence, Span
from shapecheck.reading.applied import given_as
from shapecheck.reading.compared.nearly_alike import UPWARDS, decoded_apart, maps_to_join, rounded_apart, strides_apart
from shapecheck.reading.edits import bracketed, call_of, expression, piece, whole_number, with_keyword
from shapecheck.reading.mismatches import written
from shapecheck.reading.origins import given_for, trace
from shapecheck.reading.sources import Source, function_around, last_name, node_at, user_sources, walk
from shapecheck.reading.where_made import made, made_or_written

# A map that was halved more often than this had no side to begin with.
_MOST_LAYERS = 8
_FILLED_TO_FIT = "a map was filled up to be joined, and may be meant to have its size by that"
_FILLED = "other maps are filled up there, and so may these be meant to be"


def candidates(evidence: Evidence) -> list[Candidate]:
    """Changes for two maps whose places do not lie on each other."""
    return [*_joined(evidence), *_decoded(evidence), *_shortcuts(evidence)]


def _joined(evidence: Evidence) -> Iterator[Candidate]:
    """What was made larger takes the very size of what it is joined with, which may have been odd."""
    found = maps_to_join(evidence)
    if found is None:
        return
    small, large = found
    grown, other = (
        (large, small) if _is_upsampled(evidence, large) and not _is_upsampled(evidence, small) else (small, large)
    )
    wanted = f"{bracketed(other.expression)}.shape[2:]"
    yield from _cut_by_halves(evidence, other, grown)
    yield from _filled_by_halves(evidence, grown)
    for origin in made_or_written(evidence, small)[:2]:
        call, is_here = call_of(origin.span), origin.span == small.span
        # What is larger than its twin is cut by a transposed convolution only if it is the one that was made larger.
        if call is None or grown is not small or not (is_here or other.expression.isidentifier()):
            continue
        makers = trace(evidence, piece(origin.span, call.func), parts=True)
        if any(_is_transposed(expression(maker.span.text)) for maker in makers):
            change, beside = with_keyword(origin.span, "output_size", wanted), _made_as_large(origin.span)
            if change is not None and "interpolate" not in beside:
                yield Candidate(f"output_size={wanted}", (change,), (), 0.05, _FILLED if "pad" in beside else "")
    for origin in made(evidence, grown)[:1]:
        node = call_of(origin.span)
        sized = node is not None and last_name(node.func) in ("interpolate", "upsample") and len(node.args) < 2
        for each in node.keywords if node is not None and sized and other.expression.isidentifier() else []:
            if each.arg == "scale_factor":
                yield Candidate(f"size={wanted}", (Change(piece(origin.span, each), f"size={wanted}"),), (), 0.1)
    if grown.span is not None:
        text = f"torch.nn.functional.interpolate({grown.expression}, size={wanted})"
        ways = [call_of(each.span) for item in found for each in written(evidence, item)]
        is_filled = any(last_name(each.func) == "pad" for each in ways if each is not None)
        yield Candidate(text, (Change(grown.span, text),), (), 0.15, _FILLED_TO_FIT if is_filled else "")


def _is_transposed(node: ast.expr | None) -> bool:
    """Whether it makes a transposed convolution, or a list of nothing else."""
    if not isinstance(node, ast.Call) or last_name(node.func) != "ModuleList":
        return isinstance(node, ast.Call) and last_name(node.func) in UPWARDS
    given = node.args[0] if node.args else None
    made = given.elts if isinstance(given, ast.List | ast.Tuple) else [getattr(given, "elt", None)]
    return bool(made) and all(_is_transposed(each) for each in made)


def _made_as_large(span: Span) -> set[str]:
    """By which calls the function around a place makes maps as large as others."""
    home = function_around(node_at(span))
    calls = [each for each in walk(home) if isinstance(each, ast.Call)] if home is not None else []
    return {last_name(each.func) for each in calls} & {"interpolate", "pad"}


def _cut_by_halves(evidence: Evidence, item: Argument, other: Argument) -> Iterator[Candidate]:
    """A map that loses half of the difference on either side, ``d : x.size(2) - d``, where the difference is odd."""
    if not other.expression.isidentifier():
        return
    for origin in made(evidence, item)[:1]:
        node = expression(origin.span.text)
        parts = node.slice.elts if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Tuple) else []
        changes = []
        for axis, part in enumerate(parts):
            if not isinstance(part, ast.Slice) or part.lower is None or part.upper is None or part.step is not None:
                continue
            begin, end = ast.unparse(part.lower), part.upper
            is_mirrored = isinstance(end, ast.BinOp) and isinstance(end.op, ast.Sub) and ast.unparse(end.right) == begin
            if is_mirrored and _halved(evidence, piece(origin.span, part.lower)):
                changes.append(Change(piece(origin.span, end), f"{begin} + {other.expression}.size({axis})"))
        if changes:
            yield Candidate(", ".join(each.text for each in changes), tuple(changes), (), 0.0)


def _filled_by_halves(evidence: Evidence, item: Argument) -> Iterator[Candidate]:
    """A map that gets half of the difference on either side, ``F.pad(x, (d // 2, d // 2))``: one of them the rest."""
    for origin in made(evidence, item)[:1]:
        call = call_of(origin.span)
        given = call.args[1] if call is not None and last_name(call.func) == "pad" and len(call.args) > 1 else None
        sizes = given.elts if isinstance(given, ast.Tuple | ast.List) else []
        changes = []
        for before, behind in zip(sizes[::2], sizes[1::2], strict=False):
            whole = _halved(evidence, piece(origin.span, before))
            if whole and ast.unparse(before) == ast.unparse(behind):
                span = piece(origin.span, behind)
                changes.append(Change(span, f"{whole} - {span.text}"))
        if changes:
            yield Candidate(", ".join(each.text for each in changes), tuple(changes), (), 0.0)


def _halved(evidence: Evidence, span: Span) -> str:
    """What an expression is the half of, rounded: ``wide - narrow`` for ``d`` that was made so; empty if of nothing."""
    for text in (span.text, *(found.span.text for found in trace(evidence, span)[:1])):
        node = expression(text)
        is_half = isinstance(node, ast.BinOp) and isinstance(node.op, ast.FloorDiv) and ast.unparse(node.right) == "2"
        if is_half and isinstance(node, ast.BinOp):
            return bracketed(ast.unparse(node.left))
    return ""


def _is_upsampled(evidence: Evidence, item: Argument) -> bool:
    if item.span is None:
        return False
    texts = [found.span.text for found in trace(evidence, item.span, parts=True)]
    for origin in made(evidence, item):
        call = call_of(origin.span)
        if call is not None:
            texts += [found.span.text for found in trace(evidence, piece(origin.span, call.func))]
    return any(
        word in text for text in (item.expression, *texts) for word in ("ConvTranspose", "psample", "interpolate")
    )


def _decoded(evidence: Evidence) -> Iterator[Candidate]:
    """A decoder that gives a little less than what it is to give back: the encoder has rounded an odd or even size."""
    found = decoded_apart(evidence)
    if found is None:
        return
    left, right = found
    axes = rounded_apart(left, right, 2)
    missing = {right[axis] - left[axis] for axis in axes}
    if left[:2] != right[:2] or len(missing) != 1 or max(missing) < 1 or len(axes) != len(left) - 2:
        return
    more = missing.pop()
    for source in user_sources(evidence):
        calls = sorted(source.calls(*UPWARDS), key=lambda call: -call.lineno)
        yield from _rounded_each_time(source, calls, more)
        for far, call in enumerate(calls):
            named = {each.arg: ast.unparse(each.value) for each in call.keywords}
            stride = named.get("stride") or (ast.unparse(call.args[3]) if len(call.args) > 3 else "1")
            if not stride.isdecimal() or int(stride) <= more or "output_padding" in named:
                continue
            change = with_keyword(source.span(call), "output_padding", str(more))
            if change is not None:
                yield Candidate(f"output_padding={more}", (change,), (), 0.1 + 0.05 * far)


def _rounded_each_time(source: Source, calls: list[ast.Call], missing: int) -> Iterator[Candidate]:
    """What several layers one behind the other have rounded off, where all of them come from one call, or are alike.

    What the first of them leaves out, the next ones make larger: 1 + 2 + 4 for three layers of stride 2.
    """
    strides = {_stride_of(call) for call in calls}
    stride = strides.pop() if len(strides) == 1 else 1
    for more in range(1, stride):
        lost = [more * (stride**count - 1) // (stride - 1) for count in range(_MOST_LAYERS)]
        if missing not in lost[2:] or len(calls) not in (1, lost.index(missing)):
            continue
        changes = [with_keyword(source.span(call), "output_padding", str(more)) for call in calls]
        if any(each.arg == "output_padding" for call in calls for each in call.keywords) or None in changes:
            continue
        found = tuple(each for each in changes if each is not None)
        yield Candidate(f"output_padding={more}", found, (), 0.1)


def _stride_of(call: ast.Call) -> int:
    """The stride that a layer was given as a number; 1 where it was given otherwise."""
    given = given_as(call, "stride", 3)
    return (whole_number(given) or 1) if given is not None else 1


def _shortcuts(evidence: Evidence) -> Iterator[Candidate]:
    """A shortcut that is projected only where the channels change, beside a body that also steps over places."""
    apart = strides_apart(evidence)
    if not apart:
        return
    for source in user_sources(evidence):
        for owner in source.classes:
            yield from _one_without_stride(source, owner, apart)
        for node in walk(source.tree):
            if isinstance(node, ast.If | ast.IfExp) and isinstance(node.test, ast.Compare | ast.BoolOp):
                yield from _asked_of_channels_alone(source, node)


def _asked_of_channels_alone(source: Source, node: ast.If | ast.IfExp) -> Iterator[Candidate]:
    """A condition that is to ask for the stride too, which only the layers behind it are given."""
    method, test = function_around(node), source.span(node.test)
    names = {argument.arg for argument in method.args.args} if method is not None else set()
    asked = {ast.unparse(part) for part in walk(node.test)}
    are_same = any(isinstance(part, ast.Eq) for part in walk(node.test))
    branch = node.orelse if are_same else node.body
    for name in sorted((_strides_in(source, branch) & names) - asked):
        text = f"{test.text} and {name} == 1" if are_same else f"{test.text} or {name} != 1"
        yield Candidate(text, (Change(test, text),), (), 0.05)


def _strides_in(source: Source, branch: list[ast.stmt] | ast.expr) -> set[str]:
    """What the convolutions of a branch are given as their stride, also by a function of the script that makes one."""
    functions = {each.name: each for each in source.functions}
    found = set(_strides_written(branch))
    for call in _calls_in(branch):
        function = functions.get(last_name(call.func))
        names = {argument.arg for argument in function.args.args} if function is not None else set()
        handed = sorted(names.intersection(_strides_written(function.body) if function is not None else ()))
        stride = given_for(call, function, handed[0]) if function is not None and len(handed) == 1 else None
        if stride is not None:
            found.add(ast.unparse(stride))
    return found


def _strides_written(branch: list[ast.stmt] | ast.expr) -> Iterator[str]:
    for call in _calls_in(branch):
        stride = given_as(call, "stride", 3) if last_name(call.func).startswith("Conv") else None
        if stride is not None:
            yield ast.unparse(stride)


def _calls_in(branch: list[ast.stmt] | ast.expr) -> list[ast.Call]:
    inner = (each for part in (branch if isinstance(branch, list) else [branch]) for each in walk(part))
    return [each for each in inner if isinstance(each, ast.Call)]


def _one_without_stride(source: Source, owner: ast.ClassDef, apart: int) -> Iterator[Candidate]:
    """The stride of the other convolutions of a block for the one by one that goes past them, or for their first."""
    calls = [each for each in walk(owner) if isinstance(each, ast.Call) and last_name(each.func).startswith("Conv")]
    strides = [given_as(each, "stride", 3) for each in calls]
    texts = {ast.unparse(each) for each in strides if each is not None} - {"1"}
    past = [whole_number(kernel) == 1 if (kernel := given_as(each, "kernel_size", 2)) else False for each in calls]
    if len(texts) != 1 or "Transpose" in "".join(last_name(each.func) for each in calls) or sum(past) != 1:
        return
    text = texts.pop()
    lack = [stride is None or ast.unparse(stride) == "1" for stride in strides]
    if text.isdecimal() and int(text) != apart:
        return
    at = past.index(True)
    if lack[at]:
        yield from _with_stride(source, calls[at], strides[at], text, "")
    elif all(lack[:at] + lack[at + 1 :]) and len(calls) > 1:
        at = 1 if at == 0 else 0
        yield from _with_stride(source, calls[at], strides[at], text, _WHICH_STEPS if len(calls) > 2 else "")


_WHICH_STEPS = "another convolution of the block may be meant to step over places"


def _with_stride(source: Source, call: ast.Call, told: ast.expr | None, text: str, doubt: str) -> Iterator[Candidate]:
    span = source.span(call)
    change = with_keyword(span, "stride", text) if told is None else Change(source.span(told), text)
    if change is not None:
        yield Candidate(f"stride={text}", (change,), (), 0.04, doubt)
