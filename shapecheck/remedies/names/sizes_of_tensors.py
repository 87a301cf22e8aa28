"""A whole tensor where one of its sizes is wanted: asked for it, ``torch.zeros(1, x.size(0), hidden)``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence
from shapecheck.reading.sizes.axes_counted import axes_counted
from shapecheck.reading.sizes.tensors_as_sizes import TensorAsSize, tensors_as_sizes

CAUSE = "tensor_as_size"
_ANOTHER = "the size of another of its axes may be what is meant"
_NUMBERS = "one of the numbers in it may be what is meant, such as the largest"
_COST, _FARTHER, _OF_ALL = 0.02, 0.3, -0.05


def candidates(evidence: Evidence) -> list[Candidate]:
    """One size of each tensor that stands where a number is wanted."""
    found = tensors_as_sizes(evidence)
    # All places of one name are for one and the same number: a square mask.
    names = {(one.text, one.sizes) for one in found}
    if len(names) != 1 or (len(found) > 1 and any(one.place != one.use for one in found)):
        return [each for one in found for each in _asked(evidence, (one,))]
    return list(_asked(evidence, found))


def _asked(evidence: Evidence, found: tuple[TensorAsSize, ...]) -> Iterator[Candidate]:
    one = found[0]
    if one.of_all:
        yield Candidate(one.asked(0), (Change(one.place, one.asked(0)),), (), _OF_ALL)
        return
    said = Counter(axis for each in found for axis in axes_counted(evidence, each))
    # Several that differ say nothing for sure.
    order = [axis for axis, _ in said.most_common()]
    order += [axis for axis in range(len(one.sizes)) if axis not in said]
    for rank, axis in enumerate(order):
        changes = tuple(Change(each.place, each.asked(axis)) for each in found)
        doubt = _ANOTHER if len(said) != 1 or rank else _NUMBERS if _holds_counts(one) else ""
        yield Candidate(changes[0].text, changes, (), _COST + _FARTHER * rank, doubt)


def _holds_counts(one: TensorAsSize) -> bool:
    """Whether its numbers may be counts themselves, as lengths are: whole ones, in a row."""
    return len(one.sizes) == 1 and "int" in one.dtype and not one.by_shape
