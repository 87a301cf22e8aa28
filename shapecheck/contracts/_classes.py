"""What the losses share that take class indices: cross entropy and the negative log-likelihood."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

from shapecheck.contract import Call, Form, Hazard, Rule
from shapecheck.contracts import _losses as losses
from shapecheck.contracts._arithmetic import Shape
from shapecheck.contracts._loss_hazards import reshaping
from shapecheck.findings import Violation
from shapecheck.pairs import are_classes, are_exchanged, is_whole

LABELS = ("int64", "uint8")
IGNORED = -100
_BYTES = 256
When = Callable[[Call], bool]

WEIGHTS = "there is one weight for each class, so weight is (C,)"
TARGET = "one class index for each row of scores, int64 in [0, C)"


def index_forms(scores: str, when: When = lambda call: True) -> tuple[Form, ...]:
    """The ways to give class indices.

    Args:
        scores: What the input is, in words.
        when: Whether class indices are meant.
    """
    meanings = {"input": scores, "target": TARGET, "weight": "one weight for each class"}
    rest = {"meanings": meanings, "optional": ("weight",)}
    return (
        *losses.forms(
            "one sample",
            {"input": "C", "target": "", "weight": "C"},
            "",
            when=lambda call: _ndims(call)[0] == 1 and _ndims(call)[1] != 1 and when(call),
            **rest,  # type: ignore[arg-type]
        ),
        *losses.forms(
            "one sample, its label in an axis of size 1",
            {"input": "C", "target": "1", "weight": "C"},
            "",
            when=lambda call: _ndims(call) == (1, 1) and when(call),
            **rest,  # type: ignore[arg-type]
        ),
        *losses.forms(
            "class indices",
            {"input": "N C", "target": "N", "weight": "C"},
            "N",
            when=lambda call: _ndims(call)[0] == 2 and when(call),
            **rest,  # type: ignore[arg-type]
        ),
        *losses.forms(
            "class indices, more axes",
            {"input": "N C ...", "target": "N ...", "weight": "..."},
            "N ...",
            when=lambda call: _ndims(call)[0] > 2 and when(call),
            spreads=("weight",),
            **rest,  # type: ignore[arg-type]
        ),
    )


def reasons(name: str, scores: str) -> dict[str, str]:
    """Why it asks for these shapes."""
    rows = (
        f"{name} takes one class index for each row of scores: the target has the axes of the input without C, the "
        "class axis, which is axis 1 and never the last of several"
    )
    return {
        **losses.REASONS,
        "target.ndim": rows,
        "target....": rows,
        "target.N": f"{name} compares row n of the scores with item n of the target, so there are N of both",
        "target.1": "the input (C,) holds the scores of one sample, so there is one class index: () or (1,)",
        "input.ndim": f"the input needs a class axis: {scores} for one sample (C,) or for several (N, C)",
        "weight": WEIGHTS,
    }


def score_dtype_rule(reason: str, broken: Callable[[Call], Violation | None]) -> Rule:
    """The scores are floats. Whole numbers are no scores that want a cast: they say what went wrong before.

    Args:
        reason: Why they are floats.
        broken: What any other dtype breaks.
    """

    def told(call: Call) -> Violation | None:
        found, scores, target = broken(call), call.inputs.get("input"), call.inputs.get("target")
        if found is None or scores is None or target is None or not is_whole(scores):
            return found
        if are_exchanged(scores, target):
            why = "these are class indices, and the scores stand where the target belongs"
            return replace(found, reason=f"{why}: the prediction comes first", advice="loss(target, input)")
        if are_classes(scores, target):
            why = "these are class indices already, as argmax gives them, and no gradient leads back through that"
            return replace(found, reason=f"{why}: give the loss the scores that they were chosen from", advice="")
        return found

    return Rule("input of a floating point dtype", told, reason=reason)


def label_dtype_rule(when: When = lambda call: True) -> Rule:
    """Class indices are int64, or uint8."""

    def broken(call: Call) -> Violation | None:
        record = call.inputs.get("target")
        if record is None or not when(call):
            return None
        if are_exchanged(call.inputs["input"], record):
            # One word on each of the two would send people to cast both.
            return None
        is_flat = call.inputs["input"].ndim <= 2 or (0 in record.shape and losses.reduction_of(call) != "none")
        if record.dtype == "int64" or (record.dtype == "uint8" and is_flat):
            return None
        return Violation(
            "dtype",
            "target",
            got=record.shape,
            expected_text="int64 (or uint8)" if is_flat else "int64",
            got_text=record.dtype,
            advice="target.long()",
        )

    return Rule(
        "class indices of dtype int64",
        broken,
        reason="a class index is a position, and torch takes positions as int64; floats of this shape are no "
        "probabilities either, since those have a class axis",
    )


def label_range_rule(when: When = lambda call: True) -> Rule:
    """Class indices lie in [0, C), or are the ignored one."""

    def broken(call: Call) -> Violation | None:
        record, scores = call.inputs.get("target"), call.inputs.get("input")
        if record is None or scores is None or not scores.shape or not when(call) or record.dtype not in LABELS:
            return None
        classes, facts = number_of_classes(scores.shape), call.values.get("target", {})
        least, most = facts.get("counted_min", math.inf), facts.get("counted_max", -math.inf)
        if least < 0 or most >= classes:
            got = f"{least:.0f}" if least < 0 else f"{most:.0f}"
            return Violation(
                "value",
                "target",
                got=record.shape,
                expected_text=f"class indices in [0, {classes}), or ignore_index={ignored(call)}",
                got_text=f"an index {got}",
            )
        if classes == 0 and 0 not in record.shape and not (facts.get("counted") == 0 and scores.ndim in (1, 2, 4)):
            return Violation("value", "target", got=record.shape, expected_text="a class to point at", got_text="C=0")
        return None

    return Rule(
        "class indices in [0, C)",
        broken,
        reason="each index points at one of the C scores of its row, counted from 0: with C classes the last is C-1",
    )


def weight_dtype_rule(when: When = lambda call: True) -> Rule:
    """The weights have the dtype of the scores."""

    def broken(call: Call) -> Violation | None:
        weight, scores = call.inputs.get("weight"), call.inputs.get("input")
        if weight is None or scores is None or weight.dtype == scores.dtype or not when(call):
            return None
        return Violation(
            "dtype",
            "weight",
            got=weight.shape,
            expected_text=scores.dtype,
            got_text=weight.dtype,
            advice="weight.to(input.dtype)",
        )

    return Rule("weight of the dtype of input", broken, reason="each loss is multiplied with the weight of its class")


def weight_size_rule(when: When = lambda call: True) -> Rule:
    """With more axes than two torch only counts the weights."""

    def broken(call: Call) -> Violation | None:
        weight, scores = call.inputs.get("weight"), call.inputs.get("input")
        if weight is None or scores is None or scores.ndim < 3 or not when(call):
            return None
        classes = number_of_classes(scores.shape)
        if math.prod(weight.shape) == classes:
            return None
        same_ndim = weight.ndim == 1
        return Violation(
            "size" if same_ndim else "ndim",
            "weight",
            expected=(("C", classes),),
            got=weight.shape,
            axes=(0,) if same_ndim else (),
            reason=WEIGHTS,
        )

    return Rule("one weight for each class", broken, reason=WEIGHTS)


def number_of_classes(shape: Shape) -> int:
    """The size of the class axis."""
    return shape[0 if len(shape) == 1 else 1]


def ignored(call: Call) -> int:
    """The class index that does not count."""
    value = call.config.get("ignore_index")
    return value if isinstance(value, int) else IGNORED


def advise(call: Call, found: Violation) -> str:
    """What to write where the target does not fit the scores."""
    scores, labels = call.inputs.get("input"), call.inputs.get("target")
    if found.role != "target" or found.kind not in ("ndim", "size") or scores is None or labels is None:
        return ""
    if scores.ndim == 1:
        return "target.argmax(0)" if labels.shape == scores.shape else ""
    wanted = (scores.shape[0], *scores.shape[2:])
    if simpler := reshaping("target", labels.shape, wanted):
        return simpler
    if scores.ndim > 2 and scores.shape[:-1] == labels.shape:
        return "input.movedim(-1, 1)"
    if scores.ndim > 2 and labels.shape == (math.prod(scores.shape[:-1]),):
        return f"input.reshape(-1, {scores.shape[-1]})"
    if scores.ndim == 2 and labels.ndim > 1 and math.prod(labels.shape) == scores.shape[0]:
        return "target.reshape(-1)"
    return ""


def hazards(call: Call) -> tuple[Hazard, ...]:
    """What is legal with class indices and rarely meant."""
    found = (_class_axis_last(call), _single_class(call), _backward(call), _bytes(call), *_ignored(call))
    return tuple(hazard for hazard in found if hazard is not None)


def _class_axis_last(call: Call) -> Hazard | None:
    scores, labels = call.inputs["input"], call.inputs["target"]
    if scores.ndim < 3 or scores.shape[:-1] != labels.shape or scores.shape[-1] < 2:
        return None
    named = scores.dims[1:2] + scores.dims[-1:]
    is_named_so = named in (("seq_length", "num_classes"), ("L", "C"), ("T", "C"))
    return Hazard(
        "class_axis_last",
        f"axis 1 of input {scores.shape} is read as the class axis; the last axis has the same size, so torch cannot "
        "tell a sequence with the classes last from one with the classes first",
        ("input",),
        "likely" if is_named_so else "possible",
        "warning" if is_named_so else "note",
        "input.movedim(-1, 1)",
    )


def _single_class(call: Call) -> Hazard | None:
    return single_class(call)


def single_class(call: Call) -> Hazard | None:
    """Scores of one class only: whatever they are, the probability of that class is 1."""
    scores = call.inputs["input"]
    if number_of_classes(scores.shape) != 1 or 0 in scores.shape:
        return None
    return Hazard(
        "single_class",
        f"input {scores.shape} has one class, whose probability is 1 whatever its score: the loss is 0 from the start "
        "and nothing is learned; a yes or no from one score is nn.BCEWithLogitsLoss",
        ("input",),
    )


def _backward(call: Call) -> Hazard | None:
    scores, labels = call.inputs["input"], call.inputs["target"]
    if scores.ndim == labels.ndim == 1 and scores.shape != (1,):
        text, fix = "the label of one sample is taken as (1,) in forward, but backward() raises", "target.squeeze(0)"
    elif labels.dtype == "uint8" and scores.ndim > 2:
        text, fix = (
            f"uint8 labels {labels.shape} are taken while there are none, but backward() raises",
            "target.long()",
        )
    else:
        return None
    return Hazard("fails_in_backward", text, ("target",), fix=fix)


def _bytes(call: Call) -> Hazard | None:
    """uint8 is the one dtype beside int64 that is taken for indices, as far as it goes."""
    scores, labels = call.inputs["input"], call.inputs["target"]
    if labels.dtype != "uint8" or scores.ndim > 2:
        return None
    holds_ignored = 0 <= ignored(call) < _BYTES
    missing = "" if holds_ignored else f", and hold no ignore_index={ignored(call)}: one written into them is a class"
    return Hazard(
        "labels_of_bytes",
        f"uint8 labels are taken beside scores of one or two axes{missing}; with more axes, or with weights and "
        "label_smoothing, the same labels are refused",
        ("target",),
        "proved",
        "note",
        "target.long()",
    )


def _ignored(call: Call) -> tuple[Hazard, ...]:
    labels, facts = call.inputs["target"], call.values.get("target", {})
    total, counted = math.prod(labels.shape), facts.get("counted")
    reduction = losses.reduction_of(call)
    if total == 0:
        nothing = f"target {labels.shape} holds no label"
    elif counted == 0:
        nothing = f"all {total} labels are ignore_index={ignored(call)}"
    else:
        nothing = ""
    if nothing and reduction == "mean":
        return (
            Hazard(
                "nothing_to_average",
                f"{nothing}, and the mean of no loss is NaN: one such batch turns every weight into NaN",
                ("target",),
            ),
        )
    in_range = 0 <= ignored(call) < number_of_classes(call.inputs["input"].shape)
    if counted is None or counted == total or not in_range:
        return ()
    return (
        Hazard(
            "class_is_ignored",
            f"{total - counted:.0f} of {total} labels are {ignored(call)}, which is a class and ignore_index too: the "
            "loss never sees this class",
            ("target",),
            "possible",
            "note",
        ),
    )


def _ndims(call: Call) -> tuple[int, int]:
    target = call.inputs.get("target")
    return call.inputs["input"].ndim, -1 if target is None else target.ndim
