"""Labels given to the loss of another question: one class a sample, or each class for itself."""

import pytest
from mended import mended, printed

PROGRAM = """
    class Trainer:
        def __init__(self, net, cost):
            self.net, self.cost = net, cost

        def fit(self, x, y):
            return self.cost(self.net(x), y)


    net = nn.Linear(5, 4)
    trainer = Trainer(net, {loss})
    loss = trainer.fit(torch.randn(7, 5), torch.tensor([0, 3, 1, 2, 2, 0, 3]))
    print(round(loss.item(), 4){more})
"""


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("F.binary_cross_entropy_with_logits", "F.cross_entropy"),
        ("nn.BCEWithLogitsLoss()", "nn.CrossEntropyLoss()"),
        ("lambda a, b: F.binary_cross_entropy_with_logits(a, b)", "lambda a, b: F.cross_entropy(a, b)"),
    ],
)
def test_class_numbers_may_ask_for_one_class_a_sample(wrong, right):
    found = mended(PROGRAM.format(loss=wrong, more=""), most=1)
    assert found.doubts
    assert found.output == printed(PROGRAM.format(loss=right, more=""))
    assert any("one_hot" in fix.title and fix.doubt for fix in found.diagnoses[0].fixes)


def test_a_sigmoid_says_that_each_class_is_for_itself():
    program = PROGRAM.format(loss="nn.BCEWithLogitsLoss()", more=", trainer.net(torch.ones(5)).sigmoid().sum().item()")
    found = mended(program, most=1)
    assert not found.doubts
    assert "one_hot" in found.diagnoses[0].fixes[0].title


@pytest.mark.parametrize("labels", ["torch.tensor([0, 1, 1, 0, 1, 0, 1])", "torch.rand(7)"])
def test_answers_of_yes_and_no_and_shares_are_no_class_numbers(labels):
    program = PROGRAM.format(loss="nn.BCEWithLogitsLoss()", more="").replace(
        "torch.tensor([0, 3, 1, 2, 2, 0, 3])", labels
    )
    found = mended(program, most=1)
    assert not any("CrossEntropy" in fix.title for fix in found.diagnoses[0].fixes)
