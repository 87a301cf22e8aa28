"""What a loss is given in another shape is compared in that shape too: else each row would meet the labels of all."""

import pytest
from mended import mended, printed

PROGRAM = """
    from torch.utils.data import DataLoader, TensorDataset

    net, measure, right = {net}, {loss}, 0
    data = TensorDataset(torch.randn(20, 6), {labels})
    for x, y in DataLoader(data, batch_size=8):
        out = net(x)
        loss = measure({given})
        {line}
    print(round(loss.item(), 4), right)
"""
CLASSES = {
    "net": "nn.Linear(6, 4)",
    "loss": "nn.CrossEntropyLoss()",
    "labels": "torch.randint(0, 4, (20, 1))",
}
TWO = {
    "net": "nn.Linear(6, 1)",
    "loss": "nn.BCEWithLogitsLoss()",
    "labels": "torch.randint(0, 2, (20,)).float()",
}


@pytest.mark.parametrize(
    "line",
    [
        "right += (out.argmax(1) == {}).sum().item()",
        "right += torch.eq(out.argmax(dim=1), {}).sum().item()",
        "right += int(({}.cpu() != out.max(1)[1]).sum())",
        "best = out.max(1).indices; right += (best == {}).sum().item()",
        "_, best = out.max(1); right += best.eq({}).sum().item()",
        "right += (out.topk(2).indices[:, 0] == {}).sum().item()",
        "right += (out.topk(1)[1].squeeze() == {}).sum().item()",
    ],
)
def test_labels_are_compared_as_the_loss_takes_them(line):
    found = mended(PROGRAM.format(given="out, y", line=line.format("y"), **CLASSES), most=1)
    assert found.output == printed(PROGRAM.format(given="out, y[:, 0]", line=line.format("y[:, 0]"), **CLASSES))
    assert not found.doubts


@pytest.mark.parametrize(
    "line",
    [
        "right += ((out{} > 0) == y).sum().item()",
        "right += (torch.sigmoid(out{}).round() == y).sum().item()",
        "guess = (torch.sigmoid(out{}) > 0.5).float(); right += (guess == y).sum().item()",
    ],
)
def test_scores_are_compared_as_the_loss_takes_them(line):
    found = mended(PROGRAM.format(given="out, y", line=line.format(""), **TWO), most=1)
    assert found.output == printed(PROGRAM.format(given="out[:, 0], y", line=line.format("[:, 0]"), **TWO))
    assert not found.doubts


@pytest.mark.parametrize(
    "line",
    [
        "right += (out.argmax(1, keepdim=True) == y).sum().item()",
        "right += (out.topk(1).indices == y).sum().item()",
        "right += (out.max(1, True)[1] == y).sum().item()",
        "right += (out.argmax(1)[:, None] == y).sum().item()",
        "right += (out.argmax(1) == y.view(-1)).sum().item()",
        "right += (y == 2).sum().item()",
        "y = y.view(-1); right += (out.argmax(1) == y).sum().item()",
        "right += (y == torch.arange(4)).sum().item()",
        "kept = y; right += (kept == y).sum().item()",
    ],
)
def test_what_is_compared_as_it_should_be_stays(line):
    found = mended(PROGRAM.format(given="out, y", line=line, **CLASSES), most=1)
    assert found.output == printed(PROGRAM.format(given="out, y[:, 0]", line=line, **CLASSES))
    assert line in found.text
    assert not found.doubts


@pytest.mark.parametrize("compared", ["(out[:, 0] > 0) == y", "out.squeeze() == y"])
def test_scores_that_were_squeezed_for_it_stay(compared):
    line = f"right += ({compared}).sum().item()"
    found = mended(PROGRAM.format(given="out, y", line=line, **TWO), most=1)
    assert found.output == printed(PROGRAM.format(given="out[:, 0], y", line=line, **TWO))
    assert line in found.text


@pytest.mark.parametrize(("best", "is_column"), [("out.topk(1).indices", True), ("out.argmax(1)", False)])
def test_labels_keep_an_axis_that_they_are_compared_by(best, is_column):
    program = f"""
    x, y = torch.rand(8, 5), torch.arange(8)[:, None] % 3
    out = nn.Linear(5, 3)(x)
    loss = F.cross_entropy(out, y)
    print(round(loss.item(), 4), ({best} == y).sum().item())
    """
    right = program.replace("(out, y)", "(out, y[:, 0])")
    found = mended(program, most=1)
    assert found.output == printed(right if is_column else right.replace("== y)", "== y[:, 0])"))
    assert not found.doubts
