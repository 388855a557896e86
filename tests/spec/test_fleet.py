"""Between clusters: nothing of one is another's, and no file is blamed more than the other."""

from pathlib import Path

from constructs_lib.spec.loader import load
from tests.spec.bad import GOOD, TODAY, add, problems, warnings

STATE = (
    "state: {bucket: states, key: us-west-2.tfstate, region: us-west-2, dynamodb_table: locks}\n"
)
CREATE = STATE.replace("locks}", "locks, create: true}")
RENAME = "rename one of the two"


def test_all_problems_of_all_files_are_told_in_one_run_sorted_by_file_and_line(root: Path) -> None:
    add(root, "ada", GOOD.replace("us-west-2b", "us-east-1b").replace("min_size: 1", "min_size: 3"))
    add(root, "bob", GOOD.replace("vpc_cidr", "cidr"))
    assert [line.split(" ")[0] for line in problems(root)] == [
        "clusters/ada.yaml:3:",
        "clusters/ada.yaml:9:",
        "clusters/bob.yaml:4:",
    ]


def test_two_files_with_one_name_are_refused(root: Path) -> None:
    (root / "clusters" / "bob.yaml").write_text(GOOD)
    assert problems(root) == [
        "clusters/bob.yaml:1: name: differs from the file's name, got ada; "
        "write name: bob or rename the file to ada.yaml"
    ]


def test_two_names_that_iam_does_not_tell_apart_are_refused(root: Path) -> None:
    add(root, "ADA")
    todo = "choose another for one of the two"
    assert problems(root) == [
        "clusters/ADA.yaml:1: name: is the name in clusters/ada.yaml but for case, which IAM does "
        f"not tell apart, got ADA; {todo}",
        "clusters/ada.yaml:1: name: is the name in clusters/ADA.yaml but for case, which IAM does "
        f"not tell apart, got ada; {todo}",
    ]


def test_two_clusters_with_one_bucket_and_key_are_refused(root: Path) -> None:
    add(root, "ada", GOOD + STATE)
    add(root, "bob", GOOD + STATE)
    assert problems(root) == [
        "clusters/ada.yaml:10: state.key: is the key in clusters/bob.yaml too, in the same bucket, "
        "got us-west-2.tfstate; each cluster needs its own, like ada.tfstate",
        "clusters/bob.yaml:10: state.key: is the key in clusters/ada.yaml too, in the same bucket, "
        "got us-west-2.tfstate; each cluster needs its own, like bob.tfstate",
    ]


def test_a_copied_file_stops_the_cluster_that_is_asked_for_though_the_other_is_not(
    root: Path,
) -> None:
    add(root, "ada", GOOD + STATE)
    add(root, "grace", GOOD + STATE)
    assert problems(root, "grace") == [
        "clusters/grace.yaml:10: state.key: is the key in clusters/ada.yaml too, in the same "
        "bucket, got us-west-2.tfstate; each cluster needs its own, like grace.tfstate",
    ]


def test_what_another_file_spoils_does_not_hide_that_it_has_the_same_state(root: Path) -> None:
    add(root, "ada", GOOD.replace("vpc_cidr", "vpc_cird") + STATE)
    add(root, "grace", GOOD + STATE)
    assert problems(root, "grace") == [
        "clusters/grace.yaml:10: state.key: is the key in clusters/ada.yaml too, in the same "
        "bucket, got us-west-2.tfstate; each cluster needs its own, like grace.tfstate",
    ]


def test_mistakes_of_other_files_are_warnings(root: Path) -> None:
    add(root, "bob", GOOD.replace("vpc_cidr", "vpc_cird"))
    add(root, "eve", "not even YAML: [")
    assert [c.spec.name for c in load(root, names=["ada"], today=TODAY).clusters] == ["ada"]
    assert warnings(root, "ada") == [
        "clusters/bob.yaml:4: vpc_cird: warning: is not a key of the spec; "
        "did you mean vpc_cidr? rename or delete it",
        "clusters/eve.yaml:2: warning: is not YAML: did not find expected node content; "
        "check the indentation, colons and quotes here",
    ]


def test_clashes_of_two_other_clusters_are_warnings(root: Path) -> None:
    add(root, "bob", GOOD + STATE)
    add(root, "eve", GOOD + STATE)
    assert [line.split(" got")[0] for line in warnings(root, "ada")] == [
        "clusters/bob.yaml:10: state.key: warning: is the key in clusters/eve.yaml too, "
        "in the same bucket,",
        "clusters/eve.yaml:10: state.key: warning: is the key in clusters/bob.yaml too, "
        "in the same bucket,",
    ]


def test_one_bucket_and_one_table_are_created_by_one_cluster_only(root: Path) -> None:
    add(root, "ada", GOOD + CREATE)
    add(root, "bob", GOOD + CREATE.replace("us-west-2.tfstate", "bob.tfstate"))
    assert problems(root) == [
        "clusters/ada.yaml:10: state.create: creates a bucket that clusters/bob.yaml creates too, "
        "got states; say create in one of the two",
        "clusters/ada.yaml:10: state.dynamodb_table: is a table that clusters/bob.yaml creates "
        "too, got locks; say create in one of the two, or name two tables",
        "clusters/bob.yaml:10: state.create: creates a bucket that clusters/ada.yaml creates too, "
        "got states; say create in one of the two",
        "clusters/bob.yaml:10: state.dynamodb_table: is a table that clusters/ada.yaml creates "
        "too, got locks; say create in one of the two, or name two tables",
    ]


def test_tables_of_two_accounts_or_regions_may_be_called_alike(root: Path) -> None:
    other = CREATE.replace("bucket: states", "bucket: others")
    add(root, "ada", GOOD + CREATE + 'account_id: "111111111111"\n')
    add(root, "bob", GOOD + other + 'account_id: "222222222222"\n')
    add(root, "eve", GOOD + CREATE.replace("states", "third").replace("us-west-2,", "eu-west-1,"))
    assert len(load(root, today=TODAY).clusters) == 3


def test_a_cluster_may_not_be_called_like_anothers_state_stack(root: Path) -> None:
    add(root, "ada", GOOD + CREATE)
    add(root, "ada-state")
    assert problems(root) == [
        "clusters/ada-state.yaml:1: name: makes a stack that is called like that of "
        f"clusters/ada.yaml, got ada-state; {RENAME}",
        "clusters/ada.yaml:10: state.create: makes a stack that is called like that of "
        f"clusters/ada-state.yaml, got ada-state; {RENAME}",
    ]


def test_names_that_two_clusters_compose_alike_are_refused(root: Path) -> None:
    (root / "clusters" / "ada.yaml").unlink()
    add(root, "a", GOOD.replace("  node:", "  b-node:"))
    add(root, "a-node-b")
    assert problems(root) == [
        "clusters/a-node-b.yaml:7: node_groups.node: makes an autoscaling group that "
        f"clusters/a.yaml makes too, got a-node-b-node; {RENAME}",
        "clusters/a.yaml:7: node_groups.b-node: makes an autoscaling group that "
        f"clusters/a-node-b.yaml makes too, got a-node-b-node; {RENAME}",
    ]


def test_a_role_of_pods_is_called_like_no_role_of_another_cluster(root: Path) -> None:
    (root / "clusters" / "ada.yaml").unlink()
    role = "{namespace: a, service_account: b, policies: ['arn:aws:iam::aws:policy/c']}"
    add(root, "a", GOOD + f"pod_identity: {{by: [irsa], roles: {{node: {role}}}}}\n")
    add(root, "a-pod")
    assert problems(root) == [
        "clusters/a-pod.yaml:1: name: makes a role that clusters/a.yaml makes too, got a-pod-node; "
        f"{RENAME}",
        "clusters/a.yaml:10: pod_identity.roles.node: makes a role that clusters/a-pod.yaml makes "
        f"too, got a-pod-node; {RENAME}",
    ]


def test_an_elastic_address_is_of_one_gateway(root: Path) -> None:
    section = "networking: {nat_eips: [eipalloc-0abc1234]}\n"
    add(root, "ada", GOOD + section)
    add(root, "bob", GOOD + section)
    todo = "name another in one of the two"
    assert problems(root, "bob") == [
        "clusters/bob.yaml:10: networking.nat_eips[0]: is an address of clusters/ada.yaml too, and "
        f"EC2 gives it to one gateway, got eipalloc-0abc1234; {todo}",
    ]


def test_names_in_two_regions_or_accounts_may_be_alike(root: Path) -> None:
    (root / "clusters" / "ada.yaml").unlink()
    add(root, "a", GOOD.replace("  node:", "  b-node:"))
    add(root, "a-node-b", GOOD.replace("us-west-2", "eu-west-1"))
    assert len(load(root, today=TODAY).clusters) == 2
