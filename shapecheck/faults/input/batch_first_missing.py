"""batch_first is missing, or set where the batch is not first."""

from __future__ import annotations

from shapecheck.evidence import Evidence
from shapecheck.fault import Fault, Recognition
from shapecheck.findings import Fix, Violation
from shapecheck.reading.failing import RECURRENT, failed, kind, operand, says, shape, takes_samples_first
from shapecheck.reading.recurrent.exchanged_axes import exchanged
from shapecheck.reading.recurrent.laid_before import is_laid_as_before, turned_round
from shapecheck.reading.recurrent.layouts_meant import layout_is_meant
from shapecheck.reading.recurrent.recurrent_calls import batch_of, state_sizes
from shapecheck.reading.steps.layouts import steps_lead
from shapecheck.records import CallRecord


def _recognise(evidence: Evidence) -> Recognition | None:
    violation = evidence.violation
    if violation is not None and violation.kind == "layout" and violation.call is not None:
        return _against_the_stage(violation, violation.call)
    attended = _mask_of_attention(evidence)
    if attended is not None:
        return attended
    far = exchanged(evidence)
    if far is not None:
        because = (
            f"the first two axes of what {far.layer} was given are {far.given[:2]}; it takes axis 1 "
            f"for the batch, so what came of it has {far.given[1]} rows where {far.given[0]} are wanted"
        )
        return Recognition(because, weight=8)
    operation = failed(evidence, *RECURRENT, "pack_padded_sequence")
    sizes = shape(operation, "input")
    if operation is None or sizes is None or len(sizes) < 2 or sizes[0] == sizes[1]:
        return None
    if operation.name.endswith("pack_padded_sequence"):
        lengths, flag = operand(operation, "lengths"), operand(operation, "batch_first")
        if lengths is None:
            return None
        record = lengths.value.record
        rows = record.shape[0] if record is not None and record.shape else int(lengths.value.facts.get("len", 0))
        first = flag is not None and flag.value.text == "True"
        if rows != sizes[0 if first else 1] and rows == sizes[1 if first else 0]:
            return Recognition(_why(rows, "lengths", sizes, first), weight=6)
        return None
    state = shape(operation, "h_0", "hx")
    batch = batch_of(operation)
    first = bool(operation.config.get("batch_first"))
    if turned_round(evidence) or is_laid_as_before(evidence) or layout_is_meant(evidence, operation):
        # The layer was told what was so of the data before, or is so of them by the rest of the script.
        return None
    if state is not None and batch is not None and state[:2] == (state_sizes(operation, "h_0")[0] * batch, 1):
        # A state of one sample was repeated along its layers.
        return None
    if len(sizes) == 3 and state is not None and len(state) == 3 and batch != state[1] == sizes[1 if first else 0]:
        return Recognition(_why(state[1], "sequences in the state", sizes, first), weight=6)
    return None


def _mask_of_attention(evidence: Evidence) -> Recognition | None:
    """Mask and input of attention both have the batch first, and the layer was not told."""
    found = (failed(evidence), evidence.operation)
    names = ("MultiheadAttention", "TransformerEncoder", "TransformerDecoder", "Transformer")
    for operation in (each for each in found if each is not None and kind(each).startswith(names)):
        given = shape(operation, "query", "src", "tgt")
        masks = (item for item in operation.arguments if item.role.endswith("key_padding_mask"))
        for mask in masks if given is not None and not takes_samples_first(operation) else ():
            record = mask.value.record
            if record is None or given is None or len(given) != 3 or given[0] == given[1]:
                continue
            if record.shape == given[:2] and says(evidence, r"mask") and not steps_lead(evidence, operation, mask):
                because = (
                    f"{mask.expression} {record.shape} and the input {given} both have the batch first, and the layer "
                    "was made without batch_first=True"
                )
                return Recognition(because, weight=8)
    return None


def _against_the_stage(violation: Violation, call: CallRecord) -> Recognition:
    """A layer that reads the axes otherwise than the protocol says."""
    is_first = "batch_first=True" in call.config
    said = {dim: axis for axis, (dim, _) in enumerate(violation.expected)}
    batch, time = said["batch_size"], said["seq_length"]
    because = (
        f"the stage says that axis {batch} is the batch and axis {time} is time; with batch_first={is_first} "
        f"the {call.type} takes axis {batch} for time and axis {time} for the batch"
    )
    wanted = "batch_first=False" if is_first else "batch_first=True"
    config = call.config.replace(", batch_first=True", "") if is_first else f"{call.config}, {wanted}"
    title = f"nn.{call.type}({config})" if call.type in RECURRENT else f"{wanted} for the {call.type}"
    return Recognition(because, fixes=(Fix(title),), weight=6)


def _why(rows: int, of_what: str, sizes: tuple[int, ...], first: bool) -> str:
    axis = 0 if first else 1
    return (
        f"there are {rows} {of_what}; with batch_first={first} the batch of {sizes} is axis {axis}, "
        f"of size {sizes[axis]}"
    )


BAD = """\
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence

lengths = [7, 5, 2]
padded = torch.randn(3, 7, 10)  # (batch_size, seq_length, num_features)
packed = pack_padded_sequence(padded, lengths)
out, _ = nn.LSTM(10, 16, batch_first=True)(packed)
print(out.data.shape)
"""

GOOD = BAD.replace(
    "pack_padded_sequence(padded, lengths)",
    "pack_padded_sequence(padded, lengths, batch_first=True)",
)

FAULT = Fault(
    code="SC111",
    slug="batch_first_missing",
    headline="batch_first is missing, or set where the batch is not first",
    why=(
        "Recurrent layers and the packing functions take time first unless batch_first=True is said, each of them "
        "anew. Nothing is moved by it: it only says which axis is which."
    ),
    recognise=_recognise,
    bad=BAD,
    good=GOOD,
    lesson="Say batch_first=True at every place, or at none.",
    messages=(
        r"Expected `len\(lengths\)` to be equal to batch_size",
        r"Expected hidden(\[\d\])? size \(\d+, \d+, \d+\), got",
    ),
)
