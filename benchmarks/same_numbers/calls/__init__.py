"""The seeded calls, one module per theme: each is a function without parameters, and its name is the call's.

A call imports skmine in its body: when this package is loaded, it is not yet decided which checkout's skmine is meant.
"""

from benchmarks.same_numbers.calls import columns, command_line, displays, estimators, losses, tables
from benchmarks.same_numbers.calls.register import REGISTERED, Call

#: Calls by name, in the order in which they run. Numbers that were kept carry these names.
CALLS: dict[str, Call] = {
    name: function
    for module in (columns, tables, estimators, losses, displays, command_line)
    for name, function in REGISTERED[module.__name__].items()
}
