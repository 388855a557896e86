"""Security groups: opened, widened, unknown, closed to the control plane, or stuck."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from plan_review.facts import Facts, once
from plan_review.facts.cidr import covers_the_internet, is_private, merged
from plan_review.facts.drift import drifts
from plan_review.facts.openings import GROUPS, RULES, Group, Opening, groups
from plan_review.levels import Level
from plan_review.plan import Action, ResourceChange
from plan_review.quoting import codes
from plan_review.rules.rule import Match, rule

_GUIDE = "https://docs.aws.amazon.com/vpc/latest/userguide"
_EKS_GUIDE = "https://docs.aws.amazon.com/eks/latest/userguide"
_NO_HOLDER: Final = frozenset({*RULES, "aws_ssm_parameter"})
_NEEDED: Final = (("tcp", 443), ("tcp", 10250), ("tcp", 53), ("udp", 53), ("tcp", 9443))
_NODES_AND_CLUSTER: Final = (
    "aws_autoscaling_group",
    "aws_eks_cluster",
    "aws_eks_node_group",
    "aws_launch_configuration",
    "aws_launch_template",
)


@rule(
    "SG01",
    Level.WILL_FAIL,
    when="a security group is destroyed, not replaced create_before_destroy, while something "
    "that stays has it attached",
    title="Security group is {what} while attached",
    why="{because} AWS does not delete a group that is attached; the apply waits for up to "
    "fifteen minutes and fails. Attached to {users}.",
    action="Set create_before_destroy with a `name_prefix`, or leave the argument as it was.",
    source="https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/security_group",
)
def attached_group_is_lost(facts: Facts) -> Iterator[Match]:
    """Even a new description replaces a group."""
    for group in facts.of("aws_security_group"):
        if group.is_destroyed and not group.creates_first:
            users = _users(facts, group)
            if users:
                yield Match(
                    group.address,
                    {
                        "what": group.fate,
                        "because": facts.because(group),
                        "users": codes(user.address for user in users),
                    },
                )


@rule(
    "SG06",
    Level.REVIEW,
    when="a security group is replaced, the old one first, and nothing in the plan that stays "
    "is seen to have it attached",
    title="Security group is replaced, old one first",
    why="{because} If anything outside this plan has it attached (a load balancer that the "
    "cluster made), AWS does not delete it and the apply fails after a long wait.",
    action="Look for its network interfaces, or set create_before_destroy with a `name_prefix`.",
    source="https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/security_group",
)
def free_group_is_replaced(facts: Facts) -> Iterator[Match]:
    """What else has it attached is not in the plan."""
    for group in facts.of("aws_security_group"):
        if group.action is Action.REPLACE and not group.creates_first and not _users(facts, group):
            yield Match(group.address, {"because": facts.because(group)})


def _users(facts: Facts, group: ResourceChange) -> list[ResourceChange]:
    return [
        user
        for user in facts.holders(group)
        if user.stays and user.type.startswith("aws_") and user.type not in _NO_HOLDER
    ]


@rule(
    "SG02",
    Level.SECURITY,
    when="ingress becomes open to (nearly) the whole internet; review for tcp 80 and 443 and for "
    "ICMP",
    title="{ports} opened to the whole internet",
    why="{was}",
    action="{advice}",
    source=f"{_GUIDE}/security-group-rules.html",
)
def opened_to_everyone(facts: Facts) -> Iterator[Match]:
    """Compared with what the group let in before, whichever way the rules are written."""
    for group in groups(facts):
        for opening in group.newly_public():
            mild = opening.is_web or opening.is_icmp
            yield Match(
                opening.address,
                {
                    "ports": opening.ports[0].upper() + opening.ports[1:]
                    if opening.ports.startswith("every")
                    else opening.ports,
                    "was": _before(group, opening),
                    "advice": "Check that it is meant to be public."
                    if mild
                    else "Use the load balancer's group, a VPN range or a prefix list.",
                },
                Level.REVIEW if mild else None,
            )


def _before(group: Group, opening: Opening) -> str:
    ranges = merged(
        network for old in group.before if old.covers_ports_of(opening) for network in old.ranges
    )
    if ranges:
        return f"Was: {codes(map(str, ranges))}."
    is_new = group.change is not None and group.change.before is None
    return "The group is new." if is_new else "Was: closed."


@rule(
    "SG03",
    Level.SECURITY,
    when="ingress admits more addresses than before; review where they are private, nothing "
    "where the group itself is new and they are",
    title="{ports} opened wider",
    why="New: {ranges}.",
    action="Check that these networks are yours and need it.",
    source=f"{_GUIDE}/security-group-rules.html",
)
def opened_wider(facts: Facts) -> Iterator[Match]:
    """Compared as address ranges."""
    for group in groups(facts):
        is_new = group.change is not None and group.change.before is None
        for opening, added in group.widened():
            private = all(is_private(network) for network in added)
            if is_new and private:
                continue
            yield Match(
                opening.address,
                {"ports": opening.ports, "ranges": codes(map(str, added))},
                Level.REVIEW if private else None,
            )


@rule(
    "SG04",
    Level.REVIEW,
    when="the addresses that ingress admits are known only after the apply",
    title="Who is let in is known only after the apply",
    why="The plan does not tell the addresses, so this cannot be reviewed.",
    action="Look where the value comes from; prefer a literal or another group.",
    source=f"{_GUIDE}/security-group-rules.html",
)
def opened_to_unknown(facts: Facts) -> Iterator[Match]:
    """Said, instead of taken for harmless."""
    changing = {
        change.address
        for change in facts.of(*GROUPS, *RULES)
        if change.action in (Action.CREATE, Action.UPDATE, Action.REPLACE)
    }
    for group in groups(facts):
        for opening in group.after:
            if opening.is_unknown and opening.address in changing:
                yield Match(opening.address)


@rule(
    "SG05",
    Level.DISRUPTION,
    when="a rule between the nodes and the control plane goes, by group or by a private range, on "
    "443, 10250, 53, webhook ports",
    title="{ports} between nodes and control plane is closed",
    why="{who}The control plane reaches kubelets and webhooks this way, nodes the API and DNS: "
    "logs, exec, admission and name lookups stop.",
    action="Keep 443 and 10250 (or 1025-65535) between the two, and 53 among the nodes.",
    source=f"{_EKS_GUIDE}/sec-group-reqs.html",
)
def cluster_rule_is_lost(facts: Facts) -> Iterator[Match]:
    """Only where the groups stay and belong to a cluster.

    A range that gives way to a group, or a group to a private range, on the same ports is
    another way to write the same opening.
    """
    if any(cluster.is_destroyed for cluster in facts.clusters):
        return
    ours = _cluster_groups(facts)
    for group in groups(facts):
        if group.change is not None and group.change.is_lost:
            continue
        for opening, peers, ranges in group.closed:
            private = [network for network in ranges if is_private(network)]
            if not any(opening.reaches(protocol, port) for protocol, port in _NEEDED):
                continue
            if peers and ({group.key} | opening.peers) & ours:
                yield Match(opening.address, {"ports": opening.ports, "who": ""})
            elif private and group.key in ours and not _lets_in_a_peer(group, opening):
                who = f"Was: {codes(map(str, private))}. "
                yield Match(opening.address, {"ports": opening.ports, "who": who})


@rule(
    "SG09",
    Level.REVIEW,
    when="ingress of a security group that stays is closed to somebody, by a range, a group or a "
    "prefix list less",
    title="{ports} closed to {who}",
    why="Whoever came in that way is out from then on: applications, health checks, people.",
    action="Check in the flow logs that nothing comes that way any more.",
    source=f"{_GUIDE}/security-group-rules.html",
)
def ingress_is_closed(facts: Facts) -> Iterator[Match]:
    """Not told of what SG05 tells, of what was opened by hand, and of a group that goes."""
    told = {match.address for match in cluster_rule_is_lost.find(facts)}
    told |= {drift.address for drift in drifts(facts) if drift.undone}
    gone = {group.old_text("id") for group in facts.of(*GROUPS) if group.is_destroyed}
    for group in groups(facts):
        if (group.change is not None and group.change.is_lost) or group.key in gone:
            continue
        for opening, peers, ranges in group.closed:
            if opening.address in told or (not peers and _lets_in_a_peer(group, opening)):
                continue
            who = [*map(str, ranges), *sorted(peers)]
            yield Match(opening.address, {"ports": opening.ports, "who": codes(who)})


def _lets_in_a_peer(group: Group, opening: Opening) -> bool:
    return any(other.peers and other.covers_ports_of(opening) for other in group.after)


@rule(
    "SG07",
    Level.DISRUPTION,
    when="a security group that stays no longer lets anything out to where it did; review where "
    "part of it is still allowed and no node or cluster has it attached",
    title="Egress is closed: {what}",
    why="Was: {was}. What has the group attached no longer reaches {effect}.",
    action="Keep the way to what it needs: the API server on 443, DNS, registries, AWS's APIs.",
    source=f"{_EKS_GUIDE}/sec-group-reqs.html",
)
def egress_is_lost(facts: Facts) -> Iterator[Match]:
    """A group without any egress rule lets nothing out."""
    ours = _cluster_groups(facts)
    for group in groups(facts, "egress"):
        if group.change is not None and (group.change.is_lost or group.change.before is None):
            continue
        wide = [
            (opening, ranges)
            for opening, _, ranges in group.closed
            if ranges and covers_the_internet(opening.ranges)
        ]
        last = [opening for opening, _, _ in group.closed if not group.after]
        is_ours = group.key in ours
        for opening in last[:1]:
            values = {"what": "nothing may go out any more", "effect": "anything"}
            yield Match(opening.address, {**values, "was": _everyone(opening)})
        for opening, _ in () if last else wide:
            left = [o.ports for o in group.after if o.ranges] or ["other groups"]
            values = {"what": opening.ports, "effect": f"the internet by it; left: {codes(left)}"}
            level = None if is_ours or not group.after else Level.REVIEW
            yield Match(opening.address, {**values, "was": _everyone(opening)}, level)


def _everyone(opening: Opening) -> str:
    ranges = [str(network) for network in merged(opening.ranges)]
    return f"{opening.ports} to {codes([*ranges, *sorted(opening.peers | opening.lists)])}"


@rule(
    "SG08",
    Level.REVIEW,
    when="ingress is opened to a prefix list, or to a security group that the plan does not know; "
    "security where the group is in another account",
    title="{ports} opened to {who}",
    why="The plan does not tell which addresses that lets in, today or later.",
    action="Look at what is in it, and who may change that.",
    source=f"{_GUIDE}/managed-prefix-lists.html",
)
def opened_to_a_list(facts: Facts) -> Iterator[Match]:
    """A new group with such a rule is told as well: nobody else looks."""
    for group in groups(facts):
        for opening, names in group.newly_listed():
            elsewhere = any("/" in name for name in names)
            yield Match(
                opening.address,
                {"ports": opening.ports, "who": codes(sorted(names))},
                Level.SECURITY if elsewhere else None,
            )


@once
def _cluster_groups(facts: Facts) -> set[str]:
    """The groups that a cluster or its nodes have attached: addresses, ids of the others."""
    ours = {
        group.address
        for group in facts.of(*GROUPS)
        if any(user.type in _NODES_AND_CLUSTER for user in facts.holders(group))
    }
    for user in facts.of(*_NODES_AND_CLUSTER):
        ours.update(text for text in user.texts_before if text.startswith("sg-"))
    return ours
