"""What keeps a state from step to step has a method that begins it anew, which the rounds of training do not call."""

import pytest
from mended import mended, printed

PROGRAM = """
class Leaky(nn.Module):
    def __init__(self):
        super().__init__()
        self.begin()

    def begin(self):
        self.level = torch.zeros(1)

    def forward(self, drive):
        self.level = 0.9 * self.level + drive
        return self.level.tanh()


{model}
optimizer = torch.optim.SGD(model.parameters(), 0.1)
for x, y in [(torch.randn(4, 5, 3), torch.randn(4, 2)) for _ in range(4)]:
    {before}told = [model(step) for step in x.unbind(1)]
    loss = F.mse_loss(told[-1], y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
print(loss.item())
"""
PARTS = "model = nn.Sequential(nn.Linear(3, 8), Leaky(), nn.Linear(8, 2), Leaky())"
ONE = """
class Reader(nn.Module):
    def __init__(self):
        super().__init__()
        self.read = nn.Linear(3, 2)
        self.level = torch.zeros(4, 2)

    def begin(self):
        self.level = torch.zeros(4, 2)

    def forward(self, x):
        self.level = 0.9 * self.level + self.read(x)
        return self.level


model = Reader()
"""


def test_it_is_called_of_all_parts_in_front_of_each_batch():
    calls = "for each in model.modules():\n        if isinstance(each, Leaky):\n            each.begin()\n    "
    found = mended(PROGRAM.format(model=PARTS, before=""))
    assert found.diagnoses[0].slug == "state_not_detached"
    assert found.output == printed(PROGRAM.format(model=PARTS, before=calls))
    assert not found.doubts


def test_it_is_called_of_the_model_where_that_keeps_the_state():
    found = mended(PROGRAM.format(model=ONE, before=""))
    assert found.output == printed(PROGRAM.format(model=ONE, before="model.begin()\n    "))


def test_it_is_called_once_a_round_where_a_loop_inside_goes_through_the_steps():
    steps = "told = []\n    for step in x.unbind(1):\n        told.append(model(step))"
    program = PROGRAM.replace("told = [model(step) for step in x.unbind(1)]", steps)
    found = mended(program.format(model=ONE, before=""))
    assert found.output == printed(program.format(model=ONE, before="model.begin()\n    "))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        # It does more than to begin anew.
        ("        self.level = torch.zeros(1)\n", "        self.level = torch.zeros(1)\n        self.seen = 0\n"),
        # It is called, if not in each round.
        ("optimizer = torch", "model[1].begin()\noptimizer = torch"),
    ],
    ids=["does more", "is called"],
)
def test_a_method_that_is_for_something_else_is_not_called(old, new):
    program = PROGRAM.format(model=PARTS, before="").replace(old, new, 1)
    assert new in program
    titles = [fix.title for fix in mended(program, most=1).diagnoses[0].fixes]
    assert titles
    assert "Leaky.begin()" not in titles
