"""What every report keeps, whichever script wrote it."""

import re


def check_report(path, title):
    """Read a report; its title, the time it took, and its tables are in order."""
    text = path.read_text()
    assert text.startswith(f"# {title}")
    assert len(re.findall(r"^The run took \d+(\.\d)? (seconds|minutes|hours)\.$", text, flags=re.M)) == 1
    assert "nan" not in text.lower()
    tables = re.findall(r"(?:^\|.*\|\n)+", text, flags=re.M)
    assert tables
    for table in tables:
        widths = {line.count("|") for line in table.splitlines()}
        assert len(widths) == 1, f"rows of unequal length: {table}"
        assert len(table.splitlines()) > 2, f"no rows: {table}"
    return text
