"""Which axis of a tensor is meant where its size is wanted: by what stands beside it, and by what is done with it."""

from __future__ import annotations

from shapecheck.evidence import Evidence
from shapecheck.reading.sizes.axis_signs.asked_beside import as_beside, in_a_like_call
from shapecheck.reading.sizes.axis_signs.counted_samples import of_samples
from shapecheck.reading.sizes.axis_signs.gone_along import of_index, of_loop
from shapecheck.reading.sizes.axis_signs.laid_out import of_missing, of_pool, of_view
from shapecheck.reading.sizes.axis_signs.met import of_comparison, of_slice
from shapecheck.reading.sizes.axis_signs.use import Use
from shapecheck.reading.sizes.tensors_as_sizes import TensorAsSize
from shapecheck.reading.sources import found_at

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
