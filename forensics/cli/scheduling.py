"""The night scan as a shell command, and that command quoted for each scheduler."""

from __future__ import annotations

import re
import shlex
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from forensics.errors import UsageError

_HARDENING = """\
NoNewPrivileges=yes
CapabilityBoundingSet=CAP_DAC_READ_SEARCH
ProtectSystem=strict
ProtectHome=read-only
PrivateTmp=yes
PrivateDevices=yes
PrivateNetwork=yes
ProtectClock=yes
ProtectHostname=yes
ProtectControlGroups=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
RestrictAddressFamilies=AF_UNIX
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
SystemCallArchitectures=native
UMask=0077
"""
_TMP = (Path("/tmp"), Path("/var/tmp"))  # noqa: S108 - named, not written to


@dataclass(frozen=True)
class Night:
    """What a night reads, the case that keeps it, and the level from which on it fails."""

    program: Path
    logs: tuple[Path, ...]
    case: Path
    fail_on: str

    def shell(self) -> str:
        """The night as a POSIX shell command; it exits with the graver code of the two steps.

        The scan follows an ingest that failed too: what is stored can be looked at all the same.
        """
        case = shlex.quote(str(self.case))
        run = shlex.quote(str(self.program))
        logs = shlex.join(map(str, self.logs))
        return (
            f"{run} ingest --case {case} -- {logs}; read=$?; "
            f"{run} scan --case {case} --record --new --fail-on {self.fail_on}; told=$?; "
            '[ "$read" -gt "$told" ] && told=$read; exit "$told"'
        )


def program() -> Path:
    """The command as it is found on the path."""
    return Path(shutil.which("forensics") or "/usr/local/bin/forensics")


def night(program: Path, logs: tuple[Path, ...], case: Path, fail_on: str) -> Night:
    """The night with whole paths; `UsageError` for a name that no unit can hold on one line."""
    paths = [*(one.absolute() for one in (*logs, case))]
    for one in (program, *paths):
        if not str(one).isprintable():
            raise UsageError(
                "A line break or control character cannot stand in a unit.",
                place=repr(str(one)),
                remedy="Name the folder above it, or rename it.",
            )
    whole = program if program.name == str(program) else program.absolute()
    return Night(program=whole, logs=tuple(paths[:-1]), case=paths[-1], fail_on=fail_on)


def clock(text: str) -> tuple[int, int]:
    """Hour and minute of a time of day; raises `UsageError` for anything else."""
    found = re.fullmatch(r"([01]?[0-9]|2[0-3]):([0-5][0-9])", text)
    if found is None:
        raise UsageError(f"{text!r} is not a time of day.", remedy="Write it as 03:00.")
    return int(found[1]), int(found[2])


def service(night: Night) -> str:
    """The systemd service; it may write into the case alone. `UsageError` for paths in /tmp."""
    command = _systemd(night.shell()).replace("$", "$$")
    hidden = [one for one in (*night.logs, night.case) for tmp in _TMP if one.is_relative_to(tmp)]
    if hidden:
        raise UsageError(
            "The service has a /tmp of its own and would not see this.",
            place=str(hidden[0]),
            remedy="Keep logs and case elsewhere, as in /var/log and /srv.",
        )
    return (
        "[Unit]\n"
        "Description=What is new in the audit logs\n"
        "Documentation=man:systemd.service(5)\n\n"
        "[Service]\n"
        "Type=oneshot\n"
        f"ExecStart=/bin/sh -c {command}\n"
        f"ReadWritePaths={_systemd(str(night.case))}\n"
        f"{_HARDENING}"
    )


def _systemd(text: str) -> str:
    """One quoted word of a unit, with its specifiers inert."""
    inert = text.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%")
    return f'"{inert}"'


def timer(hour: int, minute: int) -> str:
    """The systemd timer; a night that the machine slept through is made up for."""
    return (
        "[Unit]\n"
        "Description=Nightly: what is new in the audit logs\n\n"
        "[Timer]\n"
        f"OnCalendar=*-*-* {hour:02}:{minute:02}:00\n"
        "RandomizedDelaySec=15min\n"
        "Persistent=true\n\n"
        "[Install]\n"
        "WantedBy=timers.target\n"
    )


def crontab(night: Night, hour: int, minute: int) -> str:
    """A line of a crontab that prints only what a failed night said."""
    # Not echo: what log text says could act on it.
    failed = """{ code=$?; printf '%s\\n' "$said"; exit "$code"; }"""
    line = f"said=$( ({night.shell()}) 2>&1) || {failed}"
    # cron ends a command at %, unless one backslash of its own stands before it; where the name
    # itself has a backslash there, it is kept apart by closing and opening the quotes.
    line = line.replace("\\%", "\\''%").replace("%", "\\%")
    return f"{minute} {hour} * * * {line}\n"


def cron_job(night: Night, hour: int, minute: int, image: str, claim: str, logs_claim: str) -> str:
    """A CronJob of Kubernetes; `UsageError` where the logs are not one folder."""
    if len(night.logs) != 1:
        raise UsageError("One volume holds the logs.", remedy="Name its one folder.")
    container = {
        "name": "night",
        "image": image,
        # The kubelet reads $(NAME) as a variable, and $$ as $.
        "command": ["/bin/sh", "-c", night.shell().replace("$", "$$")],
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
        "volumeMounts": [
            {"name": "case", "mountPath": str(night.case)},
            {"name": "logs", "mountPath": str(night.logs[0]), "readOnly": True},
            {"name": "tmp", "mountPath": str(_TMP[0])},
        ],
    }
    pod = {
        "restartPolicy": "Never",
        "automountServiceAccountToken": False,
        "securityContext": {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}},
        "containers": [container],
        "volumes": [
            {"name": "case", "persistentVolumeClaim": {"claimName": claim}},
            {"name": "logs", "persistentVolumeClaim": {"claimName": logs_claim}},
            {"name": "tmp", "emptyDir": {}},
        ],
    }
    return _yaml(
        {
            "apiVersion": "batch/v1",
            "kind": "CronJob",
            "metadata": {"name": "forensics-night"},
            "spec": {
                "schedule": f"{minute} {hour} * * *",
                "timeZone": "Etc/UTC",
                "concurrencyPolicy": "Forbid",
                "jobTemplate": {"spec": {"backoffLimit": 0, "template": {"spec": pod}}},
            },
        }
    )


def workflow(night: Night, hour: int, minute: int) -> str:
    """A GitHub workflow; `UsageError` for a name that GitHub would read as an expression."""
    command = night.shell()
    if "${{" in command:
        raise UsageError("GitHub reads ${{ in a name as an expression.", remedy="Rename it.")
    return _yaml(
        {
            "name": "forensics-night",
            "on": {"schedule": [{"cron": f"{minute} {hour} * * *"}]},
            "permissions": {},
            "concurrency": {"group": "forensics-night"},
            "jobs": {
                # The default shell stops at the first step that fails, and the scan is to follow.
                "night": {
                    "runs-on": "self-hosted",
                    "steps": [{"shell": "sh {0}", "run": command + "\n"}],
                }
            },
        }
    )


def _yaml(document: dict[str, Any]) -> str:
    import yaml

    return yaml.safe_dump(document, sort_keys=False, width=10_000, allow_unicode=True)
