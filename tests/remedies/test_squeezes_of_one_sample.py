"""A squeeze without an axis, met by a batch of one: named where it stands, not made good where it is noticed."""

import pytest
from mended import mended, printed

PROGRAM = """
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.score = nn.Conv1d(4, 1, 1)

        def forward(self, x):
            scores = self.score(x)
            scores = scores.squeeze({axis})
            return {read}


    net, x = Net(), torch.randn(5, 4, 7)
    print(round(net(x).sum().item(), 4), [round(net(each[None]).sum().item(), 4) for each in x])
"""


@pytest.mark.parametrize(
    "read",
    [
        "torch.gather(x, 2, scores.argsort(1).unsqueeze(1).expand(-1, 4, -1))",
        "torch.bmm(x, scores.unsqueeze(2))",
        "torch.cat([scores, x.mean(1)], dim=1)",
    ],
)
def test_a_squeeze_names_its_axis(read):
    assert printed(PROGRAM.format(axis="1", read=read))
    found = mended(PROGRAM.format(axis="", read=read), most=1)
    # The call of one sample cannot tell which axis; the script, which has called with many, can.
    titles = [fix.title for fix in found.diagnoses[0].fixes]
    assert titles[:2] == ["scores.squeeze(-1)", "scores.squeeze(0)"]


def test_where_no_batch_is_of_one_the_squeeze_is_not_to_blame():
    read = "torch.cat([scores, x], dim=1)"
    found = mended(PROGRAM.replace("each[None]", "torch.stack([each, each])").format(axis="", read=read), most=1)
    assert not any("squeeze" in fix.title and "unsqueeze" not in fix.title for fix in found.diagnoses[0].fixes)


def test_a_squeeze_whose_result_goes_through_a_list():
    program = """
        words = torch.randn(1, 5, 4)
        kept = []
        for size in (2, 3):
            pooled = torch.squeeze(torch.ones(1, size, 5, 1){axis})
            kept.append(pooled)
        letters = torch.cat(kept, -2).transpose(-2, -1)
        print(torch.cat([words, letters], 2).shape)
    """
    found = mended(program.format(axis=""))
    assert found.changed == ["pooled = torch.squeeze(torch.ones(1, size, 5, 1), -1)"]
    assert found.output == printed(program.format(axis=", -1"))


HEADS = """
    class Spans(nn.Module):
        def __init__(self):
            super().__init__()
            self.first, self.last, self.other = nn.Linear(6, 1), nn.Linear(6, 1), nn.Linear(6, 1)

        def forward(self, x):
            begin, end = self.first(x).squeeze({axis}), self.last({read}).squeeze({other})
            return begin.softmax(dim=1), end.softmax(dim=1)


    net = Spans()
    for rows in (3, 1):
        print([round(each.max().item(), 4) for each in net(torch.randn(rows, 5, 6))])
"""


def test_two_heads_that_read_the_same_are_named_their_axes_together():
    found = mended(HEADS.format(read="x", axis="", other=""))
    assert len(found.diagnoses) == 1
    assert not found.doubts
    assert found.output == printed(HEADS.format(read="x", axis="-1", other="-1"))


def test_heads_that_read_other_things_are_named_each_for_itself():
    found = mended(HEADS.format(read="x * 2", axis="", other=""), most=1)
    assert all(fix.title.count("squeeze") == 1 for fix in found.diagnoses[0].fixes)
