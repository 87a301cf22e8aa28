"""A padding mask of the tokens, where attention reads them joined with others: filled up or repeated as they were."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Step
from shapecheck.evidence import Argument, Evidence, Operation, Span
from shapecheck.reading.edits import expression, suffixed, whole_number, wrapped
from shapecheck.reading.failing import attention_called, operand, takes_samples_first
from shapecheck.reading.joined.joins import joins
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.sizes.size_texts import asked
from shapecheck.reading.sources import function_around, last_name, names_in, node_at, walk
from shapecheck.reading.vocabulary import RESHAPES
from shapecheck.reading.ways_back import spans_behind
from shapecheck.remedies.masking.masks_of_tokens import MASKS

CAUSE = "mask_does_not_fit"
_COST = 0.02
PADDED = "what it was joined with may have several steps of its own, and padding among them"


def candidates(evidence: Evidence) -> list[Candidate]:
    """``F.pad(pad, (n, 0), value=False)`` for a prefix, ``pad.repeat_interleave(3, dim=1)`` for three tokens a step."""
    called = attention_called(evidence)
    told = [each for each in (called, evidence.inner) if each is not None]
    return list(_masks(evidence, called)) if called is not None and any(map(takes_samples_first, told)) else []


def _masks(evidence: Evidence, operation: Operation) -> Iterator[Candidate]:
    for role, roles in MASKS.items():
        mask, tokens = operand(operation, role), operand(operation, *roles)
        have, sizes = sizes_of(mask), sizes_of(tokens)
        if mask is None or tokens is None or mask.span is None or tokens.span is None:
            continue
        if len(have) != 2 or len(sizes) != 3 or have[0] != sizes[0] or have[1] >= sizes[1]:
            continue
        step = Step("stand_in", role, sizes[:2])
        yield from _filled_up(evidence, mask, tokens, step)
        if sizes[1] % have[1] == 0:
            yield from _repeated(evidence, mask, tokens, sizes[1] // have[1], step)


def _filled_up(evidence: Evidence, mask: Argument, tokens: Argument, step: Step) -> Iterator[Candidate]:
    """For what was joined to the tokens in front or behind, and is no padding."""
    assert mask.span is not None
    assert tokens.span is not None
    if not mask.span.text.isidentifier():
        return
    made_of = {name for span in spans_behind(evidence, mask.span) for name in names_in(expression(span.text))}
    for join in joins(evidence, tokens.span):
        theirs = [at for at, part in enumerate(join.parts) if read_for_numbers(part) & made_of]
        if join.axis != 1 or len(join.parts) != 2 or len(theirs) != 1:
            continue
        more = f"{asked(tokens, 1)} - {mask.span.text}.size(1)"
        ends = f"{more}, 0" if theirs[0] == 1 else f"0, {more}"
        change = wrapped(mask.span, "torch.nn.functional.pad(", f", ({ends}), value=False)")
        few = sizes_of(tokens)[1] - sizes_of(mask)[1]
        doubt = PADDED if few > 1 and is_given(join.parts[1 - theirs[0]]) else ""
        yield Candidate(change.text, (change,), (step,), _COST, doubt)
        return


def is_given(part: Span) -> bool:
    """Whether a part is made of what the function around it is given, so that it may be a sequence itself."""
    home = function_around(node_at(part))
    given = {each.arg for each in home.args.args} - {"self"} if home is not None else set()
    return bool(read_for_numbers(part) & given)


def read_for_numbers(part: Span) -> set[str]:
    """The names in an expression, but for those that are only asked for their sizes."""
    node = expression(part.text)
    asked_only = {
        id(each.value) for each in walk(node) if isinstance(each, ast.Attribute) and each.attr in ("size", "shape")
    }
    asked_only |= {
        id(part)
        for each in walk(node)
        if isinstance(each, ast.Call) and last_name(each.func) == "len"
        for part in each.args
    }
    names = (each for each in walk(node) if isinstance(each, ast.Name))
    return {each.id for each in names if id(each) not in asked_only}


def _repeated(evidence: Evidence, mask: Argument, tokens: Argument, times: int, step: Step) -> Iterator[Candidate]:
    """For several tokens of each step, which lie side by side, or one row behind the other."""
    assert mask.span is not None
    assert tokens.span is not None
    for span in spans_behind(evidence, tokens.span):
        axis = _interleaved(span, times)
        if axis is not None:
            suffix = f".repeat_interleave({times}, dim=1)" if axis == 2 else f".repeat(1, {times})"
            change = suffixed(mask.span, suffix)
            yield Candidate(change.text, (change,), (step,), _COST)
            return


def _interleaved(span: Span, times: int) -> int | None:
    """Along which axis so many tensors are stacked, 1 or 2, before both axes become one; None if it is not so."""
    node = expression(span.text)
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute) or node.func.attr not in RESHAPES:
        return None
    made = node.func.value
    if not isinstance(made, ast.Call) or last_name(made.func) != "stack" or not made.args:
        return None
    axes = [whole_number(each) for each in (*made.args[1:], *(word.value for word in made.keywords))]
    listed = made.args[0].elts if isinstance(made.args[0], ast.List | ast.Tuple) else []
    return axes[0] if len(listed) == times and axes in ([1], [2]) else None
