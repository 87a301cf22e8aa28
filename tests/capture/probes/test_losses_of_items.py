"""What losses take of the items that they are made of: masks, classes, logarithms, columns against rows."""

from __future__ import annotations

import pytest
from programs import audited, slugs

PAIRED = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.one, self.two = nn.Linear(3, 1), nn.Linear(3, 1)

    def forward(self, x):
        return self.one(x), self.two(x)


def criterion(pair, weight):
    one, two = pair
    return ({loss}).mean()


model = Model()
batches = [(torch.randn(6, 3), torch.rand(6, 1)) for _ in range(3)]
"""


@pytest.mark.parametrize(
    ("loss", "found"),
    [
        ("weight * (one - two.view(-1))", ["every_prediction_with_every_target"]),
        ("(one.squeeze(1) - two).pow(2)", ["every_prediction_with_every_target"]),
        ("weight * (one - two)", []),
        # All pairs are meant: an axis was added for them.
        ("(one.view(-1, 1) - two.view(1, -1)).relu()", []),
        ("(one - two.view(-1).unsqueeze(0)).relu()", []),
        # The same scores against themselves.
        ("(one - one.view(-1)).relu()", []),
    ],
)
def test_a_column_of_predictions_against_a_row(loss, found):
    assert slugs(PAIRED.format(loss=loss)) == found


MASKED = """
def criterion(scores, labels):
    keep = (labels > 0).float()
    return {loss}


model = nn.Linear(3, 5)
batches = [(torch.randn(6, 3), torch.randint(0, 5, (6,))) for _ in range(3)]
"""


@pytest.mark.parametrize(
    ("loss", "found"),
    [
        ("(F.cross_entropy(scores, labels) * keep).sum() / keep.sum()", ["weighted_after_reduction"]),
        ("(keep * -F.nll_loss(scores.log_softmax(1), labels).neg()).mean()", ["weighted_after_reduction"]),
        ("(F.cross_entropy(scores, labels, reduction='none') * keep).sum() / keep.sum()", []),
        # The same factor for all makes no difference.
        ("(F.cross_entropy(scores, labels) * torch.full((6,), 1 / 6)).sum()", []),
        # One weight for all.
        ("F.cross_entropy(scores, labels) * keep.mean()", []),
    ],
)
def test_a_mask_that_meets_one_number(loss, found):
    assert slugs(MASKED.format(loss=loss)) == found


FOCAL = """
{before}


def criterion(scores, labels):
    loss = {loss}
    right = torch.exp(-loss)
    return {told}


model = nn.Linear(3, 5)
batches = [(torch.randn(6, 3), torch.randint(0, 5, (6,))) for _ in range(3)]
"""


@pytest.mark.parametrize(
    ("before", "loss", "told", "edit"),
    [
        (
            "",
            "F.cross_entropy(scores, labels)",
            "((1 - right) ** 2 * loss).mean()",
            "loss = F.cross_entropy(scores, labels, reduction='none')",
        ),
        (
            "",
            "F.cross_entropy(scores, labels, reduction='mean')",
            "torch.mean(0.25 * (1 - right).pow(2) * loss)",
            "loss = F.cross_entropy(scores, labels, reduction='none')",
        ),
        (
            "ce = nn.CrossEntropyLoss(label_smoothing=0.1)",
            "ce(scores, labels)",
            "(loss * torch.pow(1 - right.detach(), 2)).sum()",
            "ce = nn.CrossEntropyLoss(label_smoothing=0.1, reduction='none')",
        ),
        ("", "F.cross_entropy(scores, labels)", "(1 - right) ** 2 * loss", ""),
        ("", "-scores.log_softmax(1).gather(1, labels[:, None]).mean()", "((1 - right) ** 2 * loss).mean()", ""),
        (
            "",
            "F.binary_cross_entropy_with_logits(scores[:, 0], (labels > 2).float())",
            "(torch.where(labels > 2, 0.25, 0.75) * (1 - right) ** 2 * loss).mean()",
            "loss = F.binary_cross_entropy_with_logits(scores[:, 0], (labels > 2).float(), reduction='none')",
        ),
    ],
)
def test_a_focal_factor_of_the_mean(before, loss, told, edit):
    ((slug, edits),) = audited(FOCAL.format(before=before, loss=loss, told=told))
    assert slug == "weighted_after_reduction"
    assert [one.strip() for one in edits] == ([edit] if edit else [])


@pytest.mark.parametrize(
    ("loss", "told"),
    [
        ("F.cross_entropy(scores, labels, reduction='none')", "((1 - right) ** 2 * loss).mean()"),
        ("F.cross_entropy(scores, labels, reduction='none')", "(loss + 1 - right).mean()"),
        # What is added to the mean is a mean itself.
        ("F.cross_entropy(scores, labels)", "loss + 1 - scores.softmax(1).gather(1, labels[:, None]).mean()"),
        # Each of two tasks counts the more, the worse it is.
        (
            "F.cross_entropy(scores[:3], labels[:3])",
            "sum((1 - torch.exp(-one)) * one for one in (loss, F.mse_loss(scores, scores * 0)))",
        ),
        ("F.cross_entropy(scores[:1], labels[:1])", "(1 - right) * loss"),
        # What one loss is given is taken from another one; and what is no probability.
        ("F.cross_entropy(scores, labels)", "(lambda w: w * loss + (1 - w) * scores.pow(2).mean())(1 - right)"),
        ("F.mse_loss(scores[:, 0], labels.float())", "(1 - right) * loss"),
    ],
)
def test_a_factor_for_each_item(loss, told):
    assert "weighted_after_reduction" not in slugs(FOCAL.format(before="", loss=loss, told=told))


BESIDE = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.mean, self.spread, self.back = nn.Linear(3, 5), nn.Linear(3, 5), nn.Linear(5, 3)

    def forward(self, x):
        return self.back(self.mean(x)), self.mean(x), self.spread(x)


def criterion(made, x):
    back, mean, spread = made
    keep = (x[..., 0] > 0).float()
    each = spread.exp() + mean.pow(2) - 1 - spread
    rest = (back - x).pow(2).mean(-1)
    return {loss}


model = Model()
batches = [(x, x) for x in torch.randn(3, 6, 4, 3)]
"""


@pytest.mark.parametrize(
    ("loss", "found"),
    [
        ("(rest * keep + 0.5 * (0.5 * torch.sum(each) * keep)).sum() / keep.sum()", True),
        ("(rest * keep).sum() / keep.sum() + (each.mean() * keep).div(2).sum()", True),
        ("(rest * keep + 0.1 * each.sum(-1) * keep).sum() / keep.sum()", False),
        ("(rest * keep + 0.1 * (each * keep.unsqueeze(-1)).mean()).sum() / keep.sum()", False),
        # A penalty of all parameters is one number on purpose.
        ("((rest + model.mean.weight.pow(2).sum()) * keep).sum() / keep.sum()", False),
    ],
)
def test_a_mask_that_meets_one_number_beside_other_losses(loss, found):
    assert slugs(BESIDE.format(loss=loss)) == (["weighted_after_reduction"] if found else [])


CHOICES = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(3, 4)

    def forward(self, x):
        return self.linear(x){end}


def criterion(out, reward):
    choice = torch.distributions.Categorical({given}=out)
    return -(choice.log_prob(torch.zeros(6)) * reward).mean()


model = Model()
batches = [(torch.randn(6, 3), torch.rand(6)) for _ in range(3)]
"""


@pytest.mark.parametrize(
    ("end", "given", "found"),
    [
        (".softmax(-1)", "logits", ["activation_twice"]),
        (".softmax(-1)", "probs", []),
        (".log_softmax(-1)", "logits", []),
        ("", "logits", []),
    ],
)
def test_scores_of_a_distribution(end, given, found):
    assert slugs(CHOICES.format(end=end, given=given)) == found


@pytest.mark.parametrize(("end", "found"), [("", ["scores_instead_of_logarithms"]), (".log_softmax(-1)", [])])
def test_ctc_takes_logarithms(end, found):
    program = f"""
    def criterion(scores, target):
        lengths = torch.full((4,), 9), torch.full((4,), 3)
        return F.ctc_loss(scores{end}.transpose(0, 1), target, *lengths)

    model = nn.Linear(3, 5)
    batches = [(torch.randn(4, 9, 3), torch.randint(1, 5, (4, 3))) for _ in range(3)]
    """
    assert slugs(program) == found


TAGS = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding, self.linear = nn.Embedding(9, 8, padding_idx=0), nn.Linear(8, 4)

    def forward(self, x):
        return self.linear(self.embedding(x)).transpose(1, 2)


def batch():
    words = torch.randint(1, 9, (5, 7))
    tags = (words + {first}) % 4
    for row, length in enumerate((5, 7, 2, 4, 6)):
        words[row, length:], tags[row, length:] = 0, {padding}
    return words, tags


model, criterion = Model(), nn.CrossEntropyLoss(ignore_index={ignored})
batches = [batch() for _ in range(3)]
"""


@pytest.mark.parametrize(
    ("first", "padding", "ignored", "found"),
    [
        ("0", 0, 0, ["real_class_ignored"]),
        ("1", 2, 2, ["real_class_ignored"]),
        ("0", -100, -100, []),
    ],
)
def test_a_class_that_real_steps_have(first, padding, ignored, found):
    assert slugs(TAGS.format(first=first, padding=padding, ignored=ignored)) == found


def test_a_prompt_may_be_left_out_by_the_label_of_padding():
    program = """
    class Model(nn.Module):
        def __init__(self):
            super().__init__()
            self.embedding, self.linear = nn.Embedding(9, 8, padding_idx=0), nn.Linear(8, 9)

        def forward(self, x):
            return self.linear(self.embedding(x)).transpose(1, 2)


    def batch():
        words = torch.randint(1, 9, (5, 7))
        asked = words.clone()
        for row, length in enumerate((5, 7, 3, 4, 6)):
            words[row, length:], asked[row, length:], asked[row, :2] = 0, 0, 0
        return words, asked


    model, criterion = Model(), nn.CrossEntropyLoss(ignore_index=0)
    batches = [batch() for _ in range(3)]
    """
    assert "real_class_ignored" not in slugs(program)


PICKED = """
def criterion(scores, labels):
    losses = -scores.softmax(1).gather(1, labels.view(-1, 1)).log()
    return torch.masked_select({losses}, {keep}).mean()


model = nn.Linear(3, 5)
batches = [(torch.randn(6, 3), torch.tensor([1, 0, 3, 0, 2, 4])) for _ in range(3)]
"""


@pytest.mark.parametrize(
    ("losses", "keep", "found"),
    [
        ("losses", "labels > 0", ["every_prediction_with_every_target"]),
        ("losses.squeeze(1)", "labels > 0", []),
        ("losses", "labels.view(-1, 1) > 0", []),
        ("losses", "labels[:, None].expand(-1, 2) > 0", []),
    ],
)
def test_losses_that_a_mask_selects(losses, keep, found):
    assert slugs(PICKED.format(losses=losses, keep=keep)) == found
