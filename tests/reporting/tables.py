"""Tables that reports are tried on."""

import numpy as np
import pandas as pd

#: Names and labels that would act if they were anything but text.
HOSTILE = [
    "<script>window.hacked = 1</script>",
    "\"quoted\" & 'single' </title></style></svg>",
    "a $\\frac{1}{2}$ | `tick` [link](javascript:alert(1)) https://example.org",
    "two\nlines\r\nand a\ttab \x00\x1b[31m",
    "\u202eabc \u05e9\u05dc\u05d5\u05dd \u0645\u0631\u062d\u0628\u0627",
    "{{ 7 * 7 }} {% raw %}",
    "long " * 60,
]


def make_table(n=90, classes=False, seed=0):
    """x says much of y, its copy too; code says something as labels; noise nothing; some of x is missing."""
    rng = np.random.default_rng(seed)
    x, other = rng.normal(size=(2, n))
    frame = pd.DataFrame({"x": x, "copy": 2 * x + 1, "other": other, "noise": rng.normal(size=n)})
    frame["code"] = rng.choice(["red", "green", "blue"], n)
    y = x + other / 2 + (frame["code"] == "red") + rng.normal(size=n) / 4
    frame["y"] = np.where(y > 0, "high", "low") if classes else y
    frame.loc[::15, "other"] = np.nan
    return frame


def make_hostile_table(n=90):
    """Every name and every label is hostile."""
    rng = np.random.default_rng(0)
    target = rng.integers(0, 2, n)
    frame = pd.DataFrame({name: target + rng.normal(size=n) for name in HOSTILE[:-1]})
    frame[HOSTILE[-1]] = np.array(HOSTILE)[np.minimum(rng.integers(0, 4, n) + 3 * target, 6)]
    frame["</script><img src=x onerror=alert(1)>"] = np.array(HOSTILE[:2])[target]
    return frame, "</script><img src=x onerror=alert(1)>"
