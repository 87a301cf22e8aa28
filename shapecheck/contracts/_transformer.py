"""What the encoder and decoder layers of a transformer share."""

from __future__ import annotations

from collections.abc import Callable

from shapecheck.contract import Config
from shapecheck.contracts._plain import each
from shapecheck.dims import Bindings

READS = ("self_attn.embed_dim", "self_attn.num_heads", "self_attn.batch_first")
REASONS = {"E": "every part of the layer adds to what came in, so d_model features go in and as many come out"}
TEACHING = {"N": "batch_size", "L": "seq_length", "S": "source_length", "E": "d_model"}


def bind(name: str) -> Callable[[Config], Bindings]:
    """The size that the configuration of the layer ``name`` fixes."""

    def sizes(config: Config) -> Bindings:
        size = each(config["self_attn.embed_dim"], 0)
        return Bindings().bind("E", size, by=f"d_model={size} of the {name}")

    return sizes


def heads(config: Config) -> int:
    """How many heads the attention has."""
    return each(config["self_attn.num_heads"], 0)


def is_batch_first(config: Config) -> bool:
    """Whether the samples stand on axis 0."""
    return bool(config["self_attn.batch_first"])
