"""Names of operations that several probes ask for, as they stand on the tape."""

from __future__ import annotations

from shapecheck.reading.vocabulary import ALL_ALIKE, DRAWN_LIKE, MADE_LIKE, MADE_NEW

RECURRENT = frozenset(["lstm", "gru", "rnn_tanh", "rnn_relu"])
CELLS = frozenset(["lstm_cell", "gru_cell", "rnn_tanh_cell", "rnn_relu_cell"])
ATTENTIONS = frozenset(["multi_head_attention_forward", "scaled_dot_product_attention"])
SOFTMAXES = frozenset(["softmax", "log_softmax"])
PROBABILITIES = frozenset(["softmax", "sigmoid"])
CLASS_LOSSES = frozenset(["cross_entropy", "nll_loss"])
# The losses of answers that are yes or no.
FLAG_LOSSES = frozenset(["binary_cross_entropy", "binary_cross_entropy_with_logits"])
# Those that are given scores as they are, and those that are given logarithms of probabilities.
LOGIT_LOSSES = frozenset(["binary_cross_entropy_with_logits", "multilabel_soft_margin_loss"])
LOG_PROBABILITY_LOSSES = frozenset(["nll_loss", "ctc_loss"])
# The losses that are zero where both operands are the same; they warn of a target of another shape.
DISTANCES = frozenset(["mse_loss", "l1_loss", "smooth_l1_loss", "huber_loss"])
EQUALS = frozenset(["eq", "ne"])
COMPARES = frozenset(["lt", "le", "gt", "ge"])
ARITHMETIC = frozenset(["add", "sub", "rsub", "mul", "div"])
SUMS = frozenset(["add", "sub", "rsub"])
# What moves numbers by others, and what is a difference of two whichever stands first.
SHIFTS = frozenset(["add", "sub"])
DIFFERENCES = frozenset(["sub", "rsub"])
SCALES = frozenset(["mul", "div"])
DIVIDES = frozenset(["div", "rdiv"])
# What takes the signs away.
MAGNITUDES = frozenset(["pow", "square", "abs"])
BOUNDS_BELOW = frozenset(["clamp", "clamp_min"])
WAVES = frozenset(["sin", "cos"])
NEGATIONS = frozenset(["logical_not", "bitwise_not"])
PRODUCTS = frozenset(["matmul", "bmm", "mm"])
# Those of two matrices; with bmm each sample has a product of its own.
MATRIX_PRODUCTS = frozenset(["matmul", "mm"])
# Products whose letters may be told: what is summed over stands nowhere in the result.
CONTRACTIONS = frozenset(["matmul", "bmm", "baddbmm", "einsum"])
JOINS = frozenset(["cat", "stack"])
VIEWS = frozenset(["view", "reshape"])
VIEWS_AS = frozenset(["view_as", "reshape_as"])
CUTS_APART = VIEWS | {"unflatten"}
CUTS = VIEWS | {"flatten"}
SELECTS = frozenset(["__getitem__", "select"])
ITEMS = SELECTS | {"unbind"}
# What picks by a mask.
PICKS_BY_MASK = frozenset(["__getitem__", "masked_select"])
# What is written into a tensor that is there.
WRITES = frozenset(["__setitem__", "copy_"])
# What a mask is put to numbers with.
MASKS = frozenset(["where", "masked_fill", "mul"])
SPLITS = frozenset(["split", "chunk", "tensor_split"])
# What adds rows up by a number for each row, and where that stands among its arguments.
SCATTERS = {"index_add": 2, "scatter_add": 2, "scatter_reduce": 2, "scatter": 2, "index_reduce": 2}
TAKES_ROWS = frozenset(["__getitem__", "index_select"])
GATHERS = frozenset(["gather", "take_along_dim"])
ORDERS = frozenset(["sort", "argsort"])
SORTS = ORDERS | {"topk"}
NORMS = frozenset(["norm", "vector_norm"])
# Layers that make features of features.
FEATURE_LAYERS = frozenset(["linear", "addmm", "conv1d", "conv2d", "conv3d"])
# Those that measure channels, each for itself or in groups.
CHANNEL_NORMS = frozenset(["batch_norm", "instance_norm", "group_norm"])
SPREADS = frozenset(["std", "var", "std_mean", "var_mean"])
DEVIATIONS = frozenset(["std", "var"])
AVERAGES = frozenset(["mean", "nanmean"])
SQUARES = frozenset(["pow", "square", "mul"])
TOTALS = frozenset(["mean", "sum", "nanmean", "nansum"])
# What a class is chosen with.
GUESSES = frozenset(["argmax", "max", "topk"])
PLACES_OF_EXTREMES = frozenset(["argmax", "argmin"])
EXTREMES = frozenset(["max", "min", "amax", "amin"])
# These return the numbers in front of their places.
WITH_PLACES = frozenset(["max", "min", "sort", "topk"])
POOLS = frozenset(["amax", "amin", "max", "min", "mean", "sum"])
ZEROS = frozenset(["zeros", "zeros_like", "new_zeros"])
# What lays a tensor beside others as it is.
COPIES = frozenset(["expand", "expand_as", "repeat", "tile", "broadcast_to"])
# What takes its shape or its type from a second operand, and no numbers.
AS_ANOTHER = frozenset(["expand_as", "view_as", "reshape_as", "to"])
# What makes columns of the rows of a matrix.
TURNS = frozenset(["t", "T", "mT", "transpose", "permute", "contiguous", "adjoint", "H"])
RANDOM = frozenset(["randperm", "randint", "multinomial"])
# Numbers that are drawn by chance, each for itself.
NOISE = frozenset(
    ["rand", "randn", *DRAWN_LIKE, "normal", "normal_", "uniform", "uniform_", "bernoulli", "exponential",
     "exponential_"]
)  # fmt: skip
# What leaves out numbers by chance.
DROPS = frozenset(["dropout", "dropout1d", "dropout2d", "alpha_dropout"])
# What picks a batch, or makes one up.
DRAWS = RANDOM | frozenset(
    ["stack", "pad_sequence", "index_select", "split", "chunk", "unbind", "rand", "randn", "normal"]
)
# What is made in the image of a tensor, and holds nothing of it.
IMAGES = frozenset([*MADE_LIKE, *MADE_NEW, "new_tensor"])
# What is one number throughout.
ALIKE = frozenset(ALL_ALIKE)
DETACHES = frozenset(["detach", "data"])
# What hands a tensor on as it is, at most with numbers of another type.
CONVERTS = frozenset(["to", "long", "int", "bool", "contiguous", "clone", "detach", "data"])
AXES_OF_ONE = frozenset(["squeeze", "unsqueeze"])
# The same in whatever shape, and parts of it.
HANDS_ON = CONVERTS | AXES_OF_ONE | VIEWS | {"__getitem__"}
# Operations that move numbers about and change none.
SAME_NUMBERS = frozenset(
    [
        "view",
        "reshape",
        "transpose",
        "permute",
        "squeeze",
        "unsqueeze",
        "__getitem__",
        "flatten",
        "contiguous",
        "clone",
        "to",
        "select",
        "movedim",
        "t",
        "T",
        "mT",
        "index_select",
        "masked_select",
        "cat",
        "stack",
        "unflatten",
        "narrow",
        "rearrange",
        "dropout",
    ]
)
# Those of one tensor: nothing is put together.
REARRANGES = SAME_NUMBERS - JOINS
# What a convolution is given, in order.
CONVOLUTION_ARGUMENTS = ("input", "weight", "bias", "stride", "padding", "dilation", "groups")
