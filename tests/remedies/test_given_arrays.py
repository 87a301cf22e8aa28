"""Lists, tuples and arrays of samples where a tensor is wanted."""

import pytest
from mended import mended, printed

PROGRAM = """
    import numpy as np
    net = nn.Linear(4, 2)
    batch = [(np.ones(4) * i, i % 2) for i in range(5)]
    {made}
    scores = net({given})
    print(scores.shape, round(nn.CrossEntropyLoss()(scores, {labels}).item(), 4))
"""
GOOD = PROGRAM.format(
    made="states, actions = zip(*batch)",
    given="torch.from_numpy(np.stack(states)).float()",
    labels="torch.tensor(actions)",
)


@pytest.mark.parametrize(
    ("made", "changed"),
    [
        ("states, actions = zip(*batch)", "torch.from_numpy(np.stack(states)).float()"),
        ("states = [b[0] for b in batch]", "torch.from_numpy(np.stack(states)).float()"),
        ("states = tuple(torch.from_numpy(b[0]).float() for b in batch)", "torch.stack(states)"),
        ("states = [torch.from_numpy(b[0]).float() for b in batch]", "torch.stack(states)"),
    ],
)
def test_samples_are_put_together(made, changed):
    found = mended(PROGRAM.format(made=made, given="states", labels="torch.tensor([b[1] for b in batch])"))
    assert [each.slug for each in found.diagnoses] == ["no_tensor"]
    assert found.changed == [f"scores = net({changed})"]
    assert found.output == printed(GOOD)


def test_labels_of_a_tuple():
    found = mended(GOOD.replace("torch.tensor(actions)", "actions"))
    assert [each.slug for each in found.diagnoses] == ["no_tensor"]
    assert found.output == printed(GOOD)


def test_what_a_layer_returns_is_no_tuple_of_samples():
    found = mended("print(nn.Linear(6, 2)(nn.GRU(4, 6)(torch.randn(7, 3, 4))).shape)")
    assert [each.slug for each in found.diagnoses] == ["tuple_not_unpacked"]
    assert found.output == "torch.Size([7, 3, 2])\n"
