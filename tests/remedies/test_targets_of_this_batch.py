"""Targets that were made for another number of samples than the batch at hand has, and who else reads them."""

import pytest
from mended import mended, printed

GAN = """
    FULL = 8


    def train(real, judge, loss):
        {lines}
        return loss(judge(real).squeeze(1), {target}).item()


    torch.manual_seed(3)
    judge = nn.Linear(3, 1)
    for real in torch.randn(21, 3).split(FULL):
        print(round(train(real, judge, nn.BCEWithLogitsLoss()), 5))
"""


@pytest.mark.parametrize(
    ("lines", "target", "changed"),
    [
        ("n = FULL\n        good = torch.ones(n)", "good", "n = real.size(0)"),
        ("good, bad = torch.ones(FULL), torch.zeros(FULL)", "good", ""),
        ("good = real.new_ones(8)", "good", "good = real.new_ones(real.size(0))"),
        ("pass", "torch.zeros(FULL)", "torch.zeros(real.size(0))"),
    ],
)
def test_a_target_is_made_for_as_many_as_there_are(lines, target, changed):
    found = mended(GAN.format(lines=lines, target=target))
    assert any(changed in line for line in found.changed)
    right = GAN.format(
        lines=lines.replace("FULL", "len(real)").replace("ones(8)", "ones(len(real))"),
        target=target.replace("FULL", "len(real)"),
    )
    assert found.output == printed(right)
    assert found.doubts == []


BEFORE = """
    from torch.utils.data import DataLoader

    torch.manual_seed(3)
    judge, loader, ones = nn.Linear(3, 1), DataLoader(torch.randn(21, 3), batch_size=8), torch.ones(8)
    for real in loader:
        loss = F.binary_cross_entropy_with_logits(judge(real).squeeze(1), ones)
    print(loss.item())
"""


def test_of_a_target_that_is_made_once_as_many_are_read_as_there_are():
    found = mended(BEFORE)
    assert found.changed == ["loss = F.binary_cross_entropy_with_logits(judge(real).squeeze(1), ones[:real.size(0)])"]
    assert found.output == printed(BEFORE.replace(", ones)", ", ones[:len(real)])"))


REPEATED = """
    torch.manual_seed(3)
    net, x = nn.Linear(4, 5), torch.randn(6, 7, 4)
    labels = torch.randint(5, (6, 7))
    labels = {labels}
    print(F.cross_entropy(net(x).flatten(0, 1), labels.flatten()).item())
"""


@pytest.mark.parametrize(
    "repeated",
    ["labels.repeat_interleave(9, dim=1)", "torch.repeat_interleave(labels, 9, 1)", "labels.repeat(1, 9)"],
)
def test_labels_that_were_repeated_too_often(repeated):
    found = mended(REPEATED.format(labels=repeated))
    assert found.changed == ["labels = labels"]
    assert found.output == printed(REPEATED.format(labels="labels"))


def test_labels_that_were_repeated_another_number_of_times_are_left():
    text = REPEATED.format(labels="labels.repeat(1, 9)[:, :21]")
    assert [fix for fix in mended(text, most=1).diagnoses[0].fixes if "repeat" in fix.title] == []


READ = """
    torch.manual_seed(3)
    net, x, y = nn.Linear(4, 1), torch.randn(6, 4), torch.ones(6)
    labels = y.clone()
    scores = net(x)
    loss = F.binary_cross_entropy_with_logits(scores, labels)
    {lines}
    print(loss.item(), right)
"""


@pytest.mark.parametrize(
    "lines",
    [
        "right = ((scores.flatten() > 0) == labels.bool()).sum().item()",
        "right = (scores[:, 0] - labels).abs().sum().item()",
        "guess = (scores > 0).squeeze(1)\n    right = guess.eq(labels).sum().item()",
        "right = (labels == (scores.view(-1) > 0)).sum().item()",
    ],
)
def test_what_reads_the_target_beside_something_flat_keeps_it(lines):
    found = mended(READ.format(lines=lines))
    assert found.changed == ["loss = F.binary_cross_entropy_with_logits(scores, labels.unsqueeze(1))"]


@pytest.mark.parametrize(
    "lines", ["right = ((scores > 0) == labels.bool()).sum().item()", "right = len(labels)", "right = labels.sum()"]
)
def test_what_reads_it_beside_the_scores_needs_the_axis_too(lines):
    assert mended(READ.format(lines=lines)).changed == ["labels = y.clone().unsqueeze(1)"]


PATCHES = """
    def loss_of(verdict, real):
        wanted = {made}
        return F.binary_cross_entropy_with_logits(verdict, wanted)


    torch.manual_seed(3)
    judge = nn.Conv2d(3, 1, 3)
    print(round(loss_of(judge(torch.randn(4, 3, 8, 9)).flatten(1), 0.9).item(), 5))
"""


@pytest.mark.parametrize(
    ("made", "right"),
    [
        ("torch.full((verdict.size(0),), real)", "torch.full_like(verdict, real)"),
        ("torch.ones(verdict.size(0), 1)", "torch.ones_like(verdict)"),
        ("torch.zeros(len(verdict))", "torch.zeros_like(verdict)"),
    ],
)
def test_a_target_of_one_number_all_over_takes_the_shape_of_the_prediction(made, right):
    found = mended(PATCHES.format(made=made))
    assert found.changed == [f"wanted = {right}"]
    assert found.output == printed(PATCHES.format(made=right))
    assert found.doubts == []


MASKED = """
    torch.manual_seed(3)
    heads, q = 4, torch.randn(6, 4, 11, 3)
    keep = torch.arange(11) < torch.tensor([11, 7, 3, 9, 5, 6])[:, None]
    pairs = keep[:, None, :] & keep[:, :, None]
    scores = (q @ q.transpose(-2, -1)).masked_fill(~pairs{axis}, -1e9)
    print(round(scores.softmax(-1).square().sum().item(), 4))
"""


def test_the_axis_of_the_heads_is_put_in_where_all_other_sizes_agree():
    found = mended(MASKED.format(axis=""))
    assert found.output == printed(MASKED.format(axis=".unsqueeze(1)"))
    assert found.doubts == []


@pytest.mark.parametrize(
    ("made", "scored", "is_sure"),
    [
        ("nn.GRU(3, 7, batch_first=True)", "nn.Linear(7, 1)(net(torch.randn(6, 5, 3))[0]).squeeze(-1)", True),
        ("nn.GRU(3, 7)", "nn.Linear(7, 1)(net(torch.randn(5, 6, 3))[0]).squeeze(-1)", True),
        (
            "nn.Sequential(nn.Conv2d(3, 4, 4, 2, 1), nn.Conv2d(4, 1, 4))",
            "net(torch.rand(6, 3, 16, 14)).flatten(1)",
            False,
        ),
        ("nn.Linear(3, 5)", "net(torch.rand(6, 3))", False),
        ("nn.Linear(3, 6)", "net(torch.rand(5, 3))", False),
    ],
)
def test_one_of_many_numbers_is_taken_for_the_whole_only_behind_a_layer_that_walks(made, scored, is_sure):
    found = mended(
        f"""
        net = {made}
        scores, targets = torch.sigmoid({scored}), torch.rand(6)
        print(F.binary_cross_entropy(scores, targets).item())
        """
    )
    taken = [fix for each in found.diagnoses for fix in each.fixes if fix.title in ("scores[:, -1]", "scores[-1]")]
    assert [bool(fix.doubt) for fix in taken] == [not is_sure]


def test_nor_is_one_row_of_many_taken_in_place_of_a_reshape():
    found = mended(
        """
        net = nn.Conv2d(3, 1, 4)
        targets = torch.rand(6)
        scores = net(torch.rand(6, 3, 8, 9)).view(-1)
        print(F.binary_cross_entropy_with_logits(scores, targets).item())
        """
    )
    assert found.output == "crashed" or found.doubts
