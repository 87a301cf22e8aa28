"""Patches of images in rows, scores of a detection head, and attentions that were given a matrix."""

from __future__ import annotations

import pytest
from programs import audited, slugs

PATCHES = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear, self.head = nn.Linear(3 * 4 * 4, 8), nn.Linear(8, 5)

    def forward(self, x):
        cut = x.unfold(2, 4, 4).unfold(3, 4, 4)
        return self.head(self.linear({rows}).tanh().mean(1))


model, criterion = Model(), nn.CrossEntropyLoss()
batches = [(torch.randn(4, 3, 8, 12), torch.randint(0, 5, (4,))) for _ in range(3)]
"""


@pytest.mark.parametrize(
    ("rows", "found"),
    [
        ("cut.reshape(4, -1, 48)", ["features_reshaped"]),
        ("cut.contiguous().view(len(x), 6, 48)", ["features_reshaped"]),
        ("cut.permute(0, 2, 3, 1, 4, 5).reshape(4, -1, 48)", []),
        ("cut.movedim(1, 3).flatten(1, 2).flatten(2)", []),
    ],
)
def test_rows_of_patches(rows, found):
    assert slugs(PATCHES.format(rows=rows)) == found


HEAD = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 6, 3, padding=1)

    def forward(self, x):
        scores = self.conv(x)
        return {scores}


model, criterion = Model(), {criterion}
batches = [(torch.randn(4, 1, 5, 7), {target}) for _ in range(3)]
"""


@pytest.mark.parametrize(
    ("criterion", "target"),
    [
        ("nn.BCEWithLogitsLoss()", "torch.rand(4, 70, 3)"),
        ("lambda s, t: F.cross_entropy(s.flatten(0, 1), t.flatten())", "torch.randint(0, 3, (4, 70))"),
    ],
)
@pytest.mark.parametrize(
    ("scores", "found"),
    [
        ("scores.reshape(4, -1, 3)", ["features_reshaped"]),
        ("scores.permute(0, 2, 3, 1).reshape(4, -1, 3)", []),
    ],
)
def test_classes_of_a_detection_head(criterion, target, scores, found):
    assert slugs(HEAD.format(scores=scores, criterion=criterion, target=target)) == found


ROWS = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed, self.linear = nn.Linear(3, 8), nn.Linear(8, 1)
        self.encoder = nn.TransformerEncoderLayer(8, 2, 16, dropout=0.0, batch_first=True)

    def forward(self, x):
        h = self.embed(x)
        return self.linear({h}).squeeze(-1)


class Set(torch.utils.data.Dataset):
    def __len__(self):
        return 24

    def __getitem__(self, at):
        return torch.randn(3), torch.rand(())


model, criterion = Model(), nn.MSELoss()
batches = torch.utils.data.DataLoader(Set(), batch_size=6, shuffle=True)
"""


@pytest.mark.parametrize(
    ("h", "found"),
    [
        ("self.encoder(h)", ["samples_as_one_sequence"]),
        ("self.encoder(h.unsqueeze(1)).squeeze(1)", []),
    ],
)
def test_samples_that_attend_to_each_other(h, found):
    assert slugs(ROWS.format(h=h)) == found


IMAGES = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv, self.linear = nn.Conv2d({channels}, 4, 3), nn.Linear(4, 5)

    def forward(self, x):
        return self.linear(self.conv({given}).amax((2, 3)))


model, criterion = Model(), nn.CrossEntropyLoss()
data = torch.utils.data.TensorDataset(torch.rand(24, 6, 7, {last}), torch.randint(0, 5, (24,)))
batches = torch.utils.data.DataLoader(data, batch_size=8)
"""


@pytest.mark.parametrize(
    ("given", "mended"),
    [
        ("x.view(-1, 3, 6, 7)", "x.permute(0, 3, 1, 2).reshape(-1, 3, 6, 7)"),
        ("x.reshape(len(x), 3, 6, 7)", "x.permute(0, 3, 1, 2).reshape(len(x), 3, 6, 7)"),
    ],
)
def test_images_with_channels_last_that_are_only_reshaped(given, mended):
    found = audited(IMAGES.format(channels=3, last=3, given=given))
    assert found == [("features_reshaped", [f"        return self.linear(self.conv({mended}).amax((2, 3)))\n"])]


FRAMES = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv, self.linear = nn.Conv2d(3, 4, 3), nn.Linear(4, 5)

    def forward(self, x):
        return self.linear(self.conv(x).amax((2, 3)))


def collate(items):
    frames, labels = zip(*items)
    return {images}, torch.tensor(labels)


model, criterion = Model(), nn.CrossEntropyLoss()
tints, shades = torch.rand(24, 1, 1, 3), torch.rand(24, 6, 6, 1)
items = list(zip(tints * shades, torch.randint(0, 5, (24,)).tolist()))
batches = {loader}
"""
LOADER = "torch.utils.data.DataLoader(items, batch_size=8, collate_fn=collate)"


@pytest.mark.parametrize("loader", [LOADER, f"list({LOADER})"])
@pytest.mark.parametrize(
    ("images", "found"),
    [
        ("torch.stack(frames).reshape(len(frames), 3, 6, 6)", ["features_reshaped"]),
        ("torch.stack(frames).view(-1, 3, 6, 6)", ["features_reshaped"]),
        ("torch.stack(frames).permute(0, 3, 1, 2)", []),
        ("torch.stack([each.movedim(-1, 0) for each in frames]).reshape(-1, 3, 6, 6)", []),
        # Cut into these axes by the script, the numbers may have lain with the channels in front.
        ("torch.stack(frames).movedim(-1, 1).reshape(-1, 6, 6, 3).reshape(-1, 3, 6, 6)", []),
    ],
)
def test_images_that_a_script_puts_together(images, loader, found):
    assert slugs(FRAMES.format(images=images, loader=loader)) == found


@pytest.mark.parametrize(
    ("channels", "last", "given"),
    [
        (3, 3, "x.permute(0, 3, 1, 2)"),
        (3, 3, "x.movedim(-1, 1).reshape(-1, 3, 6, 7)"),
        (1, 1, "x.view(-1, 1, 6, 7)"),
        (1, 3, "x.reshape(-1, 1, 6, 21)"),
    ],
)
def test_images_that_are_turned_or_lose_nothing_by_a_reshape(channels, last, given):
    assert audited(IMAGES.format(channels=channels, last=last, given=given)) == []
