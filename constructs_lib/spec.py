"""What a cluster is: the fields of ``clusters/<name>.yaml``, their defaults and their rules.

The text under a field is its documentation and the text of `clusters/schema.json`. Rules that need
two fields sit on the later one and look at the earlier through `ValidationInfo.data`, so that every
field is judged even when another is wrong. Nothing here imports CDKTF: a spec is checked in
milliseconds.
"""

import ipaddress
import re
from dataclasses import dataclass
from itertools import pairwise
from typing import Annotated, Any, Literal, NoReturn, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    Strict,
    StringConstraints,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from constructs_lib import kubernetes_versions, naming, node_image, user_data

RULE = "rule"
"""The type of the pydantic errors raised by this module's own rules."""

MAX_CLUSTER_NAME = naming.ROLE_NAME_LIMIT - len(naming.control_plane(""))
"""Characters: what the longest role name leaves."""

CLUSTER_NAME_PATTERN = rf"(?!sg-)[A-Za-z0-9][A-Za-z0-9_-]{{0,{MAX_CLUSTER_NAME - 1}}}"
"""EC2 keeps names of security groups that start with sg- for itself.
https://docs.aws.amazon.com/eks/latest/APIReference/API_CreateCluster.html, shortened."""

MIN_ZONES = 2
"""EKS wants subnets in at least two zones.
https://docs.aws.amazon.com/eks/latest/userguide/network-reqs.html"""

MAX_ZONES = 3
"""The first quarter of the VPC holds the public subnets, each other quarter one private subnet."""

MIN_VPC_PREFIX, MAX_VPC_PREFIX = 16, 20
"""AWS takes a VPC of /16 at most; below /20 the public subnets (8 bits longer) are under /28.
https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html"""

MIN_SERVICE_PREFIX, MAX_SERVICE_PREFIX = 12, 24
"""https://docs.aws.amazon.com/eks/latest/APIReference/API_KubernetesNetworkConfigRequest.html"""

WORLD = ("0.0.0.0/0", "::/0")
"""Every address there is."""

_PRIVATE_RANGES = tuple(
    ipaddress.IPv4Network(cidr) for cidr in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")
)

T = TypeVar("T")


def _wrong(what: str, todo: str, got: object = None) -> NoReturn:
    """Raise a rule's error: `what` is wrong, `todo` is the way out, `got` replaces the input."""
    raise PydanticCustomError(RULE, "{what}; {todo}", {"what": what, "todo": todo, "got": got})


@dataclass(frozen=True)
class _Matching:
    """A text that matches `pattern` as a whole; in the JSON Schema the pattern, for editors."""

    pattern: str
    what: str
    todo: str

    def __get_pydantic_core_schema__(
        self, source: type, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self._check, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return {**handler(schema), "pattern": f"^({self.pattern})$"}

    def _check(self, value: str) -> str:
        if not re.fullmatch(self.pattern, value):
            _wrong(self.what, self.todo)
        return value


def _refuse(problems: list[str]) -> None:
    """Raise the first of `problems`, each "what is wrong; the way out"."""
    for problem in problems:
        what, _, todo = problem.partition("; ")
        _wrong(f"holds something kubelet refuses: {what}", todo or "correct it", got="")


def _ipv4_cidr(value: str) -> str:
    try:
        network = ipaddress.IPv4Network(value, strict=False)
    except ValueError:
        _wrong("is not an IPv4 CIDR", "write an address and a prefix length, like 10.1.0.0/16")
    if "/" not in value:
        _wrong("has no prefix length", f"write {value}/32 for this one address")
    if str(network) != value:
        _wrong("has host bits set", f"write {network}")
    return value


def _instance_type(value: str) -> str:
    try:
        node_image.architecture_of(value)
    except ValueError:
        _wrong("is not an instance type that runs Linux", "write one like c5.large or c7g.large")
    return value


def _unique(values: tuple[str, ...]) -> tuple[str, ...]:
    for value in values:
        if values.count(value) > 1:
            _wrong("is repeated", "list it once", got=value)
    return values


def _not_empty(values: T) -> T:
    if not values:
        _wrong("is empty", "list at least one", got="")
    return values


Cidr = Annotated[str, AfterValidator(_ipv4_cidr)]
Cidrs = Annotated[
    tuple[Cidr, ...], Strict(False), AfterValidator(_not_empty), AfterValidator(_unique)
]
Text = Annotated[
    str,
    StringConstraints(min_length=1),
    _Matching(
        r"((?![$%]\{)[^\x00-\x1f])+",
        "holds what Terraform would take for an expression, or a control character",
        "write plain text on one line",
    ),
]
Region = Annotated[
    str,
    _Matching(r"[a-z]{2,4}(-[a-z]+){1,2}-\d", "is not a region", "write its code, like us-west-2"),
]
InstanceType = Annotated[str, AfterValidator(_instance_type)]
RoleArn = Annotated[
    str,
    _Matching(
        r"arn:aws[a-z-]*:iam::\d{12}:role/[\w+=,.@-]+",
        "is not the ARN of a role without a path",
        "write arn:aws:iam::<account>:role/<name>, without the path that IAM may show in it",
    ),
]
UserArn = Annotated[
    str,
    _Matching(
        r"arn:aws[a-z-]*:iam::\d{12}:user/[\w+=,.@/-]+",
        "is not the ARN of an IAM user",
        "write arn:aws:iam::<account>:user/<name>",
    ),
]
IamName = Annotated[
    str,
    _Matching(
        r"[\w+=,.@-]{1,128}",
        "is not the name of a role, policy or instance profile",
        "write it as IAM shows it, without its path",
    ),
]
ImageId = Annotated[
    str, _Matching(r"ami-[0-9a-f]+", "is not the id of an image", "write one like ami-0abc1234")
]
PrintedText = Annotated[
    str,
    _Matching(
        r"((?![$%]\{)[^\x00-\x1f])*",
        "holds what Terraform would take for an expression, or a control character",
        "write plain text on one line",
    ),
]
_RESOURCE = r"(?!data\.|module\.)[a-z]\w*\.[\w-]+"
_INDEX = r"(\[(\d+|\"[^\"$%]+\")\])?"
Address = Annotated[
    str,
    _Matching(
        rf"(module\.[\w-]+{_INDEX}\.)*{_RESOURCE}{_INDEX}",
        "is not the address of a resource",
        "write it as `terraform state list` shows it; data sources need no line",
    ),
]
WholeAddress = Annotated[
    str,
    _Matching(
        rf"(module\.[\w-]+\.)*{_RESOURCE}",
        "is not the address of a resource with all its instances",
        "write it as `terraform state list` shows it, without what stands in brackets",
    ),
]


class Section(BaseModel):
    """A part of the spec: unknown keys and wrong types are errors, values never change."""

    model_config = ConfigDict(
        frozen=True, strict=True, extra="forbid", use_attribute_docstrings=True
    )


class StateSpec(Section):
    """Where Terraform keeps its state: an S3 bucket, with a lock.

    https://developer.hashicorp.com/terraform/language/backend/s3
    """

    bucket: Annotated[
        str,
        _Matching(
            r"(?!xn--|sthree-)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]",
            "is not a bucket name",
            "use 3 to 63 lower-case letters, digits, dots and hyphens",
        ),
    ]
    """Name of the bucket. Bucket names are unique among all AWS customers, so choose your own."""

    key: Annotated[
        str,
        _Matching(
            r"[^/\s][^\s]*[^/\s]|[^/\s]",
            "is not an object key",
            "write one without spaces or slashes at its ends, like us-west-2.tfstate",
        ),
    ]
    """The object that holds this cluster's state. No two clusters may share it."""

    region: Region
    """Region of the bucket and the lock table."""

    dynamodb_table: (
        Annotated[
            str,
            _Matching(
                r"[A-Za-z0-9_.-]{3,255}",
                "is not a table name",
                "use 3 to 255 letters, digits, dots, hyphens and underscores",
            ),
        ]
        | None
    ) = None
    """DynamoDB table that holds the lock, the chapter's way. By default there is none."""

    use_lockfile: bool = False
    """Lock with an object beside the state instead of, or as well as, the table: Terraform's own
    successor of the table. Off by default."""

    create: bool = False
    """Synthesise a second stack, `<cluster>-state`, that creates the bucket and the table. Deploy
    it once, before the cluster. Its own small state stays in the checkout. Off by default."""


class ControlPlaneSpec(Section):
    """The Kubernetes API that EKS runs.

    https://docs.aws.amazon.com/eks/latest/userguide/cluster-endpoint.html
    """

    availability_zones: (
        Annotated[tuple[str, ...], Strict(False), AfterValidator(_unique)] | None
    ) = None
    """Zones in which EKS places its network interfaces: all of the cluster's by default. EKS never
    takes subnets of another zone later, so name the first ones here before appending a zone to the
    cluster's `availability_zones`."""

    service_ipv4_cidr: Cidr = "172.20.0.0/16"
    """Range of the Services' addresses. It cannot be changed: another range is another cluster."""

    endpoint_public_access: bool = True
    """Whether the API answers on the internet (to those with credentials). On by default, as in
    the chapter: without it every kubectl, Terraform's included, must run inside the VPC."""

    endpoint_private_access: bool = True
    """Whether the nodes reach the API inside the VPC. On by default: they stay connected when
    `public_access_cidrs` is narrowed or the NAT gateway is down."""

    public_access_cidrs: Cidrs | None = None
    """Ranges that may reach the public endpoint. By default everyone, as in the chapter: the API
    itself still asks for credentials. Narrow it to your office and CI."""

    enabled_cluster_log_types: Annotated[
        tuple[Literal["api", "audit", "authenticator", "controllerManager", "scheduler"], ...],
        Strict(False),
        AfterValidator(_unique),
    ] = ()
    """Control plane logs that go to CloudWatch, which bills them. None by default."""

    @field_validator("endpoint_private_access")
    @classmethod
    def _api_is_reachable(cls, private: bool, info: ValidationInfo) -> bool:
        if not private and info.data.get("endpoint_public_access") is False:
            _wrong(
                "is off like endpoint_public_access, so nothing reaches the API",
                "turn one of them on",
            )
        return private

    @field_validator("public_access_cidrs")
    @classmethod
    def _cidrs_need_the_public_endpoint(
        cls, cidrs: tuple[str, ...] | None, info: ValidationInfo
    ) -> tuple[str, ...] | None:
        if cidrs and info.data.get("endpoint_public_access") is False:
            _wrong(
                "has no effect while endpoint_public_access is false",
                "delete it, or turn the public endpoint on",
            )
        return cidrs

    @field_validator("service_ipv4_cidr")
    @classmethod
    def _eks_takes_the_service_range(cls, cidr: str) -> str:
        network = ipaddress.IPv4Network(cidr)
        if not any(network.subnet_of(private) for private in _PRIVATE_RANGES):
            _wrong(
                "is not inside 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16",
                "EKS takes private ranges only, like 172.20.0.0/16",
            )
        if not MIN_SERVICE_PREFIX <= network.prefixlen <= MAX_SERVICE_PREFIX:
            _wrong(
                f"is outside /{MIN_SERVICE_PREFIX} to /{MAX_SERVICE_PREFIX}",
                "use a range like 172.20.0.0/16",
            )
        return cidr


class OpenRange(Section):
    """Address ranges that are let in; the whole internet only when asked for in words."""

    open_to_the_world: bool = False
    """Must be true where `cidr_blocks` holds 0.0.0.0/0. Off by default."""

    cidr_blocks: Cidrs
    """IPv4 ranges that are let in, such as 203.0.113.0/24."""

    @field_validator("cidr_blocks")
    @classmethod
    def _world_is_asked_for_in_words(
        cls, cidrs: tuple[str, ...], info: ValidationInfo
    ) -> tuple[str, ...]:
        if any(cidr in WORLD for cidr in cidrs) and info.data.get("open_to_the_world") is False:
            _wrong(
                "lets in the whole internet",
                "name the ranges you mean, or say open_to_the_world: true beside it",
                got=next(cidr for cidr in cidrs if cidr in WORLD),
            )
        return cidrs


class NodeIngressSpec(OpenRange):
    """An opening in the nodes' security group."""

    description: Annotated[
        Text,
        _Matching(
            r"[0-9A-Za-z_ .:/()#,@\[\]+=&;{}!$*-]{1,255}",
            "holds a character that EC2 refuses in descriptions",
            "use letters, digits, spaces and ._-:/()#,@[]+=&;{}!$*",
        ),
    ]
    """Why it is open; shown in the AWS console."""

    from_port: Annotated[int, Field(ge=0, le=65535)]
    """First port."""

    to_port: Annotated[int, Field(ge=0, le=65535)] | None = None
    """Last port; by default the first."""

    protocol: Literal["tcp", "udp"] = "tcp"
    """tcp (default) or udp."""

    @field_validator("to_port")
    @classmethod
    def _ports_are_in_order(cls, to_port: int | None, info: ValidationInfo) -> int | None:
        first = info.data.get("from_port")
        if to_port is not None and first is not None and to_port < first:
            _wrong(f"is below from_port ({first})", "swap the two")
        return to_port


class ImageSpec(Section):
    """Which machine image the nodes run."""

    family: node_image.Family = "packer"
    """`packer` (default): the account's own image, built from `packer/` as in the chapter.
    `ubuntu-eks` and `al2023`: Canonical's and Amazon's images for EKS, which need no build."""


class TaintSpec(Section):
    """A taint, which keeps pods away that do not tolerate it."""

    key: Text
    """Key of the taint."""

    value: str = ""
    """Value of the taint; empty by default."""

    effect: user_data.Effect
    """What happens to pods that do not tolerate it."""

    def rendered(self) -> user_data.Taint:
        """Give the taint as the node is told of it."""
        return user_data.Taint(self.key, self.value, self.effect)


class NodeGroupSpec(Section):
    """A launch template and an autoscaling group of nodes that are all alike."""

    instance_type: InstanceType = "c5.large"
    """EC2 instance type. A change reaches new nodes only, unless `instance_refresh` is on."""

    min_size: Annotated[int, Field(ge=0, le=5000)] = 1
    """Fewest nodes."""

    max_size: Annotated[int, Field(ge=1, le=5000, validate_default=True)] = 2
    """Most nodes. Between the two an autoscaler decides; Terraform does not."""

    volume_size_gib: Annotated[int, Field(ge=20, le=16384)] = 100
    """Size of the encrypted gp3 root volume, in GiB."""

    image: ImageSpec = ImageSpec()
    """The machine image; by default the one built from `packer/`."""

    labels: dict[str, str] = {}
    """Kubernetes labels the nodes register with. None by default."""

    taints: Annotated[tuple[TaintSpec, ...], Strict(False)] = ()
    """Taints the nodes register with. None by default."""

    max_pods: Annotated[int, Field(ge=4, le=737)] | None = None
    """Most pods on a node; by default what the network interfaces of the instance type carry."""

    instance_refresh: bool = False
    """Whether a change of the launch template replaces the running nodes, a few at a time. They
    are ended without draining their pods, so it is off by default."""

    @field_validator("max_size")
    @classmethod
    def _sizes_are_in_order(cls, most: int, info: ValidationInfo) -> int:
        fewest = info.data.get("min_size")
        if fewest is not None and fewest > most:
            _wrong(f"is below min_size ({fewest})", "swap the two")
        return most

    @field_validator("labels")
    @classmethod
    def _kubelet_takes_the_labels(cls, labels: dict[str, str]) -> dict[str, str]:
        _refuse(user_data.label_problems(labels))
        return labels

    @field_validator("taints")
    @classmethod
    def _kubelet_takes_the_taints(cls, taints: tuple[TaintSpec, ...]) -> tuple[TaintSpec, ...]:
        _refuse(user_data.taint_problems([taint.rendered() for taint in taints]))
        return taints


class BastionSpec(OpenRange):
    """A host in a public subnet through which the nodes are reached by SSH."""

    instance_type: InstanceType = "t3.micro"
    """EC2 instance type."""


class Kube2iamSpec(Section):
    """The DaemonSet that gives pods IAM roles of their own.

    https://github.com/jtblin/kube2iam
    """

    enabled: bool = True
    """Whether it runs. On by default, as in the chapter. Off, also takes from the nodes the right
    to take on the pods' roles."""

    role_path: (
        Annotated[
            str,
            _Matching(
                r"/([\w+=,.@-]+/)+",
                "is not an IAM path",
                "write one that begins and ends with a slash, like /lovelace/",
            ),
        ]
        | None
    ) = None
    """IAM path of the roles that pods may take on; by default `/<cluster>/`. A pod names such a
    role as `iam.amazonaws.com/role: <cluster>/<role>`. Roles elsewhere are out of its reach."""


ADMIN_GROUP = "system:masters"
"""The RBAC group that may do everything."""


class IdentitySpec(Section):
    """Who an IAM principal is inside the cluster."""

    username: Text
    """Name in the audit log and for RBAC."""

    groups: Annotated[tuple[Text, ...], Strict(False)] = ()
    """RBAC groups; `system:masters` may do everything. None by default."""


class MapRoleSpec(IdentitySpec):
    """An IAM role that is let into the cluster."""

    rolearn: RoleArn
    """ARN of the role, without its path."""


class MapUserSpec(IdentitySpec):
    """An IAM user that is let into the cluster."""

    userarn: UserArn
    """ARN of the user."""


class AddonSpec(Section):
    """An EKS add-on.

    https://docs.aws.amazon.com/eks/latest/userguide/eks-add-ons.html
    """

    addon_version: (
        Annotated[
            str,
            _Matching(
                r"v\d+\.\d+\.\d+-eksbuild\.\d+",
                "is not an add-on version",
                "write one like v1.20.4-eksbuild.1; `aws eks describe-addon-versions` lists them",
            ),
        ]
        | None
    ) = None
    """Version to run; by default the one EKS prefers for the cluster's version."""

    service_account_role_arn: Text | None = None
    """Role for the add-on's service account; by default it has the nodes'."""

    configuration_values: dict[str, Any] | None = None
    """Settings in the add-on's own schema; by default its own defaults."""


class ManifestSpec(Section):
    """Kubernetes YAML that is applied to the cluster."""

    path: (
        Annotated[
            Text,
            _Matching(
                r"(?!/)((?!\.\./).)*",
                "is not a path inside the project",
                "write it from the project's root, without .. in it",
            ),
        ]
        | None
    ) = None
    """The file, from the project's root; by default `manifests/<key>.yaml`."""


class SecurityGroupNameSpec(Section):
    """What EC2 never changes of a security group."""

    name: Text
    """Name of the group."""

    description: Text
    """Description of the group; Terraform's own is `Managed by Terraform`."""


class AdoptedRuleSpec(Section):
    """What EC2 never changes of a rule between nodes and control plane; by default today's."""

    from_port: Annotated[int, Field(ge=0, le=65535)] | None = None
    """First port, as the state has it."""

    to_port: Annotated[int, Field(ge=0, le=65535)] | None = None
    """Last port, as the state has it."""

    by_self: bool | None = None
    """Whether the rule from nodes to nodes says `self`; false where it names the group's id."""


FOR_LIFE = {
    "control_plane_role": "another role replaces the cluster",
    "node_role": "another role shuts the nodes out",
    "control_plane_security_group": "another group is cut off from the nodes",
    "nodes_security_group": "another group cuts off the nodes",
    "bootstrap_cluster_creator_admin_permissions": "another value replaces the cluster",
    "autoscaling_groups": "another group ends all nodes at once",
}
"""What an adopted cluster has to say for as long as it lives, and what happens without."""


class AdoptedSpec(Section):
    """What a cluster that was not made here has otherwise, for as long as it lives.

    AWS renames none of it: another value is another resource, in place of the one that works.
    `python -m adopt` writes this section from a Terraform state.
    """

    control_plane_role: IamName
    """Name of the control plane's role."""

    node_role: IamName
    """Name of the nodes' role."""

    node_instance_profile: IamName | None = None
    """Name of the nodes' instance profile; by default that of their role."""

    kube2iam_policy: IamName | None = None
    """Name of the nodes' inline policy for kube2iam; by default today's."""

    bootstrap_cluster_creator_admin_permissions: bool
    """What the state says of it: the provider keeps it since the cluster was made, and EKS does
    not tell."""

    autoscaling_groups: dict[str, Text]
    """Name of the autoscaling group of each node group that was adopted, by the node group's
    key. Delete a line together with its node group only."""

    launch_templates: dict[str, Text] = {}
    """Name of the launch template of each adopted node group that has one. None by default."""

    control_plane_security_group: SecurityGroupNameSpec
    """The control plane's security group."""

    nodes_security_group: SecurityGroupNameSpec
    """The nodes' security group."""

    bastion_security_group: SecurityGroupNameSpec | None = None
    """The bastion's security group; its name is the bastion's too. By default today's."""

    security_group_rules: dict[str, AdoptedRuleSpec] = {}
    """Rules that differ from today's, by the last part of their addresses, like
    `nodes-ingress-self`. None by default."""

    forget: Annotated[tuple[WholeAddress, ...], Strict(False), AfterValidator(_unique)] = ()
    """Addresses of the state that have no place here: forgotten by the next apply, not destroyed.
    Delete this line after it. None by default."""

    moved: dict[Address, Address] = {}
    """New address by old one, for what the state has under another. None by default."""

    imports: dict[Address, Text] = {}
    """The id in AWS by address, for what the state does not have. Delete this after the apply.
    None by default."""

    @model_validator(mode="before")
    @classmethod
    def _says_what_stays(cls, value: Any) -> Any:
        missing = [key for key in FOR_LIFE if isinstance(value, dict) and key not in value]
        if missing:
            reasons = ", ".join(f"{key} ({FOR_LIFE[key]})" for key in missing)
            _wrong(
                f"leaves out {reasons}",
                "write what the state has; `python -m adopt` prints it",
                got="",
            )
        return value

    @field_validator("autoscaling_groups")
    @classmethod
    def _some_groups(cls, groups: dict[str, str]) -> dict[str, str]:
        if not groups:
            _wrong(
                f"is empty: {FOR_LIFE['autoscaling_groups']}",
                "write the group's name, like node: eks-node-lovelace",
                got="",
            )
        return groups


class NodeGroupAsPrintedSpec(Section):
    """A node group as the chapter has it, where it differs from today's."""

    launch_configuration: Text | None = None
    """The `name_prefix` of the launch configuration that the group runs. Without it the group
    runs a launch template."""

    image_id: ImageId | None = None
    """The image that the group runs. Without it, the newest of its `image`."""

    volume_type: Literal["gp2", "gp3"] = "gp3"
    """Type of the root volume."""

    volume_encrypted: bool = True
    """Whether the root volume is encrypted; false leaves it to the account's own setting."""

    http_tokens: Literal["optional", "required"] = "required"
    """Whether the instance metadata service wants a token (IMDSv2); with `required` pods cannot
    reach it, with `optional` the image's and the account's settings hold."""

    cluster_autoscaler_tags: bool = True
    """Whether the group has the two tags by which cluster-autoscaler finds it."""


class BastionAsPrintedSpec(Section):
    """The bastion as the chapter has it, where it differs from today's."""

    root_volume_of_the_image: bool = False
    """Whether the root volume is as the image says, instead of encrypted gp3. Another volume is
    another bastion, with another address."""

    http_tokens: Literal["optional", "required"] = "required"
    """Whether the instance metadata service wants a token (IMDSv2)."""

    security_group_tags: bool = True
    """Whether the security group has the tag `Name`."""


class AsPrintedSpec(Section):
    """What an adopted cluster has as the chapter printed it, and may leave behind.

    Every line deleted here is one reviewed step to today's defaults: docs/how-to/adopt-a-cluster.md
    says which change nothing that runs, which replace nodes, and in which order.
    """

    authentication_mode: Literal["CONFIG_MAP", "API_AND_CONFIG_MAP"] = "API_AND_CONFIG_MAP"
    """How EKS knows IAM principals. `CONFIG_MAP` is what a cluster has that never said. EKS does
    not go back to it."""

    eks_service_policy: bool = False
    """Whether the control plane's role has AmazonEKSServicePolicy, which EKS does not need since
    April 2020."""

    load_balancer_tags: bool = True
    """Whether the subnets have the tags by which load balancers find them."""

    rule_descriptions: dict[str, PrintedText] = {}
    """Descriptions of security group rules, by the last part of their addresses; `egress` and
    `bastion-ingress-ssh` are those inside the groups. By default today's."""

    kube2iam_of_the_chapter: bool = False
    """Whether the nodes may take on every role of the account, and kube2iam runs as it was applied
    by hand."""

    node_groups: dict[str, NodeGroupAsPrintedSpec] = {}
    """Node groups by their keys. By default all are today's."""

    bastion: BastionAsPrintedSpec = BastionAsPrintedSpec()
    """The bastion; by default today's."""


def _zones_of(info: ValidationInfo) -> tuple[str, ...]:
    zones: tuple[str, ...] = info.data.get("availability_zones") or ()
    return zones


NodeGroupKey = Annotated[
    str,
    _Matching(
        r"(?!node-)[a-z][a-z0-9-]{0,30}",
        "is not a key for a node group",
        "use lower-case letters, digits and hyphens, not starting with node-: "
        "the address is node-<key> already",
    ),
]
Key = Annotated[
    str,
    _Matching(
        r"[a-z][a-z0-9-]{0,62}",
        "is not a key",
        "use lower-case letters, digits and hyphens",
    ),
]
IngressKey = Annotated[
    Key,
    _Matching(r"(?!self$).*", "is the rule by which nodes reach each other", "choose another key"),
]
ManifestKey = Annotated[
    Key,
    _Matching(
        r"(?!kube2iam$).*", "is the project's own manifest", "use the section kube2iam for it"
    ),
]


class ClusterSpec(Section):
    """A Kubernetes cluster on AWS."""

    name: Annotated[
        str,
        _Matching(
            CLUSTER_NAME_PATTERN,
            "is not a cluster name",
            f"use 1 to {MAX_CLUSTER_NAME} letters, digits, hyphens and underscores, "
            "starting with a letter or digit, but not with sg-",
        ),
    ]
    """Name of the cluster, of its stack, and the start of every physical name. Another name is
    another cluster."""

    region: Region
    """AWS region."""

    availability_zones: Annotated[tuple[str, ...], Strict(False), AfterValidator(_unique)]
    """Two or three zones of the region. Append new ones at the end: the subnets are numbered in
    this order, and an insertion would replace those behind it."""

    vpc_cidr: Cidr = "10.1.0.0/16"
    """Range of the VPC, /16 to /20. Pods take their addresses from it too. It cannot be
    changed: another range is another cluster."""

    kubernetes_version: str = kubernetes_versions.DEFAULT
    """Kubernetes minor version, in quotes. It moves up one minor version at a time."""

    state: StateSpec | None = None
    """Where Terraform keeps its state; by default in a file in the checkout."""

    control_plane: Annotated[ControlPlaneSpec, Field(validate_default=True)] = ControlPlaneSpec()
    """The Kubernetes API that EKS runs."""

    node_groups: dict[NodeGroupKey, NodeGroupSpec]
    """Groups of nodes by name. The group `node` takes the chapter's addresses
    (`aws_autoscaling_group.node`), any other `node-<key>`."""

    node_ingress: dict[IngressKey, NodeIngressSpec] = {}
    """Openings in the nodes' security group by name. None by default."""

    key_name: Text | None = None
    """EC2 key pair for SSH to nodes and bastion. By default there is none, and no SSH."""

    bastion: BastionSpec | None = None
    """The SSH bastion. By default there is none."""

    access: Literal["config_map", "access_entries"] = "config_map"
    """How IAM principals get into the cluster: by the aws-auth ConfigMap (the chapter's way, the
    default) or by EKS access entries, which AWS recommends since it deprecated the ConfigMap."""

    map_roles: Annotated[tuple[MapRoleSpec, ...], Strict(False)] = ()
    """IAM roles that are let into the cluster, besides the nodes' own and its creator."""

    map_users: Annotated[tuple[MapUserSpec, ...], Strict(False)] = ()
    """IAM users that are let into the cluster, besides its creator."""

    kube2iam: Kube2iamSpec = Kube2iamSpec()
    """IAM roles for pods."""

    addons: dict[Key, AddonSpec] = {}
    """EKS add-ons by their names, such as `vpc-cni`. By default the cluster runs the vpc-cni,
    kube-proxy and coredns that EKS installs at its creation, without managing them."""

    manifests: dict[ManifestKey, ManifestSpec] = {}
    """Kubernetes manifests that are applied to the cluster, by name. None by default."""

    adopted: AdoptedSpec | None = None
    """Names and ids of a cluster that was not made here. By default it was."""

    as_printed: AsPrintedSpec | None = None
    """What an adopted cluster still has as the chapter printed it. By default nothing."""

    @field_validator("availability_zones")
    @classmethod
    def _zones_fit(cls, zones: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        region = info.data.get("region")
        for zone in zones:
            if region is not None and not re.fullmatch(rf"{re.escape(region)}[a-z]", zone):
                _wrong(f"is not a zone of {region}", f"write one like {region}a", got=zone)
        if len(zones) < MIN_ZONES:
            _wrong(
                "is too short a list: EKS wants at least two zones",
                "name two or three",
                got=f"{len(zones)} zone" + "s" * (len(zones) != 1),
            )
        if len(zones) > MAX_ZONES:
            _wrong(
                "is too long a list: a fourth private subnet runs past the VPC's range",
                "name two or three",
                got=f"{len(zones)} zones",
            )
        return zones

    @field_validator("kubernetes_version")
    @classmethod
    def _eks_offers_the_version(cls, version: str, info: ValidationInfo) -> str:
        today = (info.context or {}).get("today", kubernetes_versions.AS_OF)
        if found := kubernetes_versions.problem(version, today):
            _wrong(*found)
        return version

    @field_validator("vpc_cidr")
    @classmethod
    def _vpc_fits_its_subnets(cls, cidr: str) -> str:
        prefix = ipaddress.IPv4Network(cidr).prefixlen
        if prefix < MIN_VPC_PREFIX:
            _wrong("is larger than AWS allows a VPC to be", "use a prefix from /16 to /20")
        if prefix > MAX_VPC_PREFIX:
            _wrong(
                f"is too small for its subnets: the public ones would be /{prefix + 8}, "
                "and AWS allows /28 at least",
                "use a prefix from /16 to /20",
            )
        return cidr

    @field_validator("control_plane")
    @classmethod
    def _control_plane_fits_the_network(
        cls, control_plane: ControlPlaneSpec, info: ValidationInfo
    ) -> ControlPlaneSpec:
        service, vpc = control_plane.service_ipv4_cidr, info.data.get("vpc_cidr")
        if vpc and ipaddress.IPv4Network(service).overlaps(ipaddress.IPv4Network(vpc)):
            _wrong(
                f"has a service_ipv4_cidr that overlaps vpc_cidr {vpc}",
                "choose another private range, like 10.100.0.0/16 or 172.20.0.0/16",
                got=service,
            )
        chosen, zones = control_plane.availability_zones, _zones_of(info)
        if chosen is not None and zones:
            for zone in chosen:
                if zone not in zones:
                    _wrong(
                        "names a zone that is not among availability_zones",
                        f"use those of {', '.join(zones)}",
                        got=zone,
                    )
            if len(chosen) < MIN_ZONES:
                _wrong(
                    "has too few availability_zones: EKS wants at least two",
                    f"use two or more of {', '.join(zones)}, or leave them out for all",
                    got=f"{len(chosen)} zone" + "s" * (len(chosen) != 1),
                )
        return control_plane

    @field_validator("node_groups")
    @classmethod
    def _some_nodes(cls, groups: dict[str, NodeGroupSpec]) -> dict[str, NodeGroupSpec]:
        if not groups:
            _wrong("is empty, so nothing could run", "add a group, like node: {}", got="")
        return groups

    @field_validator("bastion")
    @classmethod
    def _bastion_has_a_key(
        cls, bastion: BastionSpec | None, info: ValidationInfo
    ) -> BastionSpec | None:
        if bastion is not None and "key_name" in info.data and info.data["key_name"] is None:
            _wrong(
                "has no key, so nobody could log in",
                "add key_name with the name of an EC2 key pair",
                got="no key_name",
            )
        return bastion

    @field_validator("map_roles", "map_users")
    @classmethod
    def _access_entries_take_the_groups(
        cls, identities: tuple[IdentitySpec, ...], info: ValidationInfo
    ) -> tuple[IdentitySpec, ...]:
        if info.data.get("access") == "access_entries":
            for group in (group for identity in identities for group in identity.groups):
                if group.startswith("system:") and group != ADMIN_GROUP:
                    _wrong(
                        "holds a group that EKS refuses in access entries",
                        "use system:masters or a group without system: in front",
                        got=group,
                    )
        return identities

    @field_validator("map_users")
    @classmethod
    def _identities_differ(
        cls, users: tuple[MapUserSpec, ...], info: ValidationInfo
    ) -> tuple[MapUserSpec, ...]:
        arns = [role.rolearn for role in info.data.get("map_roles") or ()]
        arns += [user.userarn for user in users]
        for before, after in pairwise(sorted(arns)):
            if before == after:
                _wrong("maps one principal twice", "keep one entry", got=after)
        if info.data.get("access") == "access_entries":
            by_address: dict[str, str] = {}
            for arn in arns:
                other = by_address.setdefault(naming.principal(arn), arn)
                if other != arn:
                    _wrong(
                        f"maps two principals whose address would be {naming.principal(arn)}",
                        f"rename one of the two, the other is {other}",
                        got=arn,
                    )
        return users

    @field_validator("adopted")
    @classmethod
    def _adopted_keeps_its_range(
        cls, adopted: AdoptedSpec | None, info: ValidationInfo
    ) -> AdoptedSpec | None:
        if adopted is None:
            return adopted
        control_plane = info.data.get("control_plane")
        if control_plane and "service_ipv4_cidr" not in control_plane.model_fields_set:
            _wrong(
                "needs control_plane.service_ipv4_cidr: another range replaces the cluster",
                "write the one that the state has; `python -m adopt` prints it",
                got="",
            )
        if info.data.get("bastion") and adopted.bastion_security_group is None:
            _wrong(
                "needs bastion_security_group: another group shuts the bastion out",
                "write the group's name and description; `python -m adopt` prints them",
                got="",
            )
        for key in (*adopted.autoscaling_groups, *adopted.launch_templates):
            _is_a_node_group(key, info)
        return adopted

    @field_validator("as_printed")
    @classmethod
    def _printed_fits(
        cls, printed: AsPrintedSpec | None, info: ValidationInfo
    ) -> AsPrintedSpec | None:
        if printed is None:
            return printed
        if info.data.get("adopted", True) is None:
            _wrong(
                "is for clusters that exist, and only the section adopted can say which one does",
                "add adopted, or delete this section",
                got="",
            )
        if printed.authentication_mode == "CONFIG_MAP" and (
            info.data.get("access") == "access_entries"
        ):
            _wrong(
                "has the authentication_mode CONFIG_MAP, in which EKS refuses access entries",
                "delete the mode here and apply, before access: access_entries",
                got="",
            )
        for key in printed.node_groups:
            _is_a_node_group(key, info)
        return printed

    @property
    def printed(self) -> AsPrintedSpec:
        """What is as the chapter printed it; today's defaults where the spec says nothing."""
        return self.as_printed or AsPrintedSpec()

    def names(self, cluster: str) -> naming.Names:
        """Give every name that AWS cannot change: today's, or those the cluster was adopted with.

        `cluster` is the cluster's name, as text or as Terraform's variable.
        """
        today = naming.Names.of(cluster)
        if (adopted := self.adopted) is None:
            return today
        return naming.Names(
            control_plane_role=adopted.control_plane_role,
            node_role=adopted.node_role,
            node_instance_profile=adopted.node_instance_profile,
            kube2iam_policy=adopted.kube2iam_policy or today.kube2iam_policy,
            control_plane_security_group=_group_name(adopted.control_plane_security_group),
            nodes_security_group=_group_name(adopted.nodes_security_group),
            bastion_security_group=today.bastion_security_group
            if adopted.bastion_security_group is None
            else _group_name(adopted.bastion_security_group),
            autoscaling_groups=adopted.autoscaling_groups,
            launch_templates=adopted.launch_templates,
            cluster=cluster,
        )


def _group_name(spec: SecurityGroupNameSpec) -> naming.SecurityGroupName:
    return naming.SecurityGroupName(spec.name, spec.description)


def _is_a_node_group(key: str, info: ValidationInfo) -> None:
    groups = info.data.get("node_groups")
    if groups and key not in groups:
        _wrong(
            "names a node group that node_groups has not",
            f"use one of {', '.join(groups)}, or delete the line",
            got=key,
        )
