"""The faults of moto that Packer's Amazon plugin meets, each mended by one function.

As in `moto_fixes`: each says the fault, replaces the method that has it, and is independent.
"""

from typing import Any

from moto.core.responses import ActionResult
from moto.ec2.models.amis import Ami, AmiBackend
from moto.ec2.responses.amis import AmisResponse


def install() -> None:
    """Mend them all; once a process, since moto is patched in place."""
    tag_the_snapshots_of_a_new_image()
    tell_when_an_image_is_old()


def tag_the_snapshots_of_a_new_image() -> None:
    """Fault: an image cannot be made with tags for its snapshots."""
    create = AmiBackend.create_image

    def create_image(
        self: Any, instance_id: str, name: str, description: str, tag_specifications: Any
    ) -> Ami:
        of_the_image = [each for each in tag_specifications if each["ResourceType"] != "snapshot"]
        image = create(self, instance_id, name, description, of_the_image)
        for each in tag_specifications:
            if each["ResourceType"] == "snapshot":
                for tag in each["Tags"]:
                    self.create_tags([image.ebs_snapshot.id], {tag["Key"]: tag["Value"]})
        return image

    AmiBackend.create_image = create_image  # type: ignore[method-assign]


def tell_when_an_image_is_old() -> None:
    """Fault: EnableImageDeprecation is missing."""

    def enable_image_deprecation(self: Any) -> ActionResult:
        (image,) = self.ec2_backend.describe_images(ami_ids=[self._get_param("ImageId")])
        told = self._get_param("DeprecateAt")
        image.deprecation_time = told.strftime("%Y-%m-%dT%H:%M:%S.000Z")
        return ActionResult({"Return": True})

    AmisResponse.enable_image_deprecation = enable_image_deprecation  # type: ignore[attr-defined]
