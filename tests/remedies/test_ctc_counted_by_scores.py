"""Scores with the samples first, whose lengths are counted by the scores themselves: turned before they are counted."""

import pytest
from mended import mended, printed

PROGRAM = """
    class Reader(nn.Module):
        def __init__(self):
            super().__init__()
            self.front, self.score = nn.Conv1d(3, 6, 3, padding=1), nn.Linear(6, 5)

        def forward(self, x):
            return self.score(self.front(x).transpose(1, 2)).log_softmax(2){turn}


    def loss_of(scores, letters, counts):
        {counted}
        return F.ctc_loss(scores, letters, steps, counts)


    letters, counts = torch.randint(1, 5, (4, 3)), torch.tensor([3, 2, 3, 1])
    reader = Reader()
    print(round(loss_of(reader(torch.randn(4, 3, 11)), letters, counts).item(), 4))
"""


@pytest.mark.parametrize(
    "counted",
    [
        "t, n, _ = scores.shape\n        steps = torch.full((n,), t)",
        "steps = torch.full((scores.size(1),), scores.size(0), dtype=torch.long)",
        "steps = torch.tensor([len(scores)] * scores.shape[1])",
    ],
)
def test_scores_are_turned_where_they_are_made(counted):
    found = mended(PROGRAM.format(turn="", counted=counted))
    assert found.output == printed(PROGRAM.format(turn=".transpose(0, 1)", counted=counted))
    assert len(found.diagnoses) == 1
    assert "transpose(0, 1)" in found.changed[0]
    assert "ctc_loss" not in found.changed[0]
    assert not found.doubts


@pytest.mark.parametrize("asked", ["scores.size(0)", "scores.shape[0]", "len(scores)"])
def test_so_are_scores_whose_steps_alone_are_asked_of_them(asked):
    flat = PROGRAM.replace("torch.randint(1, 5, (4, 3))", "torch.randint(1, 5, (9,))")
    counted = f"steps = torch.full((counts.size(0),), {asked})"
    found = mended(flat.format(turn="", counted=counted))
    assert found.output == printed(flat.format(turn=".transpose(0, 1)", counted=counted))
    assert "ctc_loss" not in found.changed[0]
    assert not found.doubts
