"""The words in which every voice names a layer, a shape and an axis."""

from __future__ import annotations

import re
from collections.abc import Iterable

from shapecheck.dims import ANY, ELLIPSIS
from shapecheck.findings import Diagnosis, Fix
from shapecheck.records import CallRecord

# Classes of torch.nn by name. A record holds a class's name only, and "nn." tells the learner whose it is.
_NAMES = """
    AdaptiveAvgPool1d AdaptiveAvgPool2d AdaptiveMaxPool1d AdaptiveMaxPool2d AvgPool1d AvgPool2d BCELoss
    BCEWithLogitsLoss BatchNorm1d BatchNorm2d BatchNorm3d Bilinear CTCLoss Conv1d Conv2d Conv3d ConvTranspose1d
    ConvTranspose2d ConvTranspose3d CosineEmbeddingLoss CrossEntropyLoss Dropout Dropout1d Dropout2d ELU Embedding
    EmbeddingBag Flatten GELU GLU GRU GRUCell GaussianNLLLoss GroupNorm HuberLoss Identity InstanceNorm1d
    InstanceNorm2d KLDivLoss L1Loss LSTM LSTMCell LayerNorm LeakyReLU Linear LogSoftmax MSELoss MaxPool1d MaxPool2d
    ModuleDict ModuleList MultiheadAttention NLLLoss PReLU PoissonNLLLoss RNN RNNCell ReLU Sequential SiLU Sigmoid
    SmoothL1Loss Softmax Softplus Tanh Transformer TransformerDecoder TransformerDecoderLayer TransformerEncoder
    TransformerEncoderLayer TripletMarginLoss Unflatten Upsample
"""
_TORCH = frozenset(_NAMES.split())
# What torch leaves out when it prints a layer although everything depends on it.
_UNSAID = dict.fromkeys(("LSTM", "GRU", "RNN", "CheckedLSTM"), "batch_first=False")

_TRIED = {"script": "tried: the script runs with it", "call": "tried: the call runs with it", "no": "not tried"}


def tried(fix: Fix) -> str:
    """What was tried of a fix, what came of it, and what speaks against it."""
    said = _TRIED[fix.verified]
    if fix.outcome:
        said = f"{said.partition(':')[0]}: {fix.outcome}"
    return f"{said}; in doubt: {fix.doubt}" if fix.doubt else said


def layer(call: CallRecord) -> str:
    """The layer as it would be written in code, and the decisive default that was left out.

    >>> layer(CallRecord("lstm", "LSTM", "1, 100, num_layers=2"))
    'nn.LSTM(1, 100, num_layers=2), batch_first=False'
    >>> layer(CallRecord("linear", "Linear", "in_features=100, out_features=1, bias=True"))
    'nn.Linear(in_features=100, out_features=1)'
    >>> layer(CallRecord("", "Net")), layer(CallRecord("", "RNN", namesake=True))
    ('Net', 'RNN')
    """
    name = f"nn.{call.type}" if is_torch(call) else call.type
    config = re.sub(r"(^|, )bias=True$", "", call.config)
    written = f"{name}({config})" if config else name
    unsaid = None if call.namesake else _UNSAID.get(call.type)
    says_nothing = unsaid is not None and bool(config) and unsaid.partition("=")[0] not in config
    return f"{written}, {unsaid}" if says_nothing else written


def is_torch(call: CallRecord) -> bool:
    """Whether a layer or loss of torch's was called."""
    return call.type in _TORCH and not call.namesake


def sized_axis(dim: str, size: int | None, joint: str = "=") -> str:
    """One axis by name and size: ``batch_size=32``; a fixed size stands alone, as does an unknown one.

    >>> [sized_axis("batch_size", 32), sized_axis("1", 1), sized_axis("_", 7), sized_axis("seq_length", None)]
    ['batch_size=32', '1', '7', 'seq_length']
    """
    if size is None:
        return "any size" if dim == ANY else dim
    return str(size) if dim in ("", ANY) or dim.isdecimal() else f"{dim}{joint}{size}"


def tuple_of(axes: Iterable[str]) -> str:
    """Axes in brackets as Python writes a tuple: one alone has a comma behind it."""
    items = list(axes)
    return f"({items[0]},)" if len(items) == 1 else f"({', '.join(items)})"


def expected_ndim(axes: Iterable[tuple[str, int | None]]) -> str:
    """How many axes were expected, in words.

    >>> expected_ndim((("...", None), ("H_in", 3)))
    '1 axis or more'
    """
    dims = [dim for dim, _ in axes]
    count = sum(dim != ELLIPSIS for dim in dims)
    return many(count, "axis", "axes") + (" or more" if ELLIPSIS in dims else "")


def many(count: int, one: str, more: str = "") -> str:
    """A count with its noun: ``1 axis``, ``3 axes``, ``20,400 parameters``."""
    return f"{count:,} {one if count == 1 else more or one + 's'}"


def counted(found: Iterable[Diagnosis]) -> str:
    """How much was found; a question is no finding, nor is a note.

    >>> counted([Diagnosis("SC707", "samples_or_steps", "does axis 0 count samples?", "", "note")])
    'no finding and 1 question'
    >>> counted([])
    'nothing was found'
    """
    kinds = ["question" if each.is_question else "note" if each.severity == "note" else "finding" for each in found]
    if not kinds:
        return "nothing was found"
    *first, last = [many(kinds.count(kind), kind) for kind in ("finding", "question", "note") if kind in kinds]
    first = first if "finding" in kinds else ["no finding", *first]
    return f"{', '.join(first)} and {last}" if first else last


def place(module: str, role: str = "") -> str:
    """Where a tensor is, as people write it: ``lstm.input``; the model's own is its role alone."""
    return ".".join(part for part in (module, role) if part)
