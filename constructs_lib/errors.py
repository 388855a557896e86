"""The exceptions of the project: one tree, so that one place can say them in a line."""


class EksClusterError(Exception):
    """What goes wrong and is the user's to mend: its text is whole lines for a person."""
