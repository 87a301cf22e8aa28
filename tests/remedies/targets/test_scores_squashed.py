"""Scores that a loss for probabilities refused."""

import pytest
from mended import mended, printed

PROGRAM = """
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.rnn = nn.GRU(3, 8, batch_first=True)
            self.fc = nn.Linear(8, 1)

        def forward(self, x):
            _, h = self.rnn(x)
            return {scores}

    net = Net()
    criterion = {criterion}
    x, y = 5 * torch.randn(20, 5, 3), torch.randint(0, 2, (20,)).float()
    answer = net(x)
    print(f"{{criterion(answer, y).item():.4f}}")
    print(({read}).float().mean().item())
"""
SCORES = "self.fc(h[-1]).squeeze(1)"
SQUASHED = f"torch.sigmoid({SCORES})"
LOGITS = "nn.BCEWithLogitsLoss()"


@pytest.mark.parametrize(
    ("scores", "criterion", "read", "meant"),
    [
        (SCORES, "nn.BCELoss()", "answer > 0.5", {"scores": SQUASHED}),
        (SCORES, "F.binary_cross_entropy", "answer.round()", {"scores": SQUASHED}),
        (SCORES, "nn.BCELoss()", "answer.sigmoid()", {"criterion": LOGITS}),
        (f"torch.tanh({SCORES})", "nn.BCELoss()", "answer > 0.5", {"scores": SQUASHED}),
        (f"F.relu({SCORES})", "nn.BCELoss()", "answer", {"scores": SQUASHED}),
    ],
)
def test_a_sigmoid_is_put_where_it_is_missing(scores, criterion, read, meant):
    wrong = {"scores": scores, "criterion": criterion, "read": read}
    if "relu" in scores:
        wrong["scores"] = scores.replace("self.fc(", "9 * self.fc(")
        meant = {"scores": meant["scores"].replace("self.fc(", "9 * self.fc(")}
    found = mended(PROGRAM.format(**wrong))
    assert [each.slug for each in found.diagnoses] == ["scores_for_probabilities"]
    assert found.output == printed(PROGRAM.format(**wrong | meant))
    assert found.doubts == []


def test_nothing_is_squashed_that_holds_what_is_no_number():
    found = mended(PROGRAM.format(scores=f"{SCORES} / 0 * 0", criterion="nn.BCELoss()", read="answer"))
    assert not any("sigmoid" in fix.title or "Logits" in fix.title for fix in found.diagnoses[0].fixes)


@pytest.mark.parametrize(
    ("change", "title"),
    [
        (("torch.sigmoid({})", "F.logsigmoid({})"), ".exp()"),
        (("{}", "2 + torch.sigmoid({})"), ""),
        (("torch.sigmoid({})", "relu({})"), "torch.sigmoid"),
    ],
    ids=["logarithms", "made larger", "a name of its own"],
)
def test_what_stands_there_already_is_not_squashed_once_more(change, title):
    scores = change[1].format(f"9 * {SCORES}" if "relu" in change[1] else SCORES)
    program = PROGRAM.format(scores=scores, criterion="nn.BCELoss()", read="answer")
    found = mended(f"\n    from torch import relu{program}", most=1)
    if title:
        assert title in found.diagnoses[0].fixes[0].title
        assert found.doubts == []
    else:
        assert not any("igmoid" in fix.title and not fix.doubt for fix in found.diagnoses[0].fixes)


def test_labels_in_the_place_of_probabilities_are_not_squashed():
    program = "x, y = torch.rand(4), torch.tensor([0.0, 2.0, 1.0, 3.0])\nprint(F.binary_cross_entropy(y, x))"
    assert not any(fix.edits for fix in mended(program, most=1).diagnoses[0].fixes if "igmoid" in fix.title)
