"""A size of one axis in what made an operand, ``x.size(0)``, where that of another one was meant."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Argument, Evidence, Span
from shapecheck.reading.edits import expression, piece
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.origins import trace
from shapecheck.reading.running import held_around
from shapecheck.reading.sources import found_at, last_name, walk
from shapecheck.reading.where_made import made_or_written

# Where the tensor that is asked has the size that is wanted along the other axis.
_KNOWN = 0.25


def other_axis_asked(
    evidence: Evidence, item: Argument, *, cost: float, wanted: tuple[int, ...] = ()
) -> Iterator[Candidate]:
    """``x.size(0)`` in what made an operand, where ``x.size(1)`` was meant, and the reverse.

    Args:
        evidence: The problem.
        item: The operand.
        cost: What it costs.
        wanted: The sizes that it must spread to, where these are known.
    """
    for span in _ingredients(evidence, item):
        for found in re.finditer(r"(\w+)(\.size\(|\.shape\[)(-?\d+)[)\]]", span.text):
            old = found.group(3)
            for new in {"0": ("1",), "1": ("0", "2"), "2": ("1",)}.get(old, ()):
                begin, end = found.start(2), found.end()
                was = span.text[begin:end]
                asked = was.replace(old, new)
                sure = _mends(evidence, span, found.group(1), (int(old), int(new)), (sizes_of(item), wanted))
                if sure is False:
                    continue
                text = span.text[:begin] + asked + span.text[end:]
                if sure is True and _is_square(sizes_of(item), wanted):
                    # A square has both of its sides from the one axis.
                    text = re.sub(rf"\b{found.group(1)}{re.escape(was)}", found.group(1) + asked, span.text)
                # Positions are counted along one axis, and the size of another is no size of theirs.
                is_count = sure is True and expression(span.text) is not None and _counts(span.text, was)
                much = min(cost, 0.05) if is_count else min(cost, _KNOWN) if sure else cost
                yield Candidate(f"{was} -> {asked}", (Change(span, text),), (), much, cause="size_of_another_axis")


def _mends(
    evidence: Evidence, span: Span, name: str, axes: tuple[int, int], shapes: tuple[tuple[int, ...], tuple[int, ...]]
) -> bool | None:
    """Whether another axis of a tensor is as long as what an operand goes with; None where it is not held."""
    source, node = found_at(span)
    asked = sizes_of(held_around(evidence, source, node).get(name))
    (have, want), (sizes, wanted) = axes, shapes
    if not asked or not wanted or len(sizes) > len(wanted):
        return None
    if max(axes) >= len(asked) or asked[have] == 0:
        return False
    if re.search(rf":\s*{name}\.", span.text) and any(size < asked[have] for size in sizes[:1]):
        # What was cut there ended before.
        return None
    pairs = zip(sizes, wanted[len(wanted) - len(sizes) :], strict=True)
    apart = [(size, other) for size, other in pairs if size != other and 1 not in (size, other)]
    if not apart:
        # What it was made of has axes that are gone.
        return None
    return any(size % asked[have] == 0 and size // asked[have] * asked[want] == other for size, other in apart)


def _is_square(sizes: tuple[int, ...], wanted: tuple[int, ...]) -> bool:
    """Whether a square meets another one, as a mask of the future the scores."""
    return len(sizes) > 1 < len(wanted) and sizes[-1] == sizes[-2] != wanted[-1] == wanted[-2]


def _counts(text: str, asked: str) -> bool:
    """Whether a size is what positions are counted up to: ``torch.arange(x.size(0))``."""
    node = expression(text)
    calls = [each for each in walk(node) if isinstance(each, ast.Call)] if node is not None else []
    return any(
        last_name(each.func) == "arange" and any(ast.unparse(part).endswith(asked) for part in each.args)
        for each in calls
    )


def _ingredients(evidence: Evidence, item: Argument) -> Iterator[Span]:
    """The expressions that made an operand, and those of the names in them."""
    seen = set()
    for origin in made_or_written(evidence, item):
        spans = [origin.span]
        node = expression(origin.span.text)
        names = [part for part in walk(node) if isinstance(part, ast.Name)] if node is not None else []
        for name in names[:8]:
            spans += [found.span for found in trace(evidence, piece(origin.span, name))[:1]]
        for span in spans:
            if span not in seen:
                seen.add(span)
                yield span
