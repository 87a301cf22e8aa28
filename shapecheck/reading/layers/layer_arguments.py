"""What the constructors of torch's layers are told: where each argument stands, and which of them are widths."""

from __future__ import annotations

from typing import NamedTuple

from shapecheck.evidence import Origin, Span
from shapecheck.reading.edits import argument
from shapecheck.reading.failing import CELLS, CONVOLUTIONS, NORMS, RECURRENT

# Positions of constructor arguments, for calls whose signature is not known.
POSITIONS = {
    "input_size": 0,
    "hidden_size": 1,
    "num_layers": 2,
    "in_features": 0,
    "out_features": 1,
    "in_channels": 0,
    "out_channels": 1,
    "num_embeddings": 0,
    "embedding_dim": 1,
    "num_features": 0,
    "normalized_shape": 0,
    "num_groups": 0,
    "num_channels": 1,
    "embed_dim": 0,
    "d_model": 0,
    "in1_features": 0,
    "in2_features": 1,
}


class Width(NamedTuple):
    """A width that a layer is told.

    Args:
        name: What its constructor calls it: ``"in_features"``.
        place: Where it stands in the call of that.
        axis: The axis of the input, or of the output, that is so wide.
    """

    name: str
    place: int
    axis: int


TAKEN = {
    "Linear": Width("in_features", 0, -1),
    **dict.fromkeys(CONVOLUTIONS, Width("in_channels", 0, 1)),
    **dict.fromkeys((*RECURRENT, *CELLS), Width("input_size", 0, -1)),
}
# What gives the width that it takes.
KEPT = {
    **dict.fromkeys(NORMS, Width("num_features", 0, 1)),
    "GroupNorm": Width("num_channels", 1, 1),
    **dict.fromkeys(("LayerNorm", "RMSNorm"), Width("normalized_shape", 0, -1)),
    "MultiheadAttention": Width("embed_dim", 0, -1),
    **dict.fromkeys(("TransformerEncoderLayer", "TransformerDecoderLayer"), Width("d_model", 0, -1)),
}
# What reads the last axis, by the argument that says how wide it is.
READ_LAST = {kind: width.name for kind, width in {**TAKEN, **KEPT}.items() if width.axis == -1}
# Of what gives so many numbers at each place, whatever else it was told.
GIVEN_AT_EACH_PLACE = {
    "Linear": Width("out_features", 1, -1),
    "LazyLinear": Width("out_features", 0, -1),
    "Embedding": Width("embedding_dim", 1, -1),
    **dict.fromkeys(CONVOLUTIONS, Width("out_channels", 1, 1)),
}
GIVEN = {**GIVEN_AT_EACH_PLACE, **dict.fromkeys((*RECURRENT, *CELLS), Width("hidden_size", 1, -1))}


def told_for(made: Origin | Span | None, name: str) -> Span | None:
    """What the making of a layer gives for an argument of its constructor; None where it gives nothing.

    Args:
        made: The making, or the text of the call alone.
        name: The argument: ``"in_features"``.
    """
    if made is None:
        return None
    known = made.arguments.get(name) if isinstance(made, Origin) else None
    return known or argument(made.span if isinstance(made, Origin) else made, name, POSITIONS.get(name))
