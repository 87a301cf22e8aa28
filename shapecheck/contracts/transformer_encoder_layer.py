"""nn.TransformerEncoderLayer: self-attention and a small network, with the input added to both."""

from __future__ import annotations

from shapecheck.contract import Contract
from shapecheck.contracts import _attention, _transformer
from shapecheck.contracts._rules import device_of_parameters, dtype_of_parameters

CONTRACT = Contract(
    name="TransformerEncoderLayer",
    types=("torch.nn.modules.transformer.TransformerEncoderLayer",),
    reads=(*_transformer.READS, "is_causal"),
    arguments=("src", "src_mask", "src_key_padding_mask", "is_causal"),
    returns=("output",),
    letters={
        "N": "batch size",
        "S": "how many steps the sequence has",
        "E": "d_model: how many numbers describe a step",
    },
    bind=_transformer.bind("TransformerEncoderLayer"),
    forms=_attention.forms("src", _transformer.is_batch_first, {"src": "S E"}, {"output": "S E"}),
    reasons={**_attention.REASONS, **_transformer.REASONS},
    computed=True,
    rules=(
        dtype_of_parameters("src"),
        device_of_parameters("src", "src_mask", "src_key_padding_mask"),
        _attention.padding_mask("src_key_padding_mask", "src", _transformer.is_batch_first),
        _attention.attention_mask("src_mask", "src", "src", _transformer.heads, _transformer.is_batch_first),
        _attention.mask_dtypes(("src_mask", "src_key_padding_mask")),
        _attention.causal_hint("is_causal", "src_mask"),
    ),
    teaching={**_transformer.TEACHING, "S": "seq_length"},
    about="Every step looks at the steps of its own sequence, then goes through a small network by itself.",
    source="https://docs.pytorch.org/docs/stable/generated/torch.nn.TransformerEncoderLayer.html",
)
