"""Text of the user's, such as names, as a terminal may show it.

This module imports nothing heavy.
"""

import re

#: Characters that act instead of being seen: control characters of both sets, marks that turn or hide text, ends of
#: lines and paragraphs, halves of pairs. The joiners of Persian and Hindi words are left alone.
_ACTING = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb\ud800-\udfff"
    "\U000e0000-\U000e007f]"
)


def escape_controls(text: str) -> str:
    """Text with characters that would act in a terminal as backslash escapes, as in Python's literals."""
    return _ACTING.sub(lambda found: found[0].encode("unicode_escape").decode("ascii"), text)
