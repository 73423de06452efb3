"""Exit codes, the same for every command."""

from enum import IntEnum


class Exit(IntEnum):
    """What a command's exit code means."""

    OK = 0
    FINDINGS = 1
    USAGE = 2
    DENIED = 3
    UNDETERMINED = 4
    BAD_REQUEST = 65
    BUG = 70
    FILE = 74
    BAD_POLICY = 78
    INTERRUPTED = 130
    OUTPUT_CLOSED = 141
