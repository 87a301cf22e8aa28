"""Weights of classes in a loss of one's own."""

import pytest
from mended import mended, printed

PROGRAM = """
    class Weighted(nn.Module):
        def __init__(self):
            super().__init__()
            self.alpha = torch.tensor([0.2, 0.5, 0.3])
        def forward(self, scores, y, other):
            ce = {loss}
            return ({text}).mean()
    y = torch.tensor([0, 2, 1, 1, 0, 2, 2, 0])
    print(Weighted()(torch.randn(8, 3), y, y.flip(0)))
"""
LOSS = "F.cross_entropy(scores, y, reduction='none')"


@pytest.mark.parametrize("loss", [LOSS, "-scores.log_softmax(1)[torch.arange(8), y]"])
@pytest.mark.parametrize("text", ["{alpha} * (1 - torch.exp(-ce)) * ce", "ce * {alpha}"])
def test_each_sample_has_the_weight_of_its_class(loss, text):
    found = mended(PROGRAM.format(loss=loss, text=text.format(alpha="self.alpha")))
    assert found.output == printed(PROGRAM.format(loss=loss, text=text.format(alpha="self.alpha[y]")))
    assert not found.doubts


@pytest.mark.parametrize(
    ("loss", "text"),
    [
        # Two sets of labels stand with the scores.
        ("F.cross_entropy(scores, y, reduction='none') + F.cross_entropy(scores, other)", "self.alpha * ce * other"),
        # No labels stand with scores of so many classes.
        ("scores.sum(1)", "self.alpha * ce * y"),
    ],
)
def test_which_labels_are_meant_must_be_known(loss, text):
    found = mended(PROGRAM.format(loss=loss, text=text), most=1)
    assert not any("self.alpha[" in fix.title for each in found.diagnoses for fix in each.fixes)


def test_weights_beside_a_mean_over_the_classes_leave_it_open():
    program = """
    def weighted(scores, y, w):
        off = (scores - F.one_hot(y, 3)).abs().mean(1)
        return (w * off).mean()
    print(weighted(torch.rand(6, 3), torch.randint(0, 3, (6,)), torch.tensor([0.2, 0.5, 0.3])).item())
    """
    found = mended(program, most=1)
    assert found.doubts or not any("w[y]" in line for line in found.changed)


def test_weights_beside_a_sum_of_a_loss_for_each_class_leave_it_open():
    program = """
    def weighted(scores, y, w):
        off = F.binary_cross_entropy_with_logits(scores, F.one_hot(y, 3).float(), reduction="none").sum(1)
        return (off * w).mean()
    print(weighted(torch.rand(6, 3), torch.randint(0, 3, (6,)), torch.tensor([0.2, 0.5, 0.3])).item())
    """
    found = mended(program, most=1)
    assert found.doubts or not any("w[y]" in line for line in found.changed)
