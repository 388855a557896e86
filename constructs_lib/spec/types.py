"""The types of single values: ranges, names, ARNs, keys."""

import functools
import ipaddress
from collections.abc import Iterator, Sized
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Strict, StringConstraints

from constructs_lib.spec.section import Check, Wrong, matching
from constructs_lib.tables import instance_types


@functools.lru_cache(maxsize=4096)
def network(cidr: str) -> ipaddress.IPv4Network:
    """The range that a `Cidr` writes."""
    return ipaddress.IPv4Network(cidr)


@dataclass(frozen=True)
class _Ipv4Cidr:
    """Whether a text is a range as people write it. The way out is one that is taken there."""

    prefixes: range
    example: str

    def __call__(self, value: str) -> Iterator[Wrong]:
        """What is wrong."""
        otherwise = f"write an address and a prefix length, like {self.example}"
        try:
            network = ipaddress.IPv4Network(value, strict=False)
        except ValueError:
            yield Wrong((), "is not an IPv4 CIDR", otherwise)
            return
        todo = f"write {network}" if network.prefixlen in self.prefixes else otherwise
        if "/" not in value:
            one = f"{todo} for this one address"
            yield Wrong((), "has no prefix length", otherwise if todo == otherwise else one)
        elif str(network) != value:
            first = value.partition("/")[0] == str(network.network_address)
            what = "has no plain prefix length" if first else "has host bits set"
            yield Wrong((), what, todo)


_CIDR = r"^\d{1,3}(\.\d{1,3}){3}/([0-9]|[12][0-9]|3[0-2])$"


def cidr(shortest: int = 0, longest: int = 32, example: str = "10.1.0.0/16") -> Check:
    """Check that a text is an IPv4 range. Its prefix is for another to check; what this one says
    to write has one within the two.
    """
    return Check(_Ipv4Cidr(range(shortest, longest + 1), example), {"pattern": _CIDR})


def _instance_type(value: str) -> Iterator[Wrong]:
    if found := instance_types.problem(value):
        yield Wrong((), *found)


def _unique(values: tuple[str, ...]) -> Iterator[Wrong]:
    seen: set[str] = set()
    for index, value in enumerate(values):
        if value in seen:
            yield Wrong((index,), "is repeated", "list it once")
        seen.add(value)


def _not_empty(values: Sized) -> Iterator[Wrong]:
    if not values:
        yield Wrong((), "is empty", "list at least one", got=None)


def at_most(most: int, what: str) -> Check:
    """A list of no more than AWS takes."""

    def check(values: Sized) -> Iterator[Wrong]:
        if len(values) > most:
            yield Wrong(
                (),
                f"is too long a list: AWS takes {most} {what}",
                "leave some out",
                got=len(values),
            )

    return Check(check, {"maxItems": most})


UNIQUE = Check(_unique, {"uniqueItems": True})
"""A list that holds nothing twice."""

NOT_EMPTY = Check(_not_empty, {"minItems": 1})
"""A list that holds something."""

Cidr = Annotated[str, cidr()]
Cidrs = Annotated[tuple[Cidr, ...], Strict(False), NOT_EMPTY, UNIQUE]
Text = Annotated[
    str,
    StringConstraints(min_length=1),
    matching(
        r"((?![$%]\{)[^\x00-\x1f])+",
        "holds what would be taken for an expression, or a control character",
        "write plain text on one line",
    ),
]
Region = Annotated[
    str,
    matching(r"[a-z]{2,4}(-[a-z]+){1,2}-\d", "is not a region", "write its code, like us-west-2"),
]
InstanceType = Annotated[str, Check(_instance_type, {"pattern": instance_types.PATTERN})]
AccountId = Annotated[
    str,
    matching(r"\d{12}", "is not the number of an AWS account", "write its 12 digits, in quotes"),
]
MAX_DESCRIPTION = 255


def _short_enough(text: str) -> Iterator[Wrong]:
    if len(text) > MAX_DESCRIPTION:
        yield Wrong(
            (), f"is longer than the {MAX_DESCRIPTION} characters that EC2 takes", "shorten it"
        )


Description = Annotated[
    Text,
    Check(_short_enough, {"maxLength": MAX_DESCRIPTION}),
    matching(
        r"[0-9A-Za-z_ .:/()#,@\[\]+=&;{}!$*-]*",
        "holds a character that EC2 refuses in descriptions",
        "use letters, digits, spaces and ._-:/()#,@[]+=&;{}!$*",
    ),
]
"""https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_IpRange.html"""

ID = r"([0-9a-f]{8}|[0-9a-f]{17})"
"""What follows the kind of a resource of EC2 in its id: the short form, or the one of today.
https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/resource-ids.html"""

SecurityGroupId = Annotated[
    str,
    matching(rf"sg-{ID}", "is not the id of a security group", "write one like sg-0abc1234"),
]
SubnetId = Annotated[
    str,
    matching(
        rf"subnet-{ID}",
        "is not the id of a subnet",
        "write one like subnet-0abc1234, which `aws ec2 describe-subnets` shows",
    ),
]
KeyName = Annotated[
    Text,
    matching(
        r"(?! )[\x20-\x7e]{1,255}(?<! )",
        "is not the name of a key pair",
        "use at most 255 ASCII characters, without spaces at the ends",
    ),
]
"""https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/create-key-pairs.html"""

KmsKeyArn = Annotated[
    str,
    matching(
        r"arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:(key/[A-Za-z0-9-]+|alias/[A-Za-z0-9/_-]+)",
        "is not the ARN of a KMS key",
        "write one like arn:aws:kms:us-west-2:123456789012:key/<id>",
    ),
]
_PATH = r"([\w+=,.@/-]*/)?"
"""https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html"""

_SHORT_NAME = matching(
    r"(?!.*/[^/]{65}).*",
    "has a name longer than the 64 characters that IAM takes",
    "copy it from IAM",
)

RoleArn = Annotated[
    str,
    matching(
        r"(?!arn:aws[a-z-]*:sts:).*",
        "is the ARN of a session, which ends",
        "write that of its role, which `aws iam get-role` shows",
    ),
    matching(
        rf"arn:aws[a-z-]*:iam::\d{{12}}:role/{_PATH}[\w+=,.@-]+",
        "is not the ARN of an IAM role",
        "write arn:aws:iam::<account>:role/<name>",
    ),
    _SHORT_NAME,
]
POLICY_ARN = rf"arn:aws[a-z-]*:iam::(\d{{12}}|aws):policy/{_PATH}[\w+=,.@-]{{1,128}}"
"""A managed policy, AWS's or an account's."""

PolicyArn = Annotated[
    str,
    matching(
        POLICY_ARN,
        "is not the ARN of an IAM policy",
        "write arn:aws:iam::<account>:policy/<name>",
    ),
]
UserArn = Annotated[
    str,
    matching(
        rf"arn:aws[a-z-]*:iam::\d{{12}}:user/{_PATH}[\w+=,.@-]+",
        "is not the ARN of an IAM user",
        "write arn:aws:iam::<account>:user/<name>",
    ),
    _SHORT_NAME,
]
IamName = Annotated[
    str,
    matching(
        r"[\w+=,.@-]{1,128}",
        "is not the name of a role, policy or instance profile",
        "write it as IAM shows it, without its path",
    ),
]
ImageId = Annotated[
    str, matching(rf"ami-{ID}", "is not the id of an image", "write one like ami-0abc1234")
]
PrintedText = Annotated[
    str,
    matching(
        r"((?![$%]\{)[^\x00-\x1f])*",
        "holds what would be taken for an expression, or a control character",
        "write plain text on one line",
    ),
]
_RESOURCE = r"(?!data\.|module\.)[a-z]\w*\.[\w-]+"
_INDEX = r"(\[(\d+|\"[^\"$%]+\")\])?"
Address = Annotated[
    str,
    matching(
        rf"(module\.[\w-]+{_INDEX}\.)*{_RESOURCE}{_INDEX}",
        "is not the address of a resource",
        "write it as `state list` shows it; data sources need no line",
    ),
]
WholeAddress = Annotated[
    str,
    matching(
        rf"(module\.[\w-]+\.)*{_RESOURCE}",
        "is not the address of a resource with all its instances",
        "write it as `state list` shows it, without what stands in brackets",
    ),
]
Key = Annotated[
    str,
    matching(
        r"[a-z][a-z0-9-]{0,62}",
        "is not a key",
        "use lower-case letters, digits and hyphens",
    ),
]
Days = Literal[
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922,
    3288, 3653,
]  # fmt: skip
"""How long CloudWatch may keep logs.
https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html"""
BucketName = Annotated[
    str,
    matching(
        r"[a-z0-9](?!.*\.\.)[a-z0-9.-]{1,61}[a-z0-9]",
        "is not a bucket name",
        "use 3 to 63 lower-case letters, digits and hyphens, and single dots",
    ),
    matching(
        r"(?!(\d+\.){3}\d+$|xn--|sthree-|amzn-s3-demo-).*(?<!-s3alias)(?<!--ol-s3)(?<!\.mrap)"
        r"(?<!--x-s3)(?<!--table-s3)",
        "is a name that S3 keeps, or an IP address",
        "choose another",
    ),
]
