"""Windows whose beginning walks on while their end stays, beside windows that walk as a whole."""

import pytest
from mended import mended, printed

SAMPLES = """
    from torch.utils.data import DataLoader, Dataset

    class Windows(Dataset):
        def __init__(self, seq, size, step):
            self.x, self.y = [], []
            for k in range(0, len(seq) - size, step):
                self.x.append(seq[k:k + size])
                self.y.append(seq[{part}])

        def __len__(self):
            return len(self.x)

        def __getitem__(self, i):
            return self.x[i], self.y[i]

    for a, b in DataLoader(Windows(torch.arange(40), 6, 3), batch_size=4):
        print(a.shape, b.shape, b.sum().item())
"""
STACKED = """
    series, length = torch.arange(50).float(), 8
    xs, ys = [], []
    for start in range(len(series) - length):
        xs.append(series[{part}])
        ys.append(series[start + 1:start + 1 + length])
    print((torch.stack(xs) * torch.stack(ys)).sum().item())
"""
COMPREHENDED = """
    frames = torch.randn(30, 4)
    a = torch.stack([frames[i:i + 5] for i in range(20)])
    b = torch.stack([frames[{part}] for i in range(20)])
    print((a - b).sum().item())
"""
ALONG = """
    table = torch.randn(3, 40)
    parts, ahead = [], []
    for t in range(0, 30, 5):
        parts.append(table[:, t:t + 5])
        ahead.append(table[:, {part}])
    print(torch.stack(parts).shape, torch.stack(ahead).sum().item())
"""


@pytest.mark.parametrize(
    ("text", "wrong", "right"),
    [
        (SAMPLES, "k + 1:size + 1", "k + 1:k + size + 1"),
        (SAMPLES, "k + 1:1 + size", "k + 1:k + 1 + size"),
        (STACKED, "start:length", "start:start + length"),
        (COMPREHENDED, "i + 2:7", "i + 2:i + 7"),
        (ALONG, "t + 5:10", "t + 5:t + 10"),
    ],
)
def test_the_end_walks_on_with_the_beginning(text, wrong, right):
    found = mended(text.replace("{part}", wrong))
    assert not found.doubts
    assert right in found.text.replace(" :", ":")
    assert found.output == printed(text.replace("{part}", right))


@pytest.mark.parametrize("part", ["k + 1:size + 3", "k + 1:len(seq)", "0:size - k"])
def test_what_would_not_be_as_long_stays(part):
    found = mended(SAMPLES.replace("{part}", part))
    titles = [fix.title for each in found.diagnoses for fix in each.fixes]
    assert not any(title.startswith("k + ") for title in titles)
