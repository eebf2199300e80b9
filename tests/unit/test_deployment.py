"""docker-compose.yml and the Dockerfile, as far as they can be checked without a container engine."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from api.settings import PREFIX, Settings
from graph.neo4j_store.address import parse
from tests.support.neo4j_fixtures import driver_of
from tests.support.neo4j_server import IMAGE, Server

ROOT = Path(__file__).parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text("utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
DOCKERFILE = (ROOT / "Dockerfile").read_text("utf-8")

#: What a service of the Compose specification may say, as far as ours do.
KNOWN = {
    *("image", "build", "restart", "environment", "ports", "volumes", "healthcheck", "stop_grace_period", "depends_on"),
    *("read_only", "tmpfs", "cap_drop", "security_opt"),
}


def _default(value: str) -> str:
    """The value where no variable is set: ``${NAME:-default}``."""
    return re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", value)


def _neo4j_settings() -> dict[str, str]:
    """The settings that the image makes of its variables: one underscore is a dot, two are an underscore."""
    variables = SERVICES["neo4j"]["environment"]
    return {
        name.removeprefix("NEO4J_").replace("__", "\0").replace("_", ".").replace("\0", "_"): _default(value)
        for name, value in variables.items()
        if name != "NEO4J_AUTH"
    }


def test_services_say_only_what_compose_knows() -> None:
    assert COMPOSE.keys() == {"name", "services", "volumes"}
    for name, service in SERVICES.items():
        assert service.keys() <= KNOWN, name
        assert service["healthcheck"].keys() == {"test", "interval", "timeout", "retries", "start_period"}, name
        assert service["healthcheck"]["test"][0] in ("CMD", "CMD-SHELL")
        assert all(isinstance(value, str) for value in service["environment"].values()), name
    named = {its.partition(":")[0] for its in SERVICES["neo4j"]["volumes"]}
    assert named == COMPOSE["volumes"].keys()


def test_the_api_waits_for_a_healthy_neo4j_of_the_version_that_tests_run_on() -> None:
    assert SERVICES["neo4j"]["image"] == IMAGE
    assert SERVICES["api"]["depends_on"] == {"neo4j": {"condition": "service_healthy"}}


def test_passwords_come_from_the_environment_and_ports_are_this_machines_alone() -> None:
    text = (ROOT / "docker-compose.yml").read_text("utf-8")
    assert text.count("${WHOGRAPH_STORE_PASSWORD:?") == 2
    for service in SERVICES.values():
        assert all(port.startswith("127.0.0.1:") for port in service["ports"])


def test_the_apis_variables_are_settings_and_its_store_is_the_neo4j_service(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in SERVICES["api"]["environment"].items():
        monkeypatch.setenv(name, "a password" if name.endswith("PASSWORD") else _default(value))
        assert name.removeprefix(PREFIX).lower() in Settings.model_fields
    settings = Settings()
    assert settings.store_password is not None
    address = parse(settings.store, password=settings.store_password.get_secret_value())
    assert (address.uri, address.user, address.database) == ("bolt://neo4j:7687", "neo4j", "neo4j")
    assert f"127.0.0.1:{settings.port}:{settings.port}" in SERVICES["api"]["ports"]


@pytest.mark.neo4j
def test_the_neo4j_settings_are_the_servers(neo4j_server: Server) -> None:
    driver, _ = driver_of(neo4j_server.url)
    with driver, driver.session(database="system") as session:
        known = dict(session.run("SHOW SETTINGS YIELD name, validValues").values())
    assert len(_neo4j_settings()) == 4
    for name, value in _neo4j_settings().items():
        assert name in known
        assert re.fullmatch(r"\d+[gm]|false", value), (name, value)


def test_the_image_has_every_package_and_runs_as_nobody_in_particular() -> None:
    copied = re.findall(r"^COPY (?!--)(.+) \S+$", DOCKERFILE, re.MULTILINE)
    paths = [path for line in copied for path in line.split()]
    assert all((ROOT / path).exists() for path in paths)
    assert {"graph", "resolver", "api", "cypher", "pyproject.toml"} <= set(paths)
    kept = {
        line.removeprefix("!") for line in (ROOT / ".dockerignore").read_text("utf-8").splitlines() if line[:1] == "!"
    }
    assert kept == set(paths)
    assert re.search(r"^USER \d+$", DOCKERFILE, re.MULTILINE)
    assert re.search(r"^FROM python:3\.\d+-slim$", DOCKERFILE, re.MULTILINE)
