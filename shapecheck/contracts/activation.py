"""Activations: change every number by itself, and no shape."""

from __future__ import annotations

from shapecheck.contract import Call, Contract
from shapecheck.contracts._plain import (
    ANY_DTYPE,
    COMPLEX,
    FLOATS,
    INTEGERS,
    SIGNED,
    dtypes_by_class,
    no_bindings,
    same_shape,
)

_REAL = (*FLOATS, *INTEGERS)
_DTYPES = {
    "CELU": FLOATS,
    "ELU": FLOATS,
    "GELU": FLOATS,
    "Hardshrink": FLOATS,
    "Hardsigmoid": FLOATS,
    "Hardswish": FLOATS,
    "Hardtanh": (*FLOATS, *SIGNED),
    "LeakyReLU": FLOATS,
    "LogSigmoid": FLOATS,
    "Mish": FLOATS,
    "ReLU": _REAL,
    "ReLU6": _REAL,
    "SELU": FLOATS,
    "SiLU": (*FLOATS, *COMPLEX),
    "Sigmoid": ANY_DTYPE,
    "Softplus": FLOATS,
    "Softshrink": FLOATS,
    "Softsign": (*_REAL, *COMPLEX),
    "Tanh": ANY_DTYPE,
    "Tanhshrink": (*_REAL, *COMPLEX),
    "Threshold": _REAL,
}


def _dtypes(call: Call) -> dict[str, str]:
    """Functions whose values are fractions make floats of whole numbers; the others leave the dtype alone."""
    dtype, kind = call.inputs["input"].dtype, call.config["type"]
    becomes_float = kind in _FRACTIONS and dtype in (*INTEGERS, "bool")
    return {"output": "float32" if becomes_float else dtype}


_FRACTIONS = ("Sigmoid", "Softsign", "Tanh", "Tanhshrink")

CONTRACT = Contract(
    name="activations",
    types=tuple(f"torch.nn.modules.activation.{name}" for name in _DTYPES),
    reads=(),
    arguments=("input",),
    returns=("output",),
    letters={},
    bind=no_bindings,
    forms=same_shape(),
    reasons={"type": "an activation takes one tensor; an LSTM returns a tuple, whose first item is the output"},
    dtypes=_dtypes,
    rules=(dtypes_by_class(_DTYPES, "the function has no meaning, or no kernel, for numbers of this dtype"),),
    about="Every number is changed by itself, so the shape stays.",
    source="https://docs.pytorch.org/docs/stable/nn.html#non-linear-activations-weighted-sum-nonlinearity",
)
