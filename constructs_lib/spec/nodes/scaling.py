"""What an autoscaling group does with its nodes: which it starts, when, and how they end."""

from collections.abc import Iterator, Sequence
from typing import Annotated, Any, Literal

from pydantic import Field, Strict

from constructs_lib.spec.nodes.machine import NodeGroupSpec
from constructs_lib.spec.section import Check, Section, Wrong, matching
from constructs_lib.spec.types import NOT_EMPTY, UNIQUE, InstanceType, Key, Text, at_most

Process = Literal[
    "Launch", "Terminate", "AddToLoadBalancer", "AlarmNotification", "AZRebalance", "HealthCheck",
    "InstanceRefresh", "ReplaceUnhealthy", "ScheduledActions",
]  # fmt: skip
"""https://docs.aws.amazon.com/autoscaling/ec2/userguide/as-suspend-resume-processes.html"""

LEAVE: int = -1
"""In a schedule: the size that it leaves as it is."""


def _ascending_to_the_whole(percentages: Sequence[int]) -> Iterator[Wrong]:
    if list(percentages) != sorted(set(percentages)):
        yield Wrong((), "does not rise", "write each share of the nodes above the one before")
    elif percentages and percentages[-1] != 100:  # noqa: PLR2004 - per cent
        yield Wrong((), "does not end in 100", "add 100, when all nodes are new", got=None)


_MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]
_DAYS = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"]
_CRON: Sequence[tuple[str, range, Sequence[str]]] = (
    ("minute", range(60), ()),
    ("hour", range(24), ()),
    ("day", range(1, 32), ()),
    ("month", range(1, 13), _MONTHS),
    ("day of the week", range(8), _DAYS),
)
"""What stands in a cron expression, in order: its values, and the names of the first ones.
https://crontab.org/, which the API of autoscaling names"""


def _is_cron(expression: str) -> Iterator[Wrong]:
    for text, (name, values, names) in zip(expression.split(" "), _CRON, strict=True):
        if not all(_is_part_of_cron(part, values, names) for part in text.split(",")):
            last = f"{values[0]} to {values[-1]}"
            todo = f"write {last}" + (f", or {names[0]} to {names[-1]}" if names else "")
            yield Wrong((), f"has {text} as its {name}", f"{todo}, or *")


def _is_part_of_cron(part: str, values: range, names: Sequence[str]) -> bool:
    whole, slash, step = part.partition("/")
    first, hyphen, last = whole.partition("-")
    if slash and not (step.isdigit() and int(step) > 0 and (hyphen or whole == "*")):
        return False
    if whole == "*":
        return True
    numbers = dict(zip(names, values, strict=False)) | {str(n): n for n in values}
    numbers |= {f"0{n}": n for n in values if n < 10}  # noqa: PLR2004 - one digit
    ends = [numbers.get(end.upper(), -1) for end in ([first, last] if hyphen else [first])]
    return -1 not in ends and ends == sorted(ends)


class MixedInstancesSpec(Section):
    """Several instance types in one group, on demand and spot.

    https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-mixed-instances-groups.html
    """

    instance_types: Annotated[
        tuple[InstanceType, ...], Strict(False), NOT_EMPTY, UNIQUE, at_most(40, "types")
    ]
    """The types, the preferred one first: all of one architecture, 40 at most. The more there are,
    the more likely is spot capacity."""

    weights: dict[InstanceType, Annotated[int, Field(ge=1, le=999)]] = {}
    """How much a node of each type counts for; `min_size` and `max_size` then count these units.
    By default each node is one."""

    on_demand_base: Annotated[int, Field(ge=0, le=5000)] = 0
    """How many nodes are on demand before any other; none by default."""

    on_demand_percentage: Annotated[int, Field(ge=0, le=100)] = 100
    """Share of on-demand nodes above the base, in per cent; the others are spot, which EC2 may end
    after a warning of two minutes. 100 by default: no spot."""

    on_demand_strategy: Literal["prioritized", "lowest-price"] = "prioritized"
    """Which type an on-demand node is of: the first there is (default), or the cheapest."""

    spot_strategy: Literal[
        "price-capacity-optimized", "capacity-optimized", "capacity-optimized-prioritized",
        "lowest-price",
    ] = "price-capacity-optimized"  # fmt: skip
    """Which type a spot node is of: by price and spare capacity (default), by capacity, by capacity
    in the order of the list, or by price alone."""

    spot_pools: Annotated[int, Field(ge=1, le=20)] | None = None
    """Among how many of the cheapest pools `lowest-price` spreads spot nodes; 2 by default."""

    spot_max_price: (
        Annotated[
            str,
            matching(
                r"(?=.*[1-9])(?!0\.000)\d{1,3}(\.\d{1,5})?",
                "is not a price",
                "write US dollars an hour in quotes, 0.001 or more, like '0.05'",
            ),
        ]
        | None
    ) = None
    """Most to pay for a spot node, in US dollars an hour. By default the on-demand price."""

    capacity_rebalance: bool = False
    """Whether a spot node that EC2 is about to take back gets its successor before it ends. Off by
    default: both run for a while."""

    @property
    def has_spot(self) -> bool:
        """Whether any node may be spot."""
        return self.on_demand_percentage < 100  # noqa: PLR2004 - per cent


class ScheduleSpec(Section):
    """Sizes of the group that begin at a time.

    https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-scheduled-scaling.html
    """

    recurrence: Annotated[
        str,
        matching(
            r"(?=.{1,255}$)[\d*,/-]+ [\d*,/-]+ [\d*,/-]+ [\dA-Za-z*,/-]+ [\dA-Za-z*,/-]+",
            "is not a cron expression",
            "write minute, hour, day, month and day of the week, like 0 7 * * MON-FRI",
        ),
        Check(_is_cron),
    ]
    """When: minute, hour, day of the month, month, day of the week, as cron has them."""

    time_zone: Annotated[
        str,
        matching(
            r"(?=.{1,64}$)(UTC|[A-Z][A-Za-z_]+(/[A-Z][A-Za-z_+-]*\d*)+)",
            "is not a time zone of IANA",
            "write one like Europe/Rome, or UTC",
        ),
    ] = "UTC"
    """Zone of the time; UTC by default. Summer time is taken into account."""

    min_size: Annotated[int, Field(ge=0, le=5000)] | None = None
    """Fewest nodes from then on; by default as before."""

    max_size: Annotated[int, Field(ge=0, le=5000)] | None = None
    """Most nodes from then on; by default as before."""

    desired_size: Annotated[int, Field(ge=0, le=5000)] | None = None
    """How many nodes there are then. By default an autoscaler says, or the two sizes."""

    def sizes(self) -> dict[str, Any]:
        """All three as AWS wants them: one that is left out would be set to 0."""
        sizes = {
            "min_size": self.min_size,
            "max_size": self.max_size,
            "desired_capacity": self.desired_size,
        }
        return {name: LEAVE if size is None else size for name, size in sizes.items()}


class MaintenanceSpec(Section):
    """How many nodes there are while some are replaced, in per cent of those that should be.

    https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-instance-maintenance-policy.html
    """

    min_healthy_percentage: Annotated[int, Field(ge=0, le=100)]
    """At least so many: 100 starts a node before it ends another."""

    max_healthy_percentage: Annotated[int, Field(ge=100, le=200)]
    """At most so many, and at most 100 above the least."""


class RefreshSpec(Section):
    """How running nodes are replaced when the launch template changes.

    https://docs.aws.amazon.com/autoscaling/ec2/userguide/asg-instance-refresh.html
    """

    min_healthy_percentage: Annotated[int, Field(ge=0, le=100)] = 90
    """How many nodes there are at least meanwhile, in per cent; 90 by default."""

    max_healthy_percentage: Annotated[int, Field(ge=100, le=200)] | None = None
    """How many there are at most; by default 100, or what `maintenance` says."""

    warmup_seconds: Annotated[int, Field(ge=0, le=21600)] | None = None
    """How long after its start a node counts as new; by default at once."""

    checkpoint_percentages: Annotated[
        tuple[Annotated[int, Field(ge=1, le=100)], ...],
        Strict(False),
        Check(_ascending_to_the_whole),
    ] = ()
    """Shares of new nodes after which the refresh waits, rising to 100. None by default."""

    checkpoint_delay_seconds: Annotated[int, Field(ge=0, le=172800)] | None = None
    """How long it waits there; an hour by default."""

    skip_matching: bool = False
    """Whether nodes stay that are as the launch template wants them. Off by default."""

    auto_rollback: bool = False
    """Whether a refresh that fails puts the nodes back. Off by default."""

    alarms: Annotated[
        tuple[
            Annotated[
                Text,
                matching(
                    r".{1,255}", "is too long for CloudWatch", "write the name of an alarm of yours"
                ),
            ],
            ...,
        ],
        Strict(False),
        UNIQUE,
        at_most(10, "alarms"),
    ] = ()
    """CloudWatch alarms of yours that stop a refresh, ten at most. None by default."""


class WarmPoolSpec(Section):
    """Instances that have started once and wait, so that a node joins sooner when it is wanted.

    https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-warm-pools.html
    """

    state: Literal["stopped", "running"] = "stopped"
    """Whether they are stopped (default), when their disks are billed, or run, when all is."""

    min_size: Annotated[int, Field(ge=0, le=5000)] = 0
    """At least so many wait; none by default."""

    max_prepared: Annotated[int, Field(ge=1, le=5000)] | None = None
    """At most so many wait or are nodes; `max_size` by default, so that all that may be wanted
    wait."""


class AutoscaledNodeGroupSpec(NodeGroupSpec):
    """Nodes of an autoscaling group of the cluster's own."""

    suspended_processes: Annotated[tuple[Process, ...], Strict(False), UNIQUE] = ()
    """What the autoscaling group does not do, such as `AZRebalance`, which ends nodes to even out
    zones. None by default."""

    cluster_autoscaler_tags: bool = True
    """Whether the group has the tags by which cluster-autoscaler finds it. On by default."""

    instance_refresh: bool = False
    """Whether a change of the launch template replaces the running nodes, a few at a time. Without
    `drain` they are ended with their pods on them, so it is off by default."""

    drain: bool = False
    """Whether a node is drained before EC2 ends it, in five minutes at most: by a lifecycle hook, a
    queue of what EC2 is up to, and aws-node-termination-handler, which needs `eks_pod_identity`.
    Off by default."""

    refresh: RefreshSpec | None = None
    """How `instance_refresh` goes about it; by default as AWS does."""

    schedules: dict[Key, ScheduleSpec] = {}
    """Sizes at certain times, by name. None by default. Terraform then leaves the group's sizes
    as they are: those of the spec are the ones that it is made with."""

    maintenance: MaintenanceSpec | None = None
    """How many nodes there are while some are replaced; by default as AWS does."""

    max_lifetime_days: Annotated[int, Field(ge=1, le=365)] | None = None
    """After how many days a node is replaced; by default never."""
