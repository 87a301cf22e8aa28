"""What the encoder and decoder layers of a transformer share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from shapecheck.contract import Call, Config, Rule
from shapecheck.contracts._plain import INTEGERS, each
from shapecheck.dims import Bindings
from shapecheck.findings import Violation

READS = ("self_attn.embed_dim", "self_attn.num_heads", "self_attn.batch_first", "self_attn.in_proj_bias")
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


def attends_fast(role: str) -> Callable[[Call], bool]:
    """Whether torch takes the short way through the attention of a sequence to itself.

    It looks neither at the hint that a mask is causal nor closely at masks.
    """

    def is_fast(call: Call) -> bool:
        return (
            call.inputs[role].ndim == 3
            and not call.training
            and not call.gradients
            and not call.autocast
            and is_batch_first(call.config)
            and bool(call.config["self_attn.in_proj_bias"])
            and heads(call.config) % 2 == 0
        )

    return is_fast


def unseen_when(is_fast: Callable[[Call], bool], rule: Rule) -> Rule:
    """The rule, told where torch takes what breaks it: a mask of another shape is wrong there without a word."""

    def broken(call: Call) -> Violation | None:
        found = rule.broken(call)
        return None if found is None else replace(found, torch_accepts=is_fast(call) and found.got_text not in INTEGERS)

    return replace(rule, broken=broken)
