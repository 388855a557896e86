"""The Kubernetes API that EKS runs."""

from collections.abc import Iterator, Sequence
from typing import Annotated, Literal

from pydantic import ConfigDict, JsonValue, Strict

from constructs_lib.spec.networking import NO_HOSTS
from constructs_lib.spec.section import Check, Section, Wrong, matching
from constructs_lib.spec.types import (
    NOT_EMPTY,
    UNIQUE,
    Cidrs,
    Days,
    Description,
    Key,
    KmsKeyArn,
    SecurityGroupId,
    Text,
    cidr,
    network,
)

MIN_SERVICE_PREFIX, MAX_SERVICE_PREFIX = 12, 24
"""https://docs.aws.amazon.com/eks/latest/APIReference/API_KubernetesNetworkConfigRequest.html"""

_PRIVATE_RANGES = tuple(network(cidr) for cidr in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"))


IngressKey = Annotated[
    Key,
    matching(r"(?!(nodes|bastion)$).*", "is an opening of the project's own", "choose another key"),
]


def _eks_takes_the_service_range(cidr: str) -> Iterator[Wrong]:
    own = network(cidr)
    if not any(own.subnet_of(private) for private in _PRIVATE_RANGES):
        what = "is not inside 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16"
        yield Wrong((), what, "EKS takes private ranges only, like 172.20.0.0/16")
    elif not MIN_SERVICE_PREFIX <= own.prefixlen <= MAX_SERVICE_PREFIX:
        what = f"is outside /{MIN_SERVICE_PREFIX} to /{MAX_SERVICE_PREFIX}"
        yield Wrong((), what, "use a range like 172.20.0.0/16")


ServiceCidr = Annotated[
    str,
    cidr(MIN_SERVICE_PREFIX, MAX_SERVICE_PREFIX, "172.20.0.0/16"),
    Check(
        _eks_takes_the_service_range,
        {"pattern": r"^(10|172\.(1[6-9]|2\d|3[01])|192\.168)\..*/(1[2-9]|2[0-4])$"},
    ),
]


MAX_PUBLIC_CIDRS = 40
"""https://docs.aws.amazon.com/eks/latest/userguide/service-quotas.html"""

_NOT_PUBLIC = {
    **dict.fromkeys(map(str, _PRIVATE_RANGES), "a private range"),
    "100.64.0.0/10": "a range of carriers",
    **dict.fromkeys(NO_HOSTS, "no host's"),
}


def _ranges_are_public(cidrs: tuple[str, ...]) -> Iterator[Wrong]:
    if len(cidrs) > MAX_PUBLIC_CIDRS:
        what = f"is too long a list: EKS takes {MAX_PUBLIC_CIDRS} ranges"
        yield Wrong((), what, "join neighbours, or leave some out", got=f"{len(cidrs)} ranges")
    for index, own in enumerate(cidrs):
        for range_, whose in _NOT_PUBLIC.items():
            if network(own).subnet_of(network(range_)):
                what = f"is {whose}, from which nobody comes to a public endpoint"
                yield Wrong((index,), what, "write the public address that you are seen with")


PublicCidrs = Annotated[Cidrs, Check(_ranges_are_public, {"maxItems": MAX_PUBLIC_CIDRS})]


class ControlPlaneIngressSpec(Section):
    """Who reaches the API inside the VPC besides the nodes: ranges, security groups, or both."""

    model_config = ConfigDict(
        json_schema_extra={
            "anyOf": [{"required": ["cidr_blocks"]}, {"required": ["security_groups"]}]
        }
    )

    description: Description
    """Why they do; shown in the AWS console."""

    cidr_blocks: Cidrs | None = None
    """IPv4 ranges, such as that of a VPN. None by default."""

    security_groups: (
        Annotated[
            tuple[SecurityGroupId, ...],
            Strict(False),
            NOT_EMPTY,
            UNIQUE,
        ]
        | None
    ) = None
    """Ids of security groups. None by default."""


def _never(off: Sequence[str], *with_: str) -> JsonValue:
    """JSON Schema for: these are not false together, nor with those keys."""
    properties: dict[str, JsonValue] = {key: {"const": False} for key in off}
    return {"not": {"properties": properties, "required": [*off, *with_]}}


class LogsSpec(Section):
    """The log group of the control plane: with any of these keys Terraform makes it."""

    retention_in_days: Days | None = None
    """How long CloudWatch keeps the logs: Terraform then makes the log group, before the cluster.
    A log group that EKS has made is imported first: docs/how-to/keep-control-plane-logs.md. By
    default for ever."""

    kms_key: KmsKeyArn | None = None
    """KMS key of the cluster's region that encrypts the logs; its policy has to let CloudWatch Logs
    use it. By default CloudWatch encrypts with a key of its own."""

    log_group_class: Literal["STANDARD", "INFREQUENT_ACCESS"] | None = None
    """`INFREQUENT_ACCESS` takes logs at about half the price, and has no subscriptions, metric
    filters or live tail. It cannot be changed: another class is another log group. `STANDARD` by
    default. Not tried on AWS: EKS itself makes standard ones."""


MADE_HERE = "create"
"""In place of a key's ARN: the cluster makes the key."""

SecretsKey = Annotated[
    str,
    matching(
        r"create|arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:key/[A-Za-z0-9-]+",
        "is neither create nor the ARN of a KMS key",
        "write create, or one like arn:aws:kms:us-west-2:123456789012:key/<id>",
    ),
]

IssuerUrl = Annotated[
    str,
    matching(
        r"https://[A-Za-z0-9.-]+(:443)?(/[\w./~%-]*)?",
        "is not the URL of an OIDC issuer",
        "write one like https://login.example.com, which answers on the internet",
    ),
]

Prefix = Annotated[
    Text,
    matching(
        r"(?!.*system:).*",
        "holds system:, which is Kubernetes' own",
        "write one like `people:`",
    ),
]
"""https://docs.aws.amazon.com/eks/latest/APIReference/API_OidcIdentityProviderConfigRequest.html"""


class OidcSpec(Section):
    """An OIDC provider whose people the Kubernetes API lets in, besides IAM principals.

    What they may do is RBAC's to say: bindings to their names and groups are yours to apply. A
    cluster takes one provider; EKS needs 15 to 20 minutes for it. Any change is another provider
    configuration, and nobody comes in by OIDC meanwhile.
    https://docs.aws.amazon.com/eks/latest/userguide/authenticate-oidc-identity-provider.html
    """

    model_config = ConfigDict(
        json_schema_extra={
            "dependentRequired": {
                "groups_claim": ["groups_prefix"],
                "groups_prefix": ["groups_claim"],
            }
        }
    )

    issuer_url: IssuerUrl
    """Who signs the tokens: the `iss` in them, where `.well-known/openid-configuration` is found.
    The control plane asks it over the internet."""

    client_id: Text
    """For whom they are signed: the `aud` in them."""

    name: Annotated[
        str,
        matching(
            r"[A-Za-z0-9_-]{1,100}",
            "is not a name for an identity provider",
            "use letters, digits, hyphens and underscores",
        ),
    ] = "oidc"
    """What EKS calls the provider's configuration."""

    username_claim: Text | None = None
    """The claim that is the name in the audit log and for RBAC. `sub` by default."""

    username_prefix: Prefix | None = None
    """What goes in front of each name. By default the issuer's URL and a `#`."""

    groups_claim: Text | None = None
    """The claim with the RBAC groups. None by default: nobody is in a group."""

    groups_prefix: Prefix | None = None
    """What goes in front of each group, so that no group of the provider is one that the cluster
    has for others. Needed with `groups_claim`."""

    required_claims: dict[
        Annotated[Text, matching(r".{1,63}", "is not a claim of EKS", "use at most 63 characters")],
        Annotated[Text, matching(r".{1,253}", "is too long for EKS", "use at most 253 characters")],
    ] = {}
    """Claims that a token must have, with these values. None by default."""


_NO_GROUP_WITHOUT_LOGS: JsonValue = {
    "not": {
        "properties": {
            "logs": {"minProperties": 1},
            "enabled_cluster_log_types": {"maxItems": 0},
        },
        "required": ["logs"],
    }
}


class ControlPlaneSpec(Section):
    """The Kubernetes API that EKS runs.

    https://docs.aws.amazon.com/eks/latest/userguide/cluster-endpoint.html
    """

    model_config = ConfigDict(
        json_schema_extra={
            "allOf": [
                _never(["endpoint_public_access", "endpoint_private_access"]),
                _never(["endpoint_public_access"], "public_access_cidrs"),
                _never(["endpoint_private_access"], "public_access_cidrs"),
                _NO_GROUP_WITHOUT_LOGS,
            ]
        }
    )

    availability_zones: Annotated[tuple[str, ...], Strict(False), UNIQUE] | None = None
    """Zones in which EKS places its network interfaces: all of the cluster's by default. EKS never
    takes subnets of another zone later, so name the first ones here before appending a zone to the
    cluster's `availability_zones`."""

    service_ipv4_cidr: ServiceCidr = "172.20.0.0/16"
    """Range of the Services' addresses. It cannot be changed: another range is another cluster."""

    endpoint_public_access: bool = True
    """Whether the API answers on the internet (to those with credentials). On by default, as in
    the chapter: without it every kubectl, Terraform's included, must run inside the VPC."""

    endpoint_private_access: bool = True
    """Whether the nodes reach the API inside the VPC. On by default: they stay connected when
    `public_access_cidrs` is narrowed or the NAT gateway is down."""

    public_access_cidrs: PublicCidrs | None = None
    """Ranges that may reach the public endpoint. By default everyone, as in the chapter: the API
    itself still asks for credentials. Narrow it to your office and CI."""

    ingress: dict[IngressKey, ControlPlaneIngressSpec] = {}
    """Openings for port 443 in the control plane's security group by name: for kubectl on a VPN, a
    CI runner or another host inside the VPC, where the API's name leads to a private address. Only
    the nodes by default."""

    eks_service_policy: bool = False
    """Whether the control plane's role has AmazonEKSServicePolicy as well, which EKS does not need
    since April 2020. Off by default."""

    enabled_cluster_log_types: Annotated[
        tuple[Literal["api", "audit", "authenticator", "controllerManager", "scheduler"], ...],
        Strict(False),
        UNIQUE,
    ] = ()
    """Control plane logs that go to CloudWatch, which bills them. None by default."""

    logs: LogsSpec = LogsSpec()
    """Where those logs are kept. By default EKS makes their log group, which never forgets and
    outlives the cluster."""

    secrets_key: SecretsKey | None = None
    """KMS key that encrypts the Secrets in the cluster's store, once more than EKS does anyway:
    `create` makes one that is rotated each year and that no plan may destroy; the ARN of a key of
    the cluster's region takes that one. It is never taken away: EKS does not go back to none, and
    not on to another key. By default EKS encrypts with a key of AWS's."""

    support: Literal["standard", "extended"] | None = None
    """What happens at the end of the version's standard support: `standard` lets EKS upgrade the
    control plane to the next version by itself, `extended` keeps it for another year at six times
    the price by the hour (0.60 instead of 0.10 USD, AWS's list of October 2026). EKS's own default
    is `extended`; without this key it stays as it is."""

    zonal_shift: bool | None = None
    """Whether AWS may lead traffic to the API and between pods away from a zone that is impaired:
    by hand in ARC, or by itself where the account has autoshift on. By default it is off; once on,
    it is turned off by `false`: an apply without the key fails."""

    deletion_protection: bool | None = None
    """Whether EKS refuses to delete the cluster, whoever asks: to destroy it takes an apply with
    `false` first. Needs the AWS provider from 6.48 on, which this stack then asks for; not tried.
    `lifecycle.prevent_destroy` keeps Terraform alone from it, with any. By default it stays as it
    is, off."""

    bootstrap_self_managed_addons: bool = True
    """Whether EKS installs vpc-cni, kube-proxy and coredns at the cluster's creation. Off, the
    cluster is bare: what stands in `addons`, or what somebody applies, is all there is. It cannot
    be changed: another value is another cluster. On by default."""

    oidc: OidcSpec | None = None
    """An OIDC provider for people. None by default: IAM principals alone come in."""
