"""The faults of moto that Terraform's AWS provider meets, each mended by one function.

Each function says the fault, replaces the method that has it, and is independent of the others.
When moto mends one, its function and its test go.
"""

import json
import re
import traceback
import uuid
from datetime import datetime
from typing import Any

from moto.autoscaling import models as autoscaling_models
from moto.autoscaling import responses as autoscaling_responses
from moto.autoscaling.exceptions import AutoscalingClientError, ValidationError
from moto.core.exceptions import ServiceException
from moto.core.responses import ActionResult, BaseResponse, EmptyResult
from moto.ec2.exceptions import DependencyViolationError
from moto.ec2.models import EC2Backend, ec2_backends
from moto.ec2.models.instances import Instance
from moto.ec2.models.security_groups import SecurityGroupBackend, SecurityGroupRule
from moto.ec2.responses.monitoring import Monitoring
from moto.iam.access_control import PermissionResult
from moto.s3.models import FakeBucket
from moto.ssm import models as ssm_models
from werkzeug.exceptions import HTTPException

from .eks.clusters import VERSIONS

OPTIMIZED_AMI_PARAMETERS = (
    re.compile(
        r"/aws/service/eks/optimized-ami/(?P<version>\d\.\d+)/amazon-linux-2023/"
        r"\w+/\w+/(?:recommended|amazon-eks-node-[\w.-]+-v\d{8})/"
        r"(?P<field>image_id|release_version)"
    ),
    re.compile(
        r"/aws/service/canonical/ubuntu/eks/[\d.]+/(?P<version>\d\.\d+)/stable/(?:current|[\d.]+)/"
        r"(?:amd64|arm64)/hvm/ebs-gp3/ami-(?P<field>id)"
    ),
    re.compile(
        r"/aws/service/bottlerocket/aws-k8s-(?P<version>\d\.\d+)(?:-nvidia)?/(?:x86_64|arm64)/"
        r"(?:latest|[\d.]+)/(?P<field>image_id|image_version)"
    ),
)
"""Amazon's and Canonical's."""


def install() -> None:
    """Mend them all; once a process, since moto is patched in place."""
    end_unfinished_calls_at_once()
    keep_description_of_rules_that_name_a_group()
    modify_rules_of_every_protocol()
    keep_what_a_lifecycle_hook_was_made_with()
    report_scaling_policies_as_enabled()
    start_instance_refreshes()
    refuse_to_delete_launch_configurations_in_use()
    launch_from_one_source_only()
    keep_mixed_instances_policy_on_other_updates()
    start_as_many_mixed_instances_as_wanted()
    switch_detailed_monitoring()
    publish_optimized_amis()
    size_volumes_as_their_image_has_them()
    remove_interface_of_deleted_nat_gateways()
    route_to_gateway_endpoints_by_further_tables()
    refuse_to_delete_security_groups_in_use()
    refuse_to_delete_subnets_in_use()
    refuse_to_detach_internet_gateways_in_use()
    refuse_to_delete_vpcs_in_use()
    see_every_request_as_encrypted()


def _replace(owner: type, name: str, method: Any) -> None:
    """Put a method in place of moto's, in place: whoever imported the class has it too."""
    setattr(owner, name, method)


# Every service


class NotEmulatedError(ServiceException):
    """moto lacks an operation, or fell over."""

    code = "NotEmulated"


def end_unfinished_calls_at_once() -> None:
    """Fault: an operation that moto lacks is a 500, and the provider tries a 500 25 times over."""
    call_action = BaseResponse.call_action

    def call_action_or_refuse(self: BaseResponse) -> Any:
        try:
            return call_action(self)
        except (ServiceException, HTTPException):
            raise
        except Exception as error:  # noqa: BLE001 - whatever it was, the caller must hear it now
            traceback.print_exc()
            message = f"the emulator has a fault: {type(error).__name__}: {error}"
            return self.serialized(ActionResult(NotEmulatedError(message)))

    _replace(BaseResponse, "call_action", call_action_or_refuse)


# Security group rules


def keep_description_of_rules_that_name_a_group() -> None:
    """Fault: the description of a rule whose source is a group is kept but not told."""

    def description(rule: SecurityGroupRule) -> str | None:
        return rule.ip_range.get("Description") or rule.source_group.get("Description")

    _replace(SecurityGroupRule, "description", property(description))


def modify_rules_of_every_protocol() -> None:
    """Fault: a rule of protocol -1 cannot be modified, nor can a rule's source group."""
    modify = SecurityGroupBackend.modify_security_group_rules

    def modify_rules(
        self: SecurityGroupBackend, group_id: str, rules: dict[str, dict[str, Any]]
    ) -> None:
        for change in rules.values():
            if change.get("IpProtocol") == "-1":
                change.setdefault("FromPort", -1)
                change.setdefault("ToPort", -1)
        modify(self, group_id, rules)
        group = self.get_security_group_by_name_or_id(group_id)
        for rule_id, change in rules.items():
            _finish_modification(group.get_rule(rule_id), change)  # type: ignore[union-attr]

    _replace(SecurityGroupBackend, "modify_security_group_rules", modify_rules)


def _finish_modification(rule: Any, change: dict[str, Any]) -> None:
    if change.get("IpProtocol") == "-1":
        rule.from_port = rule.to_port = None
    if change.get("ReferencedGroupId"):
        rule.ip_range.pop("Description", None)
        rule.source_group.pop("Description", None)
        rule.source_group["GroupId"] = change["ReferencedGroupId"]
        if change.get("Description"):
            rule.source_group["Description"] = change["Description"]


# Autoscaling groups


def keep_what_a_lifecycle_hook_was_made_with() -> None:
    """Fault: a lifecycle hook comes back with a made-up role and queue, and without metadata."""
    put = autoscaling_responses.AutoScalingResponse.put_lifecycle_hook

    def put_lifecycle_hook(self: Any) -> ActionResult:
        put(self)
        group, name = self._get_param("AutoScalingGroupName"), self._get_param("LifecycleHookName")
        hook = self.autoscaling_backend.lifecycle_hooks[f"{group}_{name}"]
        hook.role_arn = self._get_param("RoleARN")
        hook.notification_target_arn = self._get_param("NotificationTargetARN")
        hook.notification_metadata = self._get_param("NotificationMetadata")
        return EmptyResult()

    _replace(autoscaling_responses.AutoScalingResponse, "put_lifecycle_hook", put_lifecycle_hook)


def report_scaling_policies_as_enabled() -> None:
    """Fault: a scaling policy has no `Enabled`, and an empty predictive configuration."""
    initialise = autoscaling_models.FakeScalingPolicy.__init__

    def initialise_enabled(self: Any, *args: Any, **kwargs: Any) -> None:
        initialise(self, *args, **kwargs)
        self.enabled = True
        self.predictive_scaling_configuration = self.predictive_scaling_configuration or None

    _replace(autoscaling_models.FakeScalingPolicy, "__init__", initialise_enabled)


def start_instance_refreshes() -> None:
    """Fault: instance refreshes are missing. Here one is done as soon as it is started.

    The refresh is recorded; the group's instances stay as they are.
    """

    def group_of(self: Any) -> Any:
        name = self._get_param("AutoScalingGroupName")
        groups = self.autoscaling_backend.autoscaling_groups
        if name not in groups:
            raise ValidationError(f"AutoScalingGroup name not found - {name}")
        return groups[name]

    def start(self: Any) -> ActionResult:
        group = group_of(self)
        refresh = {
            "InstanceRefreshId": str(uuid.uuid4()),
            "AutoScalingGroupName": group.name,
            "Status": "Successful",
            "PercentageComplete": 100,
            "InstancesToUpdate": 0,
            "StartTime": datetime.now(),
            "EndTime": datetime.now(),
            "Preferences": self._get_param("Preferences") or {},
        }
        vars(group).setdefault("instance_refreshes", []).insert(0, refresh)
        return ActionResult({"InstanceRefreshId": refresh["InstanceRefreshId"]})

    def describe(self: Any) -> ActionResult:
        wanted = self._get_param("InstanceRefreshIds", [])
        refreshes = vars(group_of(self)).get("instance_refreshes", [])
        found = [each for each in refreshes if not wanted or each["InstanceRefreshId"] in wanted]
        return ActionResult({"InstanceRefreshes": found})

    _replace(autoscaling_responses.AutoScalingResponse, "start_instance_refresh", start)
    _replace(autoscaling_responses.AutoScalingResponse, "describe_instance_refreshes", describe)


def refuse_to_delete_launch_configurations_in_use() -> None:
    """Fault: a launch configuration can be deleted under its autoscaling group."""
    backend_class = autoscaling_models.AutoScalingBackend
    delete = backend_class.delete_launch_configuration

    def delete_unless_in_use(self: Any, launch_configuration_name: str) -> None:
        for group in self.autoscaling_groups.values():
            if group.launch_configuration_name == launch_configuration_name:
                raise AutoscalingClientError(
                    "ResourceInUse",
                    f"Cannot delete launch configuration {launch_configuration_name} because it "
                    f"is attached to AutoScalingGroup {group.name}",
                )
        delete(self, launch_configuration_name)

    _replace(backend_class, "delete_launch_configuration", delete_unless_in_use)


def launch_from_one_source_only() -> None:
    """Fault: a group moved to a launch template still reports its launch configuration."""
    group_class = autoscaling_models.FakeAutoScalingGroup
    set_source = group_class._set_launch_configuration

    def set_only_source(
        self: Any, launch_config_name: str, launch_template: Any, mixed_instances_policy: Any
    ) -> None:
        set_source(self, launch_config_name, launch_template, mixed_instances_policy)
        if launch_template or mixed_instances_policy:
            self.launch_config = self.launch_configuration_name = None
        elif launch_config_name:
            self.ec2_launch_template = None

    _replace(group_class, "launch_configuration_name", None)
    _replace(group_class, "_set_launch_configuration", set_only_source)


def keep_mixed_instances_policy_on_other_updates() -> None:
    """Fault: changing only a group's size takes its mixed instances policy away."""
    group_class = autoscaling_models.FakeAutoScalingGroup
    update = group_class.update

    def update_and_keep(self: Any, *args: Any, **kwargs: Any) -> None:
        before = self.mixed_instances_policy
        update(self, *args, **kwargs)
        sources = ("launch_config_name", "launch_template", "mixed_instances_policy")
        if not any(kwargs[source] for source in sources):
            self.mixed_instances_policy = before

    _replace(group_class, "update", update_and_keep)


def start_as_many_mixed_instances_as_wanted() -> None:
    """Fault: both shares of a mixed group are rounded down, so that a group of one stays empty."""
    group_class = autoscaling_models.FakeAutoScalingGroup
    start = group_class.set_desired_capacity

    def start_on_demand(self: Any, new_capacity: int | None) -> None:
        policy = self.mixed_instances_policy
        if policy:
            shares = {"OnDemandPercentageAboveBaseCapacity": "100"}
            distribution = {**policy.get("InstancesDistribution", {}), **shares}
            self.mixed_instances_policy = {**policy, "InstancesDistribution": distribution}
        try:
            start(self, new_capacity)
        finally:
            self.mixed_instances_policy = policy

    _replace(group_class, "set_desired_capacity", start_on_demand)


# Instances and images


def switch_detailed_monitoring() -> None:
    """Fault: MonitorInstances and UnmonitorInstances are missing."""

    def switch_to(state: str) -> Any:
        def switch(self: Any) -> ActionResult:
            answer = []
            for instance_id in self._get_param("InstanceIds", []):
                self.ec2_backend.get_instance(instance_id).monitoring_state = state
                answer.append({"InstanceId": instance_id, "Monitoring": {"State": state}})
            return ActionResult({"InstanceMonitorings": answer})

        return switch

    _replace(Monitoring, "monitor_instances", switch_to("enabled"))
    _replace(Monitoring, "unmonitor_instances", switch_to("disabled"))


def publish_optimized_amis() -> None:
    """Fault: the public SSM parameters of the EKS-optimized AMIs are missing, and cannot be put."""
    check = ssm_models.ParameterDict._check_loading_status

    def check_loading_status(self: Any, key: Any) -> None:
        check(self, key)
        matches = (each.fullmatch(str(key or "")) for each in OPTIMIZED_AMI_PARAMETERS)
        match = next(filter(None, matches), None)
        if match and match["version"] in VERSIONS and not dict.__contains__(self, key):
            value = _eks_node_image(self.account_id, self.region_name)
            if match["field"] == "release_version":
                value = f"{match['version']}.0-20260101"
            elif match["field"] == "image_version":
                value = "1.54.0-0123abcd"
            dict.__setitem__(self, key, [_public_parameter(self, str(key), value)])

    _replace(ssm_models.ParameterDict, "_check_loading_status", check_loading_status)


def size_volumes_as_their_image_has_them() -> None:
    """Fault: a launch that leaves a volume's size to the image is refused."""
    add = Instance.add_block_device

    def add_block_device(self: Any, size: int | None, *of_the_volume: Any, **named: Any) -> None:
        add(self, OF_THE_IMAGE if size is None else size, *of_the_volume, **named)

    _replace(Instance, "add_block_device", add_block_device)


OF_THE_IMAGE = 8
"""GiB, as moto's own volumes have."""


def _eks_node_image(account_id: str, region: str) -> str:
    images = ec2_backends[account_id][region].describe_images(owners=["amazon"])
    return next(image.id for image in images if image.name == "amazon-eks-node-linux")


def _public_parameter(parameters: Any, name: str, value: str) -> Any:
    return ssm_models.Parameter(  # type: ignore[abstract]
        account_id=parameters.account_id,
        name=name,
        value=value,
        parameter_type="String",
        description=None,
        allowed_pattern=None,
        keyid=None,
        last_modified_date=datetime(2026, 1, 1),
        version=1,
        data_type="aws:ec2:image",
    )


# What EC2 does not let go of while it is in use


def _interfaces(backend: Any) -> list[Any]:
    """List the interfaces that are there; moto keeps those of terminated instances."""
    return [
        interface
        for interface in backend.enis.values()
        if interface.instance is None or interface.instance.state != "terminated"
    ]


def remove_interface_of_deleted_nat_gateways() -> None:
    """Fault: a NAT gateway's interface, and its hold on the address, outlive it."""
    delete = EC2Backend.delete_nat_gateway

    def delete_nat_gateway(self: Any, nat_gateway_id: str) -> Any:
        gateway = delete(self, nat_gateway_id)
        for address in self.addresses:
            if address.eni is gateway._eni:
                address.eni = address.association_id = None
        self.enis.pop(gateway._eni.id, None)
        return gateway

    _replace(EC2Backend, "delete_nat_gateway", delete_nat_gateway)


def route_to_gateway_endpoints_by_further_tables() -> None:
    """Fault: a table that a gateway endpoint gets later has no route, and lets none be deleted."""
    modify = EC2Backend.modify_vpc_endpoint

    def modify_and_route(self: Any, vpc_id: str, **changes: Any) -> None:
        modify(self, vpc_id, **changes)
        prefixes = self.vpc_end_points[vpc_id].destination_prefix_list_id
        for table in changes["add_route_tables"]:
            route = {"gateway_id": vpc_id, "destination_prefix_list_id": prefixes}
            self.create_route(table, None, **route)
        for table in changes["remove_route_tables"]:
            self.delete_route(table, prefixes)

    _replace(EC2Backend, "modify_vpc_endpoint", modify_and_route)


def refuse_to_delete_security_groups_in_use() -> None:
    """Fault: a group can be deleted that an interface wears or a rule elsewhere names."""
    delete = EC2Backend._delete_security_group

    def delete_unless_in_use(self: Any, vpc_id: str | None, group_id: str) -> None:
        worn = [each for each in _interfaces(self) if group_id in _group_ids(each)]
        if worn or _is_named_by_other_groups(self, group_id):
            raise DependencyViolationError(f"resource {group_id} has a dependent object")
        delete(self, vpc_id, group_id)

    _replace(EC2Backend, "_delete_security_group", delete_unless_in_use)


def _group_ids(interface: Any) -> set[str]:
    return {group.id for group in interface.group_set}


def _is_named_by_other_groups(backend: Any, group_id: str) -> bool:
    return any(
        rule.source_group.get("GroupId") == group_id
        for groups in backend.groups.values()
        for group in groups.values()
        if group.id != group_id
        for rule in [*group.ingress_rules, *group.egress_rules]
    )


def refuse_to_delete_subnets_in_use() -> None:
    """Fault: a subnet can be deleted while interfaces are in it."""
    delete = EC2Backend.delete_subnet

    def delete_unless_in_use(self: Any, subnet_id: str) -> Any:
        if any(interface.subnet.id == subnet_id for interface in _interfaces(self)):
            raise DependencyViolationError(
                f"The subnet '{subnet_id}' has dependencies and cannot be deleted."
            )
        return delete(self, subnet_id)

    _replace(EC2Backend, "delete_subnet", delete_unless_in_use)


def refuse_to_detach_internet_gateways_in_use() -> None:
    """Fault: an internet gateway can be detached while public addresses go through it."""
    detach = EC2Backend.detach_internet_gateway

    def detach_unless_in_use(self: Any, internet_gateway_id: str, vpc_id: str) -> None:
        interfaces = [each for each in _interfaces(self) if each.subnet.vpc_id == vpc_id]
        if any(interface.public_ip for interface in interfaces):
            raise DependencyViolationError(
                f"Network {vpc_id} has some mapped public address(es). Please unmap those public "
                "address(es) before detaching the gateway."
            )
        detach(self, internet_gateway_id, vpc_id)

    _replace(EC2Backend, "detach_internet_gateway", detach_unless_in_use)


def refuse_to_delete_vpcs_in_use() -> None:
    """Fault: a VPC can be deleted with an internet gateway or security groups in it."""
    delete = EC2Backend.delete_vpc

    def delete_unless_in_use(self: Any, vpc_id: str) -> Any:
        groups = [group.name for group in self.groups[vpc_id].values() if group.name != "default"]
        gateways = [each for each in self.internet_gateways.values() if _is_attached(each, vpc_id)]
        if groups or gateways:
            raise DependencyViolationError(
                f"The vpc '{vpc_id}' has dependencies and cannot be deleted."
            )
        return delete(self, vpc_id)

    _replace(EC2Backend, "delete_vpc", delete_unless_in_use)


def _is_attached(gateway: Any, vpc_id: str) -> bool:
    return gateway.vpc is not None and gateway.vpc.id == vpc_id


# S3


def see_every_request_as_encrypted() -> None:
    """Fault: conditions of a bucket policy are not read, so a TLS-only policy refuses everything.

    The emulator stands for an AWS that is reached over TLS, whatever leads to the emulator.
    """
    permission = FakeBucket.get_permission

    def permission_over_tls(self: Any, action: str, resource: str) -> Any:
        policy = self.policy
        if policy is None:
            return permission(self, action, resource)
        document = json.loads(policy)
        unencrypted = {"Bool": {"aws:SecureTransport": "false"}}
        document["Statement"] = [
            each for each in document["Statement"] if each.get("Condition") != unencrypted
        ]
        if not document["Statement"]:
            return PermissionResult.NEUTRAL
        self.policy = json.dumps(document).encode()
        try:
            return permission(self, action, resource)
        finally:
            self.policy = policy

    _replace(FakeBucket, "get_permission", permission_over_tls)
