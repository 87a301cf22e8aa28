"""Traces built by hand, as capture would make them."""

from dataclasses import replace

from shapecheck.records import CallRecord, Packing, TensorRecord, Trace, TraceEntry

B, T, F, H, L = "batch_size", "seq_length", "num_features", "hidden_size", "num_layers"
STAGES = (
    ("lstm.input", "network input"),
    ("lstm.output", "LSTM output"),
    ("linear.input", "Linear input"),
    ("linear.output", "Linear output"),
)


def tensor(role, shape, *dims, **rest):
    return TensorRecord(role, shape, dims=dims, **rest)


def regression_entries(batch=32, seq=7, count=12, training=True):
    rows = {"rows": ("layer 0", "layer 1")}
    lstm_config = "1, 100, num_layers=2, batch_first=True"
    x = tensor("input", (batch, seq, 1), B, T, F)
    flat = tensor("output", (batch * seq, 1), f"{B}*{T}", "out_size")
    return (
        TraceEntry(CallRecord("", "PriceModel", "", (x,), (flat,), training=training), count),
        TraceEntry(
            CallRecord(
                "lstm", "LSTM", lstm_config, (x,),
                (
                    tensor("output", (batch, seq, 100), B, T, H),
                    tensor("h_n", (2, batch, 100), L, B, H, **rows),
                    tensor("c_n", (2, batch, 100), L, B, H, **rows),
                ),
                training=training,
            ),
            count,
        ),
        TraceEntry(
            CallRecord(
                "linear", "Linear", "in_features=100, out_features=1, bias=True",
                (tensor("input", (batch * seq, 100), f"{B}*{T}", H),), (flat,), training=training,
            ),
            count,
        ),
    )  # fmt: skip


PARAMETERS = (("", 121_701), ("lstm", 121_600), ("linear", 101))


def regression(**rest):
    return Trace("PriceModel", regression_entries(), PARAMETERS, protocol="documented flow, every step", stages=STAGES)


def training_and_eval():
    entries = (
        *regression_entries(),
        *regression_entries(20, count=1),
        *regression_entries(20, count=3, training=False),
    )
    return Trace("PriceModel", entries, PARAMETERS)


def with_loss():
    rows = f"{B}*{T}"
    loss = CallRecord(
        "loss", "CrossEntropyLoss", "",
        (tensor("input", (224, 65), rows, "num_classes"), tensor("target", (224,), rows, dtype="int64")),
        (tensor("output", ()),),
    )  # fmt: skip
    return Trace("PriceModel", (*regression_entries(), TraceEntry(loss, 12)), PARAMETERS)


def packed():
    states = {"rows": ("layer 0 forward", "layer 0 backward", "layer 1 forward", "layer 1 backward")}
    packing = {"packing": Packing(4, 7, 17)}
    tokens = tensor("tokens", (4, 7), B, T, dtype="int64")
    lengths = tensor("lengths", (4,), B, dtype="int64")
    embedded = tensor("output", (4, 7, 12), B, T, "embedding_dim")
    entries = (
        CallRecord("", "Tagger", "", (tokens, lengths), (tensor("output", (4, 5), B, "num_classes"),)),
        CallRecord("embedding", "Embedding", "50, 12", (tensor("input", (4, 7), B, T, dtype="int64"),), (embedded,)),
        CallRecord(
            "lstm", "LSTM", "12, 16, num_layers=2, batch_first=True, bidirectional=True",
            (tensor("input", (17, 12), "steps", "embedding_dim", **packing),),
            (
                tensor("output", (17, 32), "steps", "num_directions*hidden_size", **packing),
                tensor("h_n", (4, 4, 16), "num_directions*num_layers", B, H, **states),
                tensor("c_n", (4, 4, 16), "num_directions*num_layers", B, H, **states),
            ),
        ),
        CallRecord(
            "head", "Linear", "in_features=32, out_features=5, bias=True",
            (tensor("input", (4, 32), B, "num_directions*hidden_size"),),
            (tensor("output", (4, 5), B, "num_classes"),),
        ),
    )  # fmt: skip
    parameters = (("", 10_765), ("embedding", 600), ("lstm", 10_000), ("head", 165))
    sizes = ((B, 4), (T, 7), ("num_directions", 2), (L, 2), (H, 16))
    return Trace("Tagger", tuple(map(TraceEntry, entries)), parameters, sizes=sizes)


def crash():
    x = tensor("input", (32, 7, 1), B, T, F)
    entries = (
        CallRecord("", "PriceModel", "", (x,), status="raised"),
        regression_entries()[1].call,
        CallRecord(
            "linear", "Linear", "in_features=70, out_features=1, bias=True",
            (tensor("input", (32, 7, 100), B, T, H),), status="raised",
        ),
    )  # fmt: skip
    parameters = (*PARAMETERS, ("scale", 1))
    return Trace("PriceModel", tuple(map(TraceEntry, entries)), parameters)


def crash_between():
    x = tensor("input", (32, 7, 1), B, T, F)
    entries = (CallRecord("", "PriceModel", "", (x,), status="raised"), regression_entries()[1].call)
    return Trace("PriceModel", tuple(map(TraceEntry, entries)), PARAMETERS)


def deep(layers=50):
    x = tensor("input", (8, 64), B, "width")
    y = tensor("output", (8, 64), B, "width")
    entries = [CallRecord("", "Deep", "", (x,), (tensor("output", (8, 3), B, "num_classes"),))]
    for at in range(layers):
        entries.append(CallRecord(f"blocks.{at}", "Block", "", (x,), (y,)))
        entries.append(CallRecord(f"blocks.{at}.linear", "Linear", "in_features=64, out_features=64", (x,), (y,)))
        entries.append(CallRecord(f"blocks.{at}.act", "ReLU", "", (x,), (y,)))
    entries.append(
        CallRecord(
            "head", "Linear", "in_features=64, out_features=3", (x,), (tensor("output", (8, 3), B, "num_classes"),)
        )
    )
    parameters = [("", layers * 4160 + 195), *((f"blocks.{at}.linear", 4160) for at in range(layers)), ("head", 195)]
    return Trace("Deep", tuple(map(TraceEntry, entries)), tuple(parameters))


def loop():
    x = tensor("input", (4, 7, 3), B, T, F)
    step = tensor("input", (4, 3), B, F)
    state = tensor("h_0", (4, 8), B, H), tensor("c_0", (4, 8), B, H)
    after = tensor("h_1", (4, 8), B, H), tensor("c_1", (4, 8), B, H)
    entries = (
        TraceEntry(CallRecord("", "Walker", "", (x,), (tensor("output", (4, 7, 8), B, T, H),)), 5),
        TraceEntry(
            CallRecord("cell", "LSTMCell", "3, 8", (step, *state), after),
            35,
        ),
    )  # fmt: skip
    return Trace("Walker", entries, (("", 416), ("cell", 416)))


def unnamed():
    """Nothing is known but sizes."""
    image, maps = TensorRecord("input", (4, 3, 8, 8)), (4, 16, 6, 6)
    flat, out = (4, 576), TensorRecord("output", (4, 10))
    entries = (
        CallRecord("", "Sequential", "", (image,), (out,)),
        CallRecord(
            "0", "Conv2d", "3, 16, kernel_size=(3, 3), stride=(1, 1)", (image,), (TensorRecord("output", maps),)
        ),
        CallRecord("1", "Flatten", "start_dim=1", (TensorRecord("input", maps),), (TensorRecord("output", flat),)),
        CallRecord("2", "Linear", "in_features=576, out_features=10", (TensorRecord("input", flat),), (out,)),
    )
    return Trace("Sequential", tuple(map(TraceEntry, entries)))


def put_back():
    """The rows of the Linear are put back into sequences by the model's own code; later with another dtype."""
    out = tensor("output", (32, 7, 1), B, T, "out_size")
    model, *inner = regression_entries()
    whole = replace(model.call, outputs=(out,))
    half = replace(whole, inputs=(replace(whole.inputs[0], dtype="float64"),), outputs=(out, tensor("extra", (), *())))
    return Trace("PriceModel", (TraceEntry(whole, 12), *inner, TraceEntry(half, 1)))


HOSTILE = "[red]x[/red]\x1b[2J\u202eevil</text><script>&amp;\"'|`*\r\n\x00\ud800é"


def hostile():
    record = TensorRecord(HOSTILE, (4, 2), HOSTILE, HOSTILE, (HOSTILE, HOSTILE + "2"), (HOSTILE,), Packing(1, 4, 4))
    call = CallRecord(HOSTILE, HOSTILE, HOSTILE, (record,), (record,))
    raised = CallRecord(HOSTILE, HOSTILE, HOSTILE, (record,), status="raised")
    return Trace(
        HOSTILE, (TraceEntry(call), TraceEntry(raised)), ((HOSTILE, 3), (HOSTILE + "b", 3)), 2, HOSTILE,
        ((HOSTILE, 4),), ((f"{HOSTILE}.{HOSTILE}", HOSTILE),),
    )  # fmt: skip


ALL = {
    make.__name__: make
    for make in (
        regression, training_and_eval, with_loss, packed, crash, crash_between, deep, loop, unnamed, put_back, hostile,
    )
}  # fmt: skip


def both_directions():
    """A head that reads the last item of ``h_n``, of an LSTM that reads in both directions."""
    x, last = tensor("input", (4, 7, 3), B, T, F), tensor("input", (4, 8), B, H)
    states = [tensor(role, (2, 4, 8), "num_directions", B, H, rows=("forward", "backward")) for role in ("h_n", "c_n")]
    output = tensor("output", (4, 7, 16), B, T, f"num_directions*{H}")
    scores = tensor("output", (4, 5), B, "out_size")
    calls = (
        CallRecord("", "Net", "", (x,), (scores,)),
        CallRecord("lstm", "LSTM", "3, 8, bidirectional=True", (x,), (output, *states)),
        CallRecord("head", "Linear", "in_features=8, out_features=5", (last,), (scores,)),
    )
    return Trace("Net", tuple(map(TraceEntry, calls)))
