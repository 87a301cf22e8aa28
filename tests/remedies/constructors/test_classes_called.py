"""The class of a loss kept in place of a loss: made where it is kept."""

import pytest
from mended import mended, printed

PROGRAM = """
    class Trainer:
        def __init__(self, model, criterion={given}):
            self.model = model
            self.criterion = {kept}

        def loss(self, x, y):
            return self.criterion(self.model(x), y)


    print(round(Trainer(nn.Linear(3, 4)).loss(torch.randn(5, 3), torch.tensor([0, 3, 1, 2, 1])).item(), 4))
"""


@pytest.mark.parametrize(("given", "kept"), [("None", "nn.CrossEntropyLoss{}"), ("nn.CrossEntropyLoss{}", "criterion")])
def test_the_loss_is_made_where_it_is_kept(given, kept):
    found = mended(PROGRAM.format(given=given.format(""), kept=kept.format("")), most=1)
    assert "nn.CrossEntropyLoss()" in found.changed[0]
    assert not found.doubts
    assert found.output == printed(PROGRAM.format(given=given.format("()"), kept=kept.format("()")))


def test_a_loss_that_was_made_is_left_alone():
    found = mended(PROGRAM.format(given="None", kept="nn.NLLLoss()").replace("(3, 4)", "(3, 2)"), most=1)
    assert not any("()()" in each for each in found.changed)


@pytest.mark.parametrize("kind", ["CrossEntropyLoss", "MultiMarginLoss"])
@pytest.mark.parametrize("where", ["nn.{}{}(model(x), y)", "torch.nn.{}{}(model(x), y)", "2 * nn.{}{}(model(x), y)"])
def test_the_scores_are_no_settings_of_a_loss(kind, where):
    program = """
        model, x, y = nn.Linear(3, 4), torch.randn(5, 3), torch.tensor([0, 3, 1, 2, 1])
        loss = {}
        loss.backward()
        print(round(loss.item(), 4), round(model.weight.grad.sum().item(), 4))
    """
    found = mended(program.format(where.format(kind, "")))
    assert found.output == printed(program.format(where.format(kind, "()")))
    assert found.diagnoses[0].slug == "class_for_instance"
    assert not found.doubts
