"""How the shipped weights of the grid network are made: laws, pool, training, record."""
