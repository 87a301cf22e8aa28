"""Messages along the edges of a graph come back to the nodes that sent them."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import START, sees

BAD = (
    START
    + """
class Layer(nn.Module):
    def __init__(self):
        super().__init__()
        self.message, self.out = nn.Linear(3, 4), nn.Linear(4, 1)

    def forward(self, nodes, edges):
        source, target = edges
        sent = self.message(nodes)[source]
        heard = sent.new_zeros(len(nodes), 4).index_add(0, source, sent)
        return self.out(heard.tanh())


batch = (torch.randn(7, 3), torch.randint(0, 7, (2, 11))), torch.randn(7, 1)
report = audit(Layer(), nn.MSELoss(), batch)
"""
)

GOOD = BAD.replace("index_add(0, source, sent)", "index_add(0, target, sent)")

FAULT = Fault(
    code="SC726",
    slug="sent_to_the_sender",
    headline="messages along edges come back to the nodes that sent them",
    why=(
        "The rows are picked by the first ends of the edges, and added up at these ends again. Each node gets a copy "
        "of itself for each of its edges and nothing of its neighbours: whatever the graph is, the layer never sees it."
    ),
    recognise=sees("sent_to_the_sender"),
    bad=BAD,
    good=GOOD,
    lesson="Rows are picked by the ends that send, and added up at the ends that hear.",
)
