"""Scores that CTC reads along the samples, where there are as many samples as steps; and those that lie as it reads."""

from __future__ import annotations

import pytest
from programs import audited, slugs

PROGRAM = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.slide = nn.Conv1d(3, 8, 3, padding=1)
        self.walk = nn.GRU(8, 8, batch_first={first}, bidirectional=True)
        self.out, self.norm = nn.Linear(16, 5), nn.BatchNorm1d(8)

    def forward(self, x):
        {forward}


def criterion(out, letters):
    log_probs = {scores}
    steps, counts = torch.full(({samples},), {steps}), torch.full(({samples},), 3)
    return {loss}


model, ctc = Model(), nn.CTCLoss(zero_infinity=True)
batches = [(torch.randn({sizes}), torch.randint(1, 5, ({samples}, 3))) for _ in range(3)]
"""
LOSS = "F.ctc_loss(log_probs, letters, steps, counts, zero_infinity=True)"
SLIDES = "return self.out(self.walk(self.slide(x).relu().transpose(1, 2))[0])"
DEFAULT = {
    "first": "True", "forward": SLIDES, "scores": "out.log_softmax(2)", "loss": LOSS, "samples": "9", "steps": "9",
    "sizes": "9, 3, 9",
}  # fmt: skip
TIME_FIRST = {
    "first": "False", "sizes": "9, 9, 8", "forward": "return self.out(self.walk(x)[0])",
}  # fmt: skip


def told(**parts):
    return slugs(PROGRAM.format(**DEFAULT | parts))


@pytest.mark.parametrize(
    "parts",
    [
        {},
        {"loss": "ctc(log_probs, letters, steps, counts)"},
        {"loss": LOSS.replace("zero", "reduction='sum', zero") + " / 9"},
        {"scores": "out.log_softmax(2).contiguous()"},
    ],
)
def test_scores_with_the_samples_in_front(parts):
    assert told(**parts) == ["ctc_along_batch"]


def test_the_edit_turns_the_scores():
    ((_, edits),) = audited(PROGRAM.format(**DEFAULT))
    assert edits == [f"    return {LOSS.replace('log_probs', 'log_probs.transpose(0, 1)')}\n"]


@pytest.mark.parametrize(
    "parts",
    [
        {"scores": "out.log_softmax(2).transpose(0, 1)"},
        {"scores": "out.log_softmax(2).transpose(0, 1)", "samples": "4", "sizes": "4, 3, 9"},
        TIME_FIRST,
        # What mixes the samples on purpose, in front of scores that lie as they should.
        {
            "forward": SLIDES.replace("self.slide(x)", "self.norm(self.slide(x))"),
            "scores": "out.log_softmax(2).transpose(0, 1)",
        },
        # Each step for itself, with time in front.
        TIME_FIRST | {"forward": "return self.out(torch.cat([x, x], 2))"},
        # One sequence of all.
        {"scores": "out.log_softmax(2)[0]", "loss": "F.ctc_loss(log_probs, letters[0], steps[:1], counts[:1])"},
    ],
)
def test_scores_with_time_in_front(parts):
    assert "ctc_along_batch" not in told(**parts)
