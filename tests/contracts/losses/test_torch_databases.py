"""torch's own databases of sample inputs and error inputs: the contract gives the same verdict on every case."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any

import pytest
import torch
from torch import nn
from torch.nn import functional as F

DTYPES = (torch.float32, torch.float64, torch.float16, torch.bfloat16, torch.int64, torch.complex64)
# It mixes a Linear into the loss, and is no loss of two tensors.
OTHERS = ("LinearCrossEntropyLoss", "linear_cross_entropy")


def module_cases(info: Any) -> Iterator[tuple[Any, list[Any], dict[str, Any]]]:
    """Every call of a module in the database that is one of forward."""
    for dtype in DTYPES:
        if dtype not in info.dtypes:
            continue
        given = (info, "cpu", dtype, False, True)
        found = list(info.module_inputs_func(*given))
        if info.module_error_inputs_func is not None:
            found += [error.module_error_input for error in info.module_error_inputs_func(*given)]
        for case in found:
            made, called = case.constructor_input, case.forward_input
            try:
                module = info.module_cls(*made.args, **made.kwargs)
            except Exception:
                # An error of the constructor, of which the contract says nothing.
                continue
            if called is not None:
                yield module.to(dtype), list(called.args), called.kwargs


def function_cases(info: Any) -> Iterator[tuple[Any, list[Any], dict[str, Any]]]:
    """Every call of a function in the database."""
    function = getattr(F, info.name.rpartition(".")[2])
    for dtype in DTYPES:
        if dtype in info.dtypes:
            for case in info.sample_inputs("cpu", dtype):
                yield function, [case.input, *case.args], case.kwargs
    if info.error_inputs_func is not None:
        for error in info.error_inputs("cpu"):
            case = error.sample_input
            yield function, [case.input, *case.args], case.kwargs


def load(name: str) -> Any:
    """A module of torch's own tests. Late, since it takes seconds to import."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return pytest.importorskip(f"torch.testing._internal.{name}")


def is_loss(name: str) -> bool:
    short = name.rpartition(".")[2]
    return (
        hasattr(F, short)
        and short not in OTHERS
        and (short.endswith("_loss") or "entropy" in short or short == "kl_div")
    )


def test_the_verdict_on_torchs_own_module_cases(oracle):
    infos = [info for info in load("common_modules").module_db if issubclass(info.module_cls, nn.modules.loss._Loss)]
    infos = [info for info in infos if info.module_cls.__name__ not in OTHERS]
    assert {info.module_cls for info in infos} >= {nn.CrossEntropyLoss, nn.MSELoss, nn.CTCLoss, nn.GaussianNLLLoss}
    assert _all_agree([case for info in infos for case in module_cases(info)], oracle) > 600


def test_the_verdict_on_torchs_own_function_cases(oracle):
    infos = [info for info in load("common_methods_invocations").op_db if is_loss(info.name)]
    assert len({info.name for info in infos}) == 21
    assert _all_agree([case for info in infos for case in function_cases(info)], oracle) > 600


def _all_agree(cases: list[tuple[Any, list[Any], dict[str, Any]]], oracle: Any) -> int:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for case in cases:
            oracle.ask(case)
    assert oracle.agrees()
    return len(cases)
