"""Tells Hypothesis how to draw the nouns, so that ``st.from_type(Spec)`` works; Hypothesis calls it by entry point."""

from __future__ import annotations

from functools import partial

from hypothesis import strategies as st

from shapecheck.dims import Bindings, Spec
from shapecheck.records import CallRecord, TensorRecord, Trace


def register() -> None:
    """Register a strategy for each noun. The strategies are imported at first use, since some of them import torch."""
    for kind, name in _STRATEGIES.items():
        st.register_type_strategy(kind, partial(_strategy, name))


_STRATEGIES = {
    Bindings: "bindings",
    CallRecord: "call_records",
    Spec: "specs",
    TensorRecord: "tensor_records",
    Trace: "traces",
}


def _strategy(name: str, kind: type) -> st.SearchStrategy[object]:
    import shapecheck.strategies

    strategy: st.SearchStrategy[object] = getattr(shapecheck.strategies, name)()
    return strategy
