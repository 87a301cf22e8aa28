"""Which layer made the features that stand in the last axis of a tensor."""

from __future__ import annotations

from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref

FEATURES_LAST = frozenset(["linear", "embedding", "lstm", "gru", "rnn_tanh", "rnn_relu", "layer_norm"])
# What changes numbers one by one, or hides some: the axes stay what they are.
ELEMENTWISE = frozenset(
    ["relu", "leaky_relu", "gelu", "silu", "elu", "tanh", "sigmoid", "dropout", "div", "mul", "masked_fill",
     "clamp", "contiguous", "to", "add"]
)  # fmt: skip
_HOPS = 12


def maker(step: Step, ref: Ref) -> Node | None:
    """The operation that made what stands in the last axis, behind what works number by number."""
    for _ in range(_HOPS):
        node = step.node(ref.node)
        if node.name not in ELEMENTWISE or not node.parents:
            return node
        learned = [parent for parent in node.parents if parent in step.learned]
        ref = learned[0] if learned else node.parents[0]
    return None
