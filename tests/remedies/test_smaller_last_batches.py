"""What was counted for a full batch, or for the steps before a layer with a stride, and is less where it is used."""

import pytest
from mended import mended, printed

LOOP = """
    torch.manual_seed(4)
    rows = torch.arange(22).float()
    batch_size, total = 32, 0.0
    for i in range({count}):
        total += rows[i].item()
    print(total)
"""


@pytest.mark.parametrize("count", ["batch_size", "32", "2 * 16"])
def test_a_loop_over_a_full_batch(count):
    found = mended(LOOP.format(count=count))
    assert found.changed == ["for i in range(len(rows)):"]
    assert found.output == printed(LOOP.format(count="len(rows)"))


def test_a_loop_along_another_axis():
    text = LOOP.replace("arange(22).float()", "ones(3, 22)").replace("rows[i]", "rows[0, i]")
    assert mended(text.format(count="batch_size")).changed == ["for i in range(rows.size(1)):"]


CTC = """
    torch.manual_seed(4)


    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.pool, self.head = nn.MaxPool1d({stride}), nn.Linear(6, 5)

        def forward(self, x, lengths):
            x = self.pool(x.transpose(1, 2)).transpose(1, 2)
            return self.head(x).log_softmax(-1), lengths{fewer}


    longest = torch.tensor([40, 37, 33])
    net = Net()
    scores, lengths = net(torch.randn(3, 40, 6), longest)
    labels = torch.randint(1, 5, (3, 3))
    loss = F.ctc_loss(scores.transpose(0, 1), labels, lengths, torch.tensor([3, 3, 2]))
    print(round(loss.item(), 4))
"""


@pytest.mark.parametrize("stride", [2, 4])
def test_lengths_of_before_the_pooling(stride):
    found = mended(CTC.format(stride=stride, fewer=""))
    assert found.changed == [f"return self.head(x).log_softmax(-1), lengths // {stride}"]
    assert found.output == printed(CTC.format(stride=stride, fewer=f" // {stride}"))


LARGEST = """
    torch.manual_seed(4)
    maps = torch.randn(3, 4, 5, 5)
    reward = torch.randn(3, 1, 5, 5)
    best, _ = {largest}
    print(torch.cat([reward, best], 1).sum().item())
"""


@pytest.mark.parametrize(
    ("largest", "kept"),
    [("torch.max(maps, dim=1)", "torch.max(maps, dim=1, keepdim=True)"), ("maps.min(1)", "maps.min(1, keepdim=True)")],
)
def test_the_largest_with_its_place_keeps_the_axis(largest, kept):
    found = mended(LARGEST.format(largest=largest))
    assert found.changed == [f"best, _ = {kept}"]
    assert found.output == printed(LARGEST.format(largest=kept))
