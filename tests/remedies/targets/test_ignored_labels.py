"""Labels of which some have one number that marks what does not count, and losses that ignore another one."""

import pytest
from mended import mended

OF_A_FUNCTION = """
    scores, y = torch.randn(4, 5, 6), torch.randint(0, 5, (4, 6))
    y[:, 4:] = 99
    print(F.cross_entropy(scores, y, ignore_index=-1).shape)
"""
OF_A_NAME = """
    PAD = 254

    def together(rows):
        return nn.utils.rnn.pad_sequence(rows, batch_first=True, padding_value=255)

    criterion = nn.NLLLoss(ignore_index=PAD)
    y = together([torch.tensor([1, 2, 0]), torch.tensor([3, 1])])
    print(criterion(torch.randn(2, 4, 3).log_softmax(1), y).shape)
"""
OF_NONE = """
    y = torch.full((3, 8), 40)
    y[:, :6] = torch.randint(0, 7, (3, 6))
    scores = nn.Linear(5, 7)(torch.randn(3, 8, 5)).transpose(1, 2)
    criterion = nn.CrossEntropyLoss()
    print(criterion(scores, y).shape)
"""
OF_A_MEASURE = """
    def right(scores, y):
        known = y != 255
        return (scores.argmax(1)[known] == y[known]).float().mean()

    scores, y = torch.randn(4, 5, 6), torch.randint(0, 5, (4, 6))
    y[:, 0] = 225
    right(scores, y)
    print(F.cross_entropy(scores, y, ignore_index=255).shape)
"""


@pytest.mark.parametrize(
    ("program", "changed"),
    [
        (OF_A_FUNCTION, "print(F.cross_entropy(scores, y, ignore_index=99).shape)"),
        (OF_A_NAME, "PAD = 255"),
        (OF_NONE, "criterion = nn.CrossEntropyLoss(ignore_index=40)"),
        (OF_A_MEASURE, "y[:, 0] = 255"),
    ],
)
def test_the_loss_ignores_the_number_that_the_labels_have(program, changed):
    found = mended(program)
    assert found.changed == [changed]
    assert found.output == "torch.Size([])\n"
    assert not found.doubts


@pytest.mark.parametrize(
    "labels", ["torch.tensor([0, 1, 7, 1])", "torch.tensor([10, 20, 30, 10])", "torch.tensor([0, 3, 2, 1])"]
)
def test_a_class_that_the_model_lacks_is_not_ignored(labels):
    program = f"""
    y = {labels}
    model, criterion = nn.Linear(3, 3), nn.CrossEntropyLoss()
    print(criterion(model(torch.randn(4, 3)), y).shape)
    """
    fixes = mended(program, most=1).diagnoses[0].fixes
    assert "ignore_index" not in fixes[0].title
    assert all(fix.doubt for fix in fixes if "ignore_index" in fix.title)


@pytest.mark.parametrize(
    "line",
    [
        "group = torch.tensor([8, 2, 8]) == 8",
        "rounds = 8; last = [each == rounds for each in range(9)]",
        "other = torch.full((3,), 8)",
        "y[2] = 8",
        "def right(y):\n        return y != 8",
    ],
)
@pytest.mark.parametrize("given", ["", ", ignore_index=-1"])
def test_the_number_must_mark_the_labels_themselves(line, given):
    program = f"""
    y = torch.tensor([1, 3, 8, 0])
    {line}
    print(F.cross_entropy(nn.Linear(3, 5)(torch.randn(4, 3)), y{given}).item())
    """
    fixes = mended(program, most=1).diagnoses[0].fixes
    assert all(fix.doubt for fix in fixes if "ignore_index" in fix.title)


@pytest.mark.parametrize(
    "lines",
    [
        "y = torch.tensor([1, 3, 2, 0]); y[torch.tensor([0, 0, 1, 0]).bool()] = 8",
        "y = torch.tensor([1, 3, 2, 0]).masked_fill(torch.tensor([False, True, False, False]), 8)",
        "y = torch.tensor([1, 3, 8, 0]); known = y != 8",
        "z = torch.tensor([1, 3, 2, 0]); z.index_fill_(0, torch.tensor([1]), 1); z[2:] = 8; y = z.long()",
    ],
)
def test_labels_that_are_marked_or_asked_for_the_mark_are_ignored(lines):
    program = f"""
    {lines}
    print(F.cross_entropy(nn.Linear(3, 5)(torch.randn(4, 3)), y).shape)
    """
    found = mended(program)
    assert found.output == "torch.Size([])\n"
    assert not found.doubts
