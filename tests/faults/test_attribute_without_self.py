"""What an object keeps, named without self: where it is sure, where a parameter may be missing, and where it is not."""

import pytest
from mended import mended

PROGRAM = """
    class Net(nn.Module):
        def __init__(self, hidden):
            super().__init__()
            self.hidden = {kept}
            self.rnn = nn.GRU(4, hidden, batch_first=True)

        def forward(self, x):
            out, h = {read}
            return out

    print(Net(3)(torch.randn(2, 5, 4)).shape)
"""


@pytest.mark.parametrize(
    ("kept", "read", "titles"),
    [
        ("hidden", "rnn(x)", ["self.rnn"]),
        ("nn.Identity()", "self.rnn(hidden(x))", ["self.hidden"]),
        # A layer would be given a number.
        ("hidden", "self.rnn(x, hidden)", ["self.hidden, doubtful"]),
        # A number cannot be called.
        ("3", "self.rnn(hidden(x))", []),
        # The line itself would be the first to keep it.
        ("width", "self.rnn(x)", []),
        ("hidden", "self.rnn(x, [rnn for rnn in range(2)] and rnn)", ["self.rnn"]),
    ],
)
def test_it_is_the_objects_where_nothing_else_can_be_meant(kept, read, titles):
    program = PROGRAM.format(kept=kept, read=read)
    found = mended(program.replace("self.hidden = width", "self.width = width"), most=1).diagnoses
    fixes = [fix for each in found for fix in each.fixes if each.slug == "attribute_without_self"]
    assert [fix.title + ", doubtful" * bool(fix.doubt) for fix in fixes] == titles
    assert not any("for self." in edit.replacement for fix in fixes for edit in fix.edits)
