"""infomeasure's nearest neighbours (Kraskov, Stögbauer and Grassberger), with its defaults."""

import infomeasure
from protocol import serve

serve({"KSG": lambda X, Y, seed: float(infomeasure.mutual_information(X, Y, approach="ksg"))})
