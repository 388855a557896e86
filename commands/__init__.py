"""The command line `eks-cluster`: one module a command, loaded when the command is called.

`cli` lists the commands. A module named there has a `click` command called `command`. The others
are what commands share: `terraform` is the only place that starts Terraform, `stacks` says which
cluster and which stack, `programs` what is missing.
"""
