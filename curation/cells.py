"""A text in, a cell that no spreadsheet runs out, and back."""

FORMULA = ("=", "+", "-", "@", "\t", "\r")  # a cell that begins so is a formula to a spreadsheet (OWASP, CSV injection)


def guarded(text: str) -> str:
    """An apostrophe stands before what would be a formula, and before an apostrophe."""
    return f"'{text}" if text.startswith((*FORMULA, "'")) else text


def unguarded(cell: str) -> str:
    """The text as it was before `guarded`."""
    return cell[1:] if cell.startswith("'") and cell[1:].startswith((*FORMULA, "'")) else cell
