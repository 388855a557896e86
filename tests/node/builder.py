"""A build of the node image by the real Packer, on a machine that takes EC2's place.

Packer starts an instance in the emulated EC2, and the machine is switched on; Packer's key reaches
it through the metadata service, and Packer reaches it by SSH at the instance's public address.
Packer stops the instance, and the machine is switched off. The template is the product's own; of
`node-image.json` the key that signs and the version of the AWS CLI are those of the tests.
"""

import json
import shutil
import ssl
import subprocess
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from tests.emulator.aws import AwsEmulator
from tests.emulator.certificates import Authority
from tests.packer.packer import Packer, flags
from tests.servers import Handler, Loopback

from .machine import DYING_WITH_PARENT, PACKER, Machine, documents
from .vendors import AWS_CLI_VERSION, KUBELET, KUBELET_DATE, Vendors

ADDRESS = "10.1.0.60"
BUILD_SECONDS = 300
HERE = "203.0.113.7"
"""This machine's address, as others see it."""

_WITH_HOSTS = """\
mount --bind "$1" /etc/hosts
shift
exec "$@"
"""


@dataclass(frozen=True)
class Built:
    """What a build has left."""

    status: int
    said: str
    disk: Path
    """The layer over Ubuntu."""

    images: Path
    """What containerd keeps."""

    manifest: Path
    """What Packer says it has made; not there where it has made nothing."""


class Builder(Machine):
    """Ubuntu as Canonical's image has it, off until the instance runs."""

    def __init__(self, directory: Path, vendors: Vendors) -> None:
        super().__init__(
            directory,
            address=ADDRESS,
            metadata={},
            environment={},
            ports=[vendors.port, vendors.registry],
        )
        self.prepare()
        self.write("etc/ssl/certs/registry.pem", vendors.certificate)
        # The kernel is shared: there is no module to load, and udev does not run in a container
        for program in ("modprobe", "udevadm"):
            self.write(f"usr/local/sbin/{program}", "#!/bin/sh\n")

    def __enter__(self) -> Self:
        try:
            self.connect()
        except BaseException:
            self.__exit__()
            raise
        return self

    def be(self, instance: Mapping[str, Any], key: str) -> None:
        """Become this instance of EC2's: have its address and tell of it, and switch on."""
        name = instance["PrivateDnsName"]
        tree = {
            "meta-data": {
                "instance-id": instance["InstanceId"],
                "local-hostname": name,
                "hostname": name,
                "public-keys": {"0": {"openssh-key": key}},
                "services": {"domain": "amazonaws.com", "partition": "aws"},
                "placement": {"availability-zone": "us-west-2a", "region": "us-west-2"},
            },
        }
        self.metadata.update(documents(tree))
        # its listing is not like the others: a number, and the key's name
        self.metadata["meta-data/public-keys"] = f"0={instance['KeyName']}"
        public = instance["PublicIpAddress"]
        subprocess.run(
            ["nsenter", f"--net={self.network}", "ip", "address", "add", public, "dev", "lo"],
            check=True,
        )
        self.in_the_vpc("ip", "route", "add", public, "via", ADDRESS)
        self.boot()


class _CheckIp(Handler):
    def answer(self) -> None:
        self.reply(200, f"{HERE}\n")


def build(
    directory: Path, aws: AwsEmulator, packer: Packer, vendors: Vendors, **variables: str
) -> Built:
    """Build the image for amd64, with these variables besides those that lead to the tests."""
    template = directory / "packer"
    shutil.copytree(PACKER, template)
    versions = json.loads((template / "node-image.json").read_text("utf-8"))
    versions["aws_cli_version"] = AWS_CLI_VERSION
    versions["key_fingerprints"] = dict.fromkeys(("aws_cli", "docker"), vendors.fingerprint)
    (template / "node-image.json").write_text(json.dumps(versions))
    (template / "keys/aws-cli.asc").write_bytes(vendors.public_key)
    authority = Authority("checkip")
    (directory / "ca.pem").write_bytes(authority.certificate)
    authority.write_server(directory / "server.pem", "checkip.amazonaws.com")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(directory / "server.pem")
    (directory / "hosts").write_text("127.0.0.1 localhost checkip.amazonaws.com\n")
    given = {
        "kubelet_version": KUBELET,
        "kubelet_build_date": KUBELET_DATE,
        "polling_seconds": "1",
        "sources": json.dumps(vendors.sources),
        **variables,
    }
    moto = int(aws.endpoint_url.rpartition(":")[2])
    check_ip = Loopback(_CheckIp)
    check_ip.socket = context.wrap_socket(check_ip.socket, server_side=True)
    with Builder(directory / "machine", vendors) as machine, check_ip:
        machine.forward(machine.vpc, {moto: moto, 443: check_ip.server_port})
        with tempfile.TemporaryFile("w+") as log:
            process = subprocess.Popen(
                [
                    *DYING_WITH_PARENT,
                    *("nsenter", f"--net={machine.vpc}", "unshare", "--mount"),
                    *("--propagation", "private", "sh", "-e", "-c", _WITH_HOSTS, "sh"),
                    *(str(directory / "hosts"), str(packer.program), "build", "-color=false"),
                    *("-only=amazon-ebs.amd64", *flags(given), str(template / "node.pkr.hcl")),
                ],
                env={
                    **aws.environment(packer.environment),
                    "AWS_ACCESS_KEY_ID": "builder",
                    "SSL_CERT_FILE": str(directory / "ca.pem"),
                    "TMPDIR": packer.environment["HOME"],
                },
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
            try:
                _follow(process, machine, aws)
            finally:
                process.kill()
                process.wait()
            log.seek(0)
            said = log.read()
    return Built(
        process.returncode, said, machine.upper, machine.images, template / "manifest.json"
    )


def _follow(process: "subprocess.Popen[bytes]", machine: Builder, aws: AwsEmulator) -> None:
    """Switch the machine on and off as the instance of EC2's, until Packer has ended."""
    ec2, end = aws.client("ec2"), time.monotonic() + BUILD_SECONDS
    running = ""
    while process.poll() is None or running:
        if time.monotonic() > end:
            raise TimeoutError(f"Packer does not end\n{machine.console()[-4000:]}")
        now = {
            instance["InstanceId"]: instance
            for reservation in ec2.describe_instances()["Reservations"]
            for instance in reservation["Instances"]
            if instance["State"]["Name"] == "running"
        }
        if running and running not in now:
            running = ""
            machine.power_off()
        for id in now.keys() - {running}:
            (pair,) = ec2.describe_key_pairs(KeyNames=[now[id]["KeyName"]], IncludePublicKey=True)[
                "KeyPairs"
            ]
            running = id
            machine.be(now[id], pair["PublicKey"])
        time.sleep(0.5)
