"""Data that expires: lifecycle rules of buckets and repositories, time to live of tables."""

from __future__ import annotations

from collections.abc import Iterator
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
        before = {text for text, _, _ in _expiries(change.old(key))}
        for text, days, is_whole in _expiries(change.new(key)):
            if text in before:
                continue
            current = text.startswith("Objects")
            bucket = change.new_text("bucket") or change.old_text("bucket") or change.name
            why = "Without versioning they are gone for good."
            if holds_state(facts, change):
                why += " It holds the state of stacks, old versions of it included."
            if not current:
                why = "A version that was overwritten or deleted cannot be had back after that."
            yield Match(
                change.address,
                {
                    "what": text.partition(" after")[0],
                    "store": code(bucket),
                    "after": days,
                    "why": why,
                },
                Level.DATA_LOSS if current and is_whole and not is_new else None,
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


def _expiries(rules: Json) -> Iterator[tuple[str, str, bool]]:
    """What rules delete and when, and whether they reach the whole bucket."""
    for entry in rules if isinstance(rules, list) else []:
        if not isinstance(entry, dict):
            continue
        if entry.get("status") not in ("Enabled", None) or entry.get("enabled") is False:
            continue
        prefix = _prefix(entry)
        what = f"Objects under {code(prefix)}" if prefix else "Objects"
        for one in dicts(entry.get("expiration")):
            when = one.get("days") or one.get("date")
            if when:
                after = _days(when) if isinstance(when, int) else str(when)[:10]
                yield f"{what} after {after}", after, not prefix
        for one in dicts(entry.get("noncurrent_version_expiration")):
            when = one.get("noncurrent_days") or one.get("days")
            if when:
                versions = what.replace("Objects", "Old versions of objects")
                yield f"{versions} after {_days(when)}", _days(when), not prefix


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
    when="a table's time to live is switched on, or reads another attribute",
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
