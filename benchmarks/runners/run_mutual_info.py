"""mutual-info: Kozachenko and Leonenko's entropies of X, of Y and of both jointly."""

from mutual_info.mutual_info import mutual_information
from protocol import serve

serve({"entropies": lambda X, Y, seed: mutual_information((X.astype(float), Y.astype(float)), k=3)})
