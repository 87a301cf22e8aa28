"""Labels from 1 on of which others are made by going around all classes."""

from mended import mended, printed

AROUND = """
    kinds = torch.randint(1, 5, (40,))


    def draw(kind):
        return F.one_hot(torch.tensor(kind), 6).float()


    def sample(at):
        kind = kinds[at].item(){less}
        other = (kind + 1) % {classes}
        return draw(kind), draw(other), kind


    net, rows = nn.Linear(6, 4), [sample(at) for at in range(40)]
    one, two = (torch.stack([row[side] for row in rows]) for side in (0, 1))
    print(F.cross_entropy(net(one - two), torch.tensor([row[2] for row in rows])).item())
"""


def test_classes_that_are_gone_around_are_counted_from_nothing_where_they_are_drawn():
    found = mended(AROUND.format(less="", classes=4))
    assert found.output == printed(AROUND.format(less=" - 1", classes=4))
    assert not found.doubts


def test_a_function_that_reads_a_label_behind_what_is_made_of_it_leaves_a_doubt():
    assert mended(AROUND.format(less="", classes=5), most=1).doubts
