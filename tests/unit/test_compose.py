"""compose.yaml against its published schema, and against what it promises: no container runs here, so all is read."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import signal
import subprocess
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import redis
import yaml
from pydantic import SecretStr
from redis.backoff import ConstantBackoff
from redis.retry import Retry
from sqlalchemy import make_url

from app.cli.main import COMMANDS
from app.domain.access.entry import LOOPBACK_NAMES, Way
from app.home.directory import open_home
from app.local import exporter, tcp_ports, valkey
from app.local.fleet import Program, programs
from app.settings import Settings
from app.settings.current import ADDRESSES
from app.web.entry import entry_of
from tests.steps import QUEUES

ROOT = Path(__file__).resolve().parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = {name: service for name, service in SERVICES.items() if service.get("build")}
SECRET_SETTINGS = {name for name, about in Settings.model_fields.items() if "SecretStr" in str(about.annotation)}
WRITABLE = {"/tmp", "/run/postgresql"}

every = pytest.mark.parametrize("name", sorted(SERVICES))
each_of_ours = pytest.mark.parametrize("name", sorted(OURS))


def test_it_keeps_to_the_published_schema() -> None:
    schema = json.loads((ROOT / "tests/files/compose-spec.json").read_text())
    validator = jsonschema.Draft7Validator(schema)
    assert [f"{error.json_path}: {error.message}" for error in validator.iter_errors(COMPOSE)] == []
    wrong = {**COMPOSE, "services": {**SERVICES, "beat": {**SERVICES["beat"], "comand": []}}}
    assert not validator.is_valid(wrong), "the schema does look into services"


def test_every_process_of_media_audit_has_its_service() -> None:
    around = {"postgres", "valkey", "prometheus", "grafana", "celery-exporter"}
    assert set(SERVICES) - around == {
        *("migrate", "telegram", "media", "llm", "default", "beat", "relay", "consumer", "metrics", "web", "flower"),
    }
    assert around < set(SERVICES)
    served = {_after(service["command"], "-Q") for service in SERVICES.values() if "-Q" in service.get("command", [])}
    assert served == {*QUEUES.values(), "llm"}


def test_workers_do_what_those_of_up_do(tmp_path: Path) -> None:
    """The same queues, pools and sizes as `media-audit up` starts by default, with events for the exporter."""
    settings = Settings(
        database_url=SecretStr("postgresql://u:p@h/d"), redis_url=SecretStr("redis://:p@h/0"), tagger="openai"
    )
    watched = exporter.Exporter(Path("python"), 1)
    home = open_home(tmp_path / "home")
    fleet = {program.name: program for program in programs(settings, home, None, watched, page=True)}
    for queue in {*QUEUES.values(), "llm"}:
        argv = SERVICES[queue]["command"]
        assert sorted(argv[4:]) == sorted(_celery_options(fleet[f"worker-{queue}"])), queue
        assert SERVICES[queue]["hostname"] == queue, "a name that outlives its container: leases and series go by it"
    for name in ("relay", "consumer", "metrics", "web"):
        assert SERVICES[name]["command"][1:] == list(fleet[name].argv[1:])
    assert set(exporter.OPTIONS) < set(SERVICES["celery-exporter"]["command"])


@each_of_ours
def test_commands_exist(name: str) -> None:
    health = OURS[name]["healthcheck"].get("test", ["CMD"])
    for argv in (OURS[name]["command"], health[1:]):
        match argv:
            case ["python", "-m", module, *_]:
                assert importlib.util.find_spec(module), module
            case ["celery", "-A", "app.worker", command, *_]:
                assert command in ("worker", "beat")
            case ["media-audit", command, *_]:
                assert command in COMMANDS
            case _:
                assert name == "migrate"
                assert argv == []


@every
def test_each_says_whether_it_is_well(name: str) -> None:
    health = SERVICES[name]["healthcheck"]
    if name == "migrate":
        assert health == {"disable": True}, "it ends by itself"
        return
    assert health["test"][0] in ("CMD", "CMD-SHELL")
    assert {"interval", "timeout", "retries", "start_period"} < set(health)
    if name in OURS:
        assert health["test"][1:] == ["python", "-m", "app.health", "live", name]


@every
def test_nobody_has_more_rights_than_needed(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert not {"privileged", "cap_add", "devices", "pid", "network_mode", "ipc"} & set(service)
    assert str(service.get("user", "")) not in ("0", "root")
    assert {entry.split(":")[0] for entry in service["tmpfs"]} <= WRITABLE
    assert "/tmp" in service["tmpfs"]


@every
def test_nothing_listens_but_on_loopback(name: str) -> None:
    for port in SERVICES[name].get("ports", []):
        assert re.fullmatch(r"127\.0\.0\.1:\d+:\d+", port)
        assert "outside" in SERVICES[name]["networks"], "Docker publishes nothing from an internal network"
    if name in ("postgres", "valkey", "celery-exporter"):
        assert SERVICES[name]["networks"] == ["inside"]
    assert COMPOSE["networks"]["inside"] == {"internal": True}


@every
def test_secrets_are_files_and_each_gets_those_it_needs(name: str) -> None:
    service = SERVICES[name]
    assert set(service.get("secrets", [])) <= set(COMPOSE["secrets"])
    said = json.dumps({key: service[key] for key in ("environment", "command", "entrypoint") if key in service})
    assert not re.search(r"\$\{?[A-Z_]*(PASSWORD|SECRET|TOKEN|KEY)", said), "nothing comes from a shell or from .env"
    for setting, value in service.get("environment", {}).items():
        assert setting.lower() not in SECRET_SETTINGS
        if "PASSWORD" in setting:
            assert setting.endswith("_FILE")
            assert value.removeprefix("/run/secrets/") in service["secrets"]
    for path in re.findall(r"/run/secrets/(\w+)", json.dumps(service)):
        assert path in service["secrets"], "a file that is read must be mounted"
    if name in OURS:
        assert set(service["secrets"]) <= SECRET_SETTINGS, "Media Audit reads a secret by the name of its setting"
    for file in service.get("env_file", []):
        example = (ROOT / f"{file['path']}.example").read_text()
        assert not {line.partition("=")[0].lower() for line in example.splitlines()} & SECRET_SETTINGS
    holders = {who for who, one in SERVICES.items() if "telegram_session" in one.get("secrets", [])}
    assert holders == {"telegram", "metrics"}


def test_the_page_asks_for_a_login_and_holds_no_secret_but_addresses() -> None:
    web = SERVICES["web"]
    example = dict(re.findall(r"^(WEB_\w+)=(.+)$", (ROOT / "compose.env.example").read_text(), re.M))
    written = {
        name.lower(): value for name, value in {**example, **web["environment"]}.items() if name.startswith("WEB_")
    }
    entry = entry_of(Settings(**written))
    assert (entry.way, entry.beyond, entry.names) == (Way.LOGIN, True, LOOPBACK_NAMES)
    assert set(web["secrets"]) == ADDRESSES - {"broker_url"}


def test_the_script_makes_every_secret_and_keeps_it(tmp_path: Path) -> None:
    make = [str(ROOT / "scripts/make-secrets"), str(tmp_path / "secrets")]
    subprocess.run(make, check=True, capture_output=True)
    made = {path.name: path.read_text() for path in (tmp_path / "secrets").iterdir()}
    assert {Path(about["file"]).name for about in COMPOSE["secrets"].values()} == set(made)
    assert all(about["file"] == f"./secrets/{name}" for name, about in COMPOSE["secrets"].items())
    assert (tmp_path / "secrets").stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in (tmp_path / "secrets").iterdir()} == {0o444}
    database = make_url(made["database_url"].strip())
    assert (database.host, database.username, database.password) == (
        *("postgres", SERVICES["postgres"]["environment"]["POSTGRES_USER"]),
        made["postgres_password"].strip(),
    )
    assert database.database == SERVICES["postgres"]["environment"]["POSTGRES_DB"]
    assert make_url(made["redis_url"].strip()).password == made["valkey_password"].strip()
    assert len({made[name] for name in made if "password" in name}) == 4
    subprocess.run(make, check=True, capture_output=True)
    assert {path.name: path.read_text() for path in (tmp_path / "secrets").iterdir()} == made


@pytest.mark.services
def test_valkey_starts_with_the_password_of_its_file(tmp_path: Path) -> None:
    """The real server reads what the shell of the service makes: it refuses others, and forgets nothing."""
    port = tcp_ports.choose(open_home(tmp_path / "home"), "valkey")[0]
    (tmp_path / "valkey_password").write_text("drawn-at-random\n")
    (tmp_path / "valkey-server").symlink_to(valkey.binary())
    shell = _shell(SERVICES["valkey"]["command"], tmp_path)
    shell[2] = shell[2].replace("dir /data", f"dir {tmp_path}\\nport {port}\\nbind 127.0.0.1")
    env = {"PATH": f"{tmp_path}:{os.environ['PATH']}"}
    server = subprocess.Popen(shell, env=env, stdout=subprocess.DEVNULL, start_new_session=True)
    try:
        with redis.Redis(port=port, password="drawn-at-random", retry=Retry(ConstantBackoff(0.1), 50)) as client:
            assert client.ping()
            assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
            assert client.config_get("appendonly") == {"appendonly": "yes"}
        with redis.Redis(port=port) as stranger, pytest.raises(redis.AuthenticationError):
            stranger.ping()
        assert "drawn-at-random" not in Path(f"/proc/{server.pid}/cmdline").read_text()
    finally:
        os.killpg(server.pid, signal.SIGKILL)  # the shell and its child, which would live on
        server.wait(10)


def test_the_exporter_gets_the_address_of_its_file(tmp_path: Path) -> None:
    (tmp_path / "redis_url").write_text("redis://:secret@valkey:6379/0\n")
    (tmp_path / "python").write_text('#!/bin/sh\necho "$CE_BROKER_URL $@"\n')
    (tmp_path / "python").chmod(0o755)
    service = SERVICES["celery-exporter"]
    shell = _shell([*service["entrypoint"], *service["command"]], tmp_path)
    said = subprocess.run(
        shell, env={"PATH": f"{tmp_path}:{os.environ['PATH']}"}, capture_output=True, text=True, check=True
    )
    assert said.stdout.split() == ["redis://:secret@valkey:6379/0", "/app/cli.py", *service["command"]]


@every
def test_images_are_pinned_and_mounts_point_at_files(name: str) -> None:
    service = SERVICES[name]
    assert re.search(r":v?\d+\.\d+\.\d+[\w.-]*$", service["image"]), "an exact version"
    for volume in service.get("volumes", []):
        source, _, mode = volume.partition(":")
        if source.startswith("."):
            assert (ROOT / source).exists()
            assert mode.endswith(":ro")
        else:
            assert source in COMPOSE["volumes"]


@every
def test_each_waits_for_what_it_needs(name: str) -> None:
    waits = SERVICES[name].get("depends_on", {})
    for other, how in waits.items():
        wanted = "service_completed_successfully" if other == "migrate" else "service_healthy"
        assert how == {"condition": wanted}
    if name in OURS and name != "migrate":
        assert set(waits) == {"migrate", "postgres", "valkey"}


def test_prometheus_finds_what_it_scrapes() -> None:
    scrapes = yaml.safe_load((ROOT / "deploy/prometheus/prometheus.yml").read_text())["scrape_configs"]
    targets = [target for one in scrapes for group in one["static_configs"] for target in group["targets"]]
    hosts = {target.partition(":")[0] for target in targets}
    assert {"metrics", "celery-exporter"} < hosts <= {*SERVICES, "localhost"}
    assert SERVICES["grafana"]["environment"]["PROMETHEUS_URL"] == "http://prometheus:9090"


def _shell(argv: list[str], secrets: Path) -> list[str]:
    """As Compose hands it on ($$ is a $), with the secrets in another directory."""
    return [word.replace("$$", "$").replace("/run/secrets", str(secrets)) for word in argv]


def _celery_options(program: Program) -> list[str]:
    return list(program.argv[program.argv.index("worker") + 1 :])


def _after(argv: list[str], option: str) -> str:
    return argv[argv.index(option) + 1]
