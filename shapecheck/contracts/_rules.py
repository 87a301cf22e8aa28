"""Rules that many contracts share: dtypes and devices held against those of the parameters."""

from __future__ import annotations

from collections.abc import Callable

from shapecheck.contract import Call, Rule
from shapecheck.findings import Violation


def has_ndim(ndim: int) -> Callable[[Call], bool]:
    """Whether the input of a call has so many axes."""
    return lambda call: call.inputs["input"].ndim == ndim


def dtype_of_parameters(*roles: str, casts: bool = True) -> Rule:
    """The tensors of these roles must have the dtype of the layer's parameters.

    Args:
        roles: The tensors in question.
        casts: Whether autocast brings them together.
    """

    def broken(call: Call) -> Violation | None:
        for role in roles:
            record = call.inputs.get(role)
            if record is None:
                continue
            want = str(call.config.get("dtype", ""))
            if call.autocast and casts:
                # Autocast brings float32 and the half types to one dtype; it leaves the others as they are.
                if record.dtype in CAST and want in CAST:
                    continue
                want = call.autocast if want in CAST else want
            if want and record.dtype != want:
                return Violation("dtype", role, got=record.shape, expected_text=want, got_text=record.dtype)
        return None

    return Rule(
        f"{' and '.join(roles)} of the parameters' dtype",
        broken,
        reason="the layer multiplies its input with its weights, and torch multiplies only tensors of one dtype",
    )


def device_of_parameters(*roles: str) -> Rule:
    """The tensors of these roles must lie on the device of the layer's parameters."""

    def broken(call: Call) -> Violation | None:
        want = str(call.config.get("device", ""))
        for role in roles:
            record = call.inputs.get(role)
            # A meta tensor stands for a shape and claims nothing about where its data would be.
            if record is None or not want or "meta" in (want, record.device) or record.device == want:
                continue
            return Violation("device", role, got=record.shape, expected_text=want, got_text=record.device)
        return None

    return Rule(
        f"{' and '.join(roles)} on the parameters' device",
        broken,
        reason="a layer computes where its weights are; torch never moves a tensor between devices on its own",
    )


CAST = ("float16", "bfloat16", "float32")


def dtype_among(role: str, allowed: tuple[str, ...], reason: str) -> Rule:
    """The tensor of this role must have one of these dtypes."""

    def broken(call: Call) -> Violation | None:
        record = call.inputs.get(role)
        if record is None or record.dtype in allowed:
            return None
        return Violation("dtype", role, got=record.shape, expected_text=" or ".join(allowed), got_text=record.dtype)

    return Rule(f"{role} is {' or '.join(allowed)}", broken, reason=reason)


def indices_below(role: str, count: Callable[[Call], int], reason: str) -> Rule:
    """The values of this role, where they were looked at, count from 0 and stay below ``count``."""

    def broken(call: Call) -> Violation | None:
        facts, size = call.values.get(role, {}), count(call)
        worst = next((facts[name] for name in ("min", "max") if name in facts and not 0 <= facts[name] < size), None)
        if worst is None:
            return None
        return Violation(
            "value",
            role,
            got=call.inputs[role].shape,
            expected_text=f"indices in [0, {size})",
            got_text=f"{worst:g}",
        )

    return Rule(f"{role} in range", broken, reason=reason)
