"""torch's own database of modules, with its error inputs: the same verdict and the same outputs on every case."""

from __future__ import annotations

import pytest
import torch

from shapecheck.capture.configs import contract_of
from shapecheck.contracts import find

pytest.importorskip("expecttest")
common = pytest.importorskip("torch.testing._internal.common_modules")

INFOS = [
    info
    for info in common.module_db
    if "Loss" not in info.module_cls.__name__ and find([f"{info.module_cls.__module__}.{info.module_cls.__name__}"])
]


def cases(info, training, dtype=torch.float32):
    settings = {"device": "cpu", "dtype": dtype, "requires_grad": False, "training": training}
    yield from info.module_inputs_func(info, **settings)
    if info.module_error_inputs_func is not None:
        for error in info.module_error_inputs_func(info, **settings):
            if error.error_on is common.ModuleErrorEnum.FORWARD_ERROR:
                yield error.module_error_input


def test_the_database_covers_most_layers():
    names = {info.module_cls.__name__ for info in INFOS}
    assert {"LSTM", "GRU", "RNN", "LSTMCell", "Linear", "Bilinear", "Embedding", "Conv1d", "Conv2d"} <= names
    assert len(names) > 40


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("training", [True, False], ids=["train", "eval"])
@pytest.mark.parametrize("info", INFOS, ids=lambda info: info.module_cls.__name__)
def test_the_database_agrees(oracle, info, training):
    for case in cases(info, training):
        if case.forward_input is None:
            continue
        try:
            layer = info.module_cls(*case.constructor_input.args, **case.constructor_input.kwargs).train(training)
        except (TypeError, ValueError, RuntimeError):
            # Some cases are about the constructor, and no layer comes of them.
            continue
        assert contract_of(layer) is not None
        oracle.ask(layer, *case.forward_input.args, **case.forward_input.kwargs)
    assert oracle.counts["accepted"]
    assert not oracle.wrong, "\n".join(oracle.wrong)
