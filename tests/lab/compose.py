"""What docker-compose.yaml says of the lab's containers."""

import shlex
from typing import Any

import yaml
from laboratory import MANIFESTS
from serving import ROOT

COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yaml").read_text())
SERVICES: dict[str, Any] = COMPOSE["services"]
CLIENT: dict[str, Any] = SERVICES["client"]


def address_of(service: str) -> str:
    address = SERVICES[service]["networks"]["lab"]["ipv4_address"]
    assert isinstance(address, str)
    return address


def arguments_of(tier: str) -> list[str]:
    """What follows `clusterdns serve`, as it is outside of a container: with our folder and the tier's own address."""
    serve, *arguments = shlex.split(SERVICES[tier]["command"])
    assert serve == "serve"
    outside = {"manifests": str(MANIFESTS), "0.0.0.0": address_of(tier)}
    return [outside.get(argument, argument) for argument in arguments]
