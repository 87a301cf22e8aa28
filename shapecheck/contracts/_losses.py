"""What all losses share: reductions, forms, and rules about shapes and dtypes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from shapecheck.contract import Call, Form, Rule
from shapecheck.contracts._arithmetic import FLOATS, ImpossibleError, Value, broadcast
from shapecheck.findings import Violation
from shapecheck.records import TensorRecord

REDUCTIONS = ("none", "mean", "elementwise_mean", "sum")
# Arguments of the functions that torch has given up; where one is set, it overrides the reduction.
LEGACY = ("size_average", "reduce")

LETTERS = {
    "N": "batch size: how many samples there are",
    "C": "how many classes there are",
    "...": "any number of axes, also none",
}
REASONS = {
    "type": "a loss computes with tensors: their shapes say what is compared with what",
    "missing": "a loss compares what the model said with what would have been right, and needs both",
    "arguments": "these are not the arguments that the loss is called with",
}
TEACHING = {"N": "batch_size", "C": "num_classes"}


def types(name: str, function: str) -> tuple[str, ...]:
    """The class and its functional twin."""
    return f"torch.nn.modules.loss.{name}", f"torch.nn.functional.{function}"


def reduction_of(call: Call) -> str:
    """The reduction that torch will use: ``"none"``, ``"mean"``, ``"sum"`` or ``"batchmean"``."""
    averages, reduces = (call.config.get(name) for name in LEGACY)
    if averages is not None or reduces is not None:
        if reduces is not None and not reduces:
            return "none"
        return "mean" if averages is None or averages else "sum"
    named = call.config.get("reduction", "mean")
    return "mean" if named == "elementwise_mean" else str(named)


def is_overridden(call: Call) -> bool:
    """Whether one of the old arguments takes the place of the reduction."""
    return any(call.config.get(name) is not None for name in LEGACY)


def reduction_rule(*allowed: str) -> Rule:
    """The reduction is one that the loss knows. torch looks at it in forward only."""

    def broken(call: Call) -> Violation | None:
        if is_overridden(call):
            return None
        got = call.config.get("reduction", "mean")
        if got in allowed:
            return None
        return Violation(
            "value", "reduction", expected_text=" or ".join(f"{name!r}" for name in allowed), got_text=repr(got)
        )

    return Rule(
        "a known reduction",
        broken,
        reason="reduction says what becomes of the losses of the single elements: kept, averaged or added up; it is "
        "not looked at before the loss is called",
    )


def forms(
    name: str,
    inputs: Mapping[str, str],
    each: str,
    *,
    when: Callable[[Call], bool] = lambda call: True,
    meanings: Mapping[str, str] | None = None,
    optional: tuple[str, ...] = (),
    minimum: Mapping[str, int] | None = None,
    spreads: tuple[str, ...] = (),
) -> tuple[Form, ...]:
    """One way to call a loss, once with a loss for each element and once reduced to one number.

    Args:
        name: What distinguishes it.
        inputs: Role -> spec.
        each: Spec of the losses with ``reduction="none"``.
        when: Whether it is meant.
        meanings: Role -> what its numbers are.
        optional: Roles that may be left out.
        minimum: Letter -> its smallest size.
        spreads: Roles that torch broadcasts.
    """

    def kept(call: Call) -> bool:
        return reduction_of(call) == "none" and when(call)

    rest = {"optional": optional, "minimum": minimum or {}, "meanings": meanings or {}, "spreads": spreads}
    prefix = f"{name}, " if name else ""
    return (
        Form(f"{prefix}reduction='none'", kept, inputs, {"output": each}, **rest),  # type: ignore[arg-type]
        Form(name or "reduced to one number", when, inputs, {"output": ""}, **rest),  # type: ignore[arg-type]
    )


def axes_of(record: TensorRecord) -> tuple[tuple[str, int | None], ...]:
    """The axes of a tensor as something to be expected: by the caller's names, or by torch's letters."""
    names = record.dims if len(record.dims) == record.ndim else ()
    letters = ("N", *(f"d{at}" for at in range(1, record.ndim)))[: record.ndim]
    chosen = (name if name != "_" else letter for name, letter in zip(names or letters, letters, strict=True))
    return tuple(zip(chosen, record.shape, strict=True))


def same_shape_rule(*roles: str, reason: str, first: str = "input") -> Rule:
    """The tensors of these roles have exactly the shape of the first input."""

    def broken(call: Call) -> Violation | None:
        like = call.inputs.get(first)
        for role in roles:
            record = call.inputs.get(role)
            if like is not None and record is not None and record.shape != like.shape:
                return unlike(role, record, like)
        return None

    return Rule(f"{' and '.join(roles)} of the shape of {first}", broken, reason=reason)


def unlike(role: str, record: TensorRecord, like: TensorRecord, *, reason: str = "") -> Violation:
    """A tensor that should have the shape of another."""
    same_ndim = record.ndim == like.ndim
    wrong = [at for at in range(like.ndim) if record.shape[at] != like.shape[at]] if same_ndim else []
    return Violation(
        "size" if same_ndim else "ndim",
        role,
        expected=axes_of(like),
        got=record.shape,
        axes=tuple(wrong),
        reason=reason,
    )


def spreads_rule(*roles: str, into: str, reason: str, alone: bool = False) -> Rule:
    """The tensors of these roles can be broadcast with that of ``into``.

    Args:
        roles: The roles.
        into: The role whose shape is the measure.
        reason: Why.
        alone: Whether the measure must keep its shape: the others are spread into it.
    """

    def broken(call: Call) -> Violation | None:
        like = call.inputs.get(into)
        for role in roles:
            record = call.inputs.get(role)
            if like is None or record is None:
                continue
            together = broadcast(like.shape, record.shape)
            if together is None or (alone and together != like.shape):
                return misfit(role, record, like)
        return None

    return Rule(f"{' and '.join(roles)} broadcast with {into}", broken, reason=reason)


def misfit(role: str, record: TensorRecord, like: TensorRecord, *, reason: str = "") -> Violation:
    """A tensor that cannot be broadcast with another; sizes are compared from the last axis on."""
    wrong = [
        record.ndim - at
        for at in range(1, min(record.ndim, like.ndim) + 1)
        if record.shape[-at] not in (1, like.shape[-at])
    ]
    return Violation(
        "size" if record.ndim == like.ndim else "ndim",
        role,
        expected=axes_of(like),
        got=record.shape,
        axes=tuple(sorted(wrong)),
        reason=reason,
    )


def dtype_rule(role: str, allowed: Iterable[str], reason: str, *, text: str = "", advice: str = "") -> Rule:
    """A tensor has one of these dtypes."""
    names = tuple(allowed)

    def broken(call: Call) -> Violation | None:
        record = call.inputs.get(role)
        if record is None or record.dtype in names:
            return None
        return Violation(
            "dtype",
            role,
            got=record.shape,
            expected_text=text or " or ".join(names),
            got_text=record.dtype,
            advice=advice,
        )

    return Rule(f"{role} of dtype {text or ' or '.join(names)}", broken, reason=reason)


def float_rule(role: str, reason: str) -> Rule:
    """A tensor holds real floating point numbers."""
    return dtype_rule(role, FLOATS, reason, text="a floating point dtype", advice=f"{role}.float()")


def device_rule(*roles: str) -> Rule:
    """All tensors lie on one device; a single number on the CPU may go with any."""

    def broken(call: Call) -> Violation | None:
        first = call.inputs.get(roles[0])
        for role in roles[1:]:
            record = call.inputs.get(role)
            if first is None or record is None or "meta" in (first.device, record.device):
                continue
            if record.device != first.device and not (record.ndim == 0 and record.device == "cpu"):
                return Violation(
                    "device",
                    role,
                    got=record.shape,
                    expected_text=first.device,
                    got_text=record.device,
                    advice=f"{role}.to({roles[0]}.device)",
                )
        return None

    return Rule(
        "all tensors on one device",
        broken,
        reason="a loss compares numbers that lie side by side; torch never moves a tensor between devices on its own",
    )


def tensor_rule(*roles: str) -> Rule:
    """What may be left out is a tensor where it is given."""

    def broken(call: Call) -> Violation | None:
        for role in roles:
            if call.config.get(role) is not None:
                got = type(call.config[role]).__name__
                return Violation("type", role, expected_text="a Tensor", got_text=got, advice=f"torch.tensor({role})")
        return None

    return Rule(f"{' and '.join(roles)} a Tensor", broken, reason="torch asks for its shape")


def formula_rule(
    role: str, formula: Callable[[Call], Value], reason: str = "", *, after: tuple[Rule, ...] = ()
) -> Rule:
    """Whatever else the loss's formula cannot be computed with.

    Args:
        role: The tensor to name.
        formula: The shape and dtype of the loss.
        reason: Why.
        after: Rules that say the same in better words; if one of them is broken, this one keeps silent.
    """

    def broken(call: Call) -> Violation | None:
        if any(rule.broken(call) is not None for rule in after):
            return None
        try:
            formula(call)
        except ImpossibleError as error:
            record = call.inputs.get(role)
            got = None if record is None else record.shape
            expected = "" if error.kind == "size" else "a dtype that it can be computed in"
            return Violation(error.kind, role, got=got, expected_text=expected, got_text=error.why)
        except KeyError:
            # A tensor is missing, and the engine says so.
            return None
        return None

    return Rule("a formula that can be computed", broken, reason=reason)


def outputs(formula: Callable[[Call], Value]) -> dict[str, Callable[[Call], Mapping[str, object]]]:
    """The shape and dtype of the loss, by its formula: the arguments ``shapes`` and ``dtypes`` of a contract."""
    return {
        "shapes": lambda call: {"output": formula(call).shape},
        "dtypes": lambda call: {"output": formula(call).dtype},
    }
