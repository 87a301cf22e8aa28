from dataclasses import replace

from shapecheck.records import CallRecord, Packing, TensorRecord, Trace, TraceEntry
from shapecheck.render.changes import words
from shapecheck.render.repeats import fold
from shapecheck.render.story import Row, Story, dims_of
from shapecheck.render.tell import tell


def rows(trace):
    return {row.module: row for row in tell(trace).rows}


def test_nothing_was_called_yet():
    story = tell(Trace("Net"))
    assert story == Story("Net", ())
    assert story.summary == "no call was seen"


def test_the_documented_flow(traces):
    story = tell(traces.regression())
    assert story.summary == "36 calls, 121,701 parameters, protocol: documented flow, every step"
    model, lstm, linear = story.rows
    assert (model.layer, lstm.layer, linear.layer) == (
        "PriceModel",
        "nn.LSTM(1, 100, num_layers=2, batch_first=True)",
        "nn.Linear(in_features=100, out_features=1)",
    )
    assert [words(tensor.change) for tensor in lstm.outputs] == [
        "num_features gone, hidden_size new",
        *["seq_length and num_features gone, num_layers and hidden_size new"] * 2,
    ]
    assert (words(linear.link), linear.link_from) == ("batch_size and seq_length joined into one axis", "lstm.output")
    assert lstm.link_from == "the model's input"
    assert not lstm.link
    assert lstm.facts == ("12 calls", "121,600 parameters")
    assert dims_of(story) == ("batch_size", "seq_length", "num_features", "out_size", "hidden_size", "num_layers")


def test_what_the_loss_is_given_is_one_stage(traces):
    stages = (*traces.STAGES, ("loss.input", "loss input"), ("loss.target", "loss target"), ("linear.input", "again"))
    loss = {row.module: row for row in tell(replace(traces.with_loss(), stages=stages)).rows}
    assert [tensor.stage for tensor in loss["loss"].inputs] == ["stage 5, loss input", "stage 5, loss target"]
    assert loss["lstm"].outputs[0].stage == "stage 2, LSTM output"
    assert loss["linear"].inputs[0].stage == "stage 6, again"


def test_how_the_numbers_come_about(traces):
    told = [(number.sizes, number.formula) for number in tell(traces.training_and_eval()).numbers]
    assert told == [
        ((32, 20), "batch_size"),
        ((7,), "seq_length"),
        ((1,), "num_features"),
        ((1,), "out_size"),
        ((100,), "hidden_size"),
        ((2,), "num_layers"),
        ((224,), "batch_size 32 * seq_length 7"),
        ((140,), "batch_size 20 * seq_length 7"),
    ]


def test_factors_that_occur_in_products_only_are_explained_too(traces):
    told = {number.formula: number.sizes for number in tell(traces.packed()).numbers}
    assert told["num_directions"] == told["num_layers"] == (2,)
    assert told["num_directions 2 * hidden_size 16"] == (32,)
    alone = tell(replace(traces.packed(), sizes=()))
    told = {number.formula: number.sizes for number in alone.numbers}
    assert told["num_directions 2 * hidden_size 16"] == (32,), "one unknown factor follows from the other"
    assert told["num_directions*num_layers".replace("*", " * ")] == (4,), "two unknown ones are left as they are"


def test_a_dim_without_a_meaning_says_where_it_was_first_seen(traces):
    meanings = {number.formula: number.meaning for number in tell(traces.deep()).numbers}
    assert meanings["width"] == "first seen at input"


def test_a_later_forward_that_shows_nothing_new_is_one_sentence(traces):
    first, small, evaluation = tell(traces.training_and_eval()).forwards
    assert first.title == ""
    assert first.repetition is None
    assert small.title == "batch_size 20 instead of 32"
    assert small.repetition.words(1) == (
        "1 call, the same modules and axes, with batch_size 20, batch_size*seq_length 140"
    )
    assert evaluation.title == "batch_size 20 instead of 32, in eval mode"


def test_modules_that_a_later_forward_leaves_out_are_named(traces):
    entries = (*traces.with_loss().entries, *traces.regression_entries(training=False))
    later = tell(Trace("PriceModel", entries)).forwards[1]
    assert later.title == "in eval mode"
    assert later.repetition.words(12) == "12 calls, the same modules and axes, but without loss"


def test_a_later_forward_with_another_flow_is_told_in_full(traces):
    x = TensorRecord("input", (5, 9))
    other = (CallRecord("", "PriceModel", "", (x,), (x,)), CallRecord("lstm", "LSTM", "", (x,), (x,)))
    later = tell(Trace("PriceModel", (*traces.regression_entries(), *map(TraceEntry, other)))).forwards[1]
    assert later.repetition is None
    assert later.title == "input with 2 axes instead of 3"


def test_unknown_axes_of_other_sizes_are_a_repetition_only_if_the_input_says_so():
    def forward(size, inner):
        x, h = TensorRecord("input", (size, 3)), TensorRecord("input", (inner, 3))
        return TraceEntry(CallRecord("", "Net", "", (x,), (x,))), TraceEntry(CallRecord("a", "Part", "", (h,), (h,)))

    for inner, is_told in ((5, True), (8, False)):
        later = tell(Trace("Net", (*forward(4, 4), *forward(5, inner)))).forwards[1]
        assert (later.title, later.repetition is not None) == ("axis 0: 5 instead of 4", is_told)


def test_forwards_that_differ_in_sizes_are_told_as_one():
    def forward(length):
        # Of the second forward on, the layer that names the last axis was seen before, and is not seen anew.
        out = TensorRecord("output", (4, 2), dims=("batch_size", "out_size" if length == 7 else "_"))
        x = TensorRecord("x", (4, length), dims=("batch_size", "seq_length"))
        yield TraceEntry(CallRecord("", "Net", "", (x,), (out,)))
        if length == 7:
            yield TraceEntry(CallRecord("head", "Linear", "", (out,), (out,)), 4)

    story = tell(Trace("Net", tuple(entry for length in (7, 9, 8, 11) for entry in forward(length))))
    _, others = story.forwards
    assert (others.which, others.title) == ("3 other forwards", "seq_length 9, 8, 11 instead of 7")
    assert (
        others.repetition.words(others.rows[0].count) == "3 calls, the same modules and axes, with seq_length 9, 8, 11"
    )
    assert "4 different forwards" in story.summary
    assert {number.formula: number.sizes_shown for number in story.numbers}["seq_length"] == "7 to 11"


def test_calls_that_differ_in_sizes_alone_are_one_row(traces):
    def call(steps, dim, packing):
        x = TensorRecord("input", (steps, 12), dims=(dim, "num_features"), packing=packing)
        return TraceEntry(CallRecord("lstm", "LSTM", "12, 5", (x,), ()))

    packed = [call(steps, dim, Packing(4, 7, steps)) for steps, dim in ((17, "steps"), (19, "lstm_steps"))]
    (row,) = tell(Trace("Net", tuple(packed))).rows
    assert row.facts == ("2 calls", "also with steps 19")
    plain = [call(steps, "seq_length", None) for steps in (5, 6, 7, 8)]
    assert len(tell(Trace("Net", tuple(plain[:3]))).rows) == 3, "a few are shown one by one"
    (row,) = tell(Trace("Net", tuple(plain))).rows
    assert row.facts == ("4 calls", "also with seq_length 6, 7, 8")


def test_the_innermost_call_that_raised_is_the_place(traces):
    told = {row.module: (row.failure, row.is_failing) for row in tell(traces.crash()).rows}
    assert told == {
        "": ("did not finish: a module inside it failed", False),
        "lstm": ("", False),
        "linear": ("FAILED HERE: the call raised, nothing came out", True),
    }


def test_a_crash_between_two_modules_is_in_the_models_own_code(traces):
    story = tell(traces.crash_between())
    assert story.rows[0].failure == "FAILED HERE: in its own code, after lstm"
    assert story.rows[0].is_failing
    assert "never reached: linear" in story.remarks


def test_modules_that_torchs_own_layers_use_without_calling_are_not_idle():
    x = TensorRecord("query", (2, 5, 16))
    entries = (CallRecord("", "Net", "", (x,), (x,)), CallRecord("attention", "MultiheadAttention", "", (x,), (x,)))
    parameters = (("", 9), ("attention", 5), ("attention.out_proj", 4), ("unused", 2), ("unused.linear", 2))
    story = tell(Trace("Net", tuple(map(TraceEntry, entries)), parameters))
    assert story.idle == ("unused.linear",)
    assert story.remarks == ("never called: unused.linear",)


def test_modules_inside_compiled_ones_are_not_idle_but_unseen():
    x = TensorRecord("input", (2, 3))
    entries = tuple(map(TraceEntry, (CallRecord("", "Net", "", (x,), (x,)), CallRecord("body", "Net", "", (x,), (x,)))))
    parameters = (("", 18), ("body", 12), ("body.linear", 12), ("twin", 6))
    story = tell(Trace("Net", entries, parameters, compiled=("body",)))
    assert story.remarks == ("never called: twin", "compiled, so that what is inside is called unseen: body")
    assert tell(Trace("Net", entries, parameters, compiled=("",))).remarks == (
        "compiled, so that what is inside is called unseen: the model",
    )


def test_a_module_that_stands_at_two_paths_is_the_same_module_and_not_an_idle_one():
    x = TensorRecord("input", (2, 3))
    entries = (CallRecord("", "Net", "", (x,), (x,)), CallRecord("a", "Linear", "3, 3", (x,), (x,)))
    parameters = (("", 12), ("a", 12), ("b", 12), ("act", 0), ("more", 12), ("more.inner", 12), ("twin", 12))
    aliases = (("b", "a"), ("act", "relu"), ("more", "a"), ("more.inner", "a.inner"))
    story = tell(Trace("Net", tuple(map(TraceEntry, entries)), parameters, aliases=aliases))
    assert story.remarks == ("never called: twin", "b and more are the same module as a")


def test_calls_that_were_not_kept_are_told():
    x = TensorRecord("input", (2,))
    entry = TraceEntry(CallRecord("", "Net", "", (x,), (x,)))
    assert tell(Trace("Net", (entry,), dropped=1)).remarks == ("1 more call with yet other shapes were not kept",)


def test_fifty_equal_blocks_are_one(traces):
    told = [(row.module, row.alike) for row in tell(traces.deep(50)).rows]
    assert told == [
        ("", 1),
        ("blocks.0-49", 50),
        ("blocks.0-49.linear", 50),
        ("blocks.0-49.act", 50),
        ("head", 1),
    ]
    assert rows(traces.deep(50))["blocks.0-49.linear"].facts == ("50 alike, in turn", "4,160 parameters each")


def test_two_equal_layers_stay_two():
    pair = [Row("layers.0", "nn.ReLU", (), ()), Row("layers.1", "nn.ReLU", (), ())]
    assert fold(pair) == tuple(pair)
    assert [row.module for row in fold([*pair, Row("layers.2", "nn.ReLU", (), ())])] == ["layers.0-2"]


def test_the_layer_that_differs_is_not_folded_away():
    layers = [Row(f"layers.{at}", "nn.ReLU" if at != 7 else "nn.GELU", (), ()) for at in range(12)]
    assert [row.module for row in fold(layers)] == ["layers.0-6", "layers.7", "layers.8-11"]


def test_a_module_in_a_loop(traces):
    cell = rows(traces.loop())["cell"]
    assert cell.facts == ("35 calls, 7 in each forward", "416 parameters")
    assert (words(cell.link), cell.link_from) == ("seq_length gone", "the model's input")


def test_packed_sequences(traces):
    lstm = rows(traces.packed())["lstm"]
    assert lstm.inputs[0].packing == "4 sequences, 17 real steps of 28"
    assert words(lstm.link) == "packed: the padding is left out, only real steps go on"
    assert lstm.outputs[1].change is None, "real steps and padded axes cannot be compared by name"


def test_another_branch_is_not_taken_for_the_next_step():
    a, b = (
        TensorRecord("input", (4, 3), dims=("batch_size", "left")),
        TensorRecord("input", (4, 5), dims=("n", "right")),
    )
    entries = (
        CallRecord("", "Net", "", (a, b)),
        CallRecord("l", "Linear", "", (a,), (a,)),
        CallRecord("r", "Linear", "", (b,)),
    )
    assert rows(Trace("Net", tuple(map(TraceEntry, entries))))["r"].link is None


def test_what_is_made_of_a_state_is_not_told_as_made_of_the_output(traces):
    head = rows(traces.both_directions())["head"]
    assert (words(head.link), head.link_from) == ("num_directions gone", "lstm.h_n")


def test_what_happens_after_the_last_module_is_told():
    flat = TensorRecord("output", (28, 1), dims=("batch_size*seq_length", "out_size"))
    out = TensorRecord("output", (4, 7, 1), dims=("batch_size", "seq_length", "out_size"))
    entries = (CallRecord("", "Net", "", (), (out,)), CallRecord("linear", "Linear", "", (), (flat,)))
    forward = tell(Trace("Net", tuple(map(TraceEntry, entries)))).forwards[0]
    assert words(forward.closing) == "batch_size*seq_length split into batch_size and seq_length"
    assert forward.closing_from == "linear.output"


def test_states_have_the_batch_on_axis_1(traces):
    assert "h_n and c_n have the batch on axis 1, whatever batch_first says" in tell(traces.regression()).remarks
    assert not tell(traces.deep()).remarks


def test_a_state_whose_batch_is_another_axis_is_told():
    state = TensorRecord(
        "h_n", (2, 7, 5), dims=("num_layers", "seq_length", "hidden_size"), rows=("layer 0", "layer 1")
    )
    trace = Trace("Net", (TraceEntry(CallRecord("", "LSTM", outputs=(state,))),))
    assert tell(trace).remarks == ("axis 1 of h_n is what the layer takes for the batch: here it is seq_length",)
    right = replace(state, dims=("num_layers", "batch_size", "hidden_size"))
    trace = Trace("Net", (TraceEntry(CallRecord("", "GRU", outputs=(right,))),))
    assert tell(trace).remarks == ("h_n has the batch on axis 1, whatever batch_first says",)
