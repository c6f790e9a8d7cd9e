"""What the exit code of a command means."""

from enum import IntEnum


class ExitCode(IntEnum):
    """Exit codes; those above 128 are what a shell shows for a program that a signal ended.

    Ctrl-C gives 130, SIGTERM 143, and SIGHUP, which comes when the terminal is closed, 129.
    """

    OK = 0
    FAILED = 1
    USAGE = 2
    NO_ENGINE = 3
    OUTPUT_CLOSED = 141
