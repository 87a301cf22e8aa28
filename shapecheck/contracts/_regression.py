"""What the losses share that compare each number of a prediction with one of the target: MSE, L1, SmoothL1, Huber."""

from __future__ import annotations

from collections.abc import Callable

from shapecheck.contract import Call, Contract, Form, Hazard, Rule
from shapecheck.contracts import _loss_hazards as hazards
from shapecheck.contracts import _losses as losses
from shapecheck.contracts._arithmetic import FLOATS, INTEGERS, ImpossibleError, Value, both, join, of
from shapecheck.contracts._plain import no_bindings
from shapecheck.findings import Violation

Formula = Callable[[Call], Value]

FORMS = losses.forms(
    "",
    {"input": "...", "target": "..."},
    "...",
    spreads=("target",),
    meanings={"input": "the prediction, one number for each number of the target", "target": "the numbers to be met"},
)
PAIRED = (
    "the loss takes each number of the prediction with the one at the same place of the target, so both have the same "
    "shape; torch spreads axes of size 1, and here not even that makes them fit"
)


def together(call: Call) -> Value:
    """Input and target after torch has expanded both to one shape, so that no scalar gives way."""
    left, right = of(call.inputs["input"]), of(call.inputs["target"])
    return Value(both(left.shape, right.shape), join(left.dtype, right.dtype))


def difference(call: Call) -> Value:
    """Input minus target."""
    both_of_them = together(call)
    if "bool" in (call.inputs["input"].dtype, call.inputs["target"].dtype):
        raise ImpossibleError("dtype", "torch does not subtract tensors of dtype bool")
    return both_of_them


def weighted(call: Call, errors: Value, *, by_weights: bool = True) -> Value:
    """The errors times the weight, reduced; the mean is one by weight."""
    product = errors.plus(of(call.inputs["weight"]))
    reduction = losses.reduction_of(call)
    if reduction != "mean" or not by_weights:
        return product.reduced(reduction)
    return product.reduced("sum").over(of(call.inputs["weight"]).reduced("sum"))


def contract(
    name: str,
    function: str,
    formula: Formula,
    *,
    reads: tuple[str, ...],
    about: str,
    rules: tuple[Rule, ...] = (),
    forms: tuple[Form, ...] = FORMS,
    more_hazards: Callable[[Call], tuple[Hazard, ...]] = lambda call: (),
    is_weighted: bool = True,
    is_complete: bool = False,
) -> Contract:
    """The contract of one of these losses.

    Args:
        name: Name of the class.
        function: Name of its functional twin.
        formula: The shape and dtype of the loss.
        reads: What it reads of the configuration, beside the reduction.
        about: The loss in one sentence.
        rules: What must hold beside the shapes.
        forms: How it may be called.
        more_hazards: What else to know.
        is_weighted: Whether its function takes a weight for each number.
        is_complete: Whether ``rules`` refuse everything that would make the formula impossible.
    """
    fits = losses.spreads_rule("target", into="input", reason=PAIRED)
    weights: tuple[Rule, ...] = ()
    if is_weighted:
        weights = (
            losses.tensor_rule("weight"),
            losses.same_shape_rule("weight", reason="each number of the prediction has a weight of its own"),
            Rule("a reduction that goes with weights", _weighted_reduction),
        )

    def found(call: Call) -> tuple[Hazard, ...]:
        return (
            *hazards.spreading(call, "input", "target"),
            *hazards.nothing_to_average(call),
            *more_hazards(call),
        )

    computed = losses.formula_rule(
        "target",
        formula,
        "the errors are computed in the dtype that holds both tensors, and the loss must be a real number",
        after=(fits, *weights, *rules),
    )
    return Contract(
        name=name,
        types=losses.types(name, function),
        reads=("reduction", *losses.LEGACY, *(("weight",) if is_weighted else ()), *reads),
        arguments=("input", "target"),
        returns=("output",),
        letters=losses.LETTERS,
        bind=no_bindings,
        forms=forms,
        reasons=losses.REASONS,
        rules=(
            losses.reduction_rule(*losses.REDUCTIONS),
            fits,
            *weights,
            *rules,
            *(() if is_complete else (computed,)),
            losses.device_rule("input", "target", "weight"),
        ),
        hazards=found,
        advise=_advise,
        teaching=losses.TEACHING,
        about=about,
        source=f"https://docs.pytorch.org/docs/stable/generated/torch.nn.{name}.html",
        **losses.outputs(formula),  # type: ignore[arg-type]
    )


def real_rule(role: str) -> Rule:
    """A tensor that is not complex."""
    return losses.dtype_rule(
        role,
        ("bool", *INTEGERS, *FLOATS),
        "this loss compares real numbers",
        text="a real dtype",
        advice=f"{role}.real",
    )


def _weighted_reduction(call: Call) -> Violation | None:
    is_old = call.config.get("reduction") == "elementwise_mean" and not losses.is_overridden(call)
    if "weight" in call.inputs and is_old:
        return Violation(
            "value",
            "reduction",
            expected_text="'none' or 'mean' or 'sum'",
            got_text="'elementwise_mean'",
            reason="with a weight torch no longer knows the old name of the mean",
            advice="reduction='mean'",
        )
    return None


def _advise(call: Call, found: Violation) -> str:
    if found.role != "target" or found.kind not in ("size", "ndim") or "target" not in call.inputs:
        return ""
    left, right = call.inputs["input"].shape, call.inputs["target"].shape
    return hazards.reshaping("target", right, left)
