"""nn.MultiheadAttention: lets every step of one sequence look at the steps of another."""

from __future__ import annotations

from shapecheck.contract import Call, Config, Contract
from shapecheck.contracts import _attention
from shapecheck.contracts._plain import each
from shapecheck.contracts._rules import device_of_parameters, dtype_of_parameters
from shapecheck.dims import Bindings


def _bind(config: Config) -> Bindings:
    bindings = Bindings()
    for letter, name in (("E", "embed_dim"), ("E_k", "kdim"), ("E_v", "vdim")):
        size = config[name]
        assert isinstance(size, int)
        bindings = bindings.bind(letter, size, by=f"{name}={size} of the MultiheadAttention")
    return bindings


def _heads(config: Config) -> int:
    return each(config["num_heads"], 0)


def _is_batch_first(config: Config) -> bool:
    return bool(config["batch_first"])


def _without_weights(call: Call) -> bool:
    return call.config.get("need_weights") is False


_is_dropped = _attention.hinted("is_causal", "key_padding_mask", _without_weights)

CONTRACT = Contract(
    name="MultiheadAttention",
    types=("torch.nn.modules.activation.MultiheadAttention",),
    reads=(
        "embed_dim",
        "kdim",
        "vdim",
        "num_heads",
        "batch_first",
        "need_weights",
        "average_attn_weights",
        "is_causal",
    ),
    arguments=(
        *("query", "key", "value", "key_padding_mask", "need_weights", "attn_mask"),
        *("average_attn_weights", "is_causal"),
    ),
    returns=("output", "weights"),
    letters={
        **_attention.LETTERS,
        "E": "embed_dim: how many numbers describe a step that asks, and how many come out",
        "E_k": "kdim: how many numbers describe a key",
        "E_v": "vdim: how many numbers describe a value",
    },
    bind=_bind,
    forms=_attention.forms(
        "query", _is_batch_first, {"query": "L E", "key": "S E_k", "value": "S E_v"}, {"output": "L E"}
    ),
    reasons={
        **_attention.REASONS,
        "missing": "attention takes a query, a key and a value; in self-attention all three are the same tensor",
    },
    computed=True,
    rules=(
        dtype_of_parameters("query", "key", "value"),
        device_of_parameters("query", "key", "value", "key_padding_mask", "attn_mask"),
        _attention.padding_mask("key_padding_mask", "key", _is_batch_first),
        _attention.attention_mask(
            "attn_mask",
            "query",
            "key",
            _heads,
            _is_batch_first,
            _is_dropped,
        ),
        _attention.mask_dtypes(
            ("attn_mask", "key_padding_mask"), is_fused=_without_weights, dropped={"attn_mask": _is_dropped}
        ),
        _attention.causal_hint("is_causal", "attn_mask"),
    ),
    teaching={"N": "batch_size", "L": "seq_length", "S": "source_length", "E": "embed_dim"},
    about="Every step of the query gets a mix of the values, weighted by how well its keys fit.",
    source="https://docs.pytorch.org/docs/stable/generated/torch.nn.MultiheadAttention.html",
)
