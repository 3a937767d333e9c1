"""Why a unit of work failed, in one line. Like any exception it crosses a process border as its message."""


class Failure(Exception):
    """A failure that a program reports in one line, because its cause is not in the code."""
