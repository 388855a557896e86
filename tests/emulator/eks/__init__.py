"""The EKS API as far as Terraform's AWS provider uses it, in place of moto's.

moto keeps clusters, node groups and tags only. It forgets a cluster's access configuration and
upgrade policy, answers 404 to version updates, access entries, add-ons and pod identity
associations, and loses half of the VPC configuration on an update, which crashes the provider.

Not modelled: waiting states (everything is ACTIVE at once), IAM authorisation, the instances of a
managed node group, quotas.
"""
