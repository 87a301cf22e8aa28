"""nn.LSTM: reads sequences step by step and carries two states, h and c."""

from __future__ import annotations

from collections.abc import Mapping

from shapecheck.contract import Call, Contract, Rule
from shapecheck.contracts import _recurrent
from shapecheck.contracts._plain import HALVES
from shapecheck.contracts._rules import CAST, device_of_parameters, dtype_of_parameters
from shapecheck.findings import Violation


def _is_fused(call: Call) -> bool:
    """Whether torch hands the layer to oneDNN, which is stricter about dtypes and does not look at sizes."""
    record = call.inputs["input"]
    packing = record.packing
    return (
        (packing is None or packing.steps == packing.sequences * packing.longest)
        and record.device.startswith(("cpu", "meta"))
        and record.dtype in call.fused
        and not call.config.get("proj_size")
        and 0 not in record.shape
    )


def _dtypes(call: Call) -> Mapping[str, str]:
    """As of all recurrent layers; only oneDNN keeps a float32 cell state beside halves as it is."""
    found, state = _RETURNED(call), call.inputs.get("c_0")
    return {**found, "c_n": state.dtype} if state is not None and not call.autocast and _is_fused(call) else found


_RETURNED = _recurrent.dtypes({"h_n": "c_0", "c_n": "c_0"}, _is_fused)


def _unchecked(call: Call) -> tuple[str, ...]:
    """An LSTM looks at no size of what comes with a packed input: states of a wrong size can end the process.

    Sequences of one length go to oneDNN as they are, which reads features out of bounds too; and a single feature
    without an axis of its own slips through.
    """
    is_unseen = _is_fused(call) or call.inputs["input"].ndim != 2
    return ("input", "h_0", "c_0") if is_unseen else ("h_0", "c_0")


def _cell_dtype(call: Call) -> Violation | None:
    """The cell state is only added to, so torch's own kernels take a narrower one and promote it."""
    record, want = call.inputs.get("c_0"), str(call.config.get("dtype", ""))
    if record is None or not want or record.dtype == want:
        return None
    if call.autocast and record.dtype in CAST and want in CAST:
        return None
    is_cpu = record.device.startswith(("cpu", "meta"))
    if is_cpu and not _is_fused(call) and record.dtype in _NARROWER.get(want, ()):
        return None
    if is_cpu and _is_fused(call) and want in HALVES and record.dtype == "float32":
        return None
    # A wider one makes the next state wider, and fails where that is multiplied: not before the second step.
    slips_through = is_cpu and not _is_fused(call)
    return Violation(
        "dtype", "c_0", got=record.shape, expected_text=want, got_text=record.dtype, torch_accepts=slips_through
    )


def _kernel(call: Call) -> Violation | None:
    """With gradients, or on a machine without such numbers, oneDNN has no LSTM to which autocast could cast."""
    return _cast_to_nothing(call, "float16", "autocast to bfloat16")


def _short_kernel(call: Call) -> Violation | None:
    """Older processors have none for bfloat16 either, and torch tries all the same."""
    return _cast_to_nothing(call, "bfloat16", "no autocast")


def _cast_to_nothing(call: Call, dtype: str, expected: str) -> Violation | None:
    if call.autocast != dtype or dtype in call.fused or not _is_fused(call):
        return None
    shape = call.inputs["input"].shape
    return Violation("dtype", "input", got=shape, expected_text=expected, got_text=f"autocast to {dtype}")


_INTEGERS = ("bool", "uint8", "int8", "int16", "int32", "int64")
_NARROWER = {
    "float64": ("float32", "float16", "bfloat16", *_INTEGERS),
    "float32": ("float16", "bfloat16", *_INTEGERS),
    "float16": _INTEGERS,
    "bfloat16": _INTEGERS,
}

CONTRACT = Contract(
    name="LSTM",
    types=("torch.nn.modules.rnn.LSTM",),
    reads=_recurrent.READS,
    arguments=("input", ("h_0", "c_0")),
    returns=("output", ("h_n", "c_n")),
    letters={
        **_recurrent.LETTERS,
        "H_cell": "hidden_size: how many numbers the cell state keeps, with a projection too",
    },
    bind=_recurrent.bind("LSTM"),
    forms=_recurrent.forms({"h_0": "H_out", "c_0": "H_cell"}, {"h_n": "H_out", "c_n": "H_cell"}, _unchecked),
    reasons={
        **_recurrent.REASONS,
        "c_0.H_cell": (
            "the cell state is added to, number by number, by the hidden_size nodes of the layer; a projection changes "
            "the width of h only"
        ),
        "c_0.ndim": _recurrent.REASONS["h_0.ndim"],
        "h_0.type": "an LSTM carries two states and takes them as one tuple; an RNN or a GRU takes one tensor",
        "c_0.missing": "an LSTM carries two states and needs both or none: h is what it says, c what it remembers",
        "h_0.missing": "an LSTM carries two states and needs both or none: h is what it says, c what it remembers",
    },
    dtypes=_dtypes,
    rules=(
        *_recurrent.CONFIGURATION,
        dtype_of_parameters("input", "h_0"),
        Rule("c_0 of the parameters' dtype", _cell_dtype, reason="the cell state is computed with in this dtype"),
        Rule("a kernel for autocast", _kernel, reason="on the CPU no LSTM of float16 can be trained"),
        Rule("a kernel for bfloat16", _short_kernel, reason="this processor computes no LSTM of bfloat16"),
        device_of_parameters("input", "h_0", "c_0"),
    ),
    hazards=_recurrent.hazards,
    teaching=_recurrent.TEACHING,
    aliases=_recurrent.aliases,
    rows=_recurrent.rows("h_0", "c_0", "h_n", "c_n"),
    about="Reads a sequence step by step; gates decide at each step what the memory c keeps and the output h shows.",
    source="https://docs.pytorch.org/docs/stable/generated/torch.nn.LSTM.html",
)
