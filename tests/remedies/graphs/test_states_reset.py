"""States that are set back in place, and states that the steps of one round hand on to each other."""

import pytest
from mended import mended, printed

LEAKY = """
class Leaky(nn.Module):
    def __init__(self):
        super().__init__()
        self.read = nn.Linear(4, 3)
        self.register_buffer("level", torch.zeros(5, 3))

    def clear(self):
        {reset}

    def forward(self, x):
        seen = 0
        {begin}
        for step in x:
            self.level = 0.9 * self.level + self.read(step)
            seen = seen + self.level.sigmoid()
        return seen


net = Leaky()
optimizer = torch.optim.SGD(net.parameters(), 0.1)
for x in torch.randn(3, 6, 5, 4):
    net.clear()
    loss = net(x).square().mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
print(loss.item())
"""
ALL = "for each in self.buffers():\n            each.zero_(){cut}"


@pytest.mark.parametrize(
    ("reset", "begin", "changed"),
    [
        (ALL.format(cut=""), "pass", "each.zero_().detach_()"),
        ("self.level.data.zero_()", "pass", "self.level.detach_().zero_()"),
        ("pass", "pass", "pass\n        self.level = self.level.detach()"),
    ],
)
def test_a_state_is_cut_off_between_rounds_and_not_between_their_steps(reset, begin, changed):
    found = mended(LEAKY.format(reset=reset, begin=begin))
    cut = ALL.format(cut=".detach_()") if reset != "pass" else "self.level = self.level.detach()"
    assert (found.changed, found.doubts) == ([changed], [])
    assert found.output == printed(LEAKY.format(reset=cut, begin=begin))


def test_a_state_that_is_kept_by_each_step_is_left_in_doubt():
    cell = LEAKY.replace("for step in x:", "for step in x[None]:").replace(
        "seen = seen + self.level", "seen = self.level"
    )
    cell = cell.replace("net(x).square()", "sum(net(step) for step in x).square()")
    assert mended(cell.format(reset="pass", begin="pass"), most=1).doubts


def test_what_keeps_some_of_a_state_sets_nothing_back():
    cell = LEAKY.replace("for step in x:", "for step in x[None]:").replace("net(x)", "sum(net(step) for step in x)")
    cell = cell.replace("0.9 * self.level", "self.level").format(reset="pass", begin="self.level.mul_(0.9)")
    found = mended(cell, most=1)
    assert found.doubts or "mul_(0.9).detach_()" not in found.text
