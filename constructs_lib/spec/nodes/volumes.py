"""The disks of a node."""

from typing import Annotated, Final, Literal

from pydantic import ConfigDict, Field

from constructs_lib.spec.section import Section, matching
from constructs_lib.spec.types import KmsKeyArn
from constructs_lib.tables import volumes

_KEY_FOR_WHAT_IS_ENCRYPTED: Final = ConfigDict(
    json_schema_extra={
        "not": {
            "properties": {"encrypted": {"const": False}},
            "required": ["encrypted", "kms_key"],
        }
    }
)

Device = Annotated[
    str,
    matching(
        r"/dev/sd[f-p]",
        "is no device name that EC2 keeps for further volumes",
        "write one from /dev/sdf to /dev/sdp",
    ),
]
"""https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/device_naming.html"""


class VolumeSpec(Section):
    """The root volume of a node; its size is `volume_size_gib`."""

    model_config = _KEY_FOR_WHAT_IS_ENCRYPTED

    type: Literal["gp2", "gp3"] = "gp3"
    """Type of the volume: gp3 (default) is cheaper than gp2."""

    iops: Annotated[int, Field(ge=3000, le=80_000)] | None = None
    """Operations a second of a gp3 volume; 3000 by default, more is billed."""

    throughput_mib: Annotated[int, Field(ge=125, le=1000)] | None = None
    """MiB a second of a gp3 volume; 125 by default, more is billed. A quarter of `iops` at most."""

    encrypted: bool = True
    """Whether the volume is encrypted. On by default; off leaves it to the account's setting."""

    kms_key: KmsKeyArn | None = None
    """KMS key of yours that encrypts it. Its policy must let the autoscaling service use it. By
    default the account's own default key for EBS."""


class DataVolumeSpec(Section):
    """A further volume of each node. What formats and mounts it is the owner's.

    https://docs.aws.amazon.com/ebs/latest/userguide/ebs-volume-types.html
    """

    model_config = _KEY_FOR_WHAT_IS_ENCRYPTED

    size_gib: Annotated[int, Field(ge=1, le=65536)]
    """Size in GiB."""

    type: volumes.VolumeType = "gp3"
    """Type of the volume: gp3 (default) and gp2 for most, io1 and io2 for operations that are paid
    for, st1 and sc1 for long streams at a low price."""

    iops: Annotated[int, Field(ge=100, le=256_000)] | None = None
    """Operations a second: of gp3 3000 by default, more is billed; io1 and io2 have to say them."""

    throughput_mib: Annotated[int, Field(ge=125, le=1000)] | None = None
    """MiB a second of a gp3 volume; 125 by default, more is billed. A quarter of `iops` at most."""

    encrypted: bool = True
    """Whether the volume is encrypted. On by default; off leaves it to the account's setting."""

    kms_key: KmsKeyArn | None = None
    """KMS key of yours that encrypts it. Its policy must let the autoscaling service use it. By
    default the account's own default key for EBS."""
