"""Samples that are counted for full batches, once or for several views of each, where the last batch has fewer."""

import pytest
from mended import mended, printed

VIEWS = """
    from torch.utils.data import DataLoader, TensorDataset
    BATCH, VIEWS = 8, 2
    enc = nn.Linear(6, 4)

    def loss_of(z):
        sim = z @ z.T
    {body}

    for (x,) in DataLoader(TensorDataset(torch.randn(20, 6)), batch_size=BATCH):
        print(loss_of(enc(torch.cat([x, x + 0.1]))).item())
"""
MASK = """
        mask = torch.eye({count}, dtype=torch.bool)
        return sim[~mask].view(len(z), -1).logsumexp(1).mean()
"""
SAME = """
        labels = {labels}
        return (sim * (labels[None] == labels[:, None])).mean()
"""


@pytest.mark.parametrize(
    ("body", "wrong", "right"),
    [
        (MASK, "BATCH * VIEWS", "z.size(0)"),
        (MASK, "2 * BATCH", "z.size(0)"),
        (SAME, "torch.arange(BATCH).repeat(VIEWS)", "torch.arange(z.size(0) // VIEWS).repeat(VIEWS)"),
        (SAME, "torch.arange(BATCH).repeat(2)", "torch.arange(z.size(0) // 2).repeat(2)"),
        (
            SAME,
            "torch.cat([torch.arange(BATCH) for _ in range(VIEWS)])",
            "torch.cat([torch.arange(z.size(0) // VIEWS) for _ in range(VIEWS)])",
        ),
    ],
)
def test_they_are_counted_by_the_rows_at_hand(body, wrong, right):
    text = VIEWS.replace("{body}", body.replace("{count}", "{count}"))
    text = text.replace("{count}", "{it}").replace("{labels}", "{it}")
    found = mended(text.replace("{it}", wrong))
    assert not found.doubts
    assert right in found.text
    assert found.output == printed(text.replace("{it}", right))


def test_a_number_that_counts_no_samples_stays():
    text = VIEWS.replace("{body}", SAME).replace("{labels}", "torch.arange(SIDE).repeat(VIEWS)")
    found = mended(text.replace("BATCH, VIEWS = 8, 2", "BATCH, VIEWS, SIDE = 8, 2, 9"), most=1)
    assert not any("// VIEWS" in fix.title for fix in found.diagnoses[0].fixes)
