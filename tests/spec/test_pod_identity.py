"""IAM roles for pods."""

from pathlib import Path

import pytest

from tests.spec.bad import GOOD, Change, add, also, named, problems, told

WHO = "namespace: shop, service_account: api"
AWS = "arn:aws:iam::aws:policy"
BUCKET = "resources: ['arn:aws:s3:::x']"
WHAT = "policies: ['arn:aws:iam::aws:policy/ReadOnlyAccess']"


def roles(by: str, text: str) -> Change:
    """Give pods roles, in line 6."""
    return also(f"pod_identity: {{by: {by}, roles: {{{text}}}}}")


BAD: dict[str, tuple[Change, str]] = {
    "one way for a list": (
        also("pod_identity: {by: irsa}"),
        "6: pod_identity.by: is not a list, got irsa; write a list, each item in a line of its own "
        "after a hyphen, or [in, brackets]",
    ),
    "a service account in capitals": (
        roles("[irsa]", f"api: {{namespace: shop, service_account: Shop_Api, {WHAT}}}"),
        "6: pod_identity.roles.api.service_account: is not the name of a service account, got "
        "Shop_Api; use lower-case letters, digits, hyphens and dots",
    ),
    "a role path that is none": (
        also("kube2iam: {role_path: pods}"),
        "6: kube2iam.role_path: is not an IAM path, got pods; "
        "write at most 512 characters between two slashes, like /lovelace/",
    ),
    "a kube2iam that is applied and removed": (
        also("kube2iam: {remove: true}"),
        "6: kube2iam.remove: deletes what enabled applies, got true; add enabled: false",
    ),
    "an image of kube2iam without a tag": (
        also("kube2iam: {image: registry.example.com/kube2iam}"),
        "6: kube2iam.image: is not an image with a tag, got registry.example.com/kube2iam; "
        "write one like 111122223333.dkr.ecr.us-west-2.amazonaws.com/kube2iam:0.15.0",
    ),
    "an image of a kube2iam that is not applied": (
        also("kube2iam: {image: 'registry.example.com/kube2iam:1', manifest: false}"),
        "6: kube2iam.image: has no effect where manifest is off, got "
        "registry.example.com/kube2iam:1; name it in the manifest you apply, or delete this key",
    ),
    "a role path that IAM finds too long": (
        also(f"kube2iam: {{role_path: /{'a' * 511}/}}"),
        f"6: kube2iam.role_path: is not an IAM path, got /{'a' * 79}...; "
        "write at most 512 characters between two slashes, like /lovelace/",
    ),
    "a way that is none": (
        also("pod_identity: iam"),
        "6: pod_identity: is not a choice, got iam; "
        "use 'kube2iam' or 'irsa' or 'eks_pod_identity' or 'none'",
    ),
    "a way among others that is none": (
        roles("[irsa, iam]", ""),
        "6: pod_identity.by[1]: is not a choice, got iam; "
        "use 'kube2iam', 'irsa' or 'eks_pod_identity'",
    ),
    "kube2iam on here and not there": (
        also("pod_identity: irsa\nkube2iam: {enabled: true}"),
        "7: kube2iam.enabled: is on, and pod_identity does not name kube2iam, got true; "
        "add it there, or delete this key",
    ),
    "kube2iam off here and not there": (
        also("pod_identity: {by: [kube2iam, irsa]}\nkube2iam: {enabled: false}"),
        "7: kube2iam.enabled: is off, and pod_identity names kube2iam, got false; "
        "delete it there, or this key",
    ),
    "Pod Identity without its agent": (
        also("pod_identity: eks_pod_identity"),
        "6: pod_identity: has eks_pod_identity, and no pod gets a role without the add-on "
        "eks-pod-identity-agent; add addons: {eks-pod-identity-agent: {addon_version: "
        "eks_default}}",
    ),
    "roles that no pod gets": (
        roles("[]", f"a: {{{WHO}, {WHAT}}}"),
        "6: pod_identity.roles: is for pods, which get none; name a way in pod_identity.by",
    ),
    "a role for the autoscaler": (
        lambda text: roles(
            "[irsa]",
            f"a: {{namespace: kube-system, service_account: cluster-autoscaler, {WHAT}}}",
        )(f"{text}cluster_autoscaler: true\n"),
        "6: pod_identity.roles.a.service_account: has a role already, which is made for "
        "cluster-autoscaler, got cluster-autoscaler; delete this one",
    ),
    "a role for a driver that has one": (
        lambda text: roles(
            "[irsa]",
            f"a: {{namespace: kube-system, service_account: ebs-csi-controller-sa, {WHAT}}}",
        )(f"{text}storage: {{ebs: true}}\n"),
        "6: pod_identity.roles.a.service_account: has a role already, which is made for "
        "aws-ebs-csi-driver, got ebs-csi-controller-sa; delete this one",
    ),
    "a service account with two roles": (
        roles("[irsa]", f"a: {{{WHO}, {WHAT}}}, b: {{{WHO}, {WHAT}}}"),
        "6: pod_identity.roles.b.service_account: has the role a already, got api; "
        "give all it may do to one of the two",
    ),
    "a role that may do nothing": (
        roles("[irsa]", f"a: {{{WHO}}}"),
        "6: pod_identity.roles.a: may do nothing; add policies or statements",
    ),
    "a role that may do everything": (
        roles(
            "[irsa]",
            f"a: {{{WHO}, statements: [{{actions: ['*'], {BUCKET}}}]}}",
        ),
        "6: pod_identity.roles.a.statements[0].actions[0]: allows everything, got *; "
        "name the actions, like s3:GetObject",
    ),
    "a role that may do everything with a service": (
        roles(
            "[irsa]",
            f"a: {{{WHO}, statements: [{{actions: ['s3:*'], {BUCKET}}}]}}",
        ),
        "6: pod_identity.roles.a.statements[0].actions[0]: allows everything, got s3:*; "
        "name the actions, like s3:GetObject",
    ),
    "an action without its service": (
        roles(
            "[irsa]",
            f"a: {{{WHO}, statements: [{{actions: [GetObject], {BUCKET}}}]}}",
        ),
        "6: pod_identity.roles.a.statements[0].actions[0]: is not an action, got GetObject; "
        "write one like s3:GetObject",
    ),
    "a role on every resource": (
        roles("[irsa]", f"a: {{{WHO}, statements: [{{actions: [a:B], resources: ['*']}}]}}"),
        "6: pod_identity.roles.a.statements[0].resources[0]: is every resource of the account, got "
        "*; name the ones you mean, or say any_resource: true beside it",
    ),
    "every resource by word only": (
        roles(
            "[irsa]",
            f"a: {{{WHO}, statements: [{{actions: [a:B], {BUCKET}, any_resource: true}}]}}",
        ),
        "6: pod_identity.roles.a.statements[0].any_resource: has no effect without * among the "
        "resources, got true; delete it",
    ),
    "a policy by its name": (
        roles("[irsa]", f"a: {{{WHO}, policies: [AmazonS3ReadOnlyAccess]}}"),
        "6: pod_identity.roles.a.policies[0]: is not the ARN of a managed policy, got "
        "AmazonS3ReadOnlyAccess; write one like arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess",
    ),
    "a policy of another partition": (
        roles("[irsa]", f"a: {{{WHO}, policies: ['arn:aws-cn:iam::aws:policy/A']}}"),
        "6: pod_identity.roles.a.policies[0]: is not of us-west-2's partition, got "
        "arn:aws-cn:iam::aws:policy/A; write arn:aws:...",
    ),
    "a role in no namespace": (
        roles("[irsa]", f"a: {{namespace: Shop, service_account: api, {WHAT}}}"),
        "6: pod_identity.roles.a.namespace: is not the name of a namespace, got Shop; "
        "use at most 63 lower-case letters, digits and hyphens",
    ),
    "a role with a long key": (
        roles("[irsa]", f"{'a' * 25}: {{{WHO}, {WHAT}}}"),
        f"6: pod_identity.roles.{'a' * 25}: is too long a key for a role, got {'a' * 25}; "
        "use 24 characters",
    ),
    "a policy of another account": (
        lambda text: (
            roles("[irsa]", f"api: {{{WHO}, policies: ['arn:aws:iam::123456789012:policy/a']}}")(
                text
            )
            + "account_id: '210987654321'\n"
        ),
        "6: pod_identity.roles.api.policies[0]: is of account 123456789012, while account_id is "
        "210987654321; correct one of the two",
    ),
    "a boundary of a role's of another account": (
        lambda text: (
            roles(
                "[irsa]",
                f"api: {{{WHO}, {WHAT}, permissions_boundary: 'arn:aws:iam::123456789012:policy/a'"
                "}",
            )(text)
            + "account_id: '210987654321'\n"
        ),
        "6: pod_identity.roles.api.permissions_boundary: is of account 123456789012, while "
        "account_id is 210987654321; correct one of the two",
    ),
    "more policies than IAM takes": (
        roles(
            "[irsa]",
            f"api: {{{WHO}, policies: [{', '.join(f'{AWS}/p{n}' for n in range(26))}]}}",
        ),
        "6: pod_identity.roles.api.policies: is too long a list: AWS takes 25 policies, got 26; "
        "leave some out",
    ),
    "a policy too long for IAM": (
        roles(
            "[irsa]",
            f"api: {{{WHO}, statements: [{{actions: [s3:GetObject], resources: "
            f"[{', '.join(f'arn:aws:s3:::{n:063}' for n in range(150))}]}}]}}",
        ),
        "6: pod_identity.roles.api.statements: make a policy of 11922 characters or more, and "
        "IAM takes 10240; use wildcards, or name a managed policy of yours in policies",
    ),
    "a resource without an ARN": (
        roles(
            "[irsa]",
            f"api: {{{WHO}, statements: [{{actions: [s3:GetObject], resources: [my-bucket]}}]}}",
        ),
        "6: pod_identity.roles.api.statements[0].resources[0]: is not an ARN, got my-bucket; "
        "write one like arn:aws:s3:::my-bucket/*",
    ),
    "an operator that is none": (
        roles(
            "[irsa]",
            f"api: {{{WHO}, statements: [{{actions: [s3:GetObject], resources: "
            "['arn:aws:s3:::b'], conditions: {StringEqual: {aws:PrincipalTag/team: "
            "[a]}}}]}",
        ),
        "6: pod_identity.roles.api.statements[0].conditions.StringEqual: is not an operator of "
        "IAM's conditions, got StringEqual; write one like StringEquals or ArnLike",
    ),
    "two policies with one address": (
        roles(
            "[irsa]",
            f"api: {{{WHO}, policies: ['{AWS}/a', '{AWS}/job-function/a']}}",
        ),
        "6: pod_identity.roles.api.policies[1]: would have the address of "
        "pod_identity.roles.api.policies.0, pod-api-a; rename one of the two keys, or name a "
        "copy of one policy",
    ),
    "two roles whose documents have one address": (
        roles(
            "[irsa]",
            f"a: {{{WHO}, {WHAT}}}, a-trust: {{namespace: b, service_account: "
            "c, statements: [{actions: [s3:GetObject], resources: ['arn:aws:s3:::b']}]}",
        ),
        "6: pod_identity.roles.a-trust: would have the address of pod_identity.roles.a, "
        "pod-a-trust; rename one of the two",
    ),
    "two roles whose policies have one address": (
        roles(
            "[irsa]",
            f"a: {{{WHO}, policies: ['arn:aws:iam::aws:policy/b-c']}}, a-b: "
            "{namespace: b, service_account: c, policies: ['arn:aws:iam::aws:policy/c']}",
        ),
        "6: pod_identity.roles.a-b.policies[0]: would have the address of "
        "pod_identity.roles.a.policies.0, pod-a-b-c; rename one of the two keys, or name a copy "
        "of one policy",
    ),
}


@pytest.mark.parametrize(("change", "message"), BAD.values(), ids=BAD.keys())
def test_a_bad_spec_is_told_with_line_reason_and_way_out(
    root: Path, change: Change, message: str
) -> None:
    assert told(root, change) == [message]


LONG, KEY = "a" * 40, "b" * 20
TOO_LONG = named(LONG, roles("[irsa]", f"{KEY}: {{{WHO}, {WHAT}}}"))


def test_a_role_has_a_name_that_iam_takes(root: Path) -> None:
    add(root, LONG, TOO_LONG(GOOD))

    (problem,) = problems(root)
    assert problem.startswith(
        f"clusters/{LONG}.yaml:6: pod_identity.roles.{KEY}: makes a role name of 65 characters, "
        f"and IAM takes 64, got {LONG}"
    )
    assert problem.endswith("; shorten the key, or the name of a cluster that is still to be made")
