"""nn.Unflatten: makes several axes of one."""

from __future__ import annotations

import math

from shapecheck.contract import Call, Contract, Form, Rule
from shapecheck.contracts._plain import no_bindings
from shapecheck.findings import Violation


def _axis(call: Call) -> Violation | None:
    axis, record = call.config["dim"], call.inputs["input"]
    if not isinstance(axis, int) or -record.ndim <= axis < record.ndim:
        return None
    return Violation(
        "value", "input", got=record.shape, expected_text=f"dim among {record.ndim} axes", got_text=f"dim={axis}"
    )


def _divides(call: Call) -> Violation | None:
    axis, record, sizes = call.config["dim"], call.inputs["input"], call.config["unflattened_size"]
    if not isinstance(axis, int) or not isinstance(sizes, tuple) or not -record.ndim <= axis < record.ndim:
        return None
    size, known = record.shape[axis], math.prod(size for size in sizes if size != -1)
    if size == known or (-1 in sizes and known and size % known == 0):
        return None
    return Violation(
        "size",
        "input",
        got=record.shape,
        axes=(axis % record.ndim,),
        expected_text=f"{'a multiple of ' if -1 in sizes else ''}{known}, the product of {sizes}",
        got_text=str(size),
    )


CONTRACT = Contract(
    name="Unflatten",
    types=("torch.nn.modules.flatten.Unflatten",),
    reads=("dim", "unflattened_size"),
    arguments=("input",),
    returns=("output",),
    letters={},
    bind=no_bindings,
    forms=(Form("any shape", lambda call: True, {"input": "..."}, {"output": "..."}),),
    computed=True,
    rules=(
        Rule("the axis exists", _axis, reason="dim names the axis that is taken apart"),
        Rule("the sizes multiply to the axis", _divides, reason="taking an axis apart neither adds nor drops a number"),
    ),
    about="One axis becomes several whose sizes multiply to its own.",
    source="https://docs.pytorch.org/docs/stable/generated/torch.nn.Unflatten.html",
)
