"""Named samplers of X and Y with known mutual information (MI), and how it is known.

`shapes` and `tables` list them. A family is a function that returns a `Sampler`; its docstring derives the MI. Laws can
be composed: `side_by_side` adds their MI, and `transformed` applies a map that can be undone, which does not change MI.
Nothing is integrated before a family is called.
"""

from skmine.synthetic.catalogue import shapes, tables
from skmine.synthetic.digits import digit_pairs
from skmine.synthetic.encodings import encoded
from skmine.synthetic.functions import draw_columns, labels, noisy_target
from skmine.synthetic.mixed import binary_entropy, missing_at_random, mixed_uniform, normal_classes, parity
from skmine.synthetic.mixtures import NormalMixture, normal_mixture, wild_rows
from skmine.synthetic.multivariate import additive_table, student_dense, student_identity, student_table
from skmine.synthetic.noisy import NORMAL, constant, noisy_function, noisy_function_mi
from skmine.synthetic.normal import (
    correlated_gaussians,
    correlated_gaussians_with_mi,
    equal_correlations,
    independent_blocks,
    independent_table,
    normal_dense,
    normal_sparse,
    normal_table,
)
from skmine.synthetic.pairs import (
    additive_uniform,
    circle,
    discrete_table,
    independent_pair,
    normal_pair,
    sign_flip,
    student_pair,
    table_mi,
)
from skmine.synthetic.rotations import rotated, spiral, swiss_roll
from skmine.synthetic.sampler import Array, Rows, Sampler, entropy, side_by_side, unpaired
from skmine.synthetic.series import SeriesSampler, linear_series
from skmine.synthetic.transforms import (
    asinh,
    bimodal,
    half_cube,
    transformed,
    uniform_margins,
    wiggly,
    with_missing,
    with_noise_columns,
)

__all__ = [
    "NORMAL",
    "Array",
    "NormalMixture",
    "Rows",
    "Sampler",
    "SeriesSampler",
    "additive_table",
    "additive_uniform",
    "asinh",
    "bimodal",
    "binary_entropy",
    "circle",
    "constant",
    "correlated_gaussians",
    "correlated_gaussians_with_mi",
    "digit_pairs",
    "discrete_table",
    "draw_columns",
    "encoded",
    "entropy",
    "equal_correlations",
    "half_cube",
    "independent_blocks",
    "independent_pair",
    "independent_table",
    "labels",
    "linear_series",
    "missing_at_random",
    "mixed_uniform",
    "noisy_function",
    "noisy_function_mi",
    "noisy_target",
    "normal_classes",
    "normal_dense",
    "normal_mixture",
    "normal_pair",
    "normal_sparse",
    "normal_table",
    "parity",
    "rotated",
    "shapes",
    "side_by_side",
    "sign_flip",
    "spiral",
    "student_dense",
    "student_identity",
    "student_pair",
    "student_table",
    "swiss_roll",
    "table_mi",
    "tables",
    "transformed",
    "uniform_margins",
    "unpaired",
    "wiggly",
    "wild_rows",
    "with_missing",
    "with_noise_columns",
]
