"""Which axis of a tensor is meant where its size is wanted: by what stands beside it, and by what is done with it."""

from __future__ import annotations

from shapecheck.evidence import Evidence
from shapecheck.reading.axis_signs.asked_beside import as_beside, in_a_like_call
from shapecheck.reading.axis_signs.counted_samples import of_samples
from shapecheck.reading.axis_signs.gone_along import of_index, of_loop
from shapecheck.reading.axis_signs.laid_out import of_missing, of_pool, of_view
from shapecheck.reading.axis_signs.met import of_comparison, of_slice
from shapecheck.reading.axis_signs.use import Use
from shapecheck.reading.sources import found_at
from shapecheck.reading.tensors_as_sizes import TensorAsSize

_SIGNS = (
    as_beside,
    in_a_like_call,
    of_loop,
    of_slice,
    of_index,
    of_view,
    of_missing,
    of_comparison,
    of_pool,
    of_samples,
)


def axes_counted(evidence: Evidence, one: TensorAsSize) -> list[int]:
    """The axes that may be meant, each said by another thing; one that several say stands there as often."""
    source, node = found_at(one.use)
    if source is None or node is None:
        return []
    count = len(one.sizes)
    if count == 1:
        return [0]
    found = [axis for sign in _SIGNS for axis in sign(Use(evidence, one, source, node))]
    return [axis % count for axis in found if -count <= axis < count]
