"""Volumes of pods: the drivers that make and attach them."""

from constructs_lib.spec.section import Section


class StorageSpec(Section):
    """What makes volumes for pods, each by one key; all are off by default.

    https://docs.aws.amazon.com/eks/latest/userguide/storage.html
    """

    ebs: bool = False
    """Whether there are EBS volumes: the add-on aws-ebs-csi-driver in the version that EKS prefers,
    with a role of its own, and the chapter's storage classes, which encrypt, with gp3 as the
    default. Off by default."""

    storage_classes: bool = True
    """Whether `ebs` applies `manifests/storage-classes.yaml`. On by default; off where classes of
    these names are there already, for Kubernetes changes none."""

    efs: bool = False
    """Whether there are EFS volumes: the add-on aws-efs-csi-driver, with a role of its own. The
    file system is yours to make. Off by default."""

    snapshots: bool = False
    """Whether volumes have snapshots: the add-on snapshot-controller, with its definitions. Off by
    default."""
