"""States in a list of pairs, one for each layer of a loop."""

from mended import mended, printed

LAYER_BY_LAYER = """
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.rnns = nn.ModuleList([nn.LSTM(3, 6), nn.LSTM(6, 4)])

        def start(self, n):
            return [(torch.zeros(1, n, {wide}), torch.zeros(1, n, {wide})) for wide in (6, 4)]

        def forward(self, x, states):
            for at, rnn in enumerate(self.rnns):
                x, _ = rnn(x, states[at])
            return x


    ROWS = 5
    net, later = Net(), torch.randn(7, 2, 3)


    def check(data):
        states = net.start({given})
        return net(data, states)


    print(round(check(later).sum().item(), 4))
"""


def test_a_list_of_pairs_for_each_layer_is_followed_to_who_asked_for_it():
    found = mended(LAYER_BY_LAYER.replace("{given}", "ROWS").replace("{wide}", "wide"))
    assert found.changed == ["states = net.start(data.size(1))"]
    assert found.output == printed(LAYER_BY_LAYER.replace("{given}", "2").replace("{wide}", "wide"))
    assert not found.doubts


def test_a_pair_is_not_indexed_as_a_tensor_is():
    found = mended(LAYER_BY_LAYER.replace("{given}", "ROWS").replace("{wide}", "wide"), most=1)
    texts = [edit.replacement for fix in found.diagnoses[0].fixes for edit in fix.edits]
    assert len(texts) > 2
    assert not any("))[" in text for text in texts), texts
