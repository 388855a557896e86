"""What the Makefile runs; `tools.programs` is the one part that is Python."""
