"""What is told of an epoch: counted in that alone, or in all those before it as well."""

import pytest
from programs import slugs

PROGRAM = """
class Mean:
    def __init__(self):
        self.reset()

    def reset(self):
        self.sum, self.count = torch.zeros(2), 0

    def take(self, value):
        self.sum[0] += value
        self.count += 1
        self.avg = self.sum[0] / self.count


def learn(x, y):
    loss = F.cross_entropy(model(x), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()


model, data, labels = nn.Linear(5, 3), torch.randn(16, 5), torch.randint(0, 3, (16,))
optimizer = torch.optim.SGD(model.parameters(), 0.01)
batches, mean, right, total, seen = list(zip(data.split(4), labels.split(4))), Mean(), 0, 0, 0
for {at} in {rounds}:
    {before}
    for x, y in {batches}:
        {each}
    {told}
"""
PLAIN = {"at": "epoch", "rounds": "range(2)", "batches": "batches", "before": "pass"}
METER = {"each": "mean.take(learn(x, y))", "told": "print(mean.avg)"}
SUMS = {"each": "total += learn(x, y)", "told": "print(total / len(batches))"}
HITS = {
    "each": "learn(x, y)\n        with torch.no_grad():\n            right += (model(x).argmax(1) == y).sum().item()"
    "\n        seen += len(y)",
    "told": "print(right / seen)",
}  # fmt: skip


@pytest.mark.parametrize(
    ("how", "is_told"),
    [
        (METER, True),
        (SUMS, True),
        (METER | {"told": "print(mean.avg); mean.reset()"}, False),
        (METER | {"before": "mean = Mean()"}, False),
        (SUMS | {"before": "total = 0"}, False),
        # So many epochs are over.
        (HITS | {"told": "print(seen / len(data))"}, False),
        # Of other batches in each round.
        (HITS | {"at": "part", "rounds": "range(0, 4, 2)", "batches": "batches[part:part + 2]"}, False),
        # Of what goes on from where a round begins.
        (METER | {"before": "w = torch.zeros(4, 5)", "each": "w = w + x; mean.take(learn(w, y)); w = w / 2"}, True),
        (METER | {"before": "w = torch.zeros(4, 5)", "each": "mean.take(learn(w, y)); w = x"}, False),
        (METER | {"at": "batches", "rounds": "[batches[:2], batches[2:]]"}, False),
    ],
)
def test_what_a_measure_counts(how, is_told):
    assert slugs(PROGRAM.format(**PLAIN | how), "") == ["counted_over_epochs"] * is_told


def test_what_is_told_of_all_epochs_together():
    program = PROGRAM.format(**PLAIN | METER).replace("    print(mean.avg)", "print(mean.avg)")
    assert slugs(program, "") == []
