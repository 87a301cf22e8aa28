"""A contract for a loss that torch writes as a formula, so that shapes are spread and dtypes promoted as it goes."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from shapecheck.contract import Call, Contract, Form, Hazard, Rule
from shapecheck.contracts import _loss_hazards as hazards
from shapecheck.contracts import _losses as losses
from shapecheck.contracts._arithmetic import Value
from shapecheck.contracts._plain import no_bindings
from shapecheck.findings import Violation

REDUCTIONS = ("none", "mean", "sum")


def contract(
    name: str,
    function: str,
    formula: Callable[[Call], Value],
    *,
    roles: tuple[str, ...],
    about: str,
    forms: tuple[Form, ...],
    spread: tuple[tuple[str, str], ...] = (),
    reads: tuple[str, ...] = (),
    legacy: tuple[str, ...] = losses.LEGACY,
    reductions: tuple[str, ...] = losses.REDUCTIONS,
    first_rules: tuple[Rule, ...] = (),
    optional: tuple[str, ...] = (),
    reasons: Mapping[str, str] | None = None,
    looks: Mapping[str, tuple[str, ...]] | None = None,
    accepts: Mapping[str, tuple[str, ...]] | None = None,
    letters: Mapping[str, str] | None = None,
    found: Callable[[Call], tuple[Hazard, ...]] = lambda call: (),
    is_complete: bool = False,
) -> Contract:
    """The contract of such a loss.

    Args:
        name: Name of the class.
        function: Name of its functional twin.
        formula: The shape and dtype of the loss, reduction and all.
        roles: Its arguments, in order.
        about: The loss in one sentence.
        forms: How it may be called.
        spread: Pairs of roles that torch broadcasts against each other.
        reads: What it reads of the configuration, beside the reduction.
        legacy: Which of the old arguments its function has.
        reductions: The reductions that it knows.
        first_rules: Rules that say in better words what would make the formula impossible.
        optional: Tensors that may be left out.
        reasons: Why it asks for its shapes.
        looks: Facts about values that rules and hazards use.
        accepts: Roles that need not be tensors.
        letters: Letters of its own.
        found: What is legal and rarely meant.
        is_complete: Whether ``first_rules`` refuse everything that would make the formula impossible.
    """

    def all_found(call: Call) -> tuple[Hazard, ...]:
        pairs = (hazard for first, second in spread for hazard in hazards.spreading(call, first, second))
        return (*dict.fromkeys(pairs), *hazards.nothing_to_average(call, roles[0]), *found(call))

    computed = losses.formula_rule(
        roles[-1], formula, "the loss is computed from these tensors, and must be a number", after=first_rules
    )
    return Contract(
        name=name,
        types=losses.types(name, function),
        reads=("reduction", *legacy, *optional, *reads),
        arguments=roles,
        returns=("output",),
        letters={**losses.LETTERS, **(letters or {})},
        bind=no_bindings,
        forms=forms,
        reasons={**losses.REASONS, **(reasons or {})},
        looks=looks or {},
        accepts=accepts or {},
        rules=(
            losses.reduction_rule(*reductions),
            *((losses.tensor_rule(*optional),) if optional else ()),
            *first_rules,
            *(() if is_complete else (computed,)),
            losses.device_rule(*roles, *optional),
        ),
        advise=lambda call, violation: _advise(call, violation, spread),
        hazards=all_found,
        teaching=losses.TEACHING,
        about=about,
        source=f"https://docs.pytorch.org/docs/stable/generated/torch.nn.{name}.html",
        **losses.outputs(formula),  # type: ignore[arg-type]
    )


def _advise(call: Call, found: Violation, spread: tuple[tuple[str, str], ...]) -> str:
    if found.kind not in ("ndim", "size"):
        return ""
    for first, second in spread:
        if found.role == second and first in call.inputs and second in call.inputs:
            left, right = call.inputs[first].shape, call.inputs[second].shape
            return hazards.reshaping(second, right, left)
    return ""
