"""Which argument of a call is which: roles by the contract, by the signature, or by torch's own table."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from torch import nn

from shapecheck.capture.calls import parameter_names
from shapecheck.capture.configs import contract_of
from shapecheck.capture.crashes.qualified import METHOD, SPREAD, qualified, signature_of

Given = tuple[ast.expr | None, Any]


@dataclass(frozen=True)
class Bound:
    """One argument with its role.

    Args:
        role: What it is to what is called; several names for a tuple that is taken apart.
        node: What is written for it; None if nothing is.
        value: Its value, UNKNOWN if it must be looked up by what is written.
        keyword: Its keyword, if it was given by one.
    """

    role: str | tuple[str, ...]
    node: ast.expr | None
    value: Any
    keyword: str


def bind_nodes(
    target: Any, args: Sequence[Given], kwargs: Mapping[str, Given], *, is_method: bool = False
) -> list[Bound]:
    """Give each argument its role.

    Args:
        target: What is called, None if it is not known.
        args: The positional arguments.
        kwargs: The keyword arguments.
        is_method: Whether the first argument is the tensor whose method is called.
    """
    roles = _roles(target, is_method)
    spread = _spreads(target)
    found: list[Bound] = []
    for at, (node, value) in enumerate(args):
        if isinstance(node, ast.Starred):
            node = node.value
        if spread is not None and at >= spread and len(args) > spread + 1:
            name = roles[spread] if spread < len(roles) else "shape"
            found.append(Bound(f"{name}[{at - spread}]", node, value, ""))
        else:
            role = roles[at] if at < len(roles) else f"args[{at}]"
            found.append(Bound("other" if _is_compared(target, role, node) else role, node, value, ""))
    names = _parameters(target)
    for keyword, (node, value) in kwargs.items():
        known = names.index(keyword) if keyword in names else -1
        role = roles[known] if 0 <= known < len(roles) and isinstance(target, nn.Module) else keyword
        found.append(Bound(role, node, value, keyword))
    return found


def _is_compared(target: Any, role: str | tuple[str, ...], node: ast.expr | None) -> bool:
    """Whether the second argument of ``torch.max`` is another tensor, and not an axis."""
    is_either = role == "dim" and qualified(target).rpartition(".")[2] in ("max", "min")
    return is_either and node is not None and not isinstance(node, ast.Constant | ast.UnaryOp)


def made_with(target: Any) -> tuple[str, ...]:
    """What a class of modules is made with, by name; nothing for anything else."""
    if not isinstance(target, type) or not issubclass(target, nn.Module):
        return ()
    return tuple(name for name in _parameters(target) if name not in _FACTORY and not name.startswith("_"))


_FACTORY = ("self", "device", "dtype")


def _roles(target: Any, is_method: bool) -> list[str | tuple[str, ...]]:
    names: list[str | tuple[str, ...]] = [*_parameters(target)]
    if isinstance(target, nn.Module):
        contract = contract_of(target)
        if contract is not None:
            roles = [role if not isinstance(role, str) else role.removesuffix("[]") for role in contract.arguments]
            return [*roles, *names[len(roles) :]]
    if is_method:
        names[:1] = ["self"]
    return names


def _parameters(target: Any) -> list[str]:
    if target is None:
        return []
    if isinstance(target, nn.Module):
        return [*parameter_names(target)]
    signature = signature_of(target)
    if signature is None:
        return []
    kinds = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    return [
        name for name, parameter in signature.parameters.items() if parameter.kind not in kinds or name == "operands"
    ]


def _spreads(target: Any) -> int | None:
    """From which argument on all belong together, as sizes do in ``x.view(2, 3)``."""
    name = "" if target is None or isinstance(target, nn.Module) else qualified(target)
    if name == "torch.einsum":
        return 1
    if name.startswith(METHOD) and name.removeprefix(METHOD) in SPREAD:
        return 1
    return (
        0 if name.startswith("torch.") and name.removeprefix("torch.") in ("zeros", "ones", "randn", "rand") else None
    )
