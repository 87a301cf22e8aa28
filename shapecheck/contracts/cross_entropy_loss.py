"""nn.CrossEntropyLoss: raw scores against class indices, or against class probabilities of the same shape."""

from __future__ import annotations

from shapecheck.contract import Call, Contract, Hazard, Rule
from shapecheck.contracts import _classes as classes
from shapecheck.contracts import _loss_hazards as loss_hazards
from shapecheck.contracts import _losses as losses
from shapecheck.contracts._arithmetic import INTEGERS, Value, is_float, of
from shapecheck.contracts._plain import no_bindings
from shapecheck.findings import Violation
from shapecheck.pairs import are_classes

_SCORES = "raw scores, one for each class, any real numbers"


def _has_probabilities(call: Call) -> bool:
    """Torch takes a target of the very shape of the scores for probabilities, whatever is in it."""
    target = call.inputs.get("target")
    return target is not None and target.shape == call.inputs["input"].shape


def _has_indices(call: Call) -> bool:
    return not _has_probabilities(call)


_PROBABILITIES = {"input": _SCORES, "target": "one probability for each class, each row adding up to 1"}
_FORMS = (
    *classes.index_forms(_SCORES, _has_indices),
    *losses.forms(
        "one sample, class probabilities",
        {"input": "C", "target": "C", "weight": "C"},
        "",
        when=lambda call: _has_probabilities(call) and call.inputs["input"].ndim == 1,
        meanings=_PROBABILITIES,
        optional=("weight",),
    ),
    *losses.forms(
        "class probabilities",
        {"input": "N C ...", "target": "N C ...", "weight": "C"},
        "N ...",
        when=lambda call: _has_probabilities(call) and call.inputs["input"].ndim >= 2,
        meanings=_PROBABILITIES,
        optional=("weight",),
    ),
)


def _whole_probabilities(call: Call) -> Violation | None:
    target = call.inputs.get("target")
    if target is None or not _has_probabilities(call) or is_float(target.dtype) or not target.shape:
        return None
    if are_classes(call.inputs["input"], target) and _whole_scores(call) is not None:
        # The scores are what went wrong, and their rule says so.
        return None
    if _is_one_number_a_label(call):
        return Violation(
            "ndim",
            "input",
            expected=(("N", target.shape[0]), ("C", None)),
            got=call.inputs["input"].shape,
            reason="there is one number for each label, where the loss wants one score for each class and label: "
            "argmax or a squeeze took the class axis away; a yes or no from one score is nn.BCEWithLogitsLoss",
        )
    axis = 0 if target.ndim == 1 else 1
    is_column = target.shape[axis] == 1
    return Violation(
        "dtype",
        "target",
        got=target.shape,
        expected_text="class indices without the class axis, or probabilities of a floating point dtype",
        got_text=f"{target.dtype} of the shape of the scores",
        advice=f"target.squeeze({axis})" if is_column else f"target.argmax({axis})",
    )


def _is_one_number_a_label(call: Call) -> bool:
    """Whether labels of several samples, by their values no one-hot, meet one number each."""
    facts, target = call.values.get("target", {}), call.inputs["target"]
    is_one_hot = facts.get("min", 0) >= 0 and facts.get("row_sum_max", 1) == 1
    return target.ndim == 1 and target.shape[0] > 1 and not is_one_hot and is_float(call.inputs["input"].dtype)


def _ignores_a_probability(call: Call) -> Violation | None:
    if not _has_probabilities(call) or classes.ignored(call) < 0:
        return None
    return Violation(
        "value",
        "ignore_index",
        expected_text="no ignore_index with probabilities",
        got_text=f"ignore_index={classes.ignored(call)}",
    )


def _smoothing(call: Call) -> float:
    value = call.config.get("label_smoothing", 0.0)
    return value if isinstance(value, (int, float)) else 0.0


def _too_smooth(call: Call) -> Violation | None:
    if _smoothing(call) <= 1:
        return None
    return Violation(
        "value", "label_smoothing", expected_text="at most 1", got_text=f"label_smoothing={_smoothing(call)}"
    )


def _smoothed_single(call: Call) -> Violation | None:
    target = call.inputs.get("target")
    if target is None or _smoothing(call) <= 0 or _has_probabilities(call):
        return None
    if call.inputs["input"].ndim != 1 or target.ndim != 1:
        return None
    return Violation(
        "ndim",
        "target",
        expected=(),
        got=target.shape,
        expected_text="()",
        advice="target.squeeze(0)",
    )


def _dtype(call: Call) -> str:
    scores = of(call.inputs["input"])
    if _has_indices(call):
        return scores.dtype
    product = scores.plus(of(call.inputs["target"]))
    if "weight" in call.inputs:
        # The weight is laid along the class axis, whatever the other axes are.
        product = product.plus(Value((1,), call.inputs["weight"].dtype))
    return product.dtype


def _whole_scores(call: Call) -> Violation | None:
    scores = call.inputs["input"]
    # Over nothing torch takes a softmax of whole numbers too.
    is_whole = scores.dtype in ("bool", *INTEGERS)
    if is_float(scores.dtype) or (is_whole and 0 in scores.shape and _has_probabilities(call)):
        return None
    return Violation(
        "dtype",
        "input",
        got=scores.shape,
        expected_text="a floating point dtype",
        got_text=scores.dtype,
        advice="input.float()",
    )


def _looked_up(call: Call) -> Violation | None:
    """For a smoothed mean torch looks up the weight of each label with gather, which is strict."""
    target, weight = call.inputs.get("target"), call.inputs.get("weight")
    if target is None or weight is None or _smoothing(call) <= 0 or _has_probabilities(call):
        return None
    if losses.reduction_of(call) != "mean" and weight.ndim:
        return None
    is_empty = 0 in target.shape or call.values.get("target", {}).get("counted") == 0
    if target.dtype == "uint8" and not is_empty and weight.ndim:
        return Violation(
            "dtype", "target", got=target.shape, expected_text="int64", got_text="uint8", advice="target.long()"
        )
    if weight.ndim == 1 or (is_empty and weight.ndim > 1):
        return None
    classes_axis = (("C", classes.number_of_classes(call.inputs["input"].shape)),)
    return Violation(
        "ndim", "weight", expected=classes_axis, got=weight.shape, reason=classes.WEIGHTS, advice="weight.reshape(-1)"
    )


def _hazards(call: Call) -> tuple[Hazard, ...]:
    found = classes.hazards(call) if _has_indices(call) else _probability_hazards(call)
    return (*found, *_scores_hazards(call, found))


def _probability_hazards(call: Call) -> tuple[Hazard, ...]:
    single = classes.single_class(call)
    if single is not None:
        return (single,)
    if 0 in call.inputs["input"].shape:
        return loss_hazards.nothing_to_average(call)
    if loss_hazards.is_distribution(call, "target"):
        return ()
    if loss_hazards.is_distribution(call, "input") and loss_hazards.has_more_than_one_class(call):
        return (
            Hazard(
                "arguments_exchanged",
                "every row of the input adds up to 1, and the rows of the target do not: the probabilities stand where "
                "the scores belong, and the scores where the probabilities do",
                ("input", "target"),
                "likely",
                "warning",
                "loss(target, input)",
            ),
        )
    looked = "row_sum_min" in call.values.get("target", {})
    text = (
        f"a float target of the shape {call.inputs['target'].shape} of the scores is read as probabilities, one for "
        "each class"
    )
    return (
        Hazard(
            "targets_read_as_probabilities",
            f"{text}, but its rows are none: they hold negative numbers or do not add up to 1" if looked else text,
            ("target",),
            "likely" if looked else "possible",
            "warning" if looked else "note",
        ),
    )


def _scores_hazards(call: Call, found: tuple[Hazard, ...]) -> tuple[Hazard, ...]:
    if any(hazard.slug == "arguments_exchanged" for hazard in found):
        return ()
    if not loss_hazards.has_more_than_one_class(call) or not loss_hazards.is_distribution(call, "input"):
        return ()
    return (
        Hazard(
            "probabilities_for_scores",
            "every row of the input adds up to 1 and holds no negative number, as behind a softmax; the loss applies "
            "one of its own, and two of them leave hardly any gradient",
            ("input",),
            "likely",
            "warning",
        ),
    )


CONTRACT = Contract(
    name="CrossEntropyLoss",
    types=losses.types("CrossEntropyLoss", "cross_entropy"),
    reads=("weight", "ignore_index", "reduction", "label_smoothing", *losses.LEGACY),
    arguments=("input", "target"),
    returns=("output",),
    letters={**losses.LETTERS, "C": "how many classes there are: axis 1 of the input, or its only one"},
    bind=no_bindings,
    forms=_FORMS,
    reasons=classes.reasons("cross entropy", "raw scores"),
    dtypes=lambda call: {"output": _dtype(call)},
    looks={
        "input": ("min", "row_sum_min", "row_sum_max"),
        "target": ("min", "row_sum_min", "row_sum_max", "counted", "counted_min", "counted_max"),
    },
    rules=(
        losses.reduction_rule(*losses.REDUCTIONS),
        losses.tensor_rule("weight"),
        classes.score_dtype_rule("the scores go through a softmax: fractions", _whole_scores),
        Rule(
            "labels of dtype int64 where they are smoothed and weighted",
            _looked_up,
            reason="the weights of the labels are looked up for the mean, and torch looks up by int64",
        ),
        Rule(
            "probabilities of a floating point dtype",
            _whole_probabilities,
            reason="a target of the very shape of the scores means one probability for each class, and those are "
            "floats: a one-hot of whole numbers is refused; a label is one class index for each row of scores",
        ),
        Rule(
            "no ignore_index with probabilities",
            _ignores_a_probability,
            reason="a row of probabilities is no index that could be ignored",
        ),
        Rule("a label_smoothing of at most 1", _too_smooth, reason="it is a share of the probability"),
        Rule(
            "one sample's label without an axis where it is smoothed",
            _smoothed_single,
            reason="the label of one sample is (), and with label_smoothing torch does not take (1,) for it",
        ),
        classes.label_dtype_rule(_has_indices),
        classes.label_range_rule(_has_indices),
        classes.weight_dtype_rule(_has_indices),
        classes.weight_size_rule(_has_indices),
        losses.device_rule("input", "target", "weight"),
    ),
    advise=classes.advise,
    hazards=_hazards,
    teaching=losses.TEACHING,
    about="Raw scores of C classes on axis 1, and one class index for each row of scores: (N, C) against (N,).",
    source="https://docs.pytorch.org/docs/stable/generated/torch.nn.CrossEntropyLoss.html",
)
