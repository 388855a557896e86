"""Plans of other programs and versions, and plans that change no object."""

from __future__ import annotations

import ast
import gzip
import html
import json
import re
from pathlib import Path
from typing import Any

import pytest

from plan_review import Review, ReviewError, parse_plan, review
from plan_review.report import words
from plan_review.report.machine import as_json
from plan_review.report.markdown import markdown
from plan_review.report.terminal import text
from plan_review.report.web import as_html

from .build import (
    CREATE,
    DELETE,
    REPLACE,
    change,
    cluster,
    found,
    plan,
    refs,
    resource,
    reviewed,
    same,
    update,
)

TOFU = Path(__file__).parent / "plans" / "tofu"
OPENTOFU = {"aws": {"name": "aws", "full_name": "registry.opentofu.org/hashicorp/aws"}}


def tofu(*changes: Any, resources: list[Any], **rest: Any) -> dict[str, Any]:
    """A plan as OpenTofu writes it: neither `complete` nor `applyable`."""
    document = plan(*changes, terraform_version="1.12.6", **rest)
    del document["complete"]
    root = {"resources": resources, **rest.get("root", {})}
    document["configuration"] = {"provider_config": OPENTOFU, "root_module": root}
    return document


VPC, TABLE = "aws_vpc.v", "aws_dynamodb_table.t"


def test_a_plan_of_opentofu_is_whole_where_every_resource_has_an_entry() -> None:
    both = [resource(VPC), resource(TABLE)]
    changes = (same(VPC, {"id": "vpc-1"}), same(TABLE, {"id": "t"}))
    assert found(review(tofu(*changes, resources=both))) == []
    result = review(tofu(changes[0], resources=both))
    assert found(result) == [("PLAN02", "review")]
    assert not result.is_whole
    assert f"`{TABLE}`" in result.findings[0].why


@pytest.mark.parametrize(
    "block",
    [
        resource(TABLE, count_expression={"constant_value": 0}),
        resource(TABLE, for_each_expression=refs("var.tables")),
        {**resource(TABLE), "lifecycle": {"enabled": refs("var.on")}},
        {**resource(TABLE), "mode": "data"},
    ],
)
def test_what_may_have_no_instance_is_not_missed(block: dict[str, Any]) -> None:
    assert found(review(tofu(same(VPC, {"id": "v"}), resources=[resource(VPC), block]))) == []


def test_a_resource_with_instances_and_one_in_a_module_are_found() -> None:
    instances = [same(f"{TABLE}[{n}]", {"id": str(n)}) for n in range(2)]
    assert found(review(tofu(*instances, resources=[resource(TABLE)]))) == []
    calls = {"net": {"module": {"resources": [resource(VPC)]}}}
    document = tofu(resources=[])
    document["configuration"]["root_module"]["module_calls"] = calls
    result = review(document)
    assert "`module.net.aws_vpc.v`" in result.findings[0].why
    calls["net"]["count_expression"] = {"constant_value": 0}
    assert found(review(document)) == []


def test_a_plan_of_terraform_that_says_it_is_complete_is_believed() -> None:
    assert found(reviewed(same(VPC, {"id": "v"}), configuration=[resource(TABLE)])) == []


def test_opentofu_is_called_by_its_name() -> None:
    reason = {"action_reason": "replace_because_tainted"}
    gone = change("aws_sfn_state_machine.x", REPLACE, {"name": "x"}, {"name": "x"}, **reason)
    report = markdown(review(tofu(gone, resources=[])))
    assert "OpenTofu 1.12.6" in report
    assert "`tofu untaint`" in report
    assert "Terraform" not in report
    ours = change("aws_eks_cluster.a", REPLACE, cluster(), cluster(), **reason)
    assert "`tofu untaint` it" in markdown(review(tofu(ours, resources=[])))
    assert "Terraform 1.11.4" in markdown(reviewed(gone))


def test_a_refusal_of_opentofus_is_called_so() -> None:
    back = update("aws_eks_cluster.a", cluster(version="1.36"), version="1.34")
    report = markdown(review(tofu(back, resources=[])))
    assert "AWS or OpenTofu refuses part of it" in report
    assert "Terraform" not in report


def test_rules_name_the_program_in_their_own_sentences_alone() -> None:
    """Those are called by the plan's program; what a match puts into them stays as it is."""
    elsewhere = []
    for path in sorted((Path(parse_plan.__code__.co_filename).parents[1] / "rules").glob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        own = {
            id(node)
            for function in ast.walk(tree)
            for node in (
                *(getattr(function, "decorator_list", ())),
                *(getattr(function, "body", ()) if isinstance(function, _DOCUMENTED) else ())[:1],
            )
            for node in ast.walk(node)
        }
        elsewhere += [
            f"{path.name}:{node.lineno}"
            for node in ast.walk(tree)
            if isinstance(node, ast.Constant)
            and re.search(r"Terraform|`terraform ", str(node.value))
            and id(node) not in own
            and path.name != "findings.py"  # which does the calling
        ]
    assert elsewhere == []


_DOCUMENTED = ast.Module | ast.FunctionDef | ast.ClassDef


def test_an_encrypted_plan_is_named() -> None:
    encrypted = {"meta": {}, "encrypted_data": "eA==", "encryption_version": "v0"}
    with pytest.raises(ReviewError, match=r"encrypted by OpenTofu; .* tofu show -json"):
        parse_plan(json.dumps(encrypted).encode())


def action(**trigger: str) -> dict[str, Any]:
    invocation: dict[str, Any] = {
        "address": "action.aws_ec2_stop_instance.stop",
        "type": "aws_ec2_stop_instance",
        "name": "stop",
        "config_values": {"instance_id": "i-1", "token": "hunter2-not-a-real-secret"},
        "config_sensitive": {},
        "provider_name": "registry.terraform.io/hashicorp/aws",
    }
    if trigger:
        return {**invocation, "lifecycle_action_trigger": trigger}
    return {**invocation, "invoke_action_trigger": {}}


def test_a_plan_with_nothing_but_an_action_is_not_one_without_changes() -> None:
    result = reviewed(action_invocations=[action()])
    assert found(result) == [("ACT01", "review")]
    report = markdown(result)
    assert words.NO_CHANGES not in report
    assert "1 action to run" in report
    assert "instance_id = i-1" in report
    assert "hunter2" not in report


def test_what_starts_an_action_is_told_and_a_deferred_one_counts() -> None:
    trigger = {"action_trigger_event": "AfterUpdate", "triggering_resource_address": "aws_vpc.v"}
    result = reviewed(action_invocations=[action(**trigger)])
    assert "It runs after update of aws_vpc.v." in result.findings[0].why
    put_off = {"reason": "instance_count_unknown", "action_invocation": action()}
    result = reviewed(deferred_action_invocations=[put_off])
    assert found(result) == [("ACT01", "review")]
    assert "put off to a later plan" in result.findings[0].why


def test_two_plans_that_run_other_actions_have_other_fingerprints() -> None:
    one, none = reviewed(action_invocations=[action()]), reviewed()
    assert one.fingerprint != none.fingerprint


def test_deferred_changes_are_named() -> None:
    entry = {"reason": "instance_count_unknown", "resource_change": {"address": TABLE}}
    result = reviewed(deferred_changes=[entry])
    assert found(result) == [("PLAN02", "review")]
    assert f"1 change is put off to a later plan: `{TABLE}`." in result.findings[0].why


def test_ephemeral_resources_and_open_checks_are_counted() -> None:
    secret = change("aws_secretsmanager_secret_version.s", ["open"], None, None, mode="ephemeral")
    check = {"address": {"to_display": "check.web"}, "status": "unknown"}
    result = reviewed(secret, checks=[check])
    assert result.notes == (
        "1 ephemeral resource opened for the run, kept in no state.",
        "1 check decided only during the apply.",
    )


GROUP = "aws_security_group.nodes"


def rule(source: str) -> dict[str, Any]:
    return {
        "from_port": 22,
        "to_port": 22,
        "protocol": "tcp",
        "cidr_blocks": [source],
        "ipv6_cidr_blocks": [],
        "security_groups": [],
        "self": False,
    }


def group(*sources: str) -> dict[str, Any]:
    return {"id": "sg-1", "name": "nodes", "ingress": [rule(source) for source in sources]}


def drifted(*sources: str) -> dict[str, Any]:
    return update(GROUP, group(), ingress=group(*sources)["ingress"])


SET = [resource(GROUP, ingress=refs("var.ingress"), name={})]


def refresh_only(*drift: dict[str, Any], **rest: Any) -> dict[str, Any]:
    document = plan(resource_drift=list(drift), applyable=True, **rest)
    del document["resource_changes"]
    return document


def test_a_refresh_only_plan_that_takes_over_an_opening_is_a_security_finding() -> None:
    result = review(refresh_only(drifted("0.0.0.0/0"), configuration=SET))
    assert found(result) == [("SG02", "security"), ("DRIFT02", "review")]
    assert result.findings[0].title.startswith("By hand: tcp/22 opened")
    assert words.NO_CHANGES not in markdown(result)
    closed = update(GROUP, group("0.0.0.0/0"), ingress=[])
    assert found(review(refresh_only(closed, configuration=SET))) == [("DRIFT02", "review")]


def test_a_refresh_only_plan_without_a_configuration_is_judged_too() -> None:
    assert found(review(refresh_only(drifted("0.0.0.0/0")))) == [
        ("SG02", "security"),
        ("DRIFT02", "review"),
    ]


def test_a_refresh_only_plan_of_noise_changes_the_state_only() -> None:
    noise = update("aws_vpc.v", {"id": "v", "tags": None, "a": None}, tags={}, a=False)
    result = review(refresh_only(noise))
    assert found(result) == []
    assert words.REFRESH_ONLY in markdown(result)


def test_a_refresh_only_plan_names_what_was_deleted_by_hand_once() -> None:
    result = review(refresh_only(change(TABLE, DELETE, {"name": "t"})))
    assert found(result) == [("DRIFT02", "review")]
    assert markdown(result).count("deleted by hand") == 1


def test_an_opening_by_hand_that_a_plan_leaves_is_a_security_finding() -> None:
    open_now = group("0.0.0.0/0")
    drift = [drifted("0.0.0.0/0")]
    kept = reviewed(same(GROUP, open_now), resource_drift=drift, configuration=SET)
    assert found(kept) == [("SG02", "security")]
    undone = reviewed(update(GROUP, open_now, ingress=[]), resource_drift=drift, configuration=SET)
    assert found(undone) == [("DRIFT01", "review")]
    not_set = reviewed(same(GROUP, open_now), resource_drift=drift, configuration=[resource(GROUP)])
    assert found(not_set) == []


TABLE_OF_ROUTES = {"id": "rtb-1", "route": [{"cidr_block": "0.0.0.0/0", "nat_gateway_id": "n"}]}


def test_the_region_that_provider_6_writes_is_book_keeping() -> None:
    routes = [
        update(f"aws_route_table.r{n}", {**TABLE_OF_ROUTES, "region": None}, region="us-west-2")
        for n in range(4)
    ]
    association = {"id": "a", "route_table_id": "rtb-1", "region": None}
    moved = update("aws_route_table_association.a", association, region="us-west-2")
    result = reviewed(*routes, moved)
    assert found(result) == []
    assert result.notes == (
        "The state of 5 objects learns the region: book-keeping of version 6 of the AWS "
        "provider, nothing changes in AWS.",
    )


def test_a_real_change_of_region_is_named_as_the_cause() -> None:
    before = {"id": "t", "name": "orders", "region": "us-west-2"}
    moved = change(
        TABLE, REPLACE, before, {**before, "region": "eu-west-1"}, replace_paths=[["region"]]
    )
    result = reviewed(moved)
    assert found(result) == [("DATA02", "data-loss")]
    assert "Forced by `region`." in result.findings[0].why
    assert [(cause.argument, cause.after) for cause in result.causes] == [
        ("region", ("eu-west-1",))
    ]


def test_an_update_of_a_computed_value_alone_says_so() -> None:
    nat = {"id": "nat-1", "allocation_id": "eip-1"}
    opened = update("aws_nat_gateway.n", nat, unknown={"regional_nat_gateway_address": True})
    block = [resource("aws_nat_gateway.n", allocation_id=refs("aws_eip.n.id"))]
    result = reviewed(opened, configuration=block)
    assert found(result) == []
    assert "only values that the provider computes" in result.notes[0]


def options(**values: Any) -> list[tuple[str, str]]:
    eks = cluster(
        kube_api_server_config=[{"service_node_port_range": [{"min_port": 30000}]}],
        control_plane_scaling_config=[{"tier": "tier-xl"}],
        vpc_config={"control_plane_egress_mode": "CUSTOMER_ROUTED"},
    )
    if "egress" in values:
        mode = {"control_plane_egress_mode": values.pop("egress")}
        values["vpc_config"] = [{**eks["vpc_config"][0], **mode}]
    return found(reviewed(update("aws_eks_cluster.c", eks, **values)))


def test_the_options_of_provider_6_have_rules() -> None:
    def ports(first: int, last: int) -> dict[str, Any]:
        span = [{"min_port": first, "max_port": last}]
        return {"kube_api_server_config": [{"service_node_port_range": span}]}

    assert options(egress="AWS_MANAGED") == [("EKS22", "will-fail")]
    assert options(egress="CUSTOMER_ISOLATED") == [("EKS22", "review")]
    assert options(egress="CUSTOMER_ROUTED") == []
    assert options(**ports(31000, 32767)) == [("EKS23", "disruption")]
    assert options(**ports(20000, 32767)) == [("EKS23", "review")]
    assert options(**ports(30000, 32767)) == []
    assert options(control_plane_scaling_config=[{"tier": "standard"}]) == [("EKS24", "disruption")]
    assert options(control_plane_scaling_config=[{"tier": "tier-4xl"}]) == [("EKS24", "review")]


def test_a_capability_that_goes_disturbs() -> None:
    argo = {"capability_name": "argocd", "type": "ARGOCD", "delete_propagation_policy": "RETAIN"}
    gone = change("aws_eks_capability.a", DELETE, argo)
    result = reviewed(same("aws_eks_cluster.c", cluster()), gone)
    assert found(result) == [("EKS25", "disruption")]
    assert "What it made stays." in result.findings[0].why
    assert found(reviewed(change("aws_eks_capability.a", CREATE, None, argo))) == []


def test_a_lifted_block_of_client_keys_is_a_security_finding() -> None:
    address = "aws_s3_bucket_server_side_encryption_configuration.s"
    blocked = {"bucket": "orders", "rule": [{"blocked_encryption_types": ["SSE-C"]}]}
    lifted = update(address, blocked, rule=[{"blocked_encryption_types": []}])
    assert found(reviewed(lifted)) == [("PUB05", "security")]
    open_ = {"bucket": "orders", "rule": [{"blocked_encryption_types": []}]}
    assert found(reviewed(update(address, open_, rule=blocked["rule"]))) == []


def of_tofu(name: str) -> Review:
    return review(parse_plan(gzip.decompress((TOFU / f"{name}.json.gz").read_bytes())))


BY_TOFU = {
    "exclude": [("DATA03", "review"), ("PLAN02", "review")],
    "removed_block": [("TF01", "review")],
    "moved_and_tags": [],
    "queue_replaced": [("DATA02", "data-loss")],
    "not_enabled": [("DATA02", "data-loss")],
}


@pytest.mark.parametrize("name", sorted(BY_TOFU))
def test_a_plan_that_opentofu_has_written_is_judged(name: str) -> None:
    result = of_tofu(name)
    assert found(result) == BY_TOFU[name]
    assert result.facts.plan.program == "OpenTofu"
    assert result.is_whole is (name != "exclude")
    for written in (markdown(result), text(result), as_html(result), as_json(result)):
        assert "not-a-real-secret" not in written


def test_every_plan_of_opentofu_has_an_expectation() -> None:
    assert sorted(path.name.removesuffix(".json.gz") for path in TOFU.iterdir()) == sorted(BY_TOFU)


def test_opentofus_own_reasons_are_said() -> None:
    assert "aws_security_group.db" in of_tofu("exclude").findings[1].why
    assert "Its `enabled` is false." in of_tofu("not_enabled").findings[0].why
    assert of_tofu("removed_block").findings[0].title.startswith("OpenTofu forgets")


def test_a_move_and_an_import_are_shown_in_every_report() -> None:
    moved = of_tofu("moved_and_tags")
    line = "aws_sqs_queue.orders -> aws_sqs_queue.incoming"
    imported = reviewed(same("aws_s3_bucket.b", {"bucket": "b"}, importing={"id": "the-bucket"}))
    for result, shown in ((moved, line), (imported, "aws_s3_bucket.b <- the-bucket")):
        assert shown in markdown(result)
        assert shown in text(result)
        assert shown in html.unescape(as_html(result))


def test_opentofu_with_a_provider_of_terraforms_registry_is_known_by_what_it_lacks() -> None:
    document = tofu(same(VPC, {"id": "vpc-1"}), resources=[resource(VPC)])
    provider = {"aws": {"name": "aws", "full_name": "registry.terraform.io/hashicorp/aws"}}
    document["configuration"]["provider_config"] = provider
    assert parse_plan(json.dumps(document).encode()).program == "OpenTofu"
    document["complete"] = True
    assert parse_plan(json.dumps(document).encode()).program == "Terraform"
