"""Strategies for records, calls and traces; no tensor is made."""

from __future__ import annotations

from hypothesis import strategies as st

from shapecheck.records import CallRecord, Packing, TensorRecord, Trace, TraceEntry
from shapecheck.strategies.sizes import DIMS

_ROLES = ("input", "h_0", "c_0", "output", "h_n", "c_n", "output[0]['logits']")
_DTYPES = ("float32", "float64", "int64", "bool")
_TYPES = ("LSTM", "Linear", "Sequential", "Embedding")


@st.composite
def tensor_records(draw: st.DrawFn, *, max_ndim: int = 4) -> TensorRecord:
    """Records of tensors, with and without dims, sometimes of a packed sequence."""
    shape = tuple(draw(st.lists(st.integers(0, 9), max_size=max_ndim)))
    dims = tuple(draw(st.lists(st.sampled_from((*DIMS, "_")), min_size=len(shape), max_size=len(shape))))
    packing = None
    if shape and shape[0] and draw(st.booleans()):
        longest = draw(st.integers(1, shape[0]))
        packing = Packing(sequences=draw(st.integers(1, shape[0])), longest=longest, steps=shape[0])
    return TensorRecord(
        role=draw(st.sampled_from(_ROLES)),
        shape=shape,
        dtype=draw(st.sampled_from(_DTYPES)),
        dims=draw(st.sampled_from(((), dims))),
        packing=packing,
    )


def call_records() -> st.SearchStrategy[CallRecord]:
    """Records of calls that returned or raised."""
    tensors = st.lists(tensor_records(), max_size=3).map(tuple)
    returned = st.builds(
        CallRecord,
        module=st.sampled_from(("", "lstm", "encoder.lstm", "head.0")),
        type=st.sampled_from(_TYPES),
        config=st.sampled_from(("", "1, 100, num_layers=2, batch_first=True")),
        inputs=tensors,
        outputs=tensors,
        status=st.just("returned"),
        training=st.booleans(),
    )
    raised = st.builds(
        CallRecord, module=st.just("lstm"), type=st.just("LSTM"), inputs=tensors, status=st.just("raised")
    )
    return st.one_of(returned, raised)


def traces() -> st.SearchStrategy[Trace]:
    """Traces of a few distinct calls with counts."""
    calls = st.lists(call_records(), max_size=4, unique=True)
    entries = calls.flatmap(
        lambda found: st.tuples(*(st.builds(TraceEntry, st.just(call), st.integers(1, 99)) for call in found))
    )
    return st.builds(Trace, model=st.just("Model"), entries=entries, dropped=st.integers(0, 3))
