"""The faults of moto that the options of a spec meet, each mended by one function.

As in `moto_fixes`: each says the fault, replaces the method that has it, and is independent.
"""

from typing import Any

from moto.autoscaling.models import FakeAutoScalingGroup
from moto.autoscaling.responses import AutoScalingResponse
from moto.core.responses import ActionResult
from moto.ec2.models.launch_templates import LaunchTemplate, LaunchTemplateBackend
from moto.ec2.models.nat_gateways import NatGateway
from moto.ec2.models.subnets import Subnet
from moto.ec2.responses.flow_logs import FlowLogs
from moto.logs.models import LogGroup
from moto.logs.responses import LogsResponse

GROUP_ARGUMENTS = {
    "DefaultInstanceWarmup": "default_instance_warmup",
    "MaxInstanceLifetime": "max_instance_lifetime",
    "InstanceMaintenancePolicy": "instance_maintenance_policy",
    "AvailabilityZoneDistribution": "availability_zone_distribution",
}
"""Of an autoscaling group: the name in the API, and the attribute that moto's answer reads."""

NOT_SET = {
    "DefaultInstanceWarmup": ["-1"],
    "MaxInstanceLifetime": ["0"],
    "InstanceMaintenancePolicy": ["-1", "-1"],
}
"""What takes an argument away again; of a mapping, its values.

https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_InstanceMaintenancePolicy.html
"""


def install() -> None:
    """Mend them all; once a process, since moto is patched in place."""
    find_subnets_by_their_ipv6_block()
    tell_the_state_of_a_subnets_ipv6_block()
    keep_a_launch_templates_own_tags_to_itself()
    keep_every_argument_of_an_autoscaling_group()
    keep_how_flow_logs_are_written()
    tell_where_a_nat_gateway_is_available()
    keep_the_class_of_a_log_group()
    tell_of_tags_that_a_launch_template_was_given_later()


def _replace(owner: type, name: str, method: Any) -> None:
    setattr(owner, name, method)


def find_subnets_by_their_ipv6_block() -> None:
    """Fault: the filter that the provider waits with for a subnet's IPv6 block is missing."""
    get = Subnet.get_filter_value

    def get_filter_value(self: Subnet, filter_name: str, method_name: str | None = None) -> Any:
        if filter_name == "ipv6-cidr-block-association.association-id":
            return list(self.ipv6_cidr_block_associations)
        return get(self, filter_name, method_name)

    _replace(Subnet, "get_filter_value", get_filter_value)


def tell_the_state_of_a_subnets_ipv6_block() -> None:
    """Fault: the state of a subnet's IPv6 block is the text of a mapping that holds it."""

    def associations(self: Subnet) -> list[dict[str, Any]]:
        return [
            {
                "associationId": each["associationId"],
                "ipv6CidrBlock": each["ipv6CidrBlock"],
                "ipv6CidrBlockState": {"state": each["ipv6CidrBlockState"]["State"]},
            }
            for each in self.ipv6_cidr_block_associations.values()
            if each["ipv6CidrBlockState"]["State"] == "associated"
        ]

    _replace(Subnet, "ipv6_cidr_block_association_set", property(associations))


def keep_a_launch_templates_own_tags_to_itself() -> None:
    """Fault: the tags of a template come back as tags of what it launches."""
    create = LaunchTemplateBackend.create_launch_template

    def create_launch_template(
        self: Any, name: str, description: str, template_data: dict[str, Any], tag_spec: Any
    ) -> Any:
        launched = [
            each
            for each in template_data.pop("TagSpecifications", [])
            if each["ResourceType"] != "launch-template"
        ]
        if launched:
            template_data["TagSpecifications"] = launched
        return create(self, name, description, template_data, tag_spec)

    _replace(LaunchTemplateBackend, "create_launch_template", create_launch_template)


def keep_every_argument_of_an_autoscaling_group() -> None:
    """Fault: warm-up, lifetime, maintenance policy and distribution over zones are forgotten."""

    def keeping(answer: Any) -> Any:
        def answer_and_keep(self: Any) -> ActionResult:
            done: ActionResult = answer(self)
            group = self.autoscaling_backend.autoscaling_groups[
                self._get_param("AutoScalingGroupName")
            ]
            for argument, attribute in GROUP_ARGUMENTS.items():
                value = self._get_param(argument)
                if value is not None:
                    values = value.values() if isinstance(value, dict) else [value]
                    taken_away = [str(each) for each in values] == NOT_SET.get(argument)
                    setattr(group, attribute, None if taken_away else value)
            return done

        return answer_and_keep

    for attribute in GROUP_ARGUMENTS.values():
        _replace(FakeAutoScalingGroup, attribute, None)
    for method in ("create_auto_scaling_group", "update_auto_scaling_group"):
        _replace(AutoScalingResponse, method, keeping(getattr(AutoScalingResponse, method)))


def keep_how_flow_logs_are_written() -> None:
    """Fault: format and partitions of flow logs in S3 are forgotten."""
    create = FlowLogs.create_flow_logs

    def create_flow_logs(self: Any) -> ActionResult:
        before = set(self.ec2_backend.flow_logs)
        done = create(self)
        options = self._get_param("DestinationOptions")
        for name, flow_log in self.ec2_backend.flow_logs.items():
            if name not in before:
                flow_log.destination_options = options
        return done

    _replace(FlowLogs, "create_flow_logs", create_flow_logs)


def tell_where_a_nat_gateway_is_available() -> None:
    """Fault: a gateway does not say that it is one zone's, as EC2 does since there are others."""
    _replace(NatGateway, "availability_mode", "zonal")


def keep_the_class_of_a_log_group() -> None:
    """Fault: the class is forgotten, and no group says that it has one."""
    create, describe = LogsResponse.create_log_group, LogGroup.to_describe_dict

    def create_log_group(self: LogsResponse) -> str:
        done: str = create(self)
        group: Any = self.logs_backend.groups[self._get_param("logGroupName")]
        group.log_group_class = self._get_param("logGroupClass") or "STANDARD"
        return done

    def to_describe_dict(self: Any) -> dict[str, Any]:
        return {**describe(self), "logGroupClass": getattr(self, "log_group_class", "STANDARD")}

    _replace(LogsResponse, "create_log_group", create_log_group)
    _replace(LogGroup, "to_describe_dict", to_describe_dict)


def tell_of_tags_that_a_launch_template_was_given_later() -> None:
    """Fault: a template tells for ever of the tags that it was made with."""

    def tags(self: LaunchTemplate) -> Any:
        return self.get_tags()

    def forget(self: LaunchTemplate, _made_with: Any) -> None:
        """They are with EC2's other tags."""

    _replace(LaunchTemplate, "tags", property(tags, forget))
