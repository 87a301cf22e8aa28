"""nn.CTCLoss: log-probabilities of each time step against sequences of labels without times."""

from __future__ import annotations

import math

from shapecheck.contract import Call, Contract, Form, Hazard, Rule
from shapecheck.contracts import _losses as losses
from shapecheck.contracts._plain import no_bindings
from shapecheck.findings import Violation

_LENGTHS = ("input_lengths", "target_lengths")
_COUNT = "each of the N sequences has a length of its own: how many of its steps, and of its labels, are real"
_MEANINGS = {
    "log_probs": "log-probabilities of each class at each step, the blank among them",
    "targets": "labels in [0, C)",
    "input_lengths": "(minibatch,), how many steps of each sequence are real",
    "target_lengths": "(minibatch,), how many labels each sequence has",
}


def _ndims(call: Call) -> tuple[int, int]:
    targets = call.inputs.get("targets")
    return call.inputs["log_probs"].ndim, -1 if targets is None else targets.ndim


def _forms(name: str, log_probs: str, targets: str, each: str, ndims: tuple[int, int]) -> tuple[Form, ...]:
    how = "one sequence behind the other" if ndims[1] == 1 else "a row for each sequence, padded"
    return losses.forms(
        name,
        {"log_probs": log_probs, "targets": targets, **dict.fromkeys(_LENGTHS, "...")},
        each,
        when=lambda call: _ndims(call)[0] == ndims[0] and (_ndims(call)[1] == ndims[1] or ndims[1] == 2),
        minimum={"T": 1, "N": 1, "C": 1},
        meanings={**_MEANINGS, "targets": f"labels in [0, C), {how}"},
        spreads=_LENGTHS,
    )


def _batch(call: Call) -> int:
    log_probs = call.inputs["log_probs"]
    return log_probs.shape[1] if log_probs.ndim == 3 else 1


def _classes(call: Call) -> int:
    return call.inputs["log_probs"].shape[-1]


def _odd_count(call: Call) -> Violation | None:
    for role in _LENGTHS:
        record = call.inputs.get(role)
        if record is not None and math.prod(record.shape) != _batch(call):
            return Violation(
                "size" if record.ndim == 1 else "ndim",
                role,
                expected=(("N", _batch(call)),),
                got=record.shape,
                axes=(0,) if record.ndim == 1 else (),
            )
    return None


def _fractions(call: Call) -> Violation | None:
    for role in _LENGTHS:
        record = call.inputs.get(role)
        if record is not None and record.dtype not in ("uint8", "int8", "int16", "int32", "int64"):
            return Violation(
                "dtype",
                role,
                got=record.shape,
                expected_text="whole numbers",
                got_text=record.dtype,
                advice=f"{role}.long()",
            )
    return None


def _list_and_tensor(call: Call) -> Violation | None:
    are_lists = [bool(call.values.get(role, {}).get("is_list")) for role in _LENGTHS if role in call.inputs]
    if len(set(are_lists)) < 2:
        return None
    role = _LENGTHS[are_lists.index(True)]
    return Violation(
        "type",
        role,
        expected_text="a Tensor, as the other lengths are",
        got_text="a list",
        advice=f"torch.tensor({role})",
    )


def _long_input(call: Call) -> Violation | None:
    facts, steps = call.values.get("input_lengths", {}), call.inputs["log_probs"].shape[0]
    if "min" not in facts or (facts["min"] >= 0 and facts["max"] <= steps):
        return None
    return Violation(
        "value",
        "input_lengths",
        got=call.inputs["input_lengths"].shape,
        expected_text=f"lengths in [0, T={steps}]",
        got_text=f"lengths from {facts['min']:.0f} to {facts['max']:.0f}",
    )


def _odd_labels(call: Call) -> Violation | None:
    facts, targets = call.values.get("target_lengths", {}), call.inputs.get("targets")
    if "min" not in facts or targets is None:
        return None
    if facts["min"] < 0:
        expected, got = "lengths of at least 0", f"a length of {facts['min']:.0f}"
    elif targets.ndim == 1 and facts["whole_sum"] != targets.shape[0]:
        expected, got = f"lengths that add up to the {targets.shape[0]} labels", f"a sum of {facts['whole_sum']:.0f}"
    elif targets.ndim == 2 and facts["max"] > targets.shape[1]:
        expected, got = f"lengths in [0, S={targets.shape[1]}]", f"a length of {facts['max']:.0f}"
    else:
        return None
    shape = call.inputs["target_lengths"].shape
    return Violation("value", "target_lengths", got=shape, expected_text=expected, got_text=got)


def _odd_blank(call: Call) -> Violation | None:
    blank = call.config.get("blank")
    if not isinstance(blank, int) or 0 <= blank < _classes(call):
        return None
    return Violation("value", "blank", expected_text=f"a class in [0, {_classes(call)})", got_text=f"blank={blank}")


def _wild_labels(call: Call) -> Violation | None:
    facts, targets = call.values.get("targets", {}), call.inputs.get("targets")
    if targets is None or "used_min" not in facts:
        return None
    # torch cuts fractions off.
    least, most = facts["used_min"], facts["used_max"]
    if least > -1 and most < _classes(call):
        return None
    return Violation(
        "value",
        "targets",
        got=targets.shape,
        expected_text=f"labels in [0, {_classes(call)})",
        got_text=f"a label {least if least <= -1 else most:.0f}",
    )


def _hazards(call: Call) -> tuple[Hazard, ...]:
    most = call.values.get("log_probs", {}).get("max", 0.0)
    if most <= 0.05:
        return ()
    return (
        Hazard(
            "scores_for_log_probabilities",
            f"log_probs reaches {most:.3g}, but log-probabilities are never above 0: the loss takes them as they are",
            ("log_probs",),
            "proved",
            "warning",
            "log_probs.log_softmax(-1)",
        ),
    )


CONTRACT = Contract(
    name="CTCLoss",
    types=losses.types("CTCLoss", "ctc_loss"),
    reads=("blank", "reduction"),
    arguments=("log_probs", "targets", *_LENGTHS),
    returns=("output",),
    letters={
        "T": "how many steps the longest input has",
        "N": "batch size: how many sequences there are",
        "C": "how many classes there are, the blank among them",
        "S": "how many labels the longest target has",
        "labels": "how many labels there are, all sequences together",
    },
    bind=no_bindings,
    forms=(
        *_forms("labels one behind the other", "T N C", "labels", "N", (3, 1)),
        *_forms("padded labels", "T N C", "N S", "N", (3, 2)),
        *_forms("one sequence", "T C", "labels", "", (2, 1)),
        *_forms("one sequence, padded labels", "T C", "1 S", "", (2, 2)),
    ),
    reasons={
        **losses.REASONS,
        "targets.1": "log_probs (T, C) holds one sequence, so there is one row of labels: (S,) or (1, S)",
        "input_lengths.type": "the lengths are a tensor of whole numbers, or a list of as many as there are sequences",
        "target_lengths.type": "the lengths are a tensor of whole numbers, or a list of as many as there are sequences",
        "log_probs.ndim": "CTC reads one row of log-probabilities a step: (T, N, C), time first, or (T, C) "
        "for one sequence",
        "targets.ndim": "the labels are padded to one row a sequence, (N, S), or stand one behind the other, "
        "without axes",
        "targets.N": "there is one row of labels for each of the N sequences; log_probs is (T, N, C), time first",
        "minimum": "torch takes no empty log-probabilities here",
        "T.minimum": "torch takes no empty log-probabilities here",
        "N.minimum": "torch takes no empty batch here",
        "C.minimum": "there must be a class for the blank",
    },
    looks={
        "log_probs": ("max",),
        "targets": ("used_min", "used_max"),
        "input_lengths": ("min", "max"),
        "target_lengths": ("min", "max", "whole_sum"),
    },
    rules=(
        losses.reduction_rule(*losses.REDUCTIONS),
        losses.dtype_rule(
            "log_probs", ("float32", "float64"), "torch has no other kernel for this loss", advice="log_probs.float()"
        ),
        Rule("one length for each sequence", _odd_count, reason=_COUNT),
        Rule("whole lengths", _fractions, reason="a length counts steps or labels"),
        Rule("lengths of one kind", _list_and_tensor, reason="torch takes two tensors or two lists, not one of each"),
        Rule("input_lengths in [0, T]", _long_input, reason="no sequence has more steps than log_probs holds"),
        Rule("target_lengths that fit the labels", _odd_labels, reason=_COUNT),
        Rule("a blank among the classes", _odd_blank, reason="the blank is a class of its own, which says nothing"),
        Rule(
            "labels in [0, C)",
            _wild_labels,
            reason="each label points at one of the C classes; torch does not look, and reads past the end of a row",
            torch_raises=False,
        ),
        losses.device_rule("log_probs", "targets"),
    ),
    hazards=_hazards,
    teaching={"T": "seq_length", "N": "batch_size", "C": "num_classes"},
    about="Log-probabilities (T, N, C), time first, against label sequences (N, S) and both their lengths (N,).",
    source="https://docs.pytorch.org/docs/stable/generated/torch.nn.CTCLoss.html",
)
