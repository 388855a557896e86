"""Webhooks of the API server that stand where EKS's authenticator and authoriser stand.

A token of `aws eks get-token` is a signed question to STS, GetCallerIdentity; whoever holds it can
ask it, and the answer is who signed. The question is put to the emulator's STS, with the cluster's
name in the header that was signed with it.
"""

import base64
import json
import re
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.emulator.aws import AwsEmulator
from tests.servers import Handler, Loopback

from .principals import Principal, User, by_access_entry, by_aws_auth, without_path

REGIONS = ("us-west-2", "us-east-1", "eu-west-1")
"""Where the tests make clusters."""

TOKEN_PREFIX = "k8s-aws-v1."  # noqa: S105 - what `aws eks get-token` puts before each token
PARAMETERS = {
    "action", "version", "x-amz-algorithm", "x-amz-credential", "x-amz-date", "x-amz-expires",
    "x-amz-security-token", "x-amz-signature", "x-amz-signedheaders",
}  # fmt: skip
POLICY_ROLES = {
    "AmazonEKSAdminPolicy": ("view", "edit", "admin"),
    "AmazonEKSEditPolicy": ("view", "edit"),
    "AmazonEKSViewPolicy": ("view",),
}
"""The roles of Kubernetes' own that an access policy is modelled on; their rules are in others,
which a controller that does not run here adds up.
https://docs.aws.amazon.com/eks/latest/userguide/access-policy-permissions.html"""

Json = dict[str, Any]
ReadObject = Callable[[str], Json | None]
"""Gives the object at a path of the API, or None."""


class RefusedError(Exception):
    """A token that is not taken; the text says why."""


class Authenticator(Loopback):
    """EKS's side of a cluster: an HTTP server on loopback that the API server asks."""

    def __init__(self, read: ReadObject) -> None:
        """Ask `read` for aws-auth and for roles; nobody gets in before `serve`."""
        super().__init__(_Handler)
        self._read = read
        self._aws: AwsEmulator | None = None
        self._endpoint = ""
        self.refusals: list[str] = []
        self.answers = {"/authenticate": self._authenticate, "/authorise": self._authorise}

    def serve(self, aws: AwsEmulator, endpoint: str) -> None:
        """Let in who the newest cluster of this AWS lets in whose API is at `endpoint`."""
        self._aws, self._endpoint = aws, endpoint

    # Who somebody is

    def _authenticate(self, review: Json) -> Json:
        try:
            cluster = self._cluster()
            principal = self._ask_sts(review["spec"]["token"], cluster["name"])
            user = self._user(principal, cluster)
        except RefusedError as refusal:
            self.refusals.append(str(refusal))
            return {"authenticated": False}
        return {
            "authenticated": True,
            "user": {
                "username": user.name,
                "uid": f"aws-iam-authenticator:{principal.account}:{principal.user_id}",
                "groups": list(user.groups),
                "extra": {
                    "arn": [principal.arn],
                    "canonicalArn": [principal.canonical_arn],
                    "sessionName": [principal.session],
                },
            },
        }

    def _cluster(self) -> Json:
        if self._aws is None:
            raise RefusedError("no AWS is served")
        described = [
            eks.describe_cluster(name=name)["cluster"]
            for eks in (self._aws.client("eks", region) for region in REGIONS)
            for name in eks.list_clusters()["clusters"]
        ]
        own = [cluster for cluster in described if cluster["endpoint"] == self._endpoint]
        if not own:
            raise RefusedError("no cluster has this API")
        newest: Json = max(own, key=lambda cluster: cluster["createdAt"])
        return newest

    def _ask_sts(self, token: str, cluster: str) -> Principal:
        assert self._aws is not None
        if not token.startswith(TOKEN_PREFIX):
            raise RefusedError("the token is not one of EKS")
        padded = token.removeprefix(TOKEN_PREFIX) + "=="
        url = base64.urlsafe_b64decode(padded).decode()
        query = {key.lower(): value for key, value in parse_qs(urlsplit(url).query).items()}
        if not url.startswith(f"{self._aws.endpoint_url}/?") or set(query) - PARAMETERS:
            raise RefusedError(f"the token does not ask this AWS: {url}")
        if query["action"] != ["GetCallerIdentity"]:
            raise RefusedError(f"the token asks something else: {url}")
        if "x-k8s-aws-id" not in query["x-amz-signedheaders"][0].split(";"):
            raise RefusedError("the cluster's name was not signed")
        request = urllib.request.Request(  # noqa: S310 - the emulator, over http
            url,
            # moto looks for service and key in this header, not in the query of a signed URL
            headers={
                "x-k8s-aws-id": cluster,
                "Authorization": f"AWS4-HMAC-SHA256 Credential={query['x-amz-credential'][0]}, "
                "SignedHeaders=host;x-k8s-aws-id, Signature=none",
            },
        )
        direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with direct.open(request, timeout=30) as response:
                answer = response.read().decode()
        except urllib.error.HTTPError as error:
            raise RefusedError(f"STS answers {error.code}") from None
        found = dict(re.findall(r"<(Arn|Account|UserId)>([^<]+)</", answer))
        return Principal(found["Arn"], found["Account"], found["UserId"])

    def _user(self, principal: Principal, cluster: Json) -> User:
        mode = cluster["accessConfig"]["authenticationMode"]
        if mode != "CONFIG_MAP":
            entries = self._access_entries(cluster)
            user = by_access_entry(principal, entries, self._private_dns_name)
            if user is not None:
                return user
        if mode != "API":
            if mode == "CONFIG_MAP" and principal.canonical_arn == self._creator(cluster):
                return User("kubernetes-admin", ("system:masters",))
            found = self._read("/api/v1/namespaces/kube-system/configmaps/aws-auth") or {}
            user = by_aws_auth(principal, found.get("data") or {}, self._private_dns_name)
            if user is not None:
                return user
        raise RefusedError(f"{principal.canonical_arn} is not mapped")

    def _creator(self, cluster: Json) -> str:
        """Who made the cluster, and is let in without a line in aws-auth."""
        assert self._aws is not None
        region = cluster["arn"].split(":")[3]
        return without_path(self._aws.creator_of(cluster["name"], region))

    def _eks_of(self, cluster: Json) -> Any:
        """The EKS of the cluster's region."""
        assert self._aws is not None
        return self._aws.client("eks", cluster["arn"].split(":")[3])

    def _access_entries(self, cluster: Json) -> list[Json]:
        eks, name = self._eks_of(cluster), cluster["name"]
        return [
            eks.describe_access_entry(clusterName=name, principalArn=arn)["accessEntry"]
            for arn in eks.list_access_entries(clusterName=name)["accessEntries"]
        ]

    def _private_dns_name(self, instance_id: str) -> str:
        assert self._aws is not None
        found = self._aws.client("ec2").describe_instances(InstanceIds=[instance_id])
        return str(found["Reservations"][0]["Instances"][0]["PrivateDnsName"])

    # What an access policy allows

    def _authorise(self, review: Json) -> Json:
        asked = review["spec"]
        arns = (asked.get("extra") or {}).get("canonicalArn") or []
        return {"allowed": any(self._policies_allow(arn, asked) for arn in arns)}

    def _policies_allow(self, arn: str, asked: Json) -> bool:
        cluster = self._cluster()
        eks = self._eks_of(cluster)
        try:
            (entry,) = [
                each
                for each in eks.list_access_entries(clusterName=cluster["name"])["accessEntries"]
                if without_path(each) == arn
            ]
            associated = eks.list_associated_access_policies(
                clusterName=cluster["name"], principalArn=entry
            )["associatedAccessPolicies"]
        except (
            eks.exceptions.InvalidRequestException,  # a cluster with aws-auth alone
            ValueError,  # nobody's entry
        ):
            return False
        return any(self._policy_allows(each, asked) for each in associated)

    def _policy_allows(self, association: Json, asked: Json) -> bool:
        policy, scope = association["policyArn"].rpartition("/")[2], association["accessScope"]
        resource = asked.get("resourceAttributes")
        if scope["type"] == "namespace" and (
            resource is None or resource.get("namespace") not in scope["namespaces"]
        ):
            return False
        if policy == "AmazonEKSClusterAdminPolicy":
            return True
        if resource is None or policy not in POLICY_ROLES:
            return False
        roles = "/apis/rbac.authorization.k8s.io/v1/clusterroles/system:aggregate-to-"
        rules = [
            rule
            for name in POLICY_ROLES[policy]
            for rule in (self._read(roles + name) or {})["rules"]
        ]
        plural = "/".join(filter(None, [resource["resource"], resource.get("subresource")]))
        return any(
            _covers(rule.get("verbs"), resource["verb"])
            and _covers(rule.get("apiGroups"), resource.get("group", ""))
            and _covers(rule.get("resources"), plural)
            for rule in rules
        )


def _covers(allowed: list[str] | None, asked: str) -> bool:
    return asked in (allowed or ()) or "*" in (allowed or ())


class _Handler(Handler):
    protocol_version = "HTTP/1.1"
    server: Authenticator

    def answer(self) -> None:
        review = json.loads(self.body())
        status = self.server.answers[urlsplit(self.path).path](review)
        answer = {name: review[name] for name in ("apiVersion", "kind")} | {"status": status}
        self.reply(200, json.dumps(answer), Content_Type="application/json")
