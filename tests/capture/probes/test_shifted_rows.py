"""Tokens that are shifted from one row into the next one."""

import pytest
from programs import audited, slugs

PROGRAM = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.read, self.table = nn.Linear(4, 8), nn.Embedding(7, 5)
        self.write, self.top = nn.GRU(5, 8, batch_first=True), nn.Linear(8, 7)

    def forward(self, x, words):
        return self.top(self.write(self.table(words), self.read(x).tanh().unsqueeze(0))[0])


model = Model()
optimizer = torch.optim.Adam(model.parameters(), 0.01)
xs, codes = torch.randn(45, 4), torch.randint(0, 7, (45, 6))
for x, words in torch.utils.data.DataLoader(torch.utils.data.TensorDataset(xs, codes), batch_size=9):
    loss = F.cross_entropy(model(x, {shifted}).flatten(0, 1), words.flatten())
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""


@pytest.mark.parametrize("shifted", ["torch.roll(words, 1)", "words.roll(1)", "torch.roll(words, shifts=1)"])
def test_a_roll_without_an_axis_goes_from_row_to_row(shifted):
    found = audited(PROGRAM.format(shifted=shifted), "")
    assert [slug for slug, *_ in found] == ["shifted_along_batch"]
    assert f"{shifted[:-1]}, dims=1)" in found[0][1][0]


@pytest.mark.parametrize("shifted", ["words.roll(1, 1)", "torch.roll(words, 1, dims=-1)", "F.pad(words, (1, -1))"])
def test_a_shift_along_the_steps_stays_in_its_row(shifted):
    assert slugs(PROGRAM.format(shifted=shifted), "") == []
