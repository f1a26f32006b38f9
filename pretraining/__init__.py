"""How the shipped weights of the grid critic are made: laws, pool, training, record."""
