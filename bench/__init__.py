"""How long synth takes, and against what: ``python -m bench``, or ``make bench``."""
