"""The Linear that makes a state, told another width than the recurrent layer has, where sizes come from a table."""

from mended import mended, printed

PROGRAM = """
class Writer(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.hidden, self.latent = config["hidden"], config["latent"]
        cell = nn.LSTM if config["kind"] == "lstm" else nn.GRU
        self.reader = cell(config["width"], self.hidden, batch_first=True)
        self.writer = cell(config["width"], self.hidden, batch_first=True)
        self.middle = nn.Linear(self.hidden, self.latent)
        self.begin = nn.Linear(self.latent, {width})
        self.kind = config["kind"]

    def forward(self, x):
        _, state = self.reader(x)
        start = self.begin(self.middle(state[-1])).unsqueeze(0)
        if self.kind == "lstm":
            start = tuple(part.contiguous() for part in start.chunk(2, dim=-1))
        return self.writer(x, start)[0]


print(Writer({{"kind": "gru", "hidden": 10, "latent": 4, "width": 3}})(torch.randn(5, 6, 3)).sum().item())
"""


def test_it_is_told_the_width_of_the_layer_and_no_other_state_is_taken_for_it():
    found = mended(PROGRAM.format(width="2 * self.hidden"))
    assert found.output == printed(PROGRAM.format(width="self.hidden"))
    assert not found.doubts
    lines = [edit.replacement.strip() for fix in found.diagnoses[0].fixes[:1] for edit in fix.edits]
    assert lines == ["self.begin = nn.Linear(self.latent, self.hidden)"]
