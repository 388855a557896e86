"""What clients come in through: balancers, records, APIs, distributions, certificates."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from plan_review.facts import Facts
from plan_review.levels import Level
from plan_review.plan import Action, ResourceChange
from plan_review.plan.paths import Json, Path, is_empty
from plan_review.quoting import code, codes
from plan_review.rules.rule import Match, rule

_VPC_GUIDE = "https://docs.aws.amazon.com/vpc/latest/userguide"

_FRONTS: Final = {
    "aws_acm_certificate": "certificate",
    "aws_alb": "load balancer",
    "aws_alb_listener": "listener",
    "aws_alb_listener_rule": "listener rule",
    "aws_alb_target_group": "target group",
    "aws_alb_target_group_attachment": "target",
    "aws_api_gateway_api_key": "key of an API",
    "aws_api_gateway_authorizer": "authorizer of an API",
    "aws_api_gateway_base_path_mapping": "path of an API's domain",
    "aws_api_gateway_domain_name": "domain of an API",
    "aws_api_gateway_integration": "integration of an API",
    "aws_api_gateway_method": "method of an API",
    "aws_api_gateway_resource": "path of an API",
    "aws_api_gateway_rest_api": "API",
    "aws_api_gateway_stage": "API stage",
    "aws_api_gateway_vpc_link": "link of an API",
    "aws_apigatewayv2_api": "API",
    "aws_apigatewayv2_api_mapping": "path of an API's domain",
    "aws_apigatewayv2_domain_name": "domain of an API",
    "aws_apigatewayv2_integration": "integration of an API",
    "aws_apigatewayv2_route": "route of an API",
    "aws_apigatewayv2_stage": "API stage",
    "aws_apigatewayv2_vpc_link": "link of an API",
    "aws_appmesh_virtual_gateway": "mesh gateway",
    "aws_appmesh_virtual_node": "mesh node",
    "aws_appmesh_virtual_service": "mesh service",
    "aws_appsync_domain_name_api_association": "domain of an API",
    "aws_appsync_graphql_api": "API",
    "aws_autoscaling_attachment": "target group attachment",
    "aws_cloudfront_distribution": "CDN distribution",
    "aws_cloudfront_function": "function of a CDN",
    "aws_cloudfront_origin_access_control": "access of a CDN to its origin",
    "aws_cloudfront_origin_access_identity": "access of a CDN to its origin",
    "aws_cognito_identity_provider": "login by another provider",
    "aws_cognito_user_pool_client": "client of a user pool",
    "aws_cognito_user_pool_domain": "login page",
    "aws_elb": "load balancer",
    "aws_elb_attachment": "target",
    "aws_globalaccelerator_accelerator": "accelerator",
    "aws_globalaccelerator_endpoint_group": "endpoint group",
    "aws_globalaccelerator_listener": "listener",
    "aws_iam_server_certificate": "certificate",
    "aws_lb": "load balancer",
    "aws_lb_listener": "listener",
    "aws_lb_listener_certificate": "listener certificate",
    "aws_lb_listener_rule": "listener rule",
    "aws_lb_target_group": "target group",
    "aws_lb_target_group_attachment": "target",
    "aws_lb_trust_store": "trust store",
    "aws_lightsail_lb": "load balancer",
    "aws_lightsail_static_ip": "public address",
    "aws_route53_delegation_set": "set of name servers",
    "aws_route53_health_check": "health check",
    "aws_route53_hosted_zone_dnssec": "signature of a zone",
    "aws_route53_key_signing_key": "signature of a zone",
    "aws_route53_record": "DNS record",
    "aws_route53domains_domain": "domain",
    "aws_route53domains_registered_domain": "domain",
    "aws_s3_bucket_website_configuration": "website",
    "aws_service_discovery_http_namespace": "DNS namespace",
    "aws_service_discovery_instance": "instance of a DNS namespace",
    "aws_service_discovery_private_dns_namespace": "DNS namespace",
    "aws_service_discovery_public_dns_namespace": "DNS namespace",
    "aws_service_discovery_service": "service of a DNS namespace",
    "aws_ses_domain_dkim": "signature of a mail domain",
    "aws_ses_domain_identity": "mail domain",
    "aws_ses_receipt_rule": "mail rule",
    "aws_ses_receipt_rule_set": "mail rules",
    "aws_sesv2_email_identity": "mail identity",
    "aws_verifiedaccess_endpoint": "access endpoint",
    "aws_vpc_endpoint_service": "endpoint service",
    "aws_vpclattice_listener": "listener",
    "aws_vpclattice_service": "Lattice service",
    "aws_vpclattice_target_group": "target group",
}


@rule(
    "NET14",
    Level.DISRUPTION,
    when="a load balancer, listener, target group, DNS record, API, distribution or certificate "
    "is destroyed, or replaced the old one first; will-fail where deletion protection is on",
    title="The {front} {name} is {fate}",
    why="{because} Clients that come in through it get no answer{until}.",
    action="Move the clients over first; keep the name where they know it.",
    source="https://docs.aws.amazon.com/elasticloadbalancing/latest/userguide",
)
def front_is_lost(facts: Facts) -> Iterator[Match]:
    """A balancer that is made anew has another DNS name."""
    for change in facts.of(*_FRONTS):
        if change.is_destroyed and not change.creates_first:
            until = " until the new one is there, and it has another address"
            yield Match(
                change.address,
                {
                    "front": _FRONTS[change.type],
                    "name": code(_name(change)),
                    "fate": change.fate,
                    "because": facts.because(change),
                    "until": until if change.action is Action.REPLACE else "",
                },
                Level.WILL_FAIL if change.old("enable_deletion_protection") is True else None,
            )


def _name(change: ResourceChange) -> str:
    for key in ("name", "domain_name", "id"):
        text = change.old_text(key)
        if text:
            return text
    return change.name


@rule(
    "NET15",
    Level.REVIEW,
    when="a DNS record points elsewhere, or a listener sends its traffic elsewhere",
    title="The {front} {name} points elsewhere",
    why="Clients follow, some of them only when the old answer has run out of their caches.",
    action="Check that the new target is up, and keep the old one until then.",
    source="https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/rrsets-working-with.html",
)
def front_points_elsewhere(facts: Facts) -> Iterator[Match]:
    """In place, and still a move of all traffic."""
    targets = {
        "aws_route53_record": ("records", "alias"),
        "aws_cloudfront_distribution": ("origin",),
        "cloudflare_dns_record": ("content",),
        "cloudflare_record": ("content", "value"),
        "aws_lb_listener": ("default_action",),
        "aws_lb_listener_rule": ("action",),
        "aws_alb_listener": ("default_action",),
    }
    for change in facts.of(*targets):
        if change.action is Action.UPDATE and any(
            facts.changes_at(change, key) and not is_empty(change.old(key))
            for key in targets[change.type]
        ):
            noun = _FRONTS.get(change.type, "DNS record")
            yield Match(change.address, {"front": noun, "name": code(_name(change))})


_ANSWERS: Final[dict[str, tuple[Path, str, str]]] = {
    "aws_alb_listener": (("port",), "", "port"),
    "aws_cloudfront_distribution": (("aliases",), "", "name"),
    "aws_elb": (("listener",), "lb_port", "port"),
    "aws_lb_listener": (("port",), "", "port"),
    "aws_route53_zone": (("vpc",), "vpc_id", "VPC"),
    "aws_route_table": (("propagating_vgws",), "", "VPN gateway"),
    "aws_vpc": (("ipv6_cidr_block",), "", "range"),
    "aws_subnet": (("ipv6_cidr_block",), "", "range"),
    "kubernetes_ingress_v1": (("spec", 0, "rule"), "host", "name"),
    "kubernetes_service": (("spec", 0, "port"), "port", "port"),
    "kubernetes_service_v1": (("spec", 0, "port"), "port", "port"),
}
"""What something answers for: the argument, what tells its elements apart, and a word for one."""


@rule(
    "NET20",
    Level.DISRUPTION,
    when="something that stays no longer answers for a name, port, network or range: an alias of a "
    "distribution, a listener's port, a VPC of a private zone, the routes of a VPN gateway",
    title="It no longer answers for the {noun} {gone}",
    why="Clients that come by it get no answer from then on.",
    action="Move them over first.",
    source=f"{_VPC_GUIDE}/what-is-amazon-vpc.html",
)
def part_is_lost(facts: Facts) -> Iterator[Match]:
    """In place; what is added is routine."""
    for change in facts.of(*_ANSWERS):
        if change.action is not Action.UPDATE:
            continue
        path, key, noun = _ANSWERS[change.type]
        if change.is_unknown(*path):
            continue
        kept = _parts(change.new(*path), key)
        gone = [one for one in _parts(change.old(*path), key) if one not in kept]
        if gone:
            yield Match(change.address, {"noun": noun, "gone": codes(gone)})


def _parts(value: Json, key: str) -> list[str]:
    every = value if isinstance(value, list) else [value]
    found = [one.get(key) if key and isinstance(one, dict) else one for one in every]
    return [str(one) for one in found if not is_empty(one)]


@rule(
    "NET19",
    Level.REVIEW,
    when="a load balancer that stays gets other security groups, or loses subnets",
    title="The load balancer {name} {what}",
    why="{why}",
    action="Check that its listeners are still reached, and that it still reaches its targets.",
    source="https://docs.aws.amazon.com/elasticloadbalancing/latest/application/"
    "application-load-balancers.html",
)
def balancer_is_cut(facts: Facts) -> Iterator[Match]:
    """What only comes to it is routine."""
    for change in facts.of("aws_lb", "aws_alb", "aws_elb"):
        if change.action is not Action.UPDATE:
            continue
        for argument, what, why in _OF_A_BALANCER:
            if change.is_unknown(argument):
                continue
            lost = {*map(str, change.old_list(argument))} - {*map(str, change.new_list(argument))}
            if lost:
                name = code(change.old_text("name") or change.name)
                yield Match(change.address, {"name": name, "what": what, "why": why})


_OF_A_BALANCER: Final = (
    (
        "security_groups",
        "loses security groups",
        "Targets that let in only the old group refuse it, and who came through it is kept out.",
    ),
    (
        "subnets",
        "loses subnets",
        "It no longer answers in that zone; addresses of it that somebody keeps are dead.",
    ),
)
