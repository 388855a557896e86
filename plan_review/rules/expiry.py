"""Data that expires: lifecycle rules of buckets and repositories, time to live of tables."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from plan_review.facts import Facts
from plan_review.facts.stores import holds_state
from plan_review.levels import Level
from plan_review.plan import Action
from plan_review.plan.paths import Json, dicts
from plan_review.quoting import code
from plan_review.rules.rule import Match, rule

_S3_GUIDE: Final = "https://docs.aws.amazon.com/AmazonS3/latest/userguide"
_RULES: Final = (
    "aws_s3_bucket",
    "aws_s3_bucket_lifecycle_configuration",
    "aws_s3control_bucket_lifecycle_configuration",
)


@rule(
    "DATA05",
    Level.REVIEW,
    when="a lifecycle rule newly deletes objects of a bucket, or sooner, or images of a "
    "repository; "
    "data-loss where it deletes current objects of a whole bucket that exists",
    title="{what} of {store} expire after {after}",
    why="{why}",
    action="Check the prefix and the days; what is old enough goes within a day of the apply.",
    source=f"{_S3_GUIDE}/lifecycle-expire-general-considerations.html",
)
def objects_expire(facts: Facts) -> Iterator[Match]:
    """Nothing in a plan says "delete", and it is one all the same."""
    made = {b.new_text("bucket") for b in facts.of("aws_s3_bucket") if b.action is Action.CREATE}
    for change in facts.of(*_RULES):
        if not change.is_written:
            continue
        key = "lifecycle_rule" if change.type == "aws_s3_bucket" else "rule"
        is_new = change.type == "aws_s3_bucket" and change.action is Action.CREATE
        is_new = is_new or change.new_text("bucket") in made - {""}
        before = list(_expiries(change.old(key)))
        for expiry in _expiries(change.new(key)):
            if any(known.takes_all_of(expiry) for known in before):
                continue
            current = expiry.is_of_current
            bucket = change.new_text("bucket") or change.old_text("bucket") or change.name
            why = "Without versioning they are gone for good."
            if holds_state(facts, change):
                why += " It holds the state of stacks, old versions of it included."
            if not current:
                why = "A version that was overwritten or deleted cannot be had back after that."
            yield Match(
                change.address,
                {
                    "what": expiry.what,
                    "store": code(bucket),
                    "after": expiry.after,
                    "why": why,
                },
                Level.DATA_LOSS if current and not expiry.prefix and not is_new else None,
            )
    yield from _google_objects_expire(facts)
    for change in facts.of("aws_ecr_lifecycle_policy"):
        is_new = change.before is None or facts.changes_at(change, "policy")
        if change.is_written and is_new and change.new("policy"):
            yield Match(
                change.address,
                {
                    "what": "Images",
                    "store": code(change.new_text("repository") or change.name),
                    "after": "what its rules say",
                    "why": "A pod that needs an image which has expired cannot start again.",
                },
            )


def _google_objects_expire(facts: Facts) -> Iterator[Match]:
    """What a bucket of Google's newly deletes."""
    for bucket in facts.of("google_storage_bucket"):
        known = set(_google_expiries(bucket.old("lifecycle_rule")))
        if bucket.action is not Action.UPDATE:
            continue
        for after, is_whole in _google_expiries(bucket.new("lifecycle_rule")):
            if (after, is_whole) not in known:
                yield Match(
                    bucket.address,
                    {
                        "what": "Objects",
                        "store": code(bucket.old_text("name") or bucket.name),
                        "after": after,
                        "why": "Without versioning or soft delete they are gone for good.",
                    },
                    Level.DATA_LOSS if is_whole else None,
                )


def _google_expiries(rules: Json) -> Iterator[tuple[str, bool]]:
    """When rules delete, and whether they reach live objects of the whole bucket."""
    for entry in dicts(rules):
        if not any(one.get("type") == "Delete" for one in dicts(entry.get("action"))):
            continue
        for one in dicts(entry.get("condition")):
            narrow = ("matches_prefix", "matches_suffix", "matches_storage_class")
            old = ("num_newer_versions", "days_since_noncurrent_time")
            is_whole = not any(one.get(key) for key in (*narrow, *old))
            is_whole = is_whole and one.get("with_state") != "ARCHIVED"
            age = one.get("age")
            yield _days(age) if age else "what its rule says", is_whole


@dataclass(frozen=True)
class _Expiry:
    """What a rule of a bucket deletes, and when."""

    is_of_current: bool
    """Whether it takes objects as they are, and not only their old versions."""
    prefix: str
    when: int | str
    """A number of days, or a date."""

    @property
    def what(self) -> str:
        """What is deleted, in words."""
        what = "Objects" if self.is_of_current else "Old versions of objects"
        return f"{what} under {code(self.prefix)}" if self.prefix else what

    @property
    def after(self) -> str:
        """When it is deleted, in words."""
        return _days(self.when) if isinstance(self.when, int) else self.when[:10]

    def takes_all_of(self, other: _Expiry) -> bool:
        """Whether all that another rule takes goes by this one, and not later."""
        if isinstance(self.when, int) and isinstance(other.when, int):
            sooner = self.when <= other.when
        else:
            sooner = self.when == other.when
        wider = self.prefix in ("", other.prefix)
        return self.is_of_current == other.is_of_current and wider and sooner


def _expiries(rules: Json) -> Iterator[_Expiry]:
    """What rules delete."""
    for entry in dicts(rules):
        if entry.get("status") not in ("Enabled", None) or entry.get("enabled") is False:
            continue
        prefix = _prefix(entry)
        for key, is_of_current, names in _EXPIRIES:
            for one in dicts(entry.get(key)):
                when = next((one[name] for name in names if one.get(name)), None)
                if isinstance(when, int | str):
                    yield _Expiry(is_of_current, prefix, when)


_EXPIRIES: Final = (
    ("expiration", True, ("days", "date")),
    ("noncurrent_version_expiration", False, ("noncurrent_days", "days")),
)


def _days(number: Json) -> str:
    return f"{number} day" if number == 1 else f"{number} days"


def _prefix(entry: dict[str, Json]) -> str:
    """What narrows a rule, empty where it reaches everything."""
    found = [entry.get("prefix")]
    for one in dicts(entry.get("filter")):
        found += [one.get("prefix"), *(tag.get("key") for tag in dicts(one.get("tag")))]
        found += [one.get("object_size_greater_than"), one.get("object_size_less_than")]
        for both in dicts(one.get("and")):
            found += [both.get("prefix"), both.get("tags")]
    found.append(entry.get("tags"))
    return next((str(text) for text in found if text), "")


@rule(
    "DATA06",
    Level.REVIEW,
    when="a table's time to live is switched on, gets shorter, or reads another attribute",
    title="Items of the table {table} expire by {attribute}",
    why="Items whose attribute lies in the past are deleted within days of the apply, without a "
    "copy.",
    action="Count the items that it would take today.",
    source="https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/TTL.html",
)
def items_expire(facts: Facts) -> Iterator[Match]:
    """A new table has no items to lose."""
    for table in facts.of("aws_dynamodb_table"):
        on, was = table.new("ttl", 0, "enabled"), table.old("ttl", 0, "enabled")
        name, old = table.new("ttl", 0, "attribute_name"), table.old("ttl", 0, "attribute_name")
        if table.action is Action.UPDATE and on is True and (was is not True or name != old):
            shown = code(name) if isinstance(name, str) else "an attribute known after the apply"
            values = {"table": code(table.old_text("name")), "attribute": shown}
            yield Match(table.address, values)
    for table in facts.of(*_TIMES_TO_LIVE):
        for name in _TIMES_TO_LIVE[table.type]:
            old, new = table.old(name), table.new(name)
            is_on = table.action is Action.UPDATE and isinstance(new, int) and new > 0
            if is_on and (not isinstance(old, int) or old <= 0 or new < old):
                values = {"table": code(table.address), "attribute": code(name)}
                yield Match(table.address, values)


_TIMES_TO_LIVE: Final = {
    "aws_keyspaces_table": ("default_time_to_live",),
    "azurerm_cosmosdb_mongo_collection": ("default_ttl_seconds",),
    "azurerm_cosmosdb_sql_container": ("default_ttl",),
    "google_bigquery_dataset": (
        "default_table_expiration_ms",
        "default_partition_expiration_ms",
    ),
    "google_bigquery_table": ("expiration_time",),
}
