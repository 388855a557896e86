"""The cluster as constructs. In reading order:

`spec` says what a cluster is and reads it from YAML; `tables` and `naming` are facts and names;
`terraform` is addresses, providers, backend and bindings. `stack` wires the constructs, each named
after the chapter's file: `variables`, `networking`, `security_groups`, `control_plane`, `kubectl`,
`access`, `nodes`, `pod_identity`, `addons`, `bastion`. `state_backend` makes the bucket for the
state. `app` is what `main.py` runs.
"""

# first: it decides what importing a provider loads
from constructs_lib.terraform import bindings as bindings
