"""causal-learn's tests of conditional independence, with their defaults: Fisher's z and the kernel test (KCI)."""

import numpy as np
from causallearn.utils.cit import CIT
from protocol import Data, serve_pvalues


def test(data: Data, method: str) -> float:
    columns = np.column_stack([data["X"], data["Y"], data["Z"]])
    return float(CIT(columns, method)(0, 1, list(range(2, columns.shape[1]))))


serve_pvalues({method: lambda data, seed, method=method: test(data, method) for method in ("fisherz", "kci")})
