"""nn.TransformerDecoderLayer: self-attention, attention over the encoder's memory, and a small network."""

from __future__ import annotations

from shapecheck.contract import Contract
from shapecheck.contracts import _attention, _transformer
from shapecheck.contracts._rules import device_of_parameters, dtype_of_parameters

_MASKS = ("tgt_mask", "memory_mask", "tgt_key_padding_mask", "memory_key_padding_mask")
_HINTS = ("tgt_is_causal", "memory_is_causal")

_DROPPED = {
    "tgt_mask": _attention.hinted("tgt_is_causal", "tgt_key_padding_mask"),
    "memory_mask": _attention.hinted("memory_is_causal", "memory_key_padding_mask"),
}
_attends_fast = _transformer.attends_fast("tgt")

CONTRACT = Contract(
    name="TransformerDecoderLayer",
    types=("torch.nn.modules.transformer.TransformerDecoderLayer",),
    reads=(*_transformer.READS, *_HINTS),
    arguments=("tgt", "memory", *_MASKS, *_HINTS),
    returns=("output",),
    letters={**_attention.LETTERS, "E": "d_model: how many numbers describe a step"},
    bind=_transformer.bind("TransformerDecoderLayer"),
    forms=_attention.forms("tgt", _transformer.is_batch_first, {"tgt": "L E", "memory": "S E"}, {"output": "L E"}),
    reasons={
        **_attention.REASONS,
        **_transformer.REASONS,
        "memory.missing": "a decoder looks at what an encoder made of the source: that is the memory",
        "memory.N": "each target sequence looks at the memory of its own source sequence",
    },
    computed=True,
    rules=(
        dtype_of_parameters("tgt", "memory"),
        device_of_parameters("tgt", "memory", *_MASKS),
        _transformer.unseen_when(
            _attends_fast, _attention.padding_mask("tgt_key_padding_mask", "tgt", _transformer.is_batch_first)
        ),
        _attention.padding_mask("memory_key_padding_mask", "memory", _transformer.is_batch_first),
        _attention.attention_mask(
            "tgt_mask",
            "tgt",
            "tgt",
            _transformer.heads,
            _transformer.is_batch_first,
            _DROPPED["tgt_mask"],
        ),
        _attention.attention_mask(
            "memory_mask",
            "tgt",
            "memory",
            _transformer.heads,
            _transformer.is_batch_first,
            _DROPPED["memory_mask"],
        ),
        _attention.mask_dtypes(
            ("tgt_mask", "tgt_key_padding_mask"), ("memory_mask", "memory_key_padding_mask"), dropped=_DROPPED
        ),
        _transformer.unseen_when(_attends_fast, _attention.causal_hint("tgt_is_causal", "tgt_mask")),
        _attention.causal_hint("memory_is_causal", "memory_mask"),
    ),
    teaching=_transformer.TEACHING,
    about="Every step looks at the steps of its own sequence and at the encoder's memory, then goes through a network.",
    source="https://docs.pytorch.org/docs/stable/generated/torch.nn.TransformerDecoderLayer.html",
)
