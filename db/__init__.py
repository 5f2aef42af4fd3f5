"""The belt: every step of the wheel is a row, and processes meet only through rows."""
