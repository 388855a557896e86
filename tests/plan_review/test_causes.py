"""Where replacements start: followed through references, modules, indexes and variables."""

from __future__ import annotations

from typing import Any

from plan_review import review
from plan_review.report.markdown import cause_line, markdown

from .build import CREATE, REPLACE, change, plan, refs, resource, reviewed, update

VPC, SUBNET, NAT = "aws_vpc.k8s", "aws_subnet.public", "aws_nat_gateway.nat"


def replaced(
    address: str, path: str, old: Any = None, new: Any = None, **rest: Any
) -> dict[str, Any]:
    """A replacement forced by one argument; without a new value it is known after the apply."""
    before = {path: old or f"{path}-1"}
    unknown = {path: True} if new is None else {}
    after = {} if new is None else {path: new}
    return change(address, REPLACE, before, after, unknown, replace_paths=[[path]], **rest)


def test_a_chain_of_references_is_followed_to_its_start() -> None:
    result = reviewed(
        replaced(VPC, "cidr_block", "10.1.0.0/16", "10.2.0.0/16"),
        replaced(SUBNET, "vpc_id"),
        replaced(NAT, "subnet_id"),
        configuration=[
            resource(VPC, cidr_block={"constant_value": "10.2.0.0/16"}),
            resource(SUBNET, vpc_id=refs("aws_vpc.k8s.id")),
            resource(NAT, subnet_id=refs("aws_subnet.public.id")),
        ],
    )
    (cause,) = result.causes
    assert (cause.addresses, cause.argument, cause.takes) == ((VPC,), "cidr_block", 2)
    assert cause_line(cause, result.facts.mask) == (
        "`aws_vpc.k8s`: `cidr_block` `10.1.0.0/16` → `10.2.0.0/16` **takes 2 more with it**"
    )


def test_references_beside_a_constant_count_as_cdktf_writes_them() -> None:
    expression = {"constant_value": "${aws_vpc.k8s.id}", **refs("aws_vpc.k8s.id")}
    result = reviewed(
        replaced(VPC, "cidr_block", "a", "b"),
        replaced(SUBNET, "vpc_id"),
        configuration=[resource(VPC), resource(SUBNET, vpc_id=expression)],
    )
    assert [(cause.addresses, cause.takes) for cause in result.causes] == [((VPC,), 1)]


def test_an_index_points_at_its_own_twin() -> None:
    association = "aws_route_table_association.a"
    result = reviewed(
        replaced("aws_subnet.s[0]", "availability_zone", "a", "b"),
        change("aws_subnet.s[1]", ["no-op"], {}, {}),
        replaced(f"{association}[0]", "subnet_id"),
        configuration=[
            resource("aws_subnet.s", availability_zone=refs("local.zones", "count.index")),
            resource(association, subnet_id=refs("aws_subnet.s", "count.index")),
        ],
    )
    (cause,) = result.causes
    assert (cause.addresses, cause.takes) == (("aws_subnet.s[0]",), 1)


def test_twins_with_the_same_argument_are_one_line_with_all_their_values() -> None:
    result = reviewed(
        replaced("aws_subnet.s[0]", "availability_zone", "a", "c"),
        replaced("aws_subnet.s[1]", "availability_zone", "b", "a"),
        configuration=[resource("aws_subnet.s", availability_zone=refs("local.zones"))],
    )
    (cause,) = result.causes
    assert (cause.before, cause.after) == (("a", "b"), ("c", "a"))


def test_a_variable_that_several_read_is_named_once() -> None:
    result = reviewed(
        replaced("aws_iam_role.r", "name", "a", "b"),
        replaced("aws_s3_bucket.b", "bucket", "a-logs", "b-logs"),
        configuration=[
            resource("aws_iam_role.r", name=refs("var.cluster_name")),
            resource("aws_s3_bucket.b", bucket=refs("var.cluster_name")),
        ],
    )
    (cause,) = result.causes
    assert cause.variables == ("var.cluster_name",)
    line = cause_line(cause, result.facts.mask)
    assert line.startswith("`var.cluster_name` is read by 2 resources that cannot change in place")


def test_references_are_followed_through_module_arguments_and_outputs() -> None:
    document = plan(
        replaced("module.net.aws_vpc.k8s", "cidr_block", "a", "b"),
        replaced("module.eks.aws_security_group.nodes", "vpc_id"),
    )
    document["configuration"] = {
        "root_module": {
            "module_calls": {
                "net": {
                    "module": {
                        "resources": [resource("aws_vpc.k8s", cidr_block=refs("var.cidr"))],
                        "outputs": {"vpc_id": {"expression": refs("aws_vpc.k8s.id")}},
                    },
                    "expressions": {"cidr": refs("var.vpc_cidr")},
                },
                "eks": {
                    "expressions": {"vpc_id": refs("module.net.vpc_id")},
                    "module": {
                        "resources": [
                            resource("aws_security_group.nodes", vpc_id=refs("var.vpc_id"))
                        ]
                    },
                },
            }
        }
    }
    (cause,) = review(document).causes
    assert cause.addresses == ("module.net.aws_vpc.k8s",)
    assert (cause.takes, cause.variables) == (1, ("var.vpc_cidr",))


def test_a_value_unknown_because_of_something_new_names_it() -> None:
    result = reviewed(
        change("aws_subnet.s[2]", CREATE, None, {}),
        replaced("aws_eks_node_group.apps", "subnet_ids", ["subnet-1"]),
        configuration=[
            resource("aws_subnet.s"),
            resource("aws_eks_node_group.apps", subnet_ids=refs("aws_subnet.s")),
        ],
    )
    assert [cause.through for cause in result.causes] == [("aws_subnet.s[2]",)]


def test_references_in_a_circle_end() -> None:
    result = reviewed(
        replaced("aws_x.a", "v"),
        replaced("aws_x.b", "v"),
        configuration=[
            resource("aws_x.a", v=refs("aws_x.b.id")),
            resource("aws_x.b", v=refs("aws_x.a.id")),
        ],
    )
    assert result.causes == ()


def test_a_tainted_object_is_its_own_cause() -> None:
    tainted = change("aws_x.a", REPLACE, {}, {}, action_reason="replace_because_tainted")
    (cause,) = reviewed(tainted).causes
    assert cause.reason == "It is marked as tainted."


def test_the_construct_path_is_named_where_the_stack_is_known() -> None:
    stack = {
        "//": {"metadata": {"stackName": "lovelace"}},
        "resource": {"aws_vpc": {"k8s": {"//": {"metadata": {"path": "lovelace/network/k8s"}}}}},
    }
    result = reviewed(replaced(VPC, "cidr_block", "a", "b"), stack=stack)
    assert result.causes[0].construct_paths == ("lovelace/network/k8s",)
    report = markdown(result)
    assert "## 🟠" not in report
    assert "Plan review — lovelace" in report
    assert report.count("lovelace/network/k8s") == 2


def test_an_update_is_no_cause() -> None:
    assert reviewed(update("aws_x.a", {"v": "1"}, v="2")).causes == ()
