"""What the loss leaves out, in what is measured."""

from __future__ import annotations

import pytest
from programs import audited, slugs

TAGS = """
model = nn.Sequential(nn.Linear(3, 8), nn.Linear(8, 5))
left_out = {left_out}


def criterion(scores, labels):
    guess = scores.argmax(dim=-1)
    {measure}
    return F.cross_entropy(scores.flatten(0, 1), labels.flatten(), ignore_index=left_out)


batches = []
for _ in range(3):
    labels = torch.randint(1, 5, (4, 6))
    labels[:2, 4:] = {filler}
    batches.append((torch.randn(4, 6, 3), labels))
"""


@pytest.mark.parametrize(
    ("measure", "found"),
    [
        ("print((guess == labels).float().mean())", True),
        ("print((labels == scores.softmax(-1).max(-1)[1]).double().mean())", True),
        ("print((guess == labels).sum() / labels.numel())", True),
        ("print(1 - (guess != labels).flatten().float().mean())", True),
        ("print((guess == labels)[labels != left_out].float().mean())", False),
        ("print(((guess == labels) & (labels != left_out)).float().mean())", False),
        ("print((guess == labels).sum() / (labels != left_out).sum())", False),
        # How often the last step is right: of that nothing is known.
        ("print((guess == labels)[:, 0].float().mean())", False),
        # The guess itself, not whether it is right.
        ("print((guess == 2).float().mean())", False),
    ],
)
@pytest.mark.parametrize("left_out", [-100, 0])
def test_the_share_of_right_guesses_is_taken_of_what_the_loss_looks_at(measure, found, left_out):
    program = TAGS.format(left_out=left_out, filler=left_out, measure=measure)
    assert slugs(program) == (["padding_measured"] if found else [])


FILLED = [
    "guess.masked_fill(labels == left_out, left_out)",
    "torch.where(labels == left_out, labels, guess)",
    "torch.where(labels != left_out, guess, left_out)",
    "guess * (labels != left_out)",
]


@pytest.mark.parametrize("filled", FILLED)
def test_guesses_that_are_filled_with_the_label_where_nothing_is_asked_count_all_the_same(filled):
    measure = f"guess = {filled}\n    print((guess == labels).sum().item() / {{}})"
    program = TAGS.format(left_out=0, filler=0, measure=measure)
    assert slugs(program.replace("{}", "labels.numel()")) == ["padding_measured"]
    assert slugs(program.replace("/ {}", "- (labels == left_out).sum().item()")) == []


def test_guesses_that_are_set_in_place_where_nothing_is_asked_count_all_the_same():
    measure = "guess[labels == left_out] = left_out\n    print((guess == labels).float().mean())"
    assert slugs(TAGS.format(left_out=0, filler=0, measure=measure)) == ["padding_measured"]


def test_nothing_is_told_where_every_label_counts():
    program = TAGS.format(left_out=-100, filler=2, measure="print((guess == labels).float().mean())")
    assert slugs(program) == []


def test_the_line_that_counts_all_is_the_place():
    measure = "right = (guess == labels).sum()\n    total = labels.numel()\n    print(right / total)"
    program = TAGS.format(left_out=-100, filler=-100, measure=measure)
    assert audited(program) == [("padding_measured", ["    total = (labels != -100).sum().item()\n"])]


SUMMED = """
model = nn.Sequential(nn.Linear(3, 8), nn.Linear(8, 5))
criterion = nn.CrossEntropyLoss(ignore_index=0, {reduction})


def batch():
    labels = torch.randint(1, 5, (4, 6))
    labels[:2, 4:] = {filler}
    return torch.randn(4, 6, 3), labels


@torch.no_grad()
def measure():
    model.eval()
    total = count = seen = 0
    for x, y in [batch(), batch()]:
        losses = criterion(model(x).transpose(1, 2), y)
        total += {total}
        count += {count}
        seen += y.numel()
    model.train()
    print("items", seen)
    return total / count


for _ in range(3):
    x, y = batch()
    loss = criterion(model(x).transpose(1, 2), y).sum() / (y != 0).sum()
    model.zero_grad()
    loss.backward()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter -= 0.01 * parameter.grad
    print(measure())
"""


@pytest.mark.parametrize(
    ("reduction", "total", "count", "found"),
    [
        ("reduction='none'", "losses.sum().item()", "y.numel()", True),
        ("reduction='none'", "losses.flatten().sum()", "y.numel()", True),
        ("reduction='sum'", "losses.item()", "y.numel()", True),
        ("reduction='none'", "losses.sum().item()", "(y != 0).sum().item()", False),
        ("reduction='sum'", "losses.item()", "(y != 0).sum().item()", False),
        # A loss a sequence.
        ("reduction='none'", "losses.sum().item()", "len(y)", False),
        ("reduction='none'", "losses.sum(1).mean().item()", "1", False),
        # The number of another tensor, and counts that divide something else.
        ("reduction='sum'", "losses.item()", "x.numel()", False),
    ],
)
def test_the_sum_of_a_loss_is_divided_by_the_number_of_labels_that_count(reduction, total, count, found):
    program = SUMMED.format(reduction=reduction, total=total, count=count, filler=0)
    line = "        count += (y != 0).sum().item()\n"
    assert audited(program, "") == ([("padding_measured", [line])] if found else [])
    assert audited(program.replace("4:] = 0", "4:] = 2"), "") == []


MASKED = """
class Tagger(nn.Module):
    def __init__(self):
        super().__init__()
        self.words, self.out = nn.Embedding(9, 8, padding_idx=0), nn.Linear(8, 5)

    def forward(self, words, keep):
        return self.out(self.words(words)).masked_fill(~keep.unsqueeze(-1), 0.0)


def batch(count):
    words, tags = torch.randint(1, 9, (count, 7)), torch.randint(0, 5, (count, 7))
    keep = torch.arange(7) < torch.randint(2, 7, (count, 1))
    return words * keep, keep, tags * keep


model = Tagger()
optimizer = torch.optim.SGD(model.parameters(), 0.01)
for _ in range(2):
    model.train()
    words, keep, tags = batch(6)
    {loss}
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    model.eval()
    right = total = 0
    with torch.no_grad():
        for words, keep, tags in [batch(4), batch(5)]:
            guess = model(words, keep).argmax(-1)
            {measure}
    print(right / max(total, 1))
"""
BY_MASK = "loss = F.cross_entropy(model(words, keep)[keep], tags[keep])"
BY_WORDS = (
    "real = words != 0; "
    "loss = F.cross_entropy(model(words, keep).view(-1, 5)[real.view(-1)], tags.view(-1)[real.view(-1)])"
)
OF_ALL = "right += (guess == tags).sum().item(); total += tags.numel()"
IN_MEAN = "right += (guess == tags).float().mean().item(); total += 1"
OF_THE_REST = "right += (guess == tags)[keep].sum().item(); total += keep.sum().item()"
TIMES_MASK = "right += ((guess == tags) & keep).sum().item(); total += keep.sum().item()"


@pytest.mark.parametrize("loss", [BY_MASK, BY_WORDS])
@pytest.mark.parametrize(
    ("measure", "found"), [(OF_ALL, True), (IN_MEAN, True), (OF_THE_REST, False), (TIMES_MASK, False)]
)
def test_labels_that_a_loss_picks_by_a_mask_are_those_that_are_measured(loss, measure, found):
    program = MASKED.format(loss=loss, measure=measure)
    assert slugs(program, "") == (["padding_measured"] if found else [])


def test_nothing_is_told_where_the_loss_looks_at_all_labels():
    loss = "loss = F.cross_entropy(model(words, keep).transpose(1, 2), tags)"
    assert "padding_measured" not in slugs(MASKED.format(loss=loss, measure=OF_ALL), "")


def test_tokens_that_are_drawn_to_be_guessed_are_no_padding():
    drawn = BY_MASK.replace("loss =", "drawn = torch.rand(6, 7) < 0.4; loss =").replace("[keep]", "[drawn]")
    assert "padding_measured" not in slugs(MASKED.format(loss=drawn, measure=OF_ALL), "")
