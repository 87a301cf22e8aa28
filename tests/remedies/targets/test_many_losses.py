"""A loss of many numbers: which of its terms is made one number, and what was made anew of numbers keeps its graph."""

import pytest
from mended import mended, printed

# torch says so itself, once a process.
pytestmark = pytest.mark.filterwarnings("ignore:Converting a tensor with requires_grad=True")

ROUNDS = """
    net = nn.Linear(4, 1)
    wide = nn.Linear(4, 1)
    first, second = [], []
    for rows in torch.rand(5, 3, 4):
        guess = wide(rows).mean()
        first.append(net(rows).pow(2).mean() * guess.item())
        second.append((guess - 2).pow(2))
    loss = {loss}
    loss.backward()
    print(net.bias.grad, round(wide.bias.grad.item(), 4))
"""


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("torch.stack(first).sum() + torch.stack(second)", "torch.stack(first).sum() + torch.stack(second).sum()"),
        ("0.5 * sum(first) - torch.stack(second)", "(0.5 * sum(first) - torch.stack(second)).mean()"),
        ("torch.stack(second) + 3 * torch.stack(first).mean()", "torch.stack(second).mean() + 3 * sum(first) / 5"),
        ("torch.stack(first).sum() / torch.stack(second)", "torch.stack(first).sum() / torch.stack(second).sum()"),
        ("torch.tensor(first).sum() + torch.stack(second)", "torch.stack(first).sum() + torch.stack(second).sum()"),
        ("torch.tensor(first) + torch.stack(second)", "(torch.stack(first) + torch.stack(second)).mean()"),
    ],
)
def test_many_numbers_are_made_one_as_those_beside_them(wrong, right):
    found = mended(ROUNDS.format(loss=wrong), most=1)
    assert found.diagnoses[0].slug == "backward_of_many_numbers"
    assert found.output == printed(ROUNDS.format(loss=right))
    assert not found.doubts


@pytest.mark.parametrize("factor", ["torch.tensor(guess.item()).abs()", "guess.item()"])
def test_a_factor_without_a_graph_is_left_so(factor):
    loss = f"sum(first) + {factor} * torch.stack(second)"
    found = mended(ROUNDS.format(loss=loss), most=1)
    assert found.changed == ["loss.mean().backward()"]


def test_a_list_of_losses_is_stacked_where_the_loss_is_all_of_it():
    program = """
    net = nn.Linear(4, 2)
    losses = []
    for rows in torch.rand(5, 3, 4):
        losses.append(net(rows).pow(2).mean() * net(rows).max().item())
    loss = {name}(losses).sum()
    loss.backward()
    print(net.bias.grad)
    """
    found = mended(program.format(name="torch.tensor"), most=1)
    assert found.diagnoses[0].slug == "graph_cut"
    assert found.output == printed(program.format(name="torch.stack"))
