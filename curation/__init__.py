"""Feedback in, data people trust out: masked, checked, free of copies, reviewed, split for ever."""
