"""Maps of places, such as pictures: skip connections, shortcuts and decoders whose sizes are another after rounding."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.edits import bracketed, call_of, piece, with_keyword
from shapecheck.evidence import Argument, Evidence
from shapecheck.mismatches import UPWARDS, decoded_apart, maps_to_join, rounded_apart, strides_apart
from shapecheck.remedies.moves import made
from shapecheck.sources import last_name, parents, trace, user_sources


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
    for origin in made(evidence, small)[:1]:
        call = call_of(origin.span)
        # What is larger than its twin is cut by a transposed convolution only if it is the one that was made larger.
        if call is None or grown is not small or not other.expression.isidentifier():
            continue
        makers = trace(evidence, piece(origin.span, call.func))
        if any(kind in maker.span.text.partition("(")[0] for maker in makers for kind in UPWARDS):
            change = with_keyword(origin.span, "output_size", wanted)
            if change is not None:
                yield Candidate(f"output_size={wanted}", (change,), (), 0.05)
    for origin in made(evidence, grown)[:1]:
        node = call_of(origin.span)
        sized = node is not None and last_name(node.func) in ("interpolate", "upsample") and len(node.args) < 2
        for each in node.keywords if node is not None and sized and other.expression.isidentifier() else []:
            if each.arg == "scale_factor":
                yield Candidate(f"size={wanted}", (Change(piece(origin.span, each), f"size={wanted}"),), (), 0.1)
    if grown.span is not None:
        text = f"torch.nn.functional.interpolate({grown.expression}, size={wanted})"
        yield Candidate(text, (Change(grown.span, text),), (), 0.15)


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
        for far, call in enumerate(calls):
            named = {each.arg: ast.unparse(each.value) for each in call.keywords}
            stride = named.get("stride") or (ast.unparse(call.args[3]) if len(call.args) > 3 else "1")
            if not stride.isdecimal() or int(stride) <= more or "output_padding" in named:
                continue
            change = with_keyword(source.span(call), "output_padding", str(more))
            if change is not None:
                yield Candidate(f"output_padding={more}", (change,), (), 0.1 + 0.05 * far)


def _shortcuts(evidence: Evidence) -> Iterator[Candidate]:
    """A shortcut that is projected only where the channels change, beside a body that also steps over places."""
    if not strides_apart(evidence):
        return
    for source in user_sources(evidence):
        for node in ast.walk(source.tree):
            if not isinstance(node, ast.If) or not isinstance(node.test, ast.Compare | ast.BoolOp):
                continue
            method = next((up for up in parents(node) if isinstance(up, ast.FunctionDef)), None)
            names = [argument.arg for argument in method.args.args] if method is not None else []
            used = {
                ast.unparse(keyword.value)
                for inner in node.body
                for call in ast.walk(inner)
                if isinstance(call, ast.Call) and last_name(call.func).startswith("Conv")
                for keyword in call.keywords
                if keyword.arg == "stride"
            } | {
                ast.unparse(call.args[3])
                for inner in node.body
                for call in ast.walk(inner)
                if isinstance(call, ast.Call) and last_name(call.func).startswith("Conv") and len(call.args) > 3
            }
            for name in sorted(used.intersection(names) - {ast.unparse(part) for part in ast.walk(node.test)}):
                test = source.span(node.test)
                yield Candidate(f"{test.text} or {name} != 1", (Change(test, f"{test.text} or {name} != 1"),), (), 0.05)
