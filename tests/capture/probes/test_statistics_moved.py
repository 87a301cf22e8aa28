"""Running statistics that a model keeps, in training alone or in evaluation as well."""

import pytest
from programs import audited, slugs

PROGRAM = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.enc, self.head = nn.Linear(5, 6), nn.Linear(6, 3)
        self.register_buffer("mean", torch.zeros({width}))

    def track(self, x):
        {track}

    def forward(self, x):
        {forward}


model, data, targets = Model(), torch.randn(24, 5) + 1, torch.randint(0, 3, (24,))
optimizer = torch.optim.SGD(model.parameters(), 0.01)
for _ in range(2):
    model.train()
    for part in range(0, 16, 8):
        {call}
        loss = F.cross_entropy(model(data[part:part + 8]), targets[part:part + 8])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    model.eval()
    with torch.no_grad():
        for part in (16, 20):
            {evaluated}
            hits = (model(data[part:part + 4]).argmax(1) == targets[part:part + 4]).sum().item()
"""
MOVES = "self.mean += 0.1 * (x.mean(0) - self.mean)"
READS = "self.track(x); return self.head(torch.tanh(self.enc(x - self.mean)))"
AFTER = "z = self.enc(x); y = self.head(z - self.mean); self.track(z.detach()); return y"
PLAIN = {"width": 5, "track": MOVES, "forward": READS, "call": "pass", "evaluated": "pass"}
CALL = "model.track(data[part:part + 4])"


@pytest.mark.parametrize(
    ("how", "is_told"),
    [
        ({}, True),
        ({"track": "self.mean = 0.9 * self.mean + 0.1 * x.mean(0)"}, True),
        ({"track": "self.mean.mul_(0.9).add_(0.1 * x.mean(dim=0))", "forward": AFTER, "width": 6}, True),
        ({"forward": READS.replace("self.track(x); ", ""), "call": CALL, "evaluated": CALL}, True),
        ({"forward": READS.replace("self.track(x); ", ""), "call": CALL}, False),
        ({"track": f"if self.training: {MOVES}"}, False),
        # Only counted, and read by nobody.
        ({"forward": READS.replace(" - self.mean", "")}, False),
        # Of this batch alone.
        ({"track": "self.mean = x.mean(0)"}, False),
        # Where the model gathers what it is to learn of, in evaluation mode alone, it is meant.
        ({"track": f"if not self.training: {MOVES}"}, False),
        # So it is where something else than the mode says that it goes on.
        ({"track": f"if self.training or self.head:\n            {MOVES}"}, False),
        ({"track": f"if self.head:\n            {MOVES}"}, True),
    ],
)
def test_who_moves_a_mean(how, is_told):
    assert slugs(PROGRAM.format(**PLAIN | how), "") == ["statistics_moved"] * is_told


def test_a_method_of_its_own_is_left_early():
    ((_, edits),) = audited(PROGRAM.format(**PLAIN), "")
    assert edits == [f"        if not self.training:\n            return\n        {MOVES}\n"]


def test_a_mean_that_is_kept_of_all_batches_is_no_mix_of_samples():
    moves = "if self.training: self.mean = 0.9 * self.mean + 0.1 * x.mean(0)"
    assert slugs(PROGRAM.format(**PLAIN | {"track": moves}), "") == []
