"""The contract with those who run a cluster: an upgrade of this project replaces nothing of it.

`tests/contract/<version>/<case>/` holds the spec and the state that the apply of that version left
in the emulator. `tests/test_no_replacement.py` plans what the specs give today on each of them.
`make contract` (``python -m tests.contract.record``) records the version of pyproject.toml.
"""
