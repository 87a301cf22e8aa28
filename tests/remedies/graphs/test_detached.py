"""Where a state is cut off from the round before: in the rounds that go backward, behind what is read of it there."""

import pytest
from mended import mended, printed

READER = """
class Reader(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = nn.{kind}(3, 8, batch_first=True)
        self.out = nn.Linear(8, 1)

    def forward(self, x, state):
        read, state = self.rnn(x, state)
        return self.out(read), state


def follow(model, x, state):
    for _ in range(3):
        told, state = model(x, state)
    return told


def begin():
    return {begin}


model = Reader()
optimizer = torch.optim.SGD(model.parameters(), 0.1)
state = begin()
for x, y in [(torch.randn(4, 5, 3), torch.randn(4, 5, 1)) for _ in range(4)]:
    {cut}
    told, state = model(x, state)
    loss = F.mse_loss(told, y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
print(loss.item(), follow(model, x, begin()).sum().item())
"""
CELLS = """
cell, out = nn.GRUCell(3, 8), nn.Linear(8, 1)
optimizer = torch.optim.SGD([*cell.parameters(), *out.parameters()], 0.1)
state = torch.zeros(4, 8)
for x, y in [(torch.randn(5, 4, 3), torch.randn(4, 1)) for _ in range(4)]:
    {cut}
    for step in x:
        {step}
    loss = F.mse_loss({read}, y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
print(loss.item())
"""
BOTH = "tuple(each.detach() for each in state)"


@pytest.mark.parametrize(
    ("kind", "begin", "cut"),
    [("GRU", "torch.zeros(1, 4, 8)", "state.detach()"), ("LSTM", "2 * (torch.zeros(1, 4, 8),)", BOTH)],
)
def test_the_rounds_that_go_backward_are_meant_and_no_others(kind, begin, cut):
    found = mended(READER.format(kind=kind, begin=begin, cut="pass"))
    assert found.output == printed(READER.format(kind=kind, begin=begin, cut=f"state = {cut}"))
    assert found.diagnoses[0].fixes[0].edits[0].replacement.strip() == (
        f"told, state = model(x, state)\n    state = {cut}"
    )


@pytest.mark.parametrize(
    ("step", "read"),
    [
        ("state = cell(step, state)", "out(state)"),
        ("state = cell(step, state); told = out(state)", "told"),
    ],
)
def test_the_steps_of_a_round_stay_together(step, read):
    found = mended(CELLS.format(cut="pass", step=step, read=read))
    assert found.output == printed(CELLS.format(cut="state = state.detach()", step=step, read=read))


def test_a_state_that_each_round_begins_anew_is_left():
    program = CELLS.format(cut="state = torch.zeros(4, 8)", step="state = cell(step, state)", read="out(state)")
    program = program.replace(
        "loss = F.mse_loss(out(state), y)", "kept = kept + out(state); loss = F.mse_loss(kept, y)"
    )
    found = mended(program.replace("state = torch.zeros(4, 8)\nfor", "kept = torch.zeros(4, 1)\nfor"), most=1)
    assert not any("state = state.detach()" in fix.title for each in found.diagnoses for fix in each.fixes)


STEPS = """
cell, head = nn.GRUCell(3, 8), nn.Linear(8, 1)
optimizer = torch.optim.SGD([*cell.parameters(), *head.parameters()], 0.1)
series, wanted = torch.randn(4, 6, 3), torch.randn(4, 6, 1)
state = torch.zeros(4, 8)
for step in range(6):
    state = cell(series[{at}], state)
    loss = F.mse_loss(head(state), wanted[:, step])
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
print(loss.item())
"""


@pytest.mark.parametrize("at", [":, step", ":, step, :"])
def test_the_losses_of_the_steps_of_one_sequence_may_be_meant_to_be_added_up(at):
    found = mended(STEPS.format(at=at))
    assert "state = state.detach()" in found.text
    assert found.doubts


NONE_AT_FIRST = """
class Walker(nn.Module):
    def __init__(self):
        super().__init__()
        self.cell, self.out, self.state = nn.GRUCell(3, 6), nn.Linear(6, 1), None

    def begin(self):
        self.state = None

    def forward(self, x):
        self.state = self.cell(x, {read})
        return self.out(self.state)


model = Walker()
total = 0.0
for _ in range(2):
    model.begin()
    for x in torch.randn(4, 2, 3):
        {loss}
        {total}.backward()
print(model.cell.weight_hh.grad.sum().item())
"""
ADDED = ("total = total + model(x).pow(2).mean()", "total")


@pytest.mark.parametrize(("loss", "total"), [("loss = model(x).pow(2).mean()", "loss"), ADDED], ids=["each", "added"])
def test_a_state_that_is_none_at_first_is_cut_off_later_only(loss, total):
    cut = "None if self.state is None else self.state.detach()"
    found = mended(NONE_AT_FIRST.format(read="self.state", loss=loss, total=total), most=1)
    assert cut in found.text
    # Where the losses are added up it is not the state alone that leads back.
    assert bool(found.doubts) == (total == "total")


def test_each_part_of_a_row_is_cut_off_where_it_is_handed_on():
    program = """
    class Teller(nn.Module):
        def __init__(self):
            super().__init__()
            self.rnn, self.top, self.state = nn.LSTM(3, 4), nn.Linear(4, 1), None

        def forward(self, x):
            seen, state = self.rnn(x, self.state)
            self.state = {}
            return self.top(seen)

    net = Teller()
    for part in torch.randn(3, 5, 2, 3):
        loss = net(part).pow(2).mean()
        loss.backward()
    print(loss.item())
    """
    found = mended(program.format("tuple(part for part in state)"), most=1)
    assert found.changed == ["self.state = tuple(part.detach() for part in state)"]
    assert found.output == printed(program.format("tuple(part.detach() for part in state)"))
