"""Columns that jointly carry all the information on a target.

`choose` is the way from a table to a choice, `search` the whole search, `rounds` and `elimination` drop columns by
networks and `linear` judges, `choice` takes a set on the way, by `models` too, `refits` compares sets by what is
trained again, `screen` leaves a few dozen columns, `relations` names what shadows may not drop, `evidence` has the last
word.
"""
