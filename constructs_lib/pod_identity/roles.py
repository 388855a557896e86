"""IAM roles of pods: who may take one, by each of the ways of a cluster."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from cdktf import ITerraformDependable, TerraformOutput
from cdktf_cdktf_provider_aws.data_aws_iam_policy_document import (
    DataAwsIamPolicyDocument,
    DataAwsIamPolicyDocumentStatement,
    DataAwsIamPolicyDocumentStatementCondition,
    DataAwsIamPolicyDocumentStatementPrincipals,
)
from cdktf_cdktf_provider_aws.eks_pod_identity_association import EksPodIdentityAssociation
from cdktf_cdktf_provider_aws.iam_openid_connect_provider import IamOpenidConnectProvider
from cdktf_cdktf_provider_aws.iam_role_policy import IamRolePolicy
from cdktf_cdktf_provider_aws.iam_role_policy_attachment import IamRolePolicyAttachment
from constructs import Construct

from constructs_lib import iam, naming
from constructs_lib.control_plane import ControlPlane
from constructs_lib.identity import Identity
from constructs_lib.nodes.role import NodeRoles
from constructs_lib.spec import PodRoleSpec, StatementSpec
from constructs_lib.spec.pod_identity import Way
from constructs_lib.spec.wanted_addons import by_association
from constructs_lib.tables import addon_identities


@dataclass(frozen=True)
class Trust:
    """The ways in which pods of this cluster take roles, as trust policies say it."""

    pod_identity: bool
    irsa: IamOpenidConnectProvider | None
    node_roles: Sequence[str]
    """ARNs of roles that kube2iam takes a pod's role with; empty without it."""

    cluster_arn: str

    def statements(
        self, namespace: str, service_account: str
    ) -> Iterator[DataAwsIamPolicyDocumentStatement]:
        """Let pods of one service account take a role, and no others.

        kube2iam does not know of service accounts: it goes by the pod's annotation.
        """
        if self.pod_identity:
            # https://docs.aws.amazon.com/eks/latest/userguide/pod-id-role.html
            yield _statement(
                "PodIdentity",
                ["sts:AssumeRole", "sts:TagSession"],
                ("Service", ["pods.eks.amazonaws.com"]),
                {
                    "aws:RequestTag/eks-cluster-arn": self.cluster_arn,
                    "aws:RequestTag/kubernetes-namespace": namespace,
                    "aws:RequestTag/kubernetes-service-account": service_account,
                },
            )
        if self.irsa is not None:
            # https://docs.aws.amazon.com/eks/latest/userguide/associate-service-account-role.html
            issuer = f'${{replace({self.irsa.node.id}.url, "https://", "")}}'
            yield _statement(
                "Irsa",
                ["sts:AssumeRoleWithWebIdentity"],
                ("Federated", [self.irsa.arn]),
                {
                    f"{issuer}:aud": "sts.amazonaws.com",
                    f"{issuer}:sub": f"system:serviceaccount:{namespace}:{service_account}",
                },
            )
        if self.node_roles:
            yield _statement("Kube2iam", ["sts:AssumeRole"], ("AWS", list(self.node_roles)), {})


def _statement(
    sid: str, actions: list[str], principals: tuple[str, list[str]], equal: Mapping[str, str]
) -> DataAwsIamPolicyDocumentStatement:
    type_, identifiers = principals
    return DataAwsIamPolicyDocumentStatement(
        sid=sid,
        actions=actions,
        principals=[
            DataAwsIamPolicyDocumentStatementPrincipals(type=type_, identifiers=identifiers)
        ],
        condition=[
            DataAwsIamPolicyDocumentStatementCondition(
                test="StringEquals", variable=variable, values=[value]
            )
            for variable, value in equal.items()
        ]
        or None,
    )


class PodIdentity(Construct):
    """The cluster's OIDC provider, if pods take roles by it, and what trusts whom."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        ways: Collection[Way],
        *,
        control_plane: ControlPlane,
        roles: NodeRoles,
    ) -> None:
        """Make the provider where irsa is among `ways`. AWS needs no thumbprint of an EKS issuer.

        https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_oidc.html
        """
        super().__init__(scope, id_)
        provider = None
        if "irsa" in ways:
            provider = IamOpenidConnectProvider(
                self,
                "aws_iam_openid_connect_provider.irsa",
                url=control_plane.cluster.identity.get(0).oidc.get(0).issuer,
                client_id_list=["sts.amazonaws.com"],
            )
        self.trust = Trust(
            "eks_pod_identity" in ways,
            provider,
            [role.arn for role in roles.of_machines] if "kube2iam" in ways else (),
            control_plane.cluster.arn,
        )
        self.own = replace(self.trust, pod_identity=by_association(ways), node_roles=())
        """The ways of what the cluster runs itself; no pod's annotation is to get its roles."""


class PodRole(Construct):
    """A role that pods of one service account take."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        spec: PodRoleSpec,
        *,
        address: str,
        name: str,
        path: str | None = None,
        cluster: Identity,
        trust: Trust,
    ) -> None:
        """Make `aws_iam_role.<address>`, with what `spec` lets it do."""
        super().__init__(scope, id_)
        self._spec, self._address, self._trust = spec, address, trust
        trusted = DataAwsIamPolicyDocument(
            self,
            f"data.aws_iam_policy_document.{address}-trust",
            statement=list(trust.statements(spec.namespace, spec.service_account)),
        )
        role = iam.role(
            self,
            address,
            name=name,
            trust_policy=trusted.json,
            cluster=cluster,
            path=path,
            permissions_boundary=spec.permissions_boundary,
        )
        self.arn, self.name = role.arn, role.name
        self.rights: list[ITerraformDependable] = [
            IamRolePolicyAttachment(
                self,
                f"aws_iam_role_policy_attachment.{naming.attachment(address, arn)}",
                role=role.name,
                policy_arn=arn,
            )
            for arn in spec.policies
        ]
        if spec.statements:
            document = DataAwsIamPolicyDocument(
                self,
                f"data.aws_iam_policy_document.{address}",
                statement=[_allowed(statement) for statement in spec.statements],
            )
            policy = IamRolePolicy(
                self,
                f"aws_iam_role_policy.{address}",
                name=name,
                role=role.id,
                policy=document.json,
            )
            self.rights.append(policy)

    def associate(self, cluster_name: str) -> list[ITerraformDependable]:
        """Have Pod Identity, where the role trusts it, give it to pods that start from then on.

        https://docs.aws.amazon.com/eks/latest/userguide/pod-id-association.html
        """
        if not self._trust.pod_identity:
            return []
        return [
            EksPodIdentityAssociation(
                self,
                f"aws_eks_pod_identity_association.{self._address}",
                cluster_name=cluster_name,
                namespace=self._spec.namespace,
                service_account=self._spec.service_account,
                role_arn=self.arn,
            )
        ]


def _allowed(statement: StatementSpec) -> DataAwsIamPolicyDocumentStatement:
    return DataAwsIamPolicyDocumentStatement(
        actions=list(statement.actions),
        resources=list(statement.resources),
        condition=[
            DataAwsIamPolicyDocumentStatementCondition(
                test=test, variable=variable, values=list(values)
            )
            for test, variables in statement.conditions.items()
            for variable, values in variables.items()
        ]
        or None,
    )


class PodRoles(Construct):
    """The roles of a spec, and their associations where Pod Identity gives them."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        specs: Mapping[str, PodRoleSpec],
        *,
        path: str,
        cluster: Identity,
        control_plane: ControlPlane,
        trust: Trust,
    ) -> None:
        """Make each role at `path`; an output says their ARNs, for annotations."""
        super().__init__(scope, id_)
        arns = {}
        for key, spec in specs.items():
            role = PodRole(
                self,
                key,
                spec,
                address=f"pod-{key}",
                name=naming.pod_role(cluster.name, key),
                path=path,
                cluster=cluster,
                trust=trust,
            )
            arns[key] = role.arn
            role.associate(control_plane.connection.name)
        if arns:
            TerraformOutput(
                scope,
                "output.pod_role_arns",
                value=arns,
                description="The roles of pods, for eks.amazonaws.com/role-arn and kube2iam",
            )


def addon_roles(
    scope: Construct, addons: Sequence[str], *, cluster: Identity, trust: Trust
) -> Mapping[str, PodRole]:
    """Make the roles of add-ons of EKS that call AWS, by the names of these."""
    roles = {}
    for addon in addons:
        needs = addon_identities.POLICIES[addon]
        roles[addon] = PodRole(
            scope,
            f"addon-{addon}",
            PodRoleSpec(
                namespace=needs.namespace,
                service_account=needs.service_account,
                policies=tuple(cluster.managed_policy(policy) for policy in needs.policies),
            ),
            address=f"addon-{addon}",
            name=naming.addon_role(cluster.name, addon),
            cluster=cluster,
            trust=trust,
        )
    return roles
