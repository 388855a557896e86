"""One test a fault: it fails on plain moto."""

import pytest


@pytest.fixture
def ec2(aws):
    return aws.client("ec2")


@pytest.fixture
def instance_id(aws, ec2):
    started = ec2.run_instances(ImageId=aws.add_image("base"), MinCount=1, MaxCount=1)
    return started["Instances"][0]["InstanceId"]


def describe(ec2, image_id):
    return ec2.describe_images(ImageIds=[image_id])["Images"][0]


def test_an_image_is_made_with_tags_for_itself_and_its_snapshots(ec2, instance_id):
    tags = {kind: [{"Key": "Name", "Value": kind}] for kind in ("image", "snapshot")}
    image_id = ec2.create_image(
        InstanceId=instance_id,
        Name="tagged",
        TagSpecifications=[{"ResourceType": kind, "Tags": given} for kind, given in tags.items()],
    )["ImageId"]
    image = describe(ec2, image_id)
    assert image["Tags"] == tags["image"]
    (mapping,) = image["BlockDeviceMappings"]
    (snapshot,) = ec2.describe_snapshots(SnapshotIds=[mapping["Ebs"]["SnapshotId"]])["Snapshots"]
    assert snapshot["Tags"] == tags["snapshot"]


def test_an_image_is_told_when_it_is_old(ec2, instance_id):
    image_id = ec2.create_image(InstanceId=instance_id, Name="old")["ImageId"]
    ec2.enable_image_deprecation(ImageId=image_id, DeprecateAt="2027-01-01T00:00:00Z")
    assert describe(ec2, image_id)["DeprecationTime"] == "2027-01-01T00:00:00.000Z"
