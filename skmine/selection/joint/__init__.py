"""Which columns together: a masked network that prices every subset, and the search that asks it.

`masked` trains and reads the network, `screening` leaves it a few dozen columns, `elimination` drops
them one by one, `joint` is the whole way from a table to a set of columns.
"""
