"""Columns that jointly carry all the information on a target.

`choose` is the way from a table to a choice, `search` the whole search, `rounds` and `elimination` drop
columns, `strategies` say how with many rows and with few, `confirm` and `refits` compare sets by new networks,
`screen` leaves a few dozen columns.
"""
