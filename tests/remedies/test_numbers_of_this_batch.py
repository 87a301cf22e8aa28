"""A number that counts the samples of this batch is asked of the batch, or is in doubt."""

from mended import mended, printed

FOLDED = """
def halves(x, parts):
    rows, steps, width = x.shape
    apart = x.view(parts, {middle}, steps, width // parts)
    return apart.sum(2)


for rows in (3, {then}):
    print(halves(torch.arange(rows * 5 * 8.0).view(rows, 5, 8), 2).shape)
"""


def test_a_size_in_the_middle_is_asked_of_the_samples():
    found = mended(FOLDED.format(middle="steps", then=2))
    assert found.changed == ["apart = x.view(parts, x.size(0), steps, width // parts)"]
    assert found.output == printed(FOLDED.format(middle="rows", then=2))


def test_several_times_the_samples_are_written_so():
    program = FOLDED.replace("x.view(parts, {middle}, steps, width // parts)", "x.view(5, {middle}, 4)")
    found = mended(program.format(middle="4", then=4))
    assert found.changed == ["apart = x.view(5, 2 * x.size(0), 4)"]
    numbers = {fix.title: fix.doubt for fix in found.diagnoses[0].fixes}
    assert numbers["4 -> 6"] == "the number counts the samples of this batch, and others may have more or less"


def test_a_number_that_counts_no_samples_is_written():
    found = mended("x = torch.arange(24.0).view(4, 6)\nprint(x.view(4, 5, 2).shape)")
    assert found.changed == ["print(x.view(4, 3, 2).shape)"]
    assert not found.doubts


def test_a_number_over_what_makes_a_state_was_told_is_in_doubt():
    program = """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.gru = nn.GRU(3, 4, batch_first=True)

    def begin(self, rows):
        return torch.zeros(1, rows, 4)


net = Net()
for rows in (5, 6):
    x = torch.randn(rows, 7, 3)
    print(net.gru(x, net.begin(6))[0].shape)
"""
    (found,) = mended(program, most=1).diagnoses
    doubts = {fix.title: fix.doubt for fix in found.fixes}
    assert doubts["(1, 5, 4)"] == "a number is written over what it was worked out from, which may be what is wrong"


def test_it_is_asked_of_the_tensor_that_the_layer_was_given():
    program = """
        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.gru = nn.GRU(3, 5, batch_first=True)

            def begin(self, rows):
                return torch.zeros(1, rows, 5)

        net, first, then = Net(), torch.randn(4, 6, 3), torch.randn(6, 6, 3)
        print(net.gru(first, net.begin(4))[0].shape)
        rows = 4
        state = net.begin(rows)
        print(net.gru(then, state)[0].shape)
    """
    found = mended(program, most=1)
    assert found.changed == ["state = net.begin(then.size(0))"]
    assert not found.doubts
