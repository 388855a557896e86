"""What goes wrong and is the caller's to mend."""


class ReviewError(Exception):
    """The plan, or a file beside it, cannot be reviewed; the message is one line for a person."""
