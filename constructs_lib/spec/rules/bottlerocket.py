"""What Bottlerocket, which is set up by its settings alone, is not told."""

from collections.abc import Iterator

from constructs_lib.spec.nodes import LaunchConfigurationNodeGroupSpec, NodeGroupSpec
from constructs_lib.spec.rules.rule import rule
from constructs_lib.spec.section import Where, Wrong

_OTHERWISE = "delete it, or use another family"

WITHOUT = ("feature_gates", "image_maximum_gc_age", "max_parallel_image_pulls")
"""Keys of `kubelet` for which Bottlerocket has no setting."""

_RESERVED = ("kube_reserved", "system_reserved")


@rule
def bottlerocket_runs_no_scripts(group: NodeGroupSpec) -> Iterator[Wrong]:
    """https://github.com/bottlerocket-os/bottlerocket/blob/develop/README.md"""
    for key in ("before", "after"):
        if _is_it(group) and getattr(group.user_data, key) is not None:
            what = "is not for bottlerocket, which has no shell"
            yield Wrong(("user_data", key), what, "use another family, or a DaemonSet", got=None)


@rule
def bottlerocket_has_a_setting(group: NodeGroupSpec) -> Iterator[Wrong]:
    """Its kubelet has no other configuration than its settings.

    https://github.com/bottlerocket-os/bottlerocket-settings-sdk
    """
    said: list[Where] = [(key,) for key in WITHOUT if getattr(group.kubelet, key)]
    said += [(key, "pid") for key in _RESERVED if getattr(group.kubelet, key).pid is not None]
    if _is_it(group):
        for where in said:
            yield Wrong(("kubelet", *where), "is no setting of bottlerocket", _OTHERWISE, got=None)


@rule
def bottlerocket_has_two_volumes(group: LaunchConfigurationNodeGroupSpec) -> Iterator[Wrong]:
    """Launch configurations are kept as they are, for those who have one."""
    if _is_it(group):
        what = "is not offered for a launch configuration"
        yield Wrong(("image", "family"), what, "use another, or say kind: self_managed")


def _is_it(group: NodeGroupSpec) -> bool:
    return group.image.family == "bottlerocket"
