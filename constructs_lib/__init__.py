"""The cluster as constructs. In reading order:

`spec` says what a cluster is and `loader` reads it; `naming` and `addresses` are its names in AWS
and in Terraform; `stack` wires the constructs, each named after the chapter's file: `aws`,
`backend`, `variables`, `networking`, `security_groups`, `control_plane`, `kubeconfig`, `kubectl`,
`access`, `nodes`, `kube2iam`, `addons`, `bastion`. `state_backend` makes the bucket for the state.
`app` is what `main.py` runs.
"""

from constructs_lib import bindings as bindings  # first: it decides what importing a provider loads
