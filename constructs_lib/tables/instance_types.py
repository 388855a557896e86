"""Which EC2 instance types there are, so that a name with a slip of the pen is told at synth.

A dated table: `aws ec2 describe-instance-types` and the API's own list say what there is today. A
family or a size that is not here may be newer; what cannot be one is told apart by its form.

Source: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_Instance.html (InstanceType).
"""

import difflib
import re
from datetime import date
from itertools import groupby
from typing import Final, NamedTuple

AS_OF: Final = date(2026, 11, 25)
"""The day the table was last compared with its source."""

_TABLE: Final = """\
a1
    medium large x 2 4 metal
c1
    medium x
c3 c4 r3
    large x 2 4 8
c5 c5d
    large x 2 4 9 12 18 24 metal
c5a c5ad m5a m5ad r5a r5ad
    large x 2 4 8 12 16 24
c5n
    large x 2 4 9 18 metal
c6a m6a r6a
    large x 2 4 8 12 16 24 32 48 metal
c6g c6gd c7g c7gd c7gn m6g m6gd m7g m7gd r6g r6gd r7g r7gd x2gd
    medium large x 2 4 8 12 16 metal
c6gn
    medium large x 2 4 8 12 16
c6i c6id c6in i4i m6i m6id m6idn m6in r6i r6id r6idn r6in
    large x 2 4 8 12 16 24 32 metal
c7a m7a r7a
    medium large x 2 4 8 12 16 24 32 48 m48
c7i i7i i8g m7i r7i
    large x 2 4 8 12 16 24 48 m24 m48
c7i-flex c8i-flex m7i-flex m8i-flex r8i-flex
    large x 2 4 8 12 16
c8a c8g c8gb c8gd c8gn m8a m8g m8gb m8gd m8gn m9g m9gd r8a r8g r8gb r8gd r8gn x8g
    medium large x 2 4 8 12 16 24 48 m24 m48
c8i c8ib c8id c8in m8i m8ib m8id m8idb m8idn m8in r8i r8ib r8id r8idb r8idn r8in
    large x 2 4 8 12 16 24 32 48 96 m48 m96
c8ine m8ine
    large x 2 4 8 12
c9g c9gd r9g r9gd
    medium large x 2 4 8 12 16 24 48 m48
cc1 cg1 gr6f hi1
    4
cc2 cr1 hs1
    8
d2 d3 i2
    x 2 4 8
d3en
    x 2 4 6 8 12
dl1 dl2q p3dn p4d p4de
    24
f1
    2 4 16
f2
    6 12 48
g2
    2 8
g3 hpc7g
    4 8 16
g3s
    x
g4ad
    x 2 4 8 16
g4dn
    x 2 4 8 12 16 metal
g5 g6 g6e
    x 2 4 8 12 16 24 48
g5g
    x 2 4 8 16 metal
g6f
    large x 2 4
g7 g7e
    2 4 8 12 24 48
gr6
    4 8
h1
    2 4 8 16
hpc6a p5e p5en p6-b200 p6-b300 trn2u
    48
hpc6id trn1n
    32
hpc7a
    12 24 48 96
hpc8a
    96
i3
    large x 2 4 8 16 metal
i3en
    large x 2 3 6 12 24 metal
i4g im4gn r4
    large x 2 4 8 16
i7ie i8ge
    large x 2 3 6 12 18 24 48 m24 m48
inf1
    x 2 6 24
inf2
    x 8 24 48
is4gen
    medium large x 2 4 8
m1
    small medium large x
m2
    x 2 4
m3
    medium large x 2
m4
    large x 2 4 10 16
m5 m5d m5dn m5n r5 r5b r5d r5dn r5n
    large x 2 4 8 12 16 24 metal
m5zn z1d
    large x 2 3 6 12 metal
m8azn
    medium large x 3 6 12 24 m12 m24
p2
    x 8 16
p3
    2 8 16
p5
    4 48
p6e-gb200
    36
r7iz
    large x 2 4 8 12 16 32 m16 m32
t1
    micro
t2 t3 t3a t4g
    nano micro small medium large x 2
t8i
    nano micro small medium
trn1
    2 32
trn2
    3 48
u-12tb1 u-18tb1 u-24tb1 u-9tb1
    112 metal
u-3tb1
    56
u-6tb1
    56 112 metal
u7i-12tb u7ib-12tb u7in-16tb u7in-24tb u7in-32tb
    224
u7i-6tb u7i-8tb
    112
u7inh-32tb
    480
vt1
    3 6 24
x1
    16 32
x1e
    x 2 4 8 16 32
x2idn
    16 24 32 metal
x2iedn
    x 2 4 8 16 24 32 metal
x2iezn
    2 4 6 8 12 metal
x8aedz
    large x 3 6 12 24 m12 m24
x8i
    large x 2 4 8 12 16 24 32 48 64 96 m48 m96
"""
"""Families of the same sizes, and below them those sizes: x is xlarge, 2 is 2xlarge, m24 is
metal-24xl. Macs, which run no Linux node, are not here."""

PATTERN: Final = (
    r"^(?!mac)[a-z]+-?[0-9]+[a-z0-9]*(-[a-z0-9]+)?"
    r"\.(nano|micro|small|medium|large|[0-9]{0,3}xlarge|metal(-[0-9]{1,3}xl)?)$"
)
"""The form of a type, as JSON Schema writes it."""

_FORM: Final = re.compile(PATTERN.removeprefix("^").removesuffix("$"))


def _whole(size: str) -> str:
    if size.isdecimal():
        return f"{size}xlarge"
    if size[0] == "m" and size[1:].isdecimal():
        return f"metal-{size[1:]}xl"
    return "xlarge" if size == "x" else size


def _read(table: str) -> frozenset[str]:
    types: set[str] = set()
    families: list[str] = []
    below = False
    for line in table.splitlines():
        words = line.split()
        if line.startswith(" "):
            types |= {f"{family}.{_whole(size)}" for family in families for size in words}
            below = True
        else:
            families = words if below else families + words
            below = False
    return frozenset(types)


TYPES: Final = _read(_TABLE)

_BY_START: Final = {
    start: list(names) for start, names in groupby(sorted(TYPES), key=lambda name: name[:2])
}


_MIB_OF_T: Final = {
    **{"nano": 512, "micro": 1024, "small": 2048, "medium": 4096, "large": 8192},
    **{"xlarge": 16384, "2xlarge": 32768},
}
_CPUS_OF_T: Final = {"xlarge": 4, "2xlarge": 8}
_MIB_PER_CPU: Final = {"c": 2048, "m": 4096, "r": 8192}


_XEN: Final = frozenset(
    (
        *("c1", "c3", "c4", "cc1", "cc2", "cg1", "cr1", "d2", "f1", "g2", "g3", "g3s", "h1"),
        *("hi1", "hs1", "i2", "i3", "m1", "m2", "m3", "m4", "p2", "p3", "r3", "r4", "t1", "t2"),
        *("x1", "x1e"),
    )
)
"""Families without Nitro, but for their bare metal.
https://docs.aws.amazon.com/ec2/latest/instancetypes/ec2-nitro-instances.html"""


def is_nitro(instance_type: str) -> bool:
    """Whether a type's network interfaces are Nitro's, which take prefixes of addresses."""
    family, _, name = instance_type.partition(".")
    return family not in _XEN or name.startswith("metal")


_WITH_DISKS: Final = re.compile(
    r"[a-z]+\d+[a-z]*d[a-z]*(-flex)?|i[3478][a-z]*|im4gn|is4gen|d3(en)?|dl1|f[12]|g5|g6e?|gr6|p5(en?)?|"
    r"trn1n?"
)
_WITHOUT_DISKS: Final = re.compile(r"[cmr][5-9][a-ce-z]*(-flex)?|t[2-9][a-z]*")


def has_instance_store(instance_type: str) -> bool | None:
    """Whether a type has NVMe disks of its own; None where its family is in neither list.

    https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instance-store-volumes.html
    """
    family = instance_type.partition(".")[0]
    if _WITH_DISKS.fullmatch(family):
        return True
    return False if _WITHOUT_DISKS.fullmatch(family) else None


class Size(NamedTuple):
    """What a node of a type has."""

    cpus: int
    mib: int


def size(instance_type: str) -> Size | None:
    """The CPUs and memory of a type, where its name says so; the kernel sees a little less.

    https://docs.aws.amazon.com/ec2/latest/instancetypes/gp.html
    """
    family, _, name = instance_type.partition(".")
    if re.fullmatch(r"t[2-9][a-z]*", family):
        mib = _MIB_OF_T.get(name)
        small = 1 if family == "t2" and name in ("nano", "micro", "small") else 2
        return None if mib is None else Size(_CPUS_OF_T.get(name, small), mib)
    # older generations and c5n have other amounts
    if re.fullmatch(r"[cmr][5-9][a-z]*(-flex)?", family) and family != "c5n":
        cpus = _cpus(name)
        return None if cpus is None else Size(cpus, _MIB_PER_CPU[family[0]] * cpus)
    return None


def _cpus(name: str) -> int | None:
    found = re.fullmatch(r"(\d*)xlarge", name)
    return 4 * int(found[1] or 1) if found else {"medium": 1, "large": 2}.get(name)


def problem(instance_type: str) -> tuple[str, str] | None:
    """What is wrong with a name that can be no type for a Linux node, and the way out."""
    if instance_type.startswith("mac"):
        return "is a Mac, which runs no Linux node", "write one like c5.large or c7g.large"
    if _FORM.fullmatch(instance_type):
        return None
    return "is not an instance type", _near(instance_type) or "write one like c5.large or c7g.large"


def warning(instance_type: str) -> tuple[str, str] | None:
    """What to tell of a type that has the form of one and is not in the table."""
    if instance_type in TYPES:
        return None
    hint = _near(instance_type)
    todo = "see that EC2 has it"
    return f"is no instance type known on {AS_OF}", f"{hint} {todo}" if hint else todo


def _near(instance_type: str) -> str:
    """The nearest type of the family, or of one that starts alike."""
    alike = _BY_START.get(instance_type[:2], [])
    family = instance_type.partition(".")[0] + "."
    same = [name for name in alike if name.startswith(family)]
    close = difflib.get_close_matches(instance_type[:40], same or alike, n=1)
    return f"did you mean {close[0]}?" if close else ""
