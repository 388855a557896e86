"""The cluster as constructs.

In reading order: `spec` says what a cluster is and reads it from YAML; `tables` and `naming` are
facts and names; `terraform` is addresses, providers, backend and bindings. `stack` wires the
constructs, one file or package for each part of a cluster. `adoption` and `overlay` are what a spec
lays over them. `state_backend` makes the bucket for the state. `app` is what `main.py` runs.
"""

# first: it decides what importing a provider loads
from constructs_lib.terraform import bindings as bindings
