"""Tables of Markdown."""

from collections.abc import Sequence

from models.evaluation.folder_report import Row


def table(rows: Sequence[Row]) -> str:
    """A table of Markdown; columns without any content are left out."""
    headings = [name for name in rows[0] if any(_cell(row[name]) for row in rows)]
    lines = ["| " + " | ".join(headings) + " |", "|" + "---|" * len(headings)]
    lines += ["| " + " | ".join(_cell(row[name]) for name in headings) + " |" for row in rows]
    return "\n".join(lines)


def _cell(value: object) -> str:
    return "" if value is None else str(value).replace("|", "\\|")
