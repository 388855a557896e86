"""How pip, uv and npm are run: from where the user has packages, into the checkout alone."""

import ast
import ensurepip
import functools
import os
import re
import subprocess
import sys
import sysconfig
from collections.abc import Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
NODE = VENV / "node"
"""Links to the packaged Node, for PATH: its npm does not start from where it stands."""

HELP = "docs/how-to/behind-a-proxy.md"

OF_PIP = {
    "index-url": "UV_DEFAULT_INDEX",
    "extra-index-url": "UV_INDEX",
    "find-links": "UV_FIND_LINKS",
    "trusted-host": "UV_INSECURE_HOST",
    "cert": "SSL_CERT_FILE",
    "client-cert": "SSL_CLIENT_CERT",
    "proxy": "ALL_PROXY",
    "timeout": "UV_HTTP_TIMEOUT",
    "retries": "UV_HTTP_RETRIES",
    "no-index": "",
}
"""The settings of pip that say where packages are and how to get there, and uv's names for them.

https://pip.pypa.io/en/stable/topics/configuration/ https://docs.astral.sh/uv/reference/environment/
"""

KEPT = re.compile(
    r"""
    UV_(DEFAULT_INDEX|INDEX|INDEX_URL|EXTRA_INDEX_URL|INDEX_\w+_(USERNAME|PASSWORD)|FIND_LINKS
       |INSECURE_HOST|KEYRING_PROVIDER|HTTP_\w+|REQUEST_TIMEOUT|SYSTEM_CERTS|NATIVE_TLS|OFFLINE
       |CACHE_DIR|NO_CACHE|LINK_MODE|CONCURRENT_\w+|CONFIG_FILE)
    |npm_config_(registry|_auth.*|//.*|@.*|ca|cafile|cert|key|cache|proxy|https?_proxy|noproxy
       |strict_ssl|fetch_\w+|maxsockets|userconfig|globalconfig|nodedir)
    |(?!UV_|PIP_|npm_config_|VIRTUAL_ENV$|PYTHON).*
    """,
    re.IGNORECASE | re.VERBOSE | re.DOTALL,
)
"""The variables that reach an installer: where packages are to be had, but not where they go."""

SYSTEM_CERTIFICATES = (
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
)
"""Where systems keep the certificates that they trust, a company's own among them."""


class Failure(Exception):  # noqa: N818 - its text is the last line that the user reads
    """Set-up cannot go on."""


def install_uv() -> None:
    """Install uv with the pip that Python brings.

    Raises:
        Failure: pip could not.
    """
    settings = settings_of_pip()
    given = {f"PIP_{name.replace('-', '_').upper()}": value for name, value in settings.items()}
    patience = {"PIP_RETRIES": "1", "PIP_CONFIG_FILE": os.devnull, "PIP_NO_INPUT": "1"}
    environment = {**certificates("PIP_CERT"), **patience, **variables(), **given}
    command = [*pip(), "install", "--quiet", "--disable-pip-version-check", "--require-hashes"]
    lock = ["--only-binary", ":all:", "--requirement", "requirements/uv.txt"]
    run([*command, *lock], environment, no_packages("uv", settings.get("index-url")))


def uv(*arguments: str) -> None:
    """Run `uv pip install` with the arguments; packages are where pip would find them.

    Raises:
        Failure: uv could not.
    """
    settings = settings_of_pip()
    given = {OF_PIP[n]: " ".join(v.split()) for n, v in settings.items() if OF_PIP[n]}
    if "UV_FIND_LINKS" in given:
        given["UV_FIND_LINKS"] = given["UV_FIND_LINKS"].replace(" ", ",")
    # with hashes there is no danger in taking a package from another index than the first
    usual = {"UV_HTTP_RETRIES": "1", "UV_INDEX_STRATEGY": "unsafe-best-match"}
    environment = {**certificates("SSL_CERT_FILE"), **usual, **given, **variables()}
    caches = environment.get("XDG_CACHE_HOME") or "~/.cache"
    if not can_keep(environment.get("UV_CACHE_DIR") or f"{caches}/uv"):
        environment["UV_NO_CACHE"] = "1"
    command = [str(PYTHON.with_name("uv")), "pip", "install", "--quiet", "--python", str(PYTHON)]
    if settings.get("no-index", "").lower() in ("1", "true", "yes", "on"):
        command.append("--no-index")
    index = environment.get("UV_DEFAULT_INDEX") or environment.get("UV_INDEX_URL")
    run([*command, *arguments], environment, no_packages("the Python packages", index))


def no_packages(what: str, index: str | None) -> str:
    """Say from where something could not be had, without the credentials for it."""
    return (
        f"could not install {what} from {shown(index or 'https://pypi.org/simple')}; where that "
        "needs another index, a proxy or a company's certificates, set PIP_INDEX_URL, HTTPS_PROXY "
        f"or SSL_CERT_FILE: see {HELP}"
    )


def shown(url: str) -> str:
    """A URL without the credentials in it."""
    return re.sub(r"//[^/@]*@", "//", url)


def npm_ci(directory: Path) -> None:
    """Install what the package-lock.json of the directory asks for.

    No install scripts: the only one would compile a terminal library where no build of it ships.

    Raises:
        Failure: npm could not.
    """
    certificate = {**certificates("NODE_EXTRA_CA_CERTS"), "NODE_USE_SYSTEM_CA": "1"}
    patience = {"npm_config_fetch_retries": "1", "npm_config_fetch_retry_mintimeout": "1000"}
    environment = {**certificate, **patience, **variables()}
    environment["PATH"] = f"{NODE}{os.pathsep}{environment.get('PATH', os.defpath)}"
    if not can_keep(environment.get("npm_config_cache") or "~/.npm"):
        environment["npm_config_cache"] = str(ROOT / ".cache" / "npm")
    command = ["npm", "ci", "--prefix", str(directory), "--ignore-scripts", "--no-audit"]
    here = ["--no-fund", "--location=project", "--no-global", "--no-update-notifier"]
    registry = environment.get("npm_config_registry") or "https://registry.npmjs.org"
    failure = (
        f"could not install what {directory / 'package-lock.json'} asks for from "
        f"{shown(registry)}; where that needs another registry, a proxy or a company's "
        "certificates, set npm_config_registry, HTTPS_PROXY or NODE_EXTRA_CA_CERTS: "
        f"see {HELP}"
    )
    run([*command, *here, "--loglevel=error"], environment, failure)


def run(command: Sequence[str], environment: Mapping[str, str], failure: str) -> None:
    """Run an installer in the checkout, without a word unless it fails.

    Raises:
        Failure: with `failure`, after what the installer had to say.
    """
    done = subprocess.run(
        command,
        cwd=ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    if done.returncode != 0:
        sys.stderr.write(done.stdout.decode(errors="replace"))
        raise Failure(failure)


def variables() -> dict[str, str]:
    """The user's variables, without what would lead an installer elsewhere."""
    return {
        name.lower() if name.startswith("NPM_CONFIG_") else name: value
        for name, value in os.environ.items()
        if KEPT.fullmatch(name)
    }


def pip() -> list[str]:
    """The pip that Python brings for new virtual environments, run from its wheel."""
    bundled = Path(ensurepip.__file__).with_name("_bundled")
    wheels = Path(sysconfig.get_config_var("WHEEL_PKG_DIR") or bundled).glob("pip-*.whl")
    return [str(PYTHON), f"{max(wheels)}/pip"]


@functools.cache
def settings_of_pip() -> dict[str, str]:
    """Index, proxy and certificates as pip has them, from its files and variables."""
    environment = {n: v for n, v in os.environ.items() if not n.startswith("PYTHON")}
    command = [*pip(), "config", "list"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    found: dict[str, str] = {}
    for section in ("global.", "install.", ":env:."):
        for key, _, value in (line.partition("=") for line in done.stdout.splitlines()):
            name = key.removeprefix(section).replace("default-timeout", "timeout")
            if key.startswith(section) and name in OF_PIP:
                found[name] = str(ast.literal_eval(value))
    return found


def certificates(variable: str) -> dict[str, str]:
    """A variable with the certificates that the user named, or else those the system trusts."""
    named = os.environ.get("SSL_CERT_FILE")
    found = named or next((path for path in SYSTEM_CERTIFICATES if Path(path).exists()), None)
    return {variable: found} if found else {}


def can_keep(cache: str) -> bool:
    """Whether an installer can keep a cache there: not where its user has no home of his own."""
    try:
        path = Path(cache).expanduser()
        path.mkdir(parents=True, exist_ok=True)
    except (OSError, RuntimeError):
        return False
    return os.access(path, os.W_OK | os.X_OK)
