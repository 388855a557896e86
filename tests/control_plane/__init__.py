"""A Kubernetes API that is one: the real etcd and kube-apiserver, let in as EKS lets in.

Reading order:

- `server.py`: `ControlPlane`, what a test starts, asks and stops.
- `authenticator.py`: who somebody is, by the token of `aws eks get-token` and the emulator's STS.
- `principals.py`: what EKS makes of an IAM principal, by aws-auth or by access entries.

There is no controller manager, no scheduler and no kubelet in it: a DaemonSet gets no pods, a
deleted namespace stays Terminating.
"""
