"""Kinds of a section: chosen by `kind`, with a default, and without a tag in any place."""

from typing import Annotated, Literal

import pytest
from pydantic import Field, Tag, ValidationError

from constructs_lib.spec import shape
from constructs_lib.spec.partial import whole_parts
from constructs_lib.spec.section import Section, Unknown, by_kind


class Cat(Section):
    """The default kind."""

    kind: Literal["cat"] = "cat"
    """Which."""

    lives: int = 9
    """How many."""


class Dog(Section):
    """Another kind."""

    kind: Literal["dog"] = "dog"
    """Which."""

    tricks: dict[str, list[int]] = Field(default_factory=dict)
    """What it can do."""

    age: int
    """In years."""


Pet = Annotated[
    Annotated[Cat, Tag("cat")] | Annotated[Dog, Tag("dog")],
    by_kind("cat"),
]


class House(Section):
    """Where they live."""

    pets: dict[str, Pet]
    """By name."""

    guest: Pet | None = None
    """One more."""


def places(data: object) -> list[tuple[str | int, ...]]:
    with pytest.raises(ValidationError) as caught:
        House.model_validate(data)
    return [shape.place(House, error["loc"]) for error in caught.value.errors()]


def test_a_kind_is_chosen_and_one_is_the_default() -> None:
    house = House.model_validate({"pets": {"tom": {}, "rex": {"kind": "dog", "age": 3}}})
    assert house == House(pets={"tom": Cat(), "rex": Dog(age=3)})


def test_no_tag_shows_in_a_place() -> None:
    assert places({"pets": {"tom": {"lives": "x"}, "rex": {"kind": "dog"}}}) == [
        ("pets", "tom", "lives"),
        ("pets", "rex", "age"),
    ]
    assert places({"pets": {}, "guest": {"kind": "dog", "age": 1, "tricks": {"sit": ["x"]}}}) == [
        ("guest", "tricks", "sit", 0)
    ]


def test_a_kind_that_is_none_is_told_at_the_section() -> None:
    assert places({"pets": {"jaws": {"kind": "shark"}}}) == [("pets", "jaws")]


def test_the_keys_of_a_place_are_those_of_its_kind() -> None:
    data = {"pets": {"tom": {}, "rex": {"kind": "dog"}}}
    assert shape.at(House, ("pets", "tom"), data) is Cat
    assert shape.at(House, ("pets", "rex"), data) is Dog
    assert shape.at(House, ("pets", "rex", "age"), data) is int
    assert shape.at(House, ("guest",), {"guest": {"kind": "dog"}}) is Dog


def test_what_is_right_of_a_kind_remains() -> None:
    data = {"pets": {"tom": {"lives": 7}, "rex": {"kind": "dog", "age": "x"}}}
    house = whole_parts(House, data, [("pets", "rex", "age")])
    assert house.pets["tom"] == Cat(lives=7)
    rex = house.pets["rex"]
    assert isinstance(rex, Dog)
    assert rex.tricks == {}
    with pytest.raises(Unknown):
        _ = rex.age


def test_what_is_no_section_at_all_keeps_its_place_without_a_value() -> None:
    house = whole_parts(House, {"pets": {"tom": {}, "rex": 5}}, [("pets", "rex")])
    assert list(house.pets) == ["tom", "rex"]
    with pytest.raises(Unknown):
        _ = house.pets["rex"].kind
