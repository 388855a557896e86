"""Others who make much the same from Python. They run in a virtual environment of their own."""

import subprocess
import sys
import venv
from pathlib import Path

HERE = Path(__file__).parent


def install(directory: Path) -> Path:
    """Install the peers, and return the Python that has them.

    Raises:
        subprocess.CalledProcessError: uv could not.
    """
    venv.create(directory)
    python = directory / "bin" / "python"
    command = [sys.executable, "-m", "uv", "pip", "install", "--quiet", "--python", str(python)]
    requirements = ["--require-hashes", "--requirement", str(HERE / "requirements.txt")]
    sys.stderr.write("installing the peers, once\n")
    subprocess.run([*command, *requirements], check=True, stderr=subprocess.PIPE, text=True)  # noqa: S603
    return python
