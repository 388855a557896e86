"""The types of single values: ranges, names, ARNs, keys."""

import ipaddress
from typing import Annotated, TypeVar

from pydantic import AfterValidator, Strict, StringConstraints

from constructs_lib.spec.section import Matching, wrong
from constructs_lib.tables import node_image

T = TypeVar("T")


def _ipv4_cidr(value: str) -> str:
    try:
        network = ipaddress.IPv4Network(value, strict=False)
    except ValueError:
        wrong("is not an IPv4 CIDR", "write an address and a prefix length, like 10.1.0.0/16")
    if "/" not in value:
        wrong("has no prefix length", f"write {value}/32 for this one address")
    if str(network) != value:
        wrong("has host bits set", f"write {network}")
    return value


def _instance_type(value: str) -> str:
    try:
        node_image.architecture_of(value)
    except ValueError:
        wrong("is not an instance type that runs Linux", "write one like c5.large or c7g.large")
    return value


def unique(values: tuple[str, ...]) -> tuple[str, ...]:
    """Refuse a list that holds something twice."""
    for value in values:
        if values.count(value) > 1:
            wrong("is repeated", "list it once", got=value)
    return values


def not_empty(values: T) -> T:
    """Refuse a list that holds nothing."""
    if not values:
        wrong("is empty", "list at least one", got="")
    return values


Cidr = Annotated[str, AfterValidator(_ipv4_cidr)]
Cidrs = Annotated[
    tuple[Cidr, ...], Strict(False), AfterValidator(not_empty), AfterValidator(unique)
]
Text = Annotated[
    str,
    StringConstraints(min_length=1),
    Matching(
        r"((?![$%]\{)[^\x00-\x1f])+",
        "holds what Terraform would take for an expression, or a control character",
        "write plain text on one line",
    ),
]
Region = Annotated[
    str,
    Matching(r"[a-z]{2,4}(-[a-z]+){1,2}-\d", "is not a region", "write its code, like us-west-2"),
]
InstanceType = Annotated[str, AfterValidator(_instance_type)]
AccountId = Annotated[
    str,
    Matching(r"\d{12}", "is not the number of an AWS account", "write its 12 digits, in quotes"),
]
Description = Annotated[
    Text,
    Matching(
        r"[0-9A-Za-z_ .:/()#,@\[\]+=&;{}!$*-]{1,255}",
        "holds a character that EC2 refuses in descriptions",
        "use letters, digits, spaces and ._-:/()#,@[]+=&;{}!$*",
    ),
]
"""https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_IpRange.html"""

SecurityGroupId = Annotated[
    str,
    Matching(
        r"sg-[0-9a-f]{8,17}", "is not the id of a security group", "write one like sg-0abc1234"
    ),
]
KmsKeyArn = Annotated[
    str,
    Matching(
        r"arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:(key/[A-Za-z0-9-]+|alias/[A-Za-z0-9/_-]+)",
        "is not the ARN of a KMS key",
        "write one like arn:aws:kms:us-west-2:123456789012:key/<id>",
    ),
]
RoleArn = Annotated[
    str,
    Matching(
        r"arn:aws[a-z-]*:iam::\d{12}:role/[\w+=,.@-]+",
        "is not the ARN of a role without a path",
        "write arn:aws:iam::<account>:role/<name>, without the path that IAM may show in it",
    ),
]
UserArn = Annotated[
    str,
    Matching(
        r"arn:aws[a-z-]*:iam::\d{12}:user/[\w+=,.@/-]+",
        "is not the ARN of an IAM user",
        "write arn:aws:iam::<account>:user/<name>",
    ),
]
IamName = Annotated[
    str,
    Matching(
        r"[\w+=,.@-]{1,128}",
        "is not the name of a role, policy or instance profile",
        "write it as IAM shows it, without its path",
    ),
]
ImageId = Annotated[
    str, Matching(r"ami-[0-9a-f]+", "is not the id of an image", "write one like ami-0abc1234")
]
PrintedText = Annotated[
    str,
    Matching(
        r"((?![$%]\{)[^\x00-\x1f])*",
        "holds what Terraform would take for an expression, or a control character",
        "write plain text on one line",
    ),
]
_RESOURCE = r"(?!data\.|module\.)[a-z]\w*\.[\w-]+"
_INDEX = r"(\[(\d+|\"[^\"$%]+\")\])?"
Address = Annotated[
    str,
    Matching(
        rf"(module\.[\w-]+{_INDEX}\.)*{_RESOURCE}{_INDEX}",
        "is not the address of a resource",
        "write it as `terraform state list` shows it; data sources need no line",
    ),
]
WholeAddress = Annotated[
    str,
    Matching(
        rf"(module\.[\w-]+\.)*{_RESOURCE}",
        "is not the address of a resource with all its instances",
        "write it as `terraform state list` shows it, without what stands in brackets",
    ),
]
Key = Annotated[
    str,
    Matching(
        r"[a-z][a-z0-9-]{0,62}",
        "is not a key",
        "use lower-case letters, digits and hyphens",
    ),
]
