"""What is not YAML, or not plain."""

from pathlib import Path

import pytest

from constructs_lib.spec.loader import load
from tests.spec.bad import GOOD, KEYS, TODAY, Change, add, also, in_group, instead, told, whole

BAD: dict[str, tuple[Change, str]] = {
    "an empty file": (
        whole(""),
        "1: is empty; copy another cluster's file and change name and ranges",
    ),
    "a file of comments": (
        whole("# later\n"),
        "1: is empty; copy another cluster's file and change name and ranges",
    ),
    "a file that is a text": (
        whole("hello\n"),
        "1: holds a single value, not a mapping; write keys like `name: lovelace`",
    ),
    "a file that is a list": (
        whole("- name: ada\n"),
        "1: holds a list, not a mapping; write keys like `name: lovelace`",
    ),
    "a tab": (
        whole("name: ada\n\tregion: us-west-2\n"),
        "2: is not YAML: found a tab character that violates indentation; "
        "check the indentation, colons and quotes here",
    ),
    "an open quote": (
        whole('name: "ada\n'),
        "2: is not YAML: found unexpected end of stream; "
        "check the indentation, colons and quotes here",
    ),
    "two documents": (
        whole("name: ada\n---\nname: bob\n"),
        "2: holds more than one document; write one file for each cluster",
    ),
    "an alias of itself": (
        whole("name: &name [*name]\n"),
        "1: holds a value that stands within itself; write the value out",
    ),
    "nesting without end": (
        whole(f"name: {'[' * 5000}{']' * 5000}\n"),
        "1: is nested deeper than 100 levels; write it flatter",
    ),
    "aliases that unfold to millions": (
        whole(
            "a: &a [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]\n"
            + "".join(f"{y}: &{y} [{', '.join([f'*{x}'] * 10)}]\n" for x, y in ("ab", "bc", "cd"))
        ),
        "1: unfolds to more than 10000 values; use fewer aliases",
    ),
    "a deep list that would end the process": (
        also(f"key_name: {'[' * 25_000}"),
        "6: is nested deeper than 100 levels; write it flatter",
    ),
    "a deep list of hyphens": (
        also(f"key_name:\n{'- ' * 25_000}"),
        "7: is nested deeper than 100 levels; write it flatter",
    ),
    "an octal number": (
        in_group("min_size: 010"),
        "8: node_groups.node.min_size: is a number that not everyone reads alike, got 010; "
        "write it in plain digits, or as a text in quotes",
    ),
    "a hexadecimal number": (
        in_group("min_size: 0x10"),
        "8: node_groups.node.min_size: is a number that not everyone reads alike, got 0x10; "
        "write it in plain digits, or as a text in quotes",
    ),
    "a number in groups": (
        in_group("min_size: 1_0"),
        "8: node_groups.node.min_size: is a number that not everyone reads alike, got 1_0; "
        "write it in plain digits, or as a text in quotes",
    ),
    "a number in minutes": (
        in_group("min_size: 22:22"),
        "8: node_groups.node.min_size: is a number that not everyone reads alike, got 22:22; "
        "write it in plain digits, or as a text in quotes",
    ),
    "a hexadecimal number of 5,000 digits": (
        in_group(f"min_size: 0x{'f' * 5_000}"),
        "8: node_groups.node.min_size: is a number that not everyone reads alike, got "
        f"0x{'f' * 78}...; write it in plain digits, or as a text in quotes",
    ),
    "a name that is a number": (
        instead("name: ada", "name: 42"),
        '1: name: is read by YAML as a number, got 42; write it in quotes: "42"',
    ),
    "a name that is a number to some": (
        instead("name: ada", "name: 007"),
        "1: name: is a number that not everyone reads alike, got 007; "
        "write it in plain digits, or as a text in quotes",
    ),
    "no number at all in an add-on": (
        also("addons: {coredns: {configuration_values: {replicas: .nan}}}"),
        "6: addons.coredns.configuration_values.replicas: is a number that not everyone reads "
        "alike, got .nan; write it in plain digits, or as a text in quotes",
    ),
    "bytes in an add-on": (
        also("addons: {coredns: {configuration_values: {a: !!binary aGFsbG8=}}}"),
        "6: addons.coredns.configuration_values.a: has a tag, got !!binary; "
        "write the plain value without it",
    ),
    "a tag of someone's own": (
        instead("us-west-2\n", "!region us-west-2\n"),
        "2: region: has a tag, got !region; write the plain value without it",
    ),
    "a set": (
        also("map_users: !!set {a}"),
        "6: map_users: has a tag, got !!set; write the plain value without it",
    ),
    "a key that is a list": (
        also("? [a, b]\n: c"),
        "6: has a key that is not a text; write a plain word",
    ),
    "a line end and an escape in a value": (
        instead("us-west-2\n", '"x\\n::error::y\\e[31m\\u202e"\n'),
        "2: region: is not a region, got x\\n::error::y\\x1b[31m\\u202e; "
        "write its code, like us-west-2",
    ),
    "a line end and an escape in a key": (
        also('"a\\n::error::b\\e[0m": 1'),
        "6: a\\n::error::b\\x1b[0m: is not a key of the spec; "
        f"the keys here are {KEYS}; rename or delete it",
    ),
    "a token of CDKTF's": (
        also('key_name: "#{TfToken[TOKEN.0]}"'),
        "6: key_name: holds TfToken[, which CDKTF would replace, got #{TfToken[TOKEN.0]}; "
        "write another text",
    ),
    "a token of CDKTF's in an add-on": (
        also('addons: {coredns: {configuration_values: {"${TfToken[TOKEN.0]}": 1}}}'),
        "6: addons.coredns.configuration_values.${TfToken[TOKEN.0]}: holds TfToken[, which CDKTF "
        "would replace, got ${TfToken[TOKEN.0]}; write another text",
    ),
    "a merge within itself": (
        also("state: &state\n  <<: *state"),
        "1: holds a value that stands within itself; write the value out",
    ),
    "merges that unfold to millions": (
        whole(
            "a: &a {a: 1}\n"
            + "".join(
                f"{y}: &{y} {{<<: [{', '.join([f'*{x}'] * 20)}]}}\n"
                for x, y in ("ab", "bc", "cd", "de", "ef")
            )
        ),
        "1: unfolds to more than 10000 values; use fewer aliases",
    ),
    "a file of eksctl's": (
        whole("apiVersion: eksctl.io/v1alpha5\nkind: ClusterConfig\nmetadata: {name: ada}\n"),
        "1: is a file of eksctl's; copy another cluster's file and change name and ranges",
    ),
    "a manifest of Kubernetes": (
        whole("apiVersion: v1\nkind: Pod\nmetadata: {name: ada}\n"),
        "1: is a manifest of Kubernetes, not a cluster's spec; "
        "copy another cluster's file and change name and ranges",
    ),
    "a configuration of Terraform's": (
        whole('# ours\n\nresource "aws_eks_cluster" "ada" {\n  name = "ada"\n}\n'),
        "1: is a configuration of Terraform's; "
        "copy another cluster's file and change name and ranges",
    ),
    "a merge of a text": (
        in_group("<<: hello\n    min_size: 1"),
        "8: node_groups.node.<<: merges what is no mapping; write an alias of one, like *node, "
        "or delete the line",
    ),
    "a merge of nothing": (
        in_group("<<:\n    min_size: 1"),
        "8: node_groups.node.<<: merges what is no mapping; write an alias of one, like *node, "
        "or delete the line",
    ),
    "a merge of a list that holds a text": (
        in_group("<<: [{min_size: 1}, hello]"),
        "8: node_groups.node.<<: merges what is no mapping; write an alias of one, like *node, "
        "or delete the line",
    ),
    "a template of CloudFormation's": (
        whole("AWSTemplateFormatVersion: 2010-09-09\nResources: {}\n"),
        "1: is a template of CloudFormation's; copy another cluster's file and change name and "
        "ranges",
    ),
    "a configuration of Terraform's in JSON": (
        whole('{"resource": {"aws_eks_cluster": {"ada": {"name": "ada"}}}}\n'),
        "1: is a configuration of Terraform's; copy another cluster's file and change name and "
        "ranges",
    ),
    "a key in Cyrillic letters": (
        also("t\u0430gs: {}"),
        "6: t\u0430gs: is not a key of the spec, got t\u0430gs (t\\u0430gs); "
        "did you mean tags? rename or "
        "delete it",
    ),
    "a hyphen of another kind": (
        instead("region: us-west-2\n", "region: us\u2011west-2\n"),
        "2: region: is not a region, got us\u2011west-2 (us\\u2011west-2); write its code, like "
        "us-west-2",
    ),
}


@pytest.mark.parametrize(("change", "message"), BAD.values(), ids=BAD.keys())
def test_a_bad_spec_is_told_with_line_reason_and_way_out(
    root: Path, change: Change, message: str
) -> None:
    assert told(root, change) == [message]


def test_names_that_look_like_numbers_and_words_are_texts_in_quotes(root: Path) -> None:
    (root / "clusters" / "ada.yaml").unlink()
    names = ["42", "true", "on", "y", "1e3", "0x1F", "null", "007", "2026-01-01"]
    for name in names:
        add(root, name, GOOD.replace("name: ada", f'name: "{name}"'))
    clusters = load(root, today=TODAY).clusters
    assert sorted(names) == [cluster.spec.name for cluster in clusters]


def test_dates_and_null_are_the_add_ons_own_affair(root: Path) -> None:
    values = "{from: 2026-01-01, bad: 2026-99-99, odd: !!timestamp abc, none: null, "
    values += "share: 1.5, many: [1, true]}"
    add(root, "ada", GOOD + f"addons: {{coredns: {{configuration_values: {values}}}}}\n")
    (cluster,) = load(root, today=TODAY).clusters
    assert cluster.spec.addons["coredns"].configuration_values == {
        "from": "2026-01-01",
        "bad": "2026-99-99",
        "odd": "abc",
        "none": None,
        "share": 1.5,
        "many": [1, True],
    }


def test_merge_keys_are_merged_and_what_stands_beside_them_wins(root: Path) -> None:
    groups = "node_groups:\n  node: &node\n    min_size: 3\n    max_size: 9\n"
    groups += "  web: {<<: *node, max_size: 4}\n"
    add(root, "ada", GOOD[: GOOD.index("node_groups")] + groups)
    (cluster,) = load(root, today=TODAY).clusters
    web = cluster.spec.node_groups["web"]
    assert (web.min_size, web.max_size) == (3, 4)
