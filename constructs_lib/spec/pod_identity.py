"""IAM roles for pods."""

from collections.abc import Iterator, Sequence
from typing import Annotated, Any, Literal, get_args

from pydantic import BeforeValidator, Strict

from constructs_lib.spec.section import Check, Section, Wrong, matching, not_a_choice
from constructs_lib.spec.types import (
    NOT_EMPTY,
    POLICY_ARN,
    UNIQUE,
    Key,
    PolicyArn,
    Text,
    at_most,
)


class Kube2iamSpec(Section):
    """The DaemonSet that gives pods IAM roles of their own.

    https://github.com/jtblin/kube2iam
    """

    enabled: bool = True
    """Whether Terraform applies it. On by default, as in the chapter. Off takes from the nodes the
    right to assume the pods' roles; what runs in the cluster stays, see `remove`."""

    remove: bool = False
    """Whether, with `enabled: false`, the apply deletes from the cluster what
    `manifests/kube2iam.yaml` holds. Its rule for iptables stays on running nodes, which have to be
    replaced. Off by default."""

    role_path: (
        Annotated[
            str,
            matching(
                r"(?=.{1,512}$)/([\w+=,.@-]+/)+",
                "is not an IAM path",
                "write at most 512 characters between two slashes, like /lovelace/",
            ),
        ]
        | None
    ) = None
    """IAM path of the roles that pods may assume; by default `/<cluster>/`, below `iam.path`. A pod
    names such a role as `iam.amazonaws.com/role: <cluster>/<role>`. Roles elsewhere are out of its
    reach."""

    reach: Literal["path", "account"] = "path"
    """Which roles pods may assume, of those that trust the nodes' role: those below `role_path`
    (default), or every role of the account, as in the chapter: a node is then as strong as the
    strongest of them."""

    manifest: bool = True
    """Whether Terraform applies `manifests/kube2iam.yaml`. On by default; off where kube2iam was
    applied by hand and stays as it is."""

    image: (
        Annotated[
            str,
            matching(
                r"(?=.{1,255}$)[a-z0-9][a-z0-9.-]*(:[0-9]+)?(/[a-z0-9._-]+)+"
                r"(:[A-Za-z0-9_][A-Za-z0-9_.-]*|@sha256:[0-9a-f]{64})",
                "is not an image with a tag",
                "write one like 111122223333.dkr.ecr.us-west-2.amazonaws.com/kube2iam:0.15.0",
            ),
        ]
        | None
    ) = None
    """Image that takes the place of `jtblin/kube2iam` in `manifests/kube2iam.yaml`, such as a copy
    in a registry that the nodes reach; by default that of Docker Hub, which is blocked or slow in
    China. Another one restarts kube2iam's pods, node after node."""

    namespace_restrictions: bool = False
    """Whether a pod gets a role only if its namespace lists it in the annotation
    `iam.amazonaws.com/allowed-roles`. Off by default: on, namespaces without it are cut off."""


Way = Literal["kube2iam", "irsa", "eks_pod_identity"]

NAMES_OF_KUBERNETES = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"


def _in_one_word(value: Any) -> Any:
    """The short forms: ``pod_identity: irsa``, and ``none``."""
    if not isinstance(value, str):
        return value
    if value == "none":
        return {"by": []}
    choices = (*get_args(Way), "none")
    if value not in choices:
        raise not_a_choice(choices)
    return {"by": [value]}


def _not_everything(actions: Sequence[str]) -> Iterator[Wrong]:
    for index, action in enumerate(actions):
        if action.endswith(":*") or action == "*":
            yield Wrong((index,), "allows everything", "name the actions, like s3:GetObject")


Operator = Annotated[
    str,
    matching(
        r"(For(AllValues|AnyValue):)?"
        r"(String(Not)?(Equals(IgnoreCase)?|Like)|(Numeric|Date)((Not)?Equals|(Less|Greater)Than"
        r"(Equals)?)|Bool|BinaryEquals|(Not)?IpAddress|Arn(Not)?(Equals|Like))(IfExists)?|Null",
        "is not an operator of IAM's conditions",
        "write one like StringEquals or ArnLike",
    ),
]
"""https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html"""


class StatementSpec(Section):
    """What a role may do: some actions on some resources.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html
    """

    actions: Annotated[
        tuple[
            Annotated[
                str,
                matching(
                    r"\*|[a-z0-9-]+:[A-Za-z0-9*]+",
                    "is not an action",
                    "write one like s3:GetObject",
                ),
            ],
            ...,
        ],
        Strict(False),
        NOT_EMPTY,
        UNIQUE,
        Check(_not_everything),
    ]
    """The actions, such as `s3:GetObject` or `ec2:Describe*`; never all of a service."""

    resources: Annotated[
        tuple[
            Annotated[
                Text,
                matching(
                    r"\*|arn:[a-z*?-]+:[^:]+:[^:]*:[^:]*:.+",
                    "is not an ARN",
                    "write one like arn:aws:s3:::my-bucket/*",
                ),
            ],
            ...,
        ],
        Strict(False),
        NOT_EMPTY,
        UNIQUE,
    ]
    """ARNs of what they may be done to. `*`, for actions that know no resources, needs
    `any_resource`."""

    any_resource: bool = False
    """Whether `*` among `resources` is meant. Off by default."""

    conditions: dict[
        Operator, dict[Text, Annotated[tuple[Text, ...], Strict(False), NOT_EMPTY]]
    ] = {}
    """When it holds: values by the key of a condition, by its operator, as in
    `StringEquals: {aws:ResourceTag/team: [shop]}`. Always, by default."""


class PodRoleSpec(Section):
    """The IAM role of pods with a service account."""

    namespace: Annotated[
        str,
        matching(
            NAMES_OF_KUBERNETES,
            "is not the name of a namespace",
            "use at most 63 lower-case letters, digits and hyphens",
        ),
    ]
    """Namespace of the pods."""

    service_account: Annotated[
        str,
        matching(
            rf"{NAMES_OF_KUBERNETES}(\.{NAMES_OF_KUBERNETES})*",
            "is not the name of a service account",
            "use lower-case letters, digits, hyphens and dots",
        ),
    ]
    """Service account of the pods."""

    policies: Annotated[
        tuple[
            Annotated[
                str,
                matching(
                    POLICY_ARN,
                    "is not the ARN of a managed policy",
                    "write one like arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess",
                ),
            ],
            ...,
        ],
        Strict(False),
        UNIQUE,
        at_most(25, "policies"),
    ] = ()
    """ARNs of managed policies, AWS's or yours: ten, and up to 25 where the account's quota is
    raised. None by default."""

    statements: Annotated[tuple[StatementSpec, ...], Strict(False)] = ()
    """What the role may do besides, in a policy of its own. Nothing by default."""

    permissions_boundary: PolicyArn | None = None
    """ARN of the policy that bounds what the role may ever do; by default that of `iam`, if any."""


class PodIdentitySpec(Section):
    """How pods get IAM roles of their own."""

    by: Annotated[tuple[Way, ...], Strict(False), UNIQUE] = ("kube2iam",)
    """The ways, one or more side by side: `kube2iam` (the chapter's, the default), `irsa` by the
    cluster's OIDC issuer, `eks_pod_identity` by the add-on eks-pod-identity-agent. The section
    `kube2iam` says how that one works."""

    roles: dict[
        Annotated[
            Key,
            matching(r"[a-z0-9-]{1,24}", "is too long a key for a role", "use 24 characters"),
        ],
        PodRoleSpec,
    ] = {}
    """Roles by name, which pods get by each of the ways. None by default."""


_Short = Way | Literal["none"]

PodIdentity = Annotated[
    PodIdentitySpec,
    BeforeValidator(_in_one_word, json_schema_input_type=_Short | PodIdentitySpec),
]
