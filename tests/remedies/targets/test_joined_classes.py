"""Views that join the classes with the steps before one number is picked, and views that do the same and are right."""

import pytest
from mended import mended, printed

PROGRAM = """
    class Net(nn.Module):
        def __init__(self, width):
            super().__init__()
            self.rnn = nn.GRU(5, 6, batch_first=True)
            self.fc = nn.Linear(6, width)

        def forward(self, x):
            n = x.size(0)
            out, state = self.rnn(x)
            out = self.fc(out.reshape(-1, 6))
            {picked}
            return out, state

    net = Net({width})
    labels = {labels}
    for rows, wanted in zip(torch.randn(8, 7, 5).split(4), labels.split(4)):
        scores, _ = net(rows)
        loss = {loss}(scores, wanted)
        loss.backward()
    print(round(loss.item(), 4))
"""
CLASSES = {"width": 3, "labels": "torch.arange(8).remainder(3)", "loss": "nn.functional.cross_entropy"}
VALUES = {"width": 3, "labels": "torch.randn(8, 3)", "loss": "nn.functional.mse_loss"}
TWO_LINES = "out = out.view(n, {})\n            out = out[:, -1]"


@pytest.mark.parametrize("how", [CLASSES, VALUES, {**CLASSES, "width": "len('abc')"}])
@pytest.mark.parametrize("picked", [TWO_LINES, "out = out.reshape((n, {}))[:, -1]"])
def test_the_classes_keep_an_axis(picked, how):
    found = mended(PROGRAM.format(picked=picked.format("-1"), **how))
    assert [each.slug for each in found.diagnoses] == ["classes_joined_with_steps"]
    assert found.output == printed(PROGRAM.format(picked=picked.format("-1, 3"), **how))
    assert not found.doubts


def test_one_number_a_step_is_what_such_a_view_is_for():
    lines = {"width": 1, "loss": "nn.functional.binary_cross_entropy_with_logits"}
    program = PROGRAM.format(picked=TWO_LINES.format("-1"), labels="torch.arange(8).remainder(2).to({})", **lines)
    found = mended(program.format("torch.int64"))
    assert "classes_joined_with_steps" not in [each.slug for each in found.diagnoses]
    assert found.output == printed(program.format("torch.float32"))


@pytest.mark.parametrize("given", ["scores[:, -1]", "scores.max(1).values", "scores.mean(1)"])
def test_labels_are_not_made_probabilities(given):
    program = f"""
        scores, labels = nn.Linear(5, 3)(torch.randn(4, 5)), torch.tensor([2, 0, 1, 1])
        print(nn.functional.cross_entropy({given}, labels).item())
    """
    (found,) = mended(program, most=1).diagnoses
    assert not any("float" in fix.title for fix in found.fixes)
