"""`audit` of a model that is compiled, or whose parts are: the code that it was made of is looked at, or it is said."""

import pytest
import torch
from torch import nn

from shapecheck import audit
from shapecheck.findings import NotChecked


class Swapped(nn.Module):
    """A recurrent layer that walks along the samples."""

    def __init__(self):
        super().__init__()
        self.lstm, self.out = nn.LSTM(3, 5), nn.Linear(5, 2)

    def forward(self, x):
        return self.out(self.lstm(x)[0][:, -1])


@pytest.mark.parametrize("at", ["whole", "part", "in place"])
def test_of_what_is_compiled_the_code_that_it_was_made_of_is_audited(at):
    swapped = Swapped()
    if at == "in place":
        swapped.compile(backend="eager")
    inner = swapped if at == "in place" else torch.compile(swapped, backend="eager")
    model = nn.Sequential(inner, nn.Tanh()) if at == "part" else inner
    report = audit(model, nn.MSELoss(), (torch.randn(4, 7, 3), torch.randn(4, 2)))
    assert [found.code for found in report.diagnoses] == ["SC701"]


@pytest.mark.filterwarnings("ignore:`torch.jit:DeprecationWarning")
def test_of_what_torch_jit_has_compiled_it_is_said_that_nobody_looked_inside():
    batch = torch.randn(4, 3), torch.randn(4, 2)
    traced = torch.jit.trace(nn.Linear(3, 2), batch[0])
    report = audit(nn.Sequential(traced, nn.Tanh()), nn.MSELoss(), batch)
    assert NotChecked("what is inside 0", "it is compiled by torch.jit; audit the model that it was made from") in (
        report.not_checked
    )
