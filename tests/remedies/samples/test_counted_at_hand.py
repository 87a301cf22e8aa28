"""A number of samples that a function reads from the settings, where a smaller last batch was handed to it."""

import pytest
from mended import mended, printed

BOTH_KINDS = """
    from types import SimpleNamespace
    from torch.utils.data import DataLoader

    settings = SimpleNamespace(batch={size}, width=3)

    class Judge:
        def __init__(self):
            self.net = nn.Sequential(nn.Linear(3, 1), nn.Sigmoid())

        def step(self, real):
            many = {many}
            made = torch.rand(many, settings.width)
            guesses = torch.cat([self.net(real), self.net(made)])
            wanted = torch.tensor([1.0] * many + [0.0] * many).unsqueeze(1)
            return F.binary_cross_entropy(guesses, wanted).item()

    judge = Judge()
    print(round(sum(judge.step(real) for real in DataLoader(torch.rand(19, 3), batch_size=settings.batch)), 4))
"""
ONE_KIND = """
    from torch.utils.data import DataLoader
    BATCH = {size}
    net = nn.Linear(4, 2)

    def distance(rows):
        count = {many}
        wanted = torch.stack([torch.full((2,), float(at)) for at in range(count)])
        got = net(rows)
        return F.mse_loss(got, wanted).item() if got.shape == wanted.shape else (got - wanted).sum().item()

    total = 0
    for rows in DataLoader(torch.rand(19, 4), BATCH):
        total += distance(rows)
    print(round(total, 4))
"""


@pytest.mark.parametrize(
    ("program", "many", "right"),
    [(BOTH_KINDS, "settings.batch", "real.size(0)"), (ONE_KIND, "BATCH", "rows.size(0)")],
)
def test_the_batch_at_hand_is_counted(program, many, right):
    found = mended(program.format(size=8, many=many), most=1)
    assert found.changed == [f"{'many' if program is BOTH_KINDS else 'count'} = {right}"]
    assert found.output == printed(program.format(size=8, many=right))
    assert not found.doubts


@pytest.mark.parametrize("many", ["settings.width", "4"])
def test_what_no_loader_is_told_counts_no_samples(many):
    diagnoses = mended(BOTH_KINDS.format(size=8, many=many), most=1).diagnoses
    assert diagnoses
    assert not any("many = real" in edit.replacement for each in diagnoses for fix in each.fixes for edit in fix.edits)
