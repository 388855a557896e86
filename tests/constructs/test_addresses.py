"""A construct's id is its Terraform address, once."""

import json
from typing import Any

import cdktf
import pytest
from cdktf import TerraformOutput, TerraformStack
from cdktf_cdktf_provider_aws.data_aws_vpc import DataAwsVpc
from cdktf_cdktf_provider_aws.vpc import Vpc
from constructs import Construct

from constructs_lib.terraform import addresses
from constructs_lib.terraform.literals import literal


@pytest.fixture
def stack() -> addresses.Stack:
    return addresses.Stack(cdktf.Testing.app(), "a-stack")


def vpc(scope: Construct, id_: str) -> Vpc:
    return Vpc(scope, id_, cidr_block="10.0.0.0/16")


def synthesised(stack: TerraformStack) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(cdktf.Testing.synth(stack))["resource"]
    return found


def test_address_is_the_id_however_deep_it_stands(stack: addresses.Stack) -> None:
    vpc(Construct(Construct(stack, "outer"), "inner"), "aws_vpc.k8s")

    assert list(synthesised(stack)) == ["aws_vpc"]
    assert list(synthesised(stack)["aws_vpc"]) == ["k8s"]


def test_address_made_twice_is_refused_with_both_places(stack: addresses.Stack) -> None:
    vpc(Construct(stack, "one"), "aws_vpc.k8s")
    vpc(Construct(stack, "two"), "aws_vpc.k8s")

    with pytest.raises(
        addresses.AddressError,
        match=r"^aws_vpc.k8s is made twice, as a-stack/one/aws_vpc.k8s and as "
        r"a-stack/two/aws_vpc.k8s; give one of them another id$",
    ):
        addresses.check(stack)


def test_id_without_its_type_is_refused(stack: addresses.Stack) -> None:
    vpc(stack, "k8s")

    with pytest.raises(addresses.AddressError, match=r"a-stack/k8s is an id without its type"):
        addresses.check(stack)


def test_one_name_fits_a_resource_and_a_data_source(stack: addresses.Stack) -> None:
    vpc(stack, "aws_vpc.k8s")
    DataAwsVpc(stack, "data.aws_vpc.k8s")

    addresses.check(stack)


def test_every_is_a_splat(stack: addresses.Stack) -> None:
    network = vpc(stack, "aws_vpc.k8s")
    TerraformOutput(stack, "output.ranges", value=addresses.every(network, "cidr_block"))

    output = json.loads(cdktf.Testing.synth(stack))["output"]
    assert output == {"ranges": {"value": "${aws_vpc.k8s[*].cidr_block}"}}


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("plain $ and % signs", "plain $ and % signs"),
        ("${HOME}", "$${HOME}"),
        ("%{ if }", "%%{ if }"),
    ],
)
def test_literal_text_starts_no_expression(text: str, written: str) -> None:
    assert literal(text) == written
