"""Databases: indexes that are rebuilt, changes while they run, storage that cannot shrink."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from plan_review.facts import Facts
from plan_review.levels import Level
from plan_review.plan import Action, ResourceChange
from plan_review.plan.paths import UNKNOWN, Json, Path, dicts, dotted
from plan_review.quoting import code
from plan_review.rules.rule import Match, rule

_RDS_GUIDE: Final = "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide"
_ISSUES: Final = "https://github.com/hashicorp/terraform-provider-aws/issues"
_DATABASES: Final = (
    "aws_db_instance",
    "aws_docdb_cluster",
    "aws_docdb_cluster_instance",
    "aws_elasticache_cluster",
    "aws_elasticache_replication_group",
    "aws_memorydb_cluster",
    "aws_mq_broker",
    "aws_msk_cluster",
    "aws_neptune_cluster",
    "aws_neptune_cluster_instance",
    "aws_opensearch_domain",
    "aws_rds_cluster",
    "aws_rds_cluster_instance",
    "aws_redshift_cluster",
)
_NO_DOWNGRADE: Final = (
    "aws_db_instance",
    "aws_docdb_cluster",
    "aws_memorydb_cluster",
    "aws_neptune_cluster",
    "aws_opensearch_domain",
    "aws_rds_cluster",
)
_CLUSTERS_OF: Final = {
    "aws_docdb_cluster_instance": "aws_docdb_cluster",
    "aws_neptune_cluster_instance": "aws_neptune_cluster",
    "aws_rds_cluster_instance": "aws_rds_cluster",
}


@rule(
    "DATA07",
    Level.DISRUPTION,
    when="a secondary index of a table that stays is deleted, or deleted and built again",
    title="The index {index} of {table} is {fate}",
    why="Queries on it fail{until}.",
    action="Make an index of another name, move the queries over, then delete this one.",
    source=f"{_ISSUES}/12928",
)
def index_is_rebuilt(facts: Facts) -> Iterator[Match]:
    """DynamoDB changes only the capacity of an index in place."""
    for table in facts.of("aws_dynamodb_table"):
        if table.action is not Action.UPDATE or table.new("global_secondary_index") is UNKNOWN:
            continue
        new = _indexes(table.new("global_secondary_index"))
        for name, shape in sorted(_indexes(table.old("global_secondary_index")).items()):
            if new.get(name) != shape:
                rebuilt = name in new
                until = " until it is built and filled again, which can take hours"
                values = {"index": code(name), "table": code(table.old_text("name"))}
                values["fate"] = "deleted and built again" if rebuilt else "deleted"
                yield Match(table.address, {**values, "until": until if rebuilt else ""})


def _indexes(value: Json) -> dict[str, tuple[object, ...]]:
    """The indexes by name, each with what cannot change in place."""
    found: dict[str, tuple[object, ...]] = {}
    for index in dicts(value):
        extra = index.get("non_key_attributes")
        keys = tuple(str(key) for key in dicts(index.get("key_schema")))
        found[str(index.get("name"))] = (
            index.get("hash_key") or "",
            index.get("range_key") or "",
            index.get("projection_type"),
            tuple(sorted(map(str, extra))) if isinstance(extra, list) else (),
            keys,
        )
    return found


_CLASSES: Final[tuple[Path, ...]] = (
    ("instance_class",),
    ("node_type",),
    ("host_instance_type",),
    ("cluster_config", 0, "instance_type"),
    ("broker_node_group_info", 0, "instance_type"),
)
_AT_ONCE: Final = ("aws_msk_cluster", "aws_opensearch_domain", "aws_redshift_cluster")


@rule(
    "DATA08",
    Level.DISRUPTION,
    when="the class, engine version or another argument of a database changes that restarts it; "
    "review where it waits for the maintenance window, will-fail for a major version without "
    "`allow_major_version_upgrade` and for a version back",
    title="The database {name} {what}",
    why="{why}",
    action="{advice}",
    source=f"{_RDS_GUIDE}/USER_ModifyInstance.ApplyImmediately.html",
)
def database_is_changed(facts: Facts) -> Iterator[Match]:
    """`apply_immediately` decides whether that is now."""
    for change in facts.of(*_DATABASES):
        if change.action is not Action.UPDATE:
            continue
        yield from _version_changes(change)
        for path in _CLASSES:
            old, new = change.old(*path), change.new(*path)
            if old and new and old != new:
                shown = code(new) if isinstance(new, str) else "a class known after the apply"
                values = {
                    "name": code(_name(change)),
                    "what": f"goes from {code(str(old))} to {shown}",
                    "why": f"It restarts or fails over{_when(change)}: connections break.",
                    "advice": "Do it in a window; check that clients connect again by themselves.",
                }
                yield Match(change.address, values, None if _is_now(change) else Level.REVIEW)


_COUNTS: Final[tuple[Path, ...]] = (
    ("cluster_config", 0, "instance_count"),
    ("num_cache_clusters",),
    ("num_cache_nodes",),
    ("num_node_groups",),
    ("num_replicas_per_shard",),
    ("num_shards",),
    ("number_of_broker_nodes",),
    ("number_of_nodes",),
    ("replicas_per_node_group",),
    ("read_replica_count",),
)
_IDENTIFIERS: Final = ("identifier", "cluster_identifier")


@rule(
    "DATA11",
    Level.DISRUPTION,
    when="a database, cache, broker or search domain gets fewer nodes, or another identifier in "
    "place",
    title="The database {name} {what}",
    why="{why}",
    action="{advice}",
    source=f"{_RDS_GUIDE}/USER_RenameInstance.html",
)
def database_is_renamed_or_shrinks(facts: Facts) -> Iterator[Match]:
    """More nodes are routine."""
    for change in facts.of(*_DATABASES):
        if change.action is not Action.UPDATE:
            continue
        for path in _COUNTS:
            old, new = change.old(*path), change.new(*path)
            if isinstance(old, int) and isinstance(new, int) and new < old:
                values = {
                    "name": code(_name(change)),
                    "what": f"goes from {old} to {new} nodes",
                    "why": f"{code(dotted(path))} falls: what they held moves to the others, or "
                    "is there in fewer copies.",
                    "advice": "Check that the rest has room, and a second copy of everything.",
                }
                yield Match(change.address, values)
        for name in _IDENTIFIERS:
            before, after = change.old_text(name), change.new_text(name)
            if before and after and before != after:
                values = {
                    "name": code(before),
                    "what": f"becomes {code(after)}",
                    "why": "Its endpoint changes with its identifier, and it restarts: whoever "
                    "has the old address no longer finds it.",
                    "advice": "Change the clients' address in the same change, or keep the name.",
                }
                yield Match(change.address, values)


_MOVES: Final = {
    "port": "Clients that have the old port get no answer.",
    "db_subnet_group_name": "It moves to other subnets: its address changes, and it restarts.",
    "replicate_source_db": "It no longer follows its source: what is written there is missing.",
    "replication_source_identifier": "It no longer follows its source.",
    "global_cluster_identifier": "It leaves the global database, and no longer follows it.",
    "parameter_group_name": "It may restart, and works by other parameters.",
    "ca_cert_identifier": "It restarts, and clients need the new authority's certificate.",
}
_MILD: Final = ("parameter_group_name", "ca_cert_identifier")


@rule(
    "DATA12",
    Level.DISRUPTION,
    when="a database that stays gets another port, subnets or certificate authority, or no longer "
    "follows its source; review for parameter groups and authorities",
    title="The database {name} gets another {argument}",
    why="{why}",
    action="Change the clients in the same step; do it in a window.",
    source=f"{_RDS_GUIDE}/Overview.DBInstance.Modifying.html",
)
def database_moves(facts: Facts) -> Iterator[Match]:
    """In place, and noticed by all who use it."""
    for change in facts.of(*_DATABASES):
        if change.action is not Action.UPDATE:
            continue
        for name, why in _MOVES.items():
            old, new = change.old(name), change.new(name)
            if old and new != old and new is not UNKNOWN:
                values = {"name": code(_name(change)), "argument": code(name), "why": why}
                yield Match(change.address, values, Level.REVIEW if name in _MILD else None)


def _version_changes(change: ResourceChange) -> Iterator[Match]:
    old, new = change.old_text("engine_version"), change.new_text("engine_version")
    before, after = _numbers(old), _numbers(new)
    if not before or not after or before[: len(after)] == after or before == after:
        return
    name = code(_name(change))
    values = {"name": name, "what": f"goes from {code(old)} to {code(new)}"}
    if after < before[: len(after)]:
        if change.type in _NO_DOWNGRADE:
            why = "A database cannot go back to an earlier version in place; AWS refuses."
            advice = "Restore the number (the database may have been upgraded by itself)."
            values |= {"why": why, "advice": advice}
            yield Match(change.address, values, Level.WILL_FAIL)
        return
    is_major = _major(change, old) != _major(change, new)
    allowed = change.new("allow_major_version_upgrade")
    asks = change.type in ("aws_db_instance", "aws_rds_cluster", "aws_docdb_cluster")
    if is_major and asks and allowed is not True and allowed is not UNKNOWN:
        why = (
            "It is another major version, and `allow_major_version_upgrade` is not on: AWS refuses."
        )
        advice = "Set it for this change, after an upgrade of a copy has been tried."
        yield Match(change.address, {**values, "why": why, "advice": advice}, Level.WILL_FAIL)
        return
    kind = "another major version, and there is no way back but a snapshot" if is_major else "newer"
    why = f"It is {kind}; the database is down while it is upgraded{_when(change)}."
    advice = "Try it on a copy first, take a snapshot, do it in a window."
    level = None if _is_now(change) else Level.REVIEW
    yield Match(change.address, {**values, "why": why, "advice": advice}, level)


def _is_now(change: ResourceChange) -> bool:
    return change.new("apply_immediately") is True or change.type in _AT_ONCE


def _when(change: ResourceChange) -> str:
    return " during the apply" if _is_now(change) else " in the next maintenance window"


def _numbers(version: str) -> tuple[int, ...]:
    match = re.match(r"(?:OpenSearch_|Elasticsearch_)?(\d+(?:\.\d+)*)", version)
    return tuple(int(part) for part in match[1].split(".")) if match else ()


def _major(change: ResourceChange, version: str) -> tuple[int, ...]:
    engine = change.old_text("engine")
    long = ("mysql", "mariadb", "aurora-mysql", "oracle", "docdb", "neptune")
    numbers = _numbers(version)
    by_two = engine.startswith(long) or engine in ("", "aurora")
    return numbers[:2] if by_two else numbers[:1]


def _name(change: ResourceChange) -> str:
    keys = ("identifier", "cluster_identifier", "replication_group_id", "domain_name", "name", "id")
    return next((text for key in keys if (text := change.old_text(key))), change.name)


@rule(
    "DATA09",
    Level.DISRUPTION,
    when="an instance of a database cluster that stays goes; outage where it is the last one",
    title="{which} of the database cluster {cluster} is {fate}",
    why="{why}",
    action="Keep one instance at least, and a second one to fail over to.",
    source=f"{_RDS_GUIDE.replace('UserGuide', 'AuroraUserGuide')}/USER_DeleteCluster.html",
)
def last_instance_is_lost(facts: Facts) -> Iterator[Match]:
    """The data stays, and nobody can reach it."""
    for kind, parent in _CLUSTERS_OF.items():
        going = [
            c.old("cluster_identifier") or c.old("id") for c in facts.of(parent) if c.is_destroyed
        ]
        for change in facts.of(kind):
            cluster = change.old("cluster_identifier")
            if not change.is_destroyed or change.creates_first or cluster in going:
                continue
            left = [
                other
                for other in facts.of(kind)
                if (other.stays or other.action is Action.CREATE)
                and (other.old("cluster_identifier") or other.new("cluster_identifier")) == cluster
            ]
            which = "An instance" if left else "The last instance"
            why = "Connections to it break; the others have to carry its load."
            if not left:
                why = "The data stays, but there is no way to it until an instance is made again."
            values = {"which": which, "cluster": code(str(cluster)), "fate": change.fate}
            level = None if left else Level.OUTAGE
            yield Match(change.address, {**values, "why": why}, level)


_SIZES: Final[tuple[tuple[tuple[str, ...], Path], ...]] = (
    (("aws_ebs_volume",), ("size",)),
    (("aws_db_instance", "aws_rds_cluster"), ("allocated_storage",)),
    (
        (
            "aws_fsx_lustre_file_system",
            "aws_fsx_ontap_file_system",
            "aws_fsx_openzfs_file_system",
            "aws_fsx_windows_file_system",
        ),
        ("storage_capacity",),
    ),
    (
        ("aws_msk_cluster",),
        ("broker_node_group_info", 0, "storage_info", 0, "ebs_storage_info", 0, "volume_size"),
    ),
    (("aws_instance",), ("root_block_device", 0, "volume_size")),
    (("aws_instance",), ("ebs_block_device", 0, "volume_size")),
    (("aws_mq_broker", "aws_lightsail_disk"), ("size_in_gb",)),
    (("google_compute_disk", "google_filestore_instance"), ("size",)),
    (("google_sql_database_instance",), ("settings", 0, "disk_size")),
    (("azurerm_managed_disk",), ("disk_size_gb",)),
    (("azurerm_mysql_flexible_server",), ("storage", 0, "size_gb")),
    (("azurerm_postgresql_flexible_server",), ("storage_mb",)),
)
_CLAIMS: Final = ("kubernetes_persistent_volume_claim", "kubernetes_persistent_volume_claim_v1")
_CLAIMED: Final = ("spec", 0, "resources", 0, "requests", "storage")


@rule(
    "DATA10",
    Level.WILL_FAIL,
    when="a volume, a file system or the storage of a database is made smaller in place",
    title="{path} falls from {old} to {new}",
    why="Storage cannot shrink; Terraform plans an update that the cloud refuses.",
    action="Restore the number; for a smaller one make a new store and copy the data over.",
    source="https://docs.aws.amazon.com/ebs/latest/userguide/modify-volume-requirements.html",
)
def storage_shrinks(facts: Facts) -> Iterator[Match]:
    """Growing is possible, and one way."""
    for types, path in _SIZES:
        for change in facts.of(*types):
            old, new = change.old(*path), change.new(*path)
            smaller = isinstance(old, int) and isinstance(new, int) and 0 < new < old
            if change.action is Action.UPDATE and smaller:
                values = {"path": code(dotted(path)), "old": str(old), "new": str(new)}
                yield Match(change.address, values)
    for claim in facts.of(*_CLAIMS):
        before, after = _bytes(claim.old(*_CLAIMED)), _bytes(claim.new(*_CLAIMED))
        if claim.action is Action.UPDATE and before and after and after < before:
            values = {"path": code("requests.storage"), "old": code(claim.old_text(*_CLAIMED))}
            yield Match(claim.address, {**values, "new": code(claim.new_text(*_CLAIMED))})


def _bytes(value: Json) -> float:
    match = re.fullmatch(r"(\d+(?:\.\d+)?)([KMGTP]i?)?", value) if isinstance(value, str) else None
    if match is None:
        return 0
    unit = match[2] or ""
    base = 1024 if unit.endswith("i") else 1000
    return float(match[1]) * float(base) ** (" KMGTP".index(unit[0]) if unit else 0)
