"""Telling somebody, by the services that Apprise knows, what a recorded scan tells anew.

An address is a secret as a whole: tokens stand in its user, host, path and query alike. So nothing
of it is ever said, only its place among those given and the name that Apprise has for the service.
"""

from __future__ import annotations

import logging
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from forensics.cli import console
from forensics.errors import UsageError

if TYPE_CHECKING:
    from apprise import NotifyBase

    from forensics.cli.recording import Scanned

PAUSES = (2.0, 10.0)
"""Seconds before each further attempt; one more attempt than pauses."""


@dataclass(frozen=True)
class Service:
    """One address to notify; `name` is what may be said of it."""

    name: str
    plugin: NotifyBase = field(repr=False)


def notify_option(command: Callable[..., int]) -> Callable[..., int]:
    """`--notify`."""
    return click.option(
        "--notify",
        multiple=True,
        envvar="FORENSICS_NOTIFY",
        metavar="URL",
        help="With --record: send what is new to this Apprise URL; may be repeated"
        " (also $FORENSICS_NOTIFY, separated by spaces).",
    )(command)


def services(addresses: Sequence[str], *, record: bool) -> tuple[Service, ...]:
    """The services of the addresses; none for a scan that is not recorded.

    Raises `UsageError` when one was asked for on the command line of a scan that is not recorded,
    when Apprise is not installed, or when it does not know an address.
    """
    if not record:
        given = click.get_current_context().get_parameter_source("notify")
        if given is click.core.ParameterSource.COMMANDLINE:
            raise UsageError(
                "Nothing is new to a scan that is not recorded, so there is nothing to notify of.",
                remedy="Add --record, or leave --notify.",
            )
        return ()
    return tuple(_service(address, place) for place, address in enumerate(addresses, start=1))


def tell(scanned: Scanned, case: Path, to: Sequence[Service]) -> int:
    """Send each service one message on what the scan tells anew, if anything; how many missed it.

    What could not be sent is said on stderr, by service.
    """
    if scanned.standings is None or scanned.standings.scan is None or not scanned.told:
        return 0
    from forensics.reports import notification

    number = scanned.standings.scan.scan
    missed = []
    for service in to:
        limit = min(notification.LONGEST, service.plugin.body_maxlen)
        message = notification.message(scanned.told, number, str(case.resolve()), limit)
        why = deliver(partial(_attempt, service.plugin, message.title, message.body), time.sleep)
        if why:
            missed.append(f"not notified: {service.name}: {why}.")
    for line in missed:
        console.complain(line)
    return len(missed)


def deliver(attempt: Callable[[], str], sleep: Callable[[float], None]) -> str:
    """Attempt it until it says nothing, with `PAUSES` between; what it said last."""
    why = attempt()
    for seconds in PAUSES:
        if not why:
            break
        sleep(seconds)
        why = attempt()
    return f"{why}, {len(PAUSES) + 1} attempts" if why else ""


def _attempt(plugin: NotifyBase, title: str, body: str) -> str:
    from apprise import Apprise, NotifyFormat, NotifyType

    with _silence():
        try:
            sender = Apprise(asset=plugin.asset)
            sender.add(plugin)
            taken = sender.notify(
                body, title, notify_type=NotifyType.WARNING, body_format=NotifyFormat.MARKDOWN
            )
        except Exception as error:
            # A service is somebody else's code; what its error says may hold the address.
            return f"failed with {type(error).__name__}"
    return "" if taken else "it could not be reached, or refused the message"


def _service(address: str, place: int) -> Service:
    try:
        from apprise import Apprise, AppriseAsset
    except ImportError as error:
        raise UsageError(
            "Notifications need Apprise, which is not installed.",
            remedy="pip install 'forensics[notify]', or leave --notify and $FORENSICS_NOTIFY.",
        ) from error
    with _silence():
        asset = AppriseAsset(
            app_id="forensics",
            app_desc="forensics",
            app_url="",
            async_mode=False,
            storage_mode="memory",
        )
        try:
            plugin = Apprise.instantiate(address, asset=asset)
        except Exception:
            plugin = None
    if plugin is None:
        raise UsageError(
            f"Apprise knows no service of notification address {place}, or lacks what it needs.",
            remedy="Its documentation lists the forms, as mailto://… or json://…;"
            " characters in passwords and tokens have to be percent-encoded.",
        )
    return Service(f"address {place} ({plugin.service_name})", plugin)


@contextmanager
def _silence() -> Iterator[None]:
    """No log line or warning of the libraries below, which name addresses."""
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)
