"""benchmark-mi's estimators with their defaults: the neural ones report the maximum of their test curve."""

import bmi.estimators as bmi
from protocol import serve

serve(
    {
        "KSG": lambda X, Y, seed: bmi.KSGEnsembleFirstEstimator(neighborhoods=(10,)).estimate(X, Y),
        "CCA": lambda X, Y, seed: bmi.CCAMutualInformationEstimator().estimate(X, Y),
        # 42 is its own default seed
        "InfoNCE": lambda X, Y, seed: bmi.InfoNCEEstimator(seed=42 + seed, verbose=False).estimate(X, Y),
        "MINE": lambda X, Y, seed: bmi.MINEEstimator(seed=42 + seed, verbose=False).estimate(X, Y),
    }
)
