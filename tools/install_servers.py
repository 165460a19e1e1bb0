"""`make servers`: the servers of other people that tests start, from the system's packages where they are missing.

As root on a Debian system they are installed; elsewhere the command to run is printed, and the exit code is 1.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

WHERE = "/usr/sbin:/usr/bin:/sbin:/bin:/usr/local/sbin:/usr/local/bin"
PROGRAMS = {"mosquitto": "mosquitto", "mosquitto_passwd": "mosquitto"}
"""Program -> Debian package."""
LOCK_SECONDS = 300


def missing() -> list[str]:
    """Packages whose programs are not there."""
    return sorted({package for program, package in PROGRAMS.items() if shutil.which(program, path=WHERE) is None})


def install(packages: list[str]) -> None:
    """Raises CalledProcessError. Services are not started: tests start their own."""
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}
    waits = ["-o", f"DPkg::Lock::Timeout={LOCK_SECONDS}"]
    subprocess.run(["apt-get", "update", "-q", *waits], check=True, env=env, stdout=subprocess.DEVNULL)
    command = ["apt-get", "install", "-y", "-q", "--no-install-recommends", *waits, *packages]
    subprocess.run(command, check=True, env=env, stdout=subprocess.DEVNULL)


def main() -> int:
    wanted = missing()
    if not wanted:
        return 0
    names = " ".join(wanted)
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        print(f"the tests need {names}, which this user cannot install here: run `apt-get install {names}` as root,")
        print("or install what your system has under these names")
        return 1
    print(f"== installing {names} for the tests")
    try:
        install(wanted)
    except subprocess.CalledProcessError as error:
        print(f"{' '.join(error.cmd[:2])} ended with {error.returncode}")
    left = missing()
    if left:
        print(f"still missing: {' '.join(left)}")
    return 1 if left else 0


if __name__ == "__main__":
    sys.exit(main())
