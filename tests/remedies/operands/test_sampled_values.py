"""Values that lie otherwise than the distribution whose probability of them is asked for."""

import pytest
import torch
from mended import mended, printed


@pytest.fixture(autouse=True)
def _looks_at_values(monkeypatch):
    """Distributions look at what they are asked about, which torch.compile turns off for the whole process."""
    monkeypatch.setattr(torch.distributions.Distribution, "_validate_args", True)


PROGRAM = """
    means = torch.randn({shape})
    y = torch.arange({count}.).view({given})
    dist = torch.distributions.Normal(means, 1.0)
    print(dist.log_prob({text}).sum(-1))
"""


@pytest.mark.parametrize(
    ("shape", "given", "right"),
    [("7, 3", "7", "y.unsqueeze(1)"), ("4, 6", "6, 4", "y.t()"), ("4, 3, 5", "4, 5", "y.unsqueeze(1)")],
)
def test_each_value_meets_its_own_row(shape, given, right):
    count = {"7": 7, "6, 4": 24, "4, 5": 20}[given]
    found = mended(PROGRAM.format(shape=shape, given=given, count=count, text="y"))
    assert found.output == printed(PROGRAM.format(shape=shape, given=given, count=count, text=right))
    assert not found.doubts


def test_values_that_belong_to_none_of_the_axes_are_left():
    found = mended(PROGRAM.format(shape="7, 3", given="5", count=5, text="y"), most=1)
    assert not any("unsqueeze" in fix.title and not fix.doubt for fix in found.diagnoses[0].fixes)


def test_values_that_fit_either_way_are_in_doubt():
    found = mended(PROGRAM.format(shape="4, 6, 6", given="4, 6, 1", count=24, text="y.squeeze(-1)"), most=1)
    assert all(fix.doubt for fix in found.diagnoses[0].fixes if fix.title.startswith("y"))
