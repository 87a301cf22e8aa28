"""A function is handed all the samples beside what was made of some of them."""

import pytest
from mended import mended, printed

ROUNDS = """
def cost(told, y, weight):
    same = y[:, None] == y[None, :]
    near = torch.cdist(told, told) * same.float()
    return (near.sum(1) * weight).mean()


x, y, weight = torch.randn(12, 3), torch.randint(3, (12,)), torch.rand(12)
net = nn.Linear(3, 2)
for rows in torch.arange(12).split(4):
    told = net(x[rows])
    loss = cost(told, {y}, weight={weight})
print(loss.item())
"""


@pytest.mark.parametrize("lost", ["y", "weight"])
def test_what_is_refused_in_a_function_is_cut_where_it_was_handed_over(lost):
    right = {"y": "y[rows]", "weight": "weight[rows]"}
    found = mended(ROUNDS.format(**{**right, lost: lost}))
    assert (found.output, found.doubts) == (printed(ROUNDS.format(**right)), [])


def test_what_was_made_of_all_is_left_as_it_is():
    program = ROUNDS.replace("net(x[rows])", "net(x)[:5]").format(y="y", weight="weight")
    assert "rows]" not in mended(program, most=1).text.replace("split(4)", "").partition("told = ")[2]


@pytest.mark.parametrize("given", ["bank[rows], bank", "net(bank[rows]), bank"])
def test_some_may_be_meant_to_meet_all(given):
    program = f"""
    def near(some, all_of_them):
        return (some - all_of_them).square().sum(-1)


    bank, rows, net = torch.randn(12, 3), torch.tensor([1, 4, 7]), nn.Linear(3, 3)
    print(near({given}))
    """
    [found] = mended(program, most=1).diagnoses
    assert all(fix.doubt for fix in found.fixes if fix.title.endswith("bank[rows]"))
