"""Names that are more or fewer than what they take apart, and calls with other arguments than a function takes."""

import pytest
from mended import mended, printed

BATCHES = """
from torch.utils.data import DataLoader, Dataset


class Words(Dataset):
    def __init__(self, count, steps):
        self.rows = torch.randint(1, 9, (count, steps))

    def __len__(self):
        return len(self.rows)

    def __getitem__(self, at):
        row = self.rows[at]
        kind = row[0] % 3
        return row, kind, row.sum()


class Reader(nn.Module):
    def __init__(self, width, kinds):
        super().__init__()
        self.embed = nn.Embedding(9, width)
        self.to_mean, self.to_std = nn.Linear(width, kinds), nn.Linear(width, kinds)

    def ends(self, x):
        return self.to_mean(x), self.to_std(x)

    def forward(self, row, scale):
        hidden = self.embed(row).mean(1)
        mean, std = self.ends(hidden)
        return mean * scale + std, hidden


def measured(model, batches):
    losses, hits = [], []
    for rows, kinds, _ in batches:
        scores, hidden = model(rows, 2.0)
        losses.append(F.cross_entropy(scores, kinds).item())
        hits.append(hidden.mean().item())
    return sum(losses) / len(losses), sum(hits) / len(hits)


width, kinds = 5, 3
batches = DataLoader(Words(12, 4), batch_size=6)
model = Reader(width, kinds)
for at, (rows, kinds, total) in enumerate(batches):
    scale = total.float().mean()
    scores, hidden = model(rows, scale)
    print(scores.sum().item(), hidden.sum().item(), kinds.sum().item())
mean_loss, mean_hits = measured(model, batches)
print(mean_loss, mean_hits)
for name, each in model.named_parameters():
    print(name, each.shape)
"""


def assert_mended(old, new, slug):
    assert BATCHES.count(old) == 1
    found = mended(BATCHES.replace(old, new), most=1)
    assert found.diagnoses[0].slug == slug
    assert found.output == printed(BATCHES)
    assert not found.doubts


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("for rows, kinds, _ in batches", "for rows, kinds in batches"),
        ("for at, (rows, kinds, total) in", "for at, (rows, kinds) in"),
        ("return mean * scale + std, hidden", "return mean * scale + std"),
        ("return self.to_mean(x), self.to_std(x)", "return self.to_mean(x)"),
        ("len(losses), sum(hits) / len(hits)", "len(losses)"),
        ("in enumerate(batches)", "in batches"),
        ("mean_loss, mean_hits = measured", "mean_loss, mean_hits, more = measured"),
        ("model.named_parameters()", "model.parameters()"),
        ("row, kind, row.sum()", "(row, kind), row.sum()"),
        ("mean, std = self.ends(hidden)", "mean, std, _ = self.ends(hidden)"),
    ],
)
def test_names_and_parts_are_as_many(old, new):
    assert_mended(old, new, "parts_counted_otherwise")


def test_what_is_worked_out_nowhere_is_not_made_up():
    found = mended(BATCHES.replace("row, kind, row.sum()", "row, kind"), most=1).diagnoses[0]
    assert found.slug == "parts_counted_otherwise"
    assert all(fix.doubt for fix in found.fixes)


@pytest.mark.parametrize(
    ("old", "new", "slug"),
    [
        ("model(rows, scale)", "model(rows)", "called_with_other_arguments"),
        ("model(rows, scale)", "model((rows, scale))", "called_with_other_arguments"),
        ("model(rows, scale)", "model(rows, factor=scale)", "called_with_other_arguments"),
        ("model(rows, scale)", "model(rows, scale, total)", "called_with_other_arguments"),
        ("measured(model, batches)\n", "measured(batches)\n", "called_with_other_arguments"),
        ("measured(model, batches)\n", "measured(model)\n", "called_with_other_arguments"),
        ("Reader(width, kinds)", "Reader(width)", "made_with_other_arguments"),
        ("Reader(width, kinds)", "Reader()", "made_with_other_arguments"),
        ("Reader(width, kinds)", "Reader(width, kinds, 7)", "made_with_other_arguments"),
        ("def forward(self, row, scale):", "def forward(self, row):", "called_with_other_arguments"),
        ("def measured(model, batches):", "def measured(batches):", "called_with_other_arguments"),
    ],
)
def test_a_call_gives_what_the_function_takes(old, new, slug):
    assert_mended(old, new, slug)
