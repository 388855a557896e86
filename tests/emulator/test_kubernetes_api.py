import copy
import json
import socket
import ssl
import urllib.error
import urllib.request

import pytest

from .certificates import write_certificates
from .kubernetes_api import KubernetesApi
from .kubernetes_patch import apply, merge_patch, strategic_merge_patch

AWS_AUTH = {
    "apiVersion": "v1",
    "kind": "ConfigMap",
    "metadata": {"name": "aws-auth", "namespace": "kube-system"},
    "data": {"mapRoles": "- rolearn: node\n"},
}
LABELS = {"app": "kube2iam"}
ACCOUNT = {
    "apiVersion": "v1",
    "kind": "ServiceAccount",
    "metadata": {"name": "kube2iam", "namespace": "kube-system"},
}
ROLE = {
    "apiVersion": "rbac.authorization.k8s.io/v1",
    "kind": "ClusterRole",
    "metadata": {"name": "kube2iam"},
    "rules": [{"apiGroups": [""], "resources": ["pods"], "verbs": ["get", "list", "watch"]}],
}
BINDING = {
    "apiVersion": "rbac.authorization.k8s.io/v1",
    "kind": "ClusterRoleBinding",
    "metadata": {"name": "kube2iam"},
    "subjects": [{"kind": "ServiceAccount", "name": "kube2iam", "namespace": "kube-system"}],
    "roleRef": {
        "apiGroup": "rbac.authorization.k8s.io",
        "kind": "ClusterRole",
        "name": "kube2iam",
    },
}
DAEMON_SET = {
    "apiVersion": "apps/v1",
    "kind": "DaemonSet",
    "metadata": {"name": "kube2iam", "namespace": "kube-system"},
    "spec": {
        "selector": {"matchLabels": LABELS},
        "template": {
            "metadata": {"labels": LABELS},
            "spec": {
                "serviceAccountName": "kube2iam",
                "containers": [
                    {
                        "name": "kube2iam",
                        "image": "jtblin/kube2iam:0.15.0",
                        "args": ["--iptables=true"],
                        "ports": [{"containerPort": 8181, "name": "http"}],
                        "env": [{"name": "LEVEL", "value": "info"}],
                    }
                ],
            },
        },
    },
}
KUBE2IAM = {
    "apiVersion": "v1",
    "kind": "List",
    "items": [ACCOUNT, ROLE, BINDING, DAEMON_SET],
}


def changed(document, **data):
    return {**document, "data": data}


def outcome(completed):
    """kubectl's words, or why there are none."""
    assert completed.returncode == 0, completed.stderr
    return completed.stdout.splitlines()


# With the real kubectl


def test_apply_creates_then_leaves_unchanged_then_configures(kubernetes, kubectl):
    assert outcome(kubectl("apply", "-f", "-", manifest=AWS_AUTH)) == ["configmap/aws-auth created"]
    assert outcome(kubectl("apply", "-f", "-", manifest=AWS_AUTH)) == [
        "configmap/aws-auth unchanged"
    ]
    edited = changed(AWS_AUTH, mapRoles="[]", mapUsers="[]")
    assert outcome(kubectl("apply", "-f", "-", manifest=edited)) == [
        "configmap/aws-auth configured"
    ]
    assert kubernetes.get("ConfigMap", "aws-auth", "kube-system")["data"] == edited["data"]


def test_a_whole_manifest_is_applied_twice_and_rolled_out(kubernetes, kubectl):
    created = [
        "serviceaccount/kube2iam created",
        "clusterrole.rbac.authorization.k8s.io/kube2iam created",
        "clusterrolebinding.rbac.authorization.k8s.io/kube2iam created",
        "daemonset.apps/kube2iam created",
    ]
    assert outcome(kubectl("apply", "-f", "-", manifest=KUBE2IAM)) == created
    again = outcome(kubectl("apply", "-f", "-", manifest=KUBE2IAM))
    assert again == [line.replace("created", "unchanged") for line in created]
    kubectl("-n", "kube-system", "rollout", "status", "ds/kube2iam", "--timeout=10s")
    stored = kubernetes.get("DaemonSet", "kube2iam", "kube-system")
    assert stored["metadata"]["generation"] == 1


def test_an_edited_container_is_merged_by_name(kubernetes, kubectl):
    outcome(kubectl("apply", "-f", "-", manifest=DAEMON_SET))
    edited = copy.deepcopy(DAEMON_SET)
    edited["spec"]["template"]["spec"]["containers"][0]["image"] = "jtblin/kube2iam:0.16.0"
    del edited["spec"]["template"]["spec"]["containers"][0]["args"]
    assert outcome(kubectl("apply", "-f", "-", manifest=edited)) == [
        "daemonset.apps/kube2iam configured"
    ]
    stored = kubernetes.get("DaemonSet", "kube2iam", "kube-system")
    assert stored["spec"]["template"] == edited["spec"]["template"]
    assert stored["metadata"]["generation"] == 2


@pytest.mark.parametrize("mode", ["--server-side=false", "--server-side=true"])
def test_apply_drops_what_it_put_and_keeps_what_others_put(kubernetes, kubectl, mode):
    outcome(kubectl("apply", mode, "-f", "-", manifest=changed(AWS_AUTH, ours="1", dropped="1")))
    patch = json.dumps({"data": {"theirs": "1"}})
    outcome(kubectl("-n", "kube-system", "patch", "cm/aws-auth", "--type=merge", "--patch", patch))
    outcome(kubectl("apply", mode, "-f", "-", manifest=changed(AWS_AUTH, ours="2")))
    stored = kubernetes.get("ConfigMap", "aws-auth", "kube-system")
    assert stored["data"] == {"ours": "2", "theirs": "1"}


def test_apply_takes_back_what_was_edited_by_hand(kubernetes, kubectl):
    outcome(kubectl("apply", "-f", "-", manifest=AWS_AUTH))
    patch = json.dumps({"data": {"mapRoles": "by hand"}})
    outcome(kubectl("-n", "kube-system", "patch", "cm/aws-auth", "--patch", patch))
    assert outcome(kubectl("apply", "-f", "-", manifest=AWS_AUTH)) == [
        "configmap/aws-auth configured"
    ]
    assert kubernetes.get("ConfigMap", "aws-auth", "kube-system")["data"] == AWS_AUTH["data"]


def test_server_side_apply_changes_nothing_the_second_time(kubernetes, kubectl):
    apply_it = ("apply", "--server-side", "-f", "-")
    outcome(kubectl(*apply_it, manifest=KUBE2IAM))
    before = kubernetes.objects()
    outcome(kubectl(*apply_it, manifest=KUBE2IAM))
    assert kubernetes.objects() == before


def test_dry_run_and_diff_change_nothing(kubernetes, kubectl):
    before = kubernetes.objects()
    outcome(kubectl("apply", "--dry-run=server", "-f", "-", manifest=AWS_AUTH))
    assert kubectl("diff", "-f", "-", manifest=AWS_AUTH).returncode == 1
    assert kubernetes.objects() == before
    outcome(kubectl("apply", "-f", "-", manifest=AWS_AUTH))
    assert kubectl("diff", "-f", "-", manifest=AWS_AUTH).returncode == 0


def test_get_wait_and_delete(kubernetes, kubectl):
    outcome(kubectl("apply", "-f", "-", manifest=KUBE2IAM))
    listed = outcome(kubectl("get", "ds,sa", "-A", "-o", "name"))
    assert listed == ["daemonset.apps/kube2iam", "serviceaccount/kube2iam"]
    outcome(kubectl("delete", "-f", "-", "--timeout=20s", manifest=KUBE2IAM))
    assert kubernetes.get("DaemonSet", "kube2iam", "kube-system") is None


@pytest.mark.parametrize(
    ("manifest", "refusal"),
    [
        ({**AWS_AUTH, "dataa": {}}, 'unknown field "dataa"'),
        (changed(AWS_AUTH, mapRoles=[]), '"data.mapRoles" must be a string'),
        (
            {**AWS_AUTH, "metadata": {"name": "aws-auth", "namespace": "nowhere"}},
            'namespaces "nowhere" not found',
        ),
        (
            {**DAEMON_SET, "spec": {**DAEMON_SET["spec"], "selector": {"matchLabels": {"a": "b"}}}},
            "`selector` does not match template `labels`",
        ),
        ({**KUBE2IAM, "items": [{**ACCOUNT, "secret": []}]}, 'unknown field "secret"'),
        ({**DAEMON_SET, "apiVersion": "extensions/v1beta1"}, "no matches for kind"),
    ],
)
def test_a_faulty_manifest_is_refused(kubernetes, kubectl, manifest, refusal):
    before = kubernetes.objects()
    refused = kubectl("apply", "-f", "-", manifest=manifest)
    assert refused.returncode == 1
    assert refusal in refused.stderr
    assert kubernetes.objects() == before


def test_a_misspelt_field_of_a_container_is_refused(kubectl):
    faulty = copy.deepcopy(DAEMON_SET)
    faulty["spec"]["template"]["spec"]["containers"][0]["imgae"] = "-"
    refused = kubectl("apply", "-f", "-", manifest=faulty)
    assert 'unknown field "spec.template.spec.containers[0].imgae"' in refused.stderr


def test_what_is_immutable_stays(kubectl):
    outcome(kubectl("apply", "-f", "-", manifest=KUBE2IAM))
    other_role = {**BINDING, "roleRef": {**BINDING["roleRef"], "name": "admin"}}
    refused = kubectl("apply", "-f", "-", manifest=other_role)
    assert "cannot change roleRef" in refused.stderr
    relabelled = copy.deepcopy(DAEMON_SET)
    relabelled["spec"]["selector"]["matchLabels"] = {"app": "other"}
    relabelled["spec"]["template"]["metadata"]["labels"] = {"app": "other"}
    assert "field is immutable" in kubectl("apply", "-f", "-", manifest=relabelled).stderr


def test_a_token_of_another_make_is_unauthorized(kubernetes, kubectl):
    refused = kubectl("--token=someone", "apply", "-f", "-", manifest=AWS_AUTH)
    assert refused.returncode == 1
    assert {request.status for request in kubernetes.requests()} == {401}
    assert kubernetes.get("ConfigMap", "aws-auth", "kube-system") is None


def test_another_ca_is_not_trusted(kubernetes, kubectl, tmp_path):
    other_ca, _ = write_certificates(tmp_path)
    refused = kubectl(f"--certificate-authority={other_ca}", "get", "ns")
    assert "certificate signed by unknown authority" in refused.stderr
    assert kubernetes.requests() == []


def test_it_refuses_at_first_if_told_to(kubernetes, kubectl):
    # More than one: a kubectl may ask for the version first.
    kubernetes.refuse_next(20)
    assert kubectl("get", "--raw=/readyz").returncode == 1
    assert {request.status for request in kubernetes.requests()} == {503}
    kubernetes.refuse_next(0)
    assert outcome(kubectl("get", "--raw=/readyz")) == ["ok"]


def test_it_reports_the_version_it_was_made_with(kubernetes, kubectl):
    version = json.loads(kubectl("version", "-o", "json").stdout)
    assert version["serverVersion"]["gitVersion"].startswith(f"v{kubernetes.version}.")


# Without kubectl


def test_several_at_once_have_a_ca_each(kubernetes):
    with KubernetesApi() as other:
        assert other.url != kubernetes.url
        other.put(AWS_AUTH)
        assert kubernetes.get("ConfigMap", "aws-auth", "kube-system") is None
        trusting_the_wrong_one = ssl.create_default_context(cafile=str(kubernetes.ca_path))
        with pytest.raises(urllib.error.URLError, match="CERTIFICATE_VERIFY_FAILED"):
            urllib.request.urlopen(other.url, context=trusting_the_wrong_one, timeout=5)  # noqa: S310


def test_a_client_that_never_says_hello_holds_up_nobody(kubernetes):
    port = int(kubernetes.url.rpartition(":")[2])
    trusting = ssl.create_default_context(cafile=str(kubernetes.ca_path))
    token = {"Authorization": "Bearer k8s-aws-v1.x"}
    request = urllib.request.Request(kubernetes.url + "/readyz", headers=token)  # noqa: S310
    opener = urllib.request.build_opener(
        urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=trusting)
    )
    with socket.create_connection(("127.0.0.1", port)), opener.open(request, timeout=5) as answer:
        assert answer.read() == b"ok"


def test_a_request_is_told_as_it_was(kubernetes, kubectl):
    outcome(kubectl("apply", "-f", "-", manifest=AWS_AUTH))
    (posted,) = [request for request in kubernetes.requests() if request.method == "POST"]
    assert posted.path == "/api/v1/namespaces/kube-system/configmaps"
    assert posted.query["fieldValidation"] == "Strict"
    assert posted.token == "k8s-aws-v1.fixed"  # noqa: S105
    assert posted.status == 201
    assert json.loads(posted.body)["data"] == AWS_AUTH["data"]


def test_clear_forgets(kubernetes):
    kubernetes.put(AWS_AUTH)
    kubernetes.clear()
    assert {each["kind"] for each in kubernetes.objects()} == {"Namespace"}


def test_it_leaves_nothing_behind():
    with KubernetesApi() as api:
        directory = api.ca_path.parent
    assert not directory.exists()


# Patches


def test_a_merge_patch_replaces_lists_and_drops_nulls():
    target = {"a": [1], "b": {"c": 1, "d": 1}}
    assert merge_patch(target, {"a": [2], "b": {"c": None}}) == {"a": [2], "b": {"d": 1}}


def test_a_strategic_patch_merges_lists_by_name():
    target = {"env": [{"name": "A", "value": "1"}, {"name": "B", "value": "1"}], "args": ["x"]}
    patch = {
        "$setElementOrder/env": [{"name": "A"}],
        "env": [{"name": "A", "value": "2"}, {"name": "B", "$patch": "delete"}],
        "args": ["y"],
    }
    expected = {"env": [{"name": "A", "value": "2"}], "args": ["y"]}
    assert strategic_merge_patch(target, patch) == expected


@pytest.mark.parametrize(
    ("live", "last", "wanted", "expected"),
    [
        ({"a": 1}, {}, {"b": 2}, {"a": 1, "b": 2}),
        ({"a": 1, "b": 2}, {"a": 1}, {"b": 3}, {"b": 3}),
        ({"a": {"x": 1, "y": 1}}, {"a": {"x": 1}}, {"a": {}}, {"a": {"y": 1}}),
        ({"list": [1, 2]}, {"list": [1]}, {"list": [3]}, {"list": [3]}),
        ({"a": 1}, {}, {"a": None}, {}),
        (
            {"env": [{"name": "ours"}, {"name": "dropped"}, {"name": "theirs"}]},
            {"env": [{"name": "ours"}, {"name": "dropped"}]},
            {"env": [{"name": "ours", "value": "1"}]},
            {"env": [{"name": "ours", "value": "1"}, {"name": "theirs"}]},
        ),
    ],
)
def test_apply_compares_three(live, last, wanted, expected):
    assert apply(live, last, wanted) == expected
