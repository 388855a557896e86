"""Stand-ins for AWS and for a Kubernetes API, for real Terraform and real kubectl to work on.

Fixtures only; nothing in the product imports from here. Reading order:

- `aws.py`: `AwsEmulator`, what a test starts, asks and stops.
- `aws_server.py`: the process it starts, a moto server with our parts in it.
- `eks/`: the EKS API, in place of moto's.
- `moto_fixes.py`: the faults of moto that Terraform's AWS provider meets, one function each.
- `kubernetes_api.py`: `KubernetesApi`, an HTTPS server that the real kubectl takes for a cluster.
"""
