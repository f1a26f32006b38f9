"""The experiments of MINE's paper (Belghazi et al. 2018); `python -m benchmarks.paper` runs them."""
