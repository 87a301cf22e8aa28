"""A state that is cut off once for rounds of which each goes backward: where it is cut off already, but one loop in."""

import pytest
from mended import mended, printed

PROGRAM = """
class Meter(nn.Module):
    def __init__(self):
        super().__init__()
        self.mix, self.level = nn.Linear(5, 3), torch.zeros(4, 3)

    def let_go(self):
        self.level = self.level.detach()

    def forward(self, x):
        self.level = self.mix(torch.cat([x, self.level], 1)).tanh()
        return self.level


def free(state):
    return [each.detach() for each in state]


meter, cell, out = Meter(), nn.LSTMCell(2, 3), nn.Linear(3, 1)
optimizer = torch.optim.SGD([*meter.parameters(), *cell.parameters(), *out.parameters()], 0.1)
h, pair = torch.zeros(4, 3), [torch.zeros(4, 3), torch.zeros(4, 3)]
for night in torch.randn(2, 3, 4, 2):
    {once}
    for hour in night:
        {each}
        {step}
        loss = {loss}.pow(2).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
print(loss.item())
"""
WAYS = [
    ("meter.let_go()", "told = meter(hour)", "out(told)"),
    ("pair = free(pair)", "pair = cell(hour, pair)", "out(pair[0])"),
    ("h = h.detach()", "h = torch.tanh(h + out(h) * hour[:, :1])", "h"),
]


@pytest.mark.parametrize(("cut", "step", "loss"), WAYS)
def test_it_is_cut_off_in_each_round_that_goes_backward(cut, step, loss):
    found = mended(PROGRAM.format(once=cut, each="pass", step=step, loss=loss), most=1)
    assert found.diagnoses[0].slug == "state_not_detached"
    assert found.output == printed(PROGRAM.format(once="pass", each=cut, step=step, loss=loss))
    assert not found.doubts


@pytest.mark.parametrize(
    "begin",
    ["h = h.detach() * 0.5", "h = torch.zeros_like(h.detach())", "h = h.detach().new_zeros(h.shape)", "meter.let_go()"],
)
def test_what_begins_anew_or_decays_stays_in_front_of_the_rounds(begin):
    _, step, loss = WAYS[0] if begin == "meter.let_go()" else WAYS[2]
    program = PROGRAM.format(once=begin, each="pass", step=step, loss=loss)
    program = program.replace(
        "self.level = self.level.detach()", "self.level = self.level.detach()\n        self.level.fill_(0)"
    )
    found = mended(program, most=1)
    assert found.text.count(begin) == program.count(begin)
    assert f"\n    {begin}\n" in found.text


def test_rounds_without_a_step_of_the_optimizer_may_be_meant_to_be_added_up():
    cut, step, loss = WAYS[0]
    program = PROGRAM.format(once=cut, each="pass", step=step, loss=loss)
    found = mended(program.replace("        optimizer.step()", "    optimizer.step()"), most=1)
    assert cut in found.diagnoses[0].fixes[0].title
    assert found.doubts
