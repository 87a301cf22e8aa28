"""nn.TransformerEncoderLayer: self-attention and a small network, with the input added to both."""

from __future__ import annotations

from dataclasses import replace

from shapecheck.contract import Call, Contract, Rule
from shapecheck.contracts import _attention, _transformer
from shapecheck.contracts._rules import device_of_parameters, dtype_of_parameters
from shapecheck.findings import Violation

_attends_fast = _transformer.attends_fast("src")
_MASKS = ("src_mask", "src_key_padding_mask")


def _is_fast(call: Call) -> bool:
    """Whether torch takes the short way through the whole layer, which looks at no mask and at no batch of none."""
    config = call.config
    return (
        _attends_fast(call) and bool(config["activation_relu_or_gelu"]) and config["norm1.eps"] == config["norm2.eps"]
    )


def _is_dropped(call: Call) -> bool:
    return not _is_fast(call) and _attention.hinted("is_causal", "src_key_padding_mask")(call)


def _unchecked(call: Call) -> tuple[str, ...]:
    return ("src",) if 0 in call.inputs["src"].shape and _is_fast(call) else ()


def _of_anything(rule: Rule) -> Rule:
    """The rule, told that the short way takes a batch of nothing whatever it is."""

    def broken(call: Call) -> Violation | None:
        found = rule.broken(call)
        return None if found is None else replace(found, torch_accepts=bool(_unchecked(call)))

    return replace(rule, broken=broken)


CONTRACT = Contract(
    name="TransformerEncoderLayer",
    types=("torch.nn.modules.transformer.TransformerEncoderLayer",),
    reads=(
        *_transformer.READS,
        *("activation_relu_or_gelu", "norm1.eps", "norm2.eps", "is_causal"),
    ),
    arguments=("src", *_MASKS, "is_causal"),
    returns=("output",),
    letters={
        "N": "batch size",
        "S": "how many steps the sequence has",
        "E": "d_model: how many numbers describe a step",
    },
    bind=_transformer.bind("TransformerEncoderLayer"),
    forms=tuple(
        replace(form, unchecked=_unchecked)
        for form in _attention.forms("src", _transformer.is_batch_first, {"src": "S E"}, {"output": "S E"})
    ),
    reasons={**_attention.REASONS, **_transformer.REASONS},
    computed=True,
    rules=(
        _of_anything(dtype_of_parameters("src")),
        device_of_parameters("src", *_MASKS),
        _transformer.unseen_when(
            _is_fast, _attention.padding_mask("src_key_padding_mask", "src", _transformer.is_batch_first)
        ),
        _transformer.unseen_when(
            _is_fast,
            _attention.attention_mask(
                "src_mask",
                "src",
                "src",
                _transformer.heads,
                _transformer.is_batch_first,
                _is_dropped,
            ),
        ),
        _transformer.unseen_when(_is_fast, _attention.mask_dtypes(_MASKS, dropped={"src_mask": _is_dropped})),
        _transformer.unseen_when(_attends_fast, _attention.causal_hint("is_causal", "src_mask")),
    ),
    teaching={**_transformer.TEACHING, "S": "seq_length"},
    about="Every step looks at the steps of its own sequence, then goes through a small network by itself.",
    source="https://docs.pytorch.org/docs/stable/generated/torch.nn.TransformerEncoderLayer.html",
)
