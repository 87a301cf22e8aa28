"""What is stored in every second place is counted in steps of two; what a loop counts is taken along its axis."""

import pytest
from mended import mended, printed

WAVES = """
    def waves(steps, width):
        table = torch.zeros(steps, width)
        at = torch.arange(steps).unsqueeze(1)
        rate = {rate}
        table[:, 0::{k}] = torch.sin(at * rate)
        table[:, 1::{k}] = torch.cos(at * rate)
        return table


    print(round(waves(7, 6).sum().item(), 3))
"""
RATES = ["torch.exp(torch.arange({}) / width)", "1 / (10000 ** (torch.arange({}) / width))", "torch.arange({}).float()"]


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("bad", ["width", "0, width"])
def test_a_count_has_the_step_of_the_place(rate, bad):
    found = mended(WAVES.format(rate=rate.format(bad), k=2))
    assert found.output == printed(WAVES.format(rate=rate.format("0, width, 2"), k=2))
    assert not found.doubts


def test_a_count_of_another_length_has_no_step():
    program = WAVES.format(rate="torch.arange(width - 2)", k=2)
    assert "step 2" not in [fix.title for fix in mended(program, most=1).diagnoses[0].fixes]


STEPS = """
    read, score = nn.GRUCell(4, 8), nn.Linear(8, 9)
    x, y = torch.randn(5, 7, 4), torch.randint(0, 9, (5, 7))
    {before}
    state, loss = torch.zeros(5, 8), 0
    for t in range({rounds}):
        state = read(x[:, t], state)
        loss = loss + F.cross_entropy(score(state), {label})
    print(round(loss.item(), 4))
"""


@pytest.mark.parametrize("label", ["y", "y[t]"])
@pytest.mark.parametrize(
    ("before", "rounds"),
    [
        ("pass", "y.size(1)"),
        ("pass", "1, y.shape[1]"),
        ("n, steps = y.shape", "steps"),
        ("n, steps = y.shape", "1, steps"),
    ],
)
def test_labels_are_taken_step_by_step(before, rounds, label):
    found = mended(STEPS.format(before=before, rounds=rounds, label=label))
    if label == "y" and "steps" in rounds:
        # That the loop goes along the labels is not said.
        assert found.output == "crashed" or found.doubts or "y[:, t]" in found.text
        return
    assert found.output == printed(STEPS.format(before=before, rounds=rounds, label="y[:, t]"))
    assert not found.doubts


def test_rounds_that_are_counted_by_samples_are_left():
    program = STEPS.format(before="pass", rounds="y.size(0)", label="y[t]")
    assert not any(fix.title == "y[:, t]" for fix in mended(program, most=1).diagnoses[0].fixes if not fix.doubt)
