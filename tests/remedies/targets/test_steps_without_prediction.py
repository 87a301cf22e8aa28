"""Next steps as targets of convolutions that are not padded."""

import pytest
from mended import mended, printed

NEXT = """
    class Stack(nn.Module):
        def __init__(self, width, wide):
            super().__init__()
            self.table = nn.Embedding(9, width)
            layers = [nn.Conv1d(width, width, 2, dilation=d) for d in wide]
            self.layers = nn.Sequential(*layers, nn.Conv1d(width, {out}, 1))
            {told}

        def forward(self, seen):
            return self.layers(self.table(seen).transpose(1, 2))


    def loss_of(model, words):
        {lines}


    words = torch.randint(0, 9, (3, 20))
    print(round(loss_of(Stack(5, [1, 2, 4]), words).item(), 4))
"""
APART = "scores = model(words[:, :-1])\n        target = words[:, 1:]\n        return F.cross_entropy(scores, target)"
FLAT = APART.replace("(scores, target)", "(scores.transpose(1, 2).reshape(-1, 9), target.reshape(-1))")
HERE = "scores = model(words[:, :-1])\n        return nn.CrossEntropyLoss()(scores, words[:, 1:])"
TIED = "guess = model(words[:, :-1]).squeeze(1)\n        return F.smooth_l1_loss(guess, words[:, 1:].float())"


@pytest.mark.parametrize(
    ("told", "lines", "new"),
    [
        ("self.field = sum(wide) + 1", APART, "words[:, model.field:]"),
        ("self.field = 1 + sum(d for d in wide)", FLAT, "words[:, model.field:]"),
        ("self.lost = sum(wide)", HERE, "words[:, model.lost + 1:]"),
        ("self.field = sum(wide) + 1", TIED, "words[:, model.field:]"),
    ],
)
def test_the_model_knows_the_first_step_with_a_prediction(told, lines, new):
    bad = NEXT.format(told=told, lines=lines, out=1 if lines is TIED else 9)
    found = mended(bad, most=1)
    assert new in found.changed[0]
    assert found.output == printed(bad.replace("words[:, 1:]", "words[:, 8:]"))
    assert not found.doubts


@pytest.mark.parametrize("lines", [APART, FLAT, HERE])
def test_else_the_last_steps_are_taken(lines):
    bad = NEXT.format(told="pass", lines=lines, out=9)
    found = mended(bad, most=1)
    assert "[:, -scores.size(2):]" in found.changed[0]
    assert found.output == printed(bad.replace("words[:, 1:]", "words[:, 8:]"))
    assert bool(found.doubts) is (lines is FLAT)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        # What was read is not known to lack a step.
        ("model(words[:, :-1])", "model(words[:, 1:])"),
        # Every second step is left.
        ("dilation=d)", "stride=2)"),
    ],
)
def test_elsewhere_the_targets_begin_where_they_did(old, new):
    bad = NEXT.format(told="self.field = sum(wide) + 1", lines=APART, out=9).replace(old, new)
    diagnoses = mended(bad, most=1).diagnoses
    assert not any(" from " in fix.title for found in diagnoses for fix in found.fixes)
