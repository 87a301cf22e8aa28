"""One number for each sample, drawn without all the axes of what it meets: ``rand(n, 1)`` beside (n, steps, width)."""

from __future__ import annotations

from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change, Step
from shapecheck.evidence import Argument, Evidence
from shapecheck.reading.edits import expression, place_behind
from shapecheck.reading.failing import Shape, failed, tensors
from shapecheck.reading.mismatches import ELEMENTWISE, sizes_of
from shapecheck.reading.read_otherwise import is_read_otherwise
from shapecheck.reading.sizes.written_sizes import written_sizes
from shapecheck.reading.sources import last_name, walk
from shapecheck.reading.where_made import made_or_written

_COST = 0.03
_DRAWN = ("rand", "randn", "bernoulli", "bernoulli_", "uniform_", "normal_", "exponential_", "dropout", "randint")


def candidates(evidence: Evidence) -> list[Candidate]:
    """As many axes of one written behind the samples as make it spread over each of them."""
    operation = failed(evidence, *ELEMENTWISE, "lerp", "expand", "expand_as")
    items = tensors(operation)
    if operation is None or not items:
        return []
    asked = [int(each.value.text) for each in operation.arguments if each.value.text.isdecimal()]
    wanted = max((tuple(asked), *(sizes_of(each) for each in items)), key=len)
    return [each for item in items for each in _with_axes(evidence, item, wanted)]


def _with_axes(evidence: Evidence, item: Argument, wanted: Shape) -> Iterator[Candidate]:
    sizes = sizes_of(item)
    few = len(wanted) - len(sizes)
    if few < 1 or len(sizes) < 2 or wanted[0] == 1 or sizes != (wanted[0], *[1] * (len(sizes) - 1)):
        return
    way = []
    for origin in made_or_written(evidence, item):
        way.append(origin)
        names = {last_name(each) for each in walk(expression(origin.span.text))}
        written = written_sizes(origin.span, evidence) if names & set(_DRAWN) else None
        if written is None or len(written) != len(sizes) or written[-1].text != "1":
            continue
        if not is_read_otherwise(evidence, item, way):
            change = Change(place_behind(written[-1]), ", 1" * few)
            sized = ", ".join(each.text for each in written)
            step = Step("reshape", item.role, (*sizes, *[1] * few))
            yield Candidate(f"{sized}{change.text}", (change,), (step,), _COST)
        return
