"""The regions of EKS and the letters of their zones.

A dated table. A region that is not here may be newer; a letter beyond its region's is a slip.

Sources: https://docs.aws.amazon.com/general/latest/gr/eks.html and
https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/using-regions-availability-zones.html
"""

from datetime import date
from typing import Final

AS_OF: Final = date(2026, 11, 25)
"""The day the table was last compared with its sources."""

_THREE_ZONES: Final = """\
af-south-1 ap-east-1 ap-east-2 ap-northeast-3 ap-south-1 ap-south-2 ap-southeast-1 ap-southeast-2
ap-southeast-3 ap-southeast-4 ap-southeast-5 ap-southeast-6 ap-southeast-7 ca-west-1 cn-northwest-1
eu-central-1 eu-central-2 eu-isoe-west-1 eu-north-1 eu-south-1 eu-south-2 eu-west-1 eu-west-2
eu-west-3 eusc-de-east-1 il-central-1 me-central-1 me-south-1 mx-central-1 sa-east-1 us-east-2
us-gov-east-1 us-gov-west-1 us-iso-east-1 us-iso-west-1 us-isob-east-1 us-isob-west-1
us-isof-east-1 us-isof-south-1 us-west-1
"""

ZONES: Final = dict.fromkeys(_THREE_ZONES.split(), "abc") | {
    "ap-northeast-1": "abcd",
    "ap-northeast-2": "abcd",
    "ca-central-1": "abcd",
    "cn-north-1": "abcd",
    "us-east-1": "abcdef",
    "us-west-2": "abcd",
}
"""Letters of zones by region."""

WITHOUT_CONTROL_PLANE: Final = {"us-east-1e": "use1-az3"}
"""Zones in which EKS makes no control plane, by the name that most accounts see.
https://docs.aws.amazon.com/eks/latest/userguide/network-reqs.html"""
