"""What is noted of the training steps before a crash."""

import torch
from torch import nn

from shapecheck.capture.crashes.steps_taken import KEPT, StepsTaken


def learned(steps: int, *, listened: bool) -> tuple[list[float], torch.Tensor]:
    """What was noted of some steps, and the weights behind them."""
    torch.manual_seed(0)
    layer, taken = nn.Linear(3, 2), StepsTaken()
    optimizer = torch.optim.Adam(layer.parameters(), lr=0.1)
    if listened:
        taken.start()
    for _ in range(steps):
        optimizer.zero_grad()
        layer(torch.randn(4, 3)).pow(2).mean().backward()
        optimizer.step()
    noted, weights = taken.stopped(), layer.weight.detach().clone()
    optimizer.step()
    assert taken.stopped() == noted
    return noted, weights


def test_each_step_is_noted_by_its_gradients():
    (one, _), (two, _) = learned(3, listened=True), learned(3, listened=True)
    assert one == two
    assert len(set(one)) == 3
    assert learned(KEPT + 2, listened=True)[0][:3] == one
    assert len(learned(KEPT + 2, listened=True)[0]) == KEPT


def test_nothing_is_changed_by_it():
    assert torch.equal(learned(3, listened=True)[1], learned(3, listened=False)[1])


def test_sizes_are_those_of_all_gradients():
    weight, taken = nn.Parameter(torch.tensor([1.0, -2.0])), StepsTaken()
    optimizer = torch.optim.SGD([weight, nn.Parameter(torch.ones(1))], lr=0.1)
    taken.start()
    (weight * torch.tensor([3.0, -4.0])).sum().backward()
    optimizer.step()
    assert taken.stopped() == [7.0]
