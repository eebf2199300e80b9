"""A real Neo4j for tests: given by ``WHOGRAPH_TEST_NEO4J_URI``, or started from Maven's jars, or in a container.

The jars are cached outside the work tree (``${XDG_CACHE_HOME:-~/.cache}/whograph``). To fetch them beforehand:
``python -m tests.support.neo4j_server``. A server of our own has free ports of 127.0.0.1, a temporary home and a
random password; it goes when the test session goes, however that ends.
"""

from __future__ import annotations

import atexit
import ctypes
import fcntl
import functools
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol
from urllib.parse import quote

from neo4j import GraphDatabase
from neo4j.exceptions import ClientError, Neo4jError, ServiceUnavailable

from graph.neo4j_store import Neo4jStore

VERSION = "5.26.30"
IMAGE = "neo4j:5.26-community"
SECONDS_TO_START = 300
#: Bytes, for the servers of a few test processes.
ROOM_FOR_HOMES = 8 << 30
#: Beside the jars: their classes as Java has loaded them before.
ARCHIVE = "classes.jsa"
POM = Path(__file__).parent / "neo4j" / "pom.xml"
_PR_SET_PDEATHSIG = 1
_HOME = "whograph-neo4j-"

CONFIG = """\
server.default_listen_address=127.0.0.1
server.default_advertised_address=127.0.0.1
server.bolt.listen_address=127.0.0.1:{bolt}
server.bolt.advertised_address=127.0.0.1:{bolt}
server.http.enabled=false
server.memory.pagecache.size={pagecache}
dbms.usage_report.enabled=false
db.tx_log.rotation.retention_policy=keep_none
db.tx_log.rotation.size=32m
dbms.cypher.min_replan_interval=1h
"""

#: What the server needs of Java, whatever it is for.
NEEDED_OPTIONS = (
    "--add-opens=java.base/java.nio=ALL-UNNAMED",
    "--add-opens=java.base/java.io=ALL-UNNAMED",
    "--add-opens=java.base/sun.nio.ch=ALL-UNNAMED",
    "--add-opens=java.base/java.util.concurrent=ALL-UNNAMED",
)
JVM_OPTIONS = (
    "-Xms256m",
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",  # a server of some minutes: compiling its code well would cost more than running it
    "-XX:+ExitOnOutOfMemoryError",
    *NEEDED_OPTIONS,
)


class Neo4jMissingError(Exception):
    """No Neo4j can be had here; the text is one line that says what is missing."""


class Server(Protocol):
    """A Neo4j with one database, ours alone."""

    @property
    def url(self) -> str:
        """The store URL, ``neo4j://user:password@host:port/database``."""

    def kill(self) -> None:
        """Stop it as ``kill -9`` does."""

    def restart(self) -> None:
        """Start it again on the same address and data; returns when it answers."""

    def stop(self) -> None:
        """Stop it and leave nothing behind."""


class GivenServer:
    """The server that ``WHOGRAPH_TEST_NEO4J_URI`` names: it is used, never stopped."""

    def __init__(self, url: str) -> None:
        self.url = url

    def kill(self) -> None:
        raise Neo4jMissingError("a server named by WHOGRAPH_TEST_NEO4J_URI cannot be killed by tests")

    restart = kill

    def stop(self) -> None:
        pass


class OwnServer:
    """A Community server started from jars. ``heap`` is Java's notation, e.g. ``1g``, and so is
    ``pagecache``. ``imports``: a folder, and the
    command line of ``neo4j-admin`` that is run in it before the first start. ``options``: Java's."""

    def __init__(
        self,
        jars: Path,
        *,
        heap: str = "1g",
        pagecache: str = "256m",
        settings: str = "",
        imports: tuple[Path, Sequence[str]] | None = None,
        options: Sequence[str] = JVM_OPTIONS,
    ) -> None:
        self._jars, self._heap, self.settings, self._options = jars, heap, settings, options
        self._pagecache = pagecache
        _sweep_homes()
        self.home = Path(tempfile.mkdtemp(prefix=f"{_HOME}{os.getpid()}-", dir=_folder_of_homes()))
        self._password = secrets.token_hex(12)
        self._process: subprocess.Popen[bytes] | None = None
        self.bolt = _free_port()
        self._log = self.home / "console.log"
        atexit.register(self.stop)
        try:
            if imports is not None:
                self._import(*imports)
            self._start("neo4j")
            _set_password(self.address, self._password)
        except BaseException:
            self.stop()
            raise

    @property
    def address(self) -> str:
        return f"bolt://127.0.0.1:{self.bolt}"

    @property
    def password(self) -> str:
        return self._password

    @property
    def url(self) -> str:
        return f"neo4j://neo4j:{quote(self._password, safe='')}@127.0.0.1:{self.bolt}/neo4j"

    def _import(self, folder: Path, arguments: Sequence[str]) -> None:
        """Run ``neo4j-admin …`` in the folder, on this server's home."""
        environment = {**os.environ, "NEO4J_HOME": str(self.home), "NEO4J_CONF": str(self._configured())}
        command = [*self._java(), "org.neo4j.cli.AdminTool", *arguments[1:]]
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
        if done.returncode:
            raise AssertionError(f"{' '.join(arguments)} failed:\n{done.stdout[-3000:]}{done.stderr[-3000:]}")

    def _java(self) -> list[str]:
        """Whatever Java and Netty unpack lies in the home and goes with it, also when the server is killed."""
        temporary = self.home / "tmp"
        temporary.mkdir(exist_ok=True)
        tidy = (f"-Djava.io.tmpdir={temporary}", "-XX:-UsePerfData")
        archive = self._jars / ARCHIVE
        ready = (f"-XX:SharedArchiveFile={archive}",) if archive.exists() else ()
        return ["java", f"-Xmx{self._heap}", *tidy, *ready, *self._options, "-cp", f"{self._jars}/*"]

    def _configured(self) -> Path:
        conf = self.home / "conf"
        conf.mkdir(exist_ok=True)
        settings = CONFIG.format(bolt=self.bolt, pagecache=self._pagecache)
        (conf / "neo4j.conf").write_text(settings + self.settings, "utf-8")
        return conf

    def _start(self, password: str) -> None:
        conf = self._configured()
        command = self._java()
        command += ["org.neo4j.server.CommunityEntryPoint", f"--home-dir={self.home}", f"--config-dir={conf}"]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # a process group of its own, so that Ctrl-C reaches pytest alone
                preexec_fn=_die_with_parent if sys.platform == "linux" else None,
            )
        self._wait(password)

    def _wait(self, password: str) -> None:
        deadline = time.monotonic() + SECONDS_TO_START
        while time.monotonic() < deadline:
            if self._process is None or self._process.poll() is not None:
                raise Neo4jMissingError(f"Neo4j ended while starting: {self._last_line()}")
            if _answers(self.address, password):
                return
            time.sleep(0.25)
        raise Neo4jMissingError(f"Neo4j did not answer within {SECONDS_TO_START} s: {self._last_line()}")

    def _last_line(self) -> str:
        lines = self._log.read_text("utf-8", "replace").strip().splitlines()
        return next((line for line in reversed(lines) if "ERROR" in line), lines[-1] if lines else "no output")

    def _signal(self, number: signal.Signals, patience: float) -> None:
        process = self._process
        if process is None:
            return
        try:
            if process.poll() is None:
                os.killpg(process.pid, number)
                process.wait(patience)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        except ProcessLookupError:
            process.wait()
        self._process = None

    def kill(self) -> None:
        self._signal(signal.SIGKILL, 30)

    def restart_with(self, settings: str) -> None:
        """Start it again with these lines at the end of its settings."""
        self.settings = settings
        self.restart()

    def shut_down(self) -> None:
        """An orderly end that keeps the data, for ``restart``."""
        self._signal(signal.SIGTERM, SECONDS_TO_START)

    def restart(self) -> None:
        self._signal(signal.SIGTERM, 60)
        self._start(self._password)

    def stop(self) -> None:
        self._signal(signal.SIGKILL, 30)
        shutil.rmtree(self.home, ignore_errors=True)
        atexit.unregister(self.stop)


class ContainerServer:
    """A Community server in a container of docker or podman."""

    def __init__(self, engine: str) -> None:
        self._engine = engine
        self._password = secrets.token_hex(12)
        self._bolt = _free_port()
        self._name = f"whograph-test-{secrets.token_hex(4)}"
        atexit.register(self.stop)
        publish = f"127.0.0.1:{self._bolt}:7687"
        auth = f"NEO4J_AUTH=neo4j/{self._password}"
        try:
            self._run("run", "--detach", "--name", self._name, "--publish", publish, "--env", auth, IMAGE)
            self._wait()
        except BaseException:
            self.stop()
            raise

    @property
    def url(self) -> str:
        return f"bolt://neo4j:{self._password}@127.0.0.1:{self._bolt}/neo4j"

    def _run(self, *arguments: str, check: bool = True) -> None:
        done = subprocess.run([self._engine, *arguments], capture_output=True, text=True, check=False)
        if check and done.returncode:
            raise Neo4jMissingError(f"{self._engine} {arguments[0]} failed: {done.stderr.strip().splitlines()[-1:]}")

    def _wait(self) -> None:
        deadline = time.monotonic() + SECONDS_TO_START
        while not _answers(f"bolt://127.0.0.1:{self._bolt}", self._password):
            if time.monotonic() > deadline:
                raise Neo4jMissingError(f"Neo4j in {self._engine} did not answer within {SECONDS_TO_START} s")
            time.sleep(0.25)

    def kill(self) -> None:
        self._run("kill", "--signal", "KILL", self._name)

    def restart(self) -> None:
        self._run("restart", self._name)
        self._wait()

    def stop(self) -> None:
        self._run("rm", "--force", "--volumes", self._name, check=False)
        atexit.unregister(self.stop)


def _folder_of_homes() -> Path:
    """In memory where there is plenty: on a disk, each of the many small commits waits for it."""
    memory = Path("/dev/shm")
    if memory.is_dir() and shutil.disk_usage(memory).free > ROOM_FOR_HOMES:
        return memory
    return Path(tempfile.gettempdir())


def _sweep_homes() -> None:
    """Homes of test runs that were killed before they could tidy up; their servers died with them."""
    for home in _folder_of_homes().glob(f"{_HOME}*-*"):
        process = home.name.removeprefix(_HOME).partition("-")[0]
        if process.isdigit() and not Path("/proc", process).exists() and Path("/proc/self").exists():
            shutil.rmtree(home, ignore_errors=True)


def _die_with_parent() -> None:
    """Runs in the child before Java starts: Linux then kills it when the parent is gone, even by ``kill -9``."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _answers(address: str, password: str) -> bool:
    """Whether the server answers Bolt and its database is there (a password that must be changed counts)."""
    try:
        with (
            GraphDatabase.driver(address, auth=("neo4j", password), connection_timeout=2) as driver,
            driver.session(database="neo4j") as session,
        ):
            session.run("RETURN 1").consume()
    except ClientError as error:
        return error.code == "Neo.ClientError.Security.CredentialsExpired"
    except (ServiceUnavailable, Neo4jError, OSError):
        return False
    return True


def _set_password(address: str, password: str) -> None:
    with GraphDatabase.driver(address, auth=("neo4j", "neo4j")) as driver:
        statement = "ALTER CURRENT USER SET PASSWORD FROM 'neo4j' TO $password"
        driver.execute_query(statement, {"password": password}, database_="system")
    deadline = time.monotonic() + SECONDS_TO_START
    while not _answers(address, password):
        if time.monotonic() > deadline:
            raise Neo4jMissingError("Neo4j does not take the password that was set")
        time.sleep(0.1)


def cache_folder() -> Path:
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "whograph" / f"neo4j-{VERSION}"


def jars() -> Path:
    """The folder of the server's jars, fetched on first use. Raises Neo4jMissingError."""
    if shutil.which("java") is None:
        raise Neo4jMissingError("java (17 or later) is missing")
    cache = cache_folder()
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # several test workers may want them at once
        if not (cache / "ready").exists():
            _fetch(cache / "lib")
            _archive(cache / "lib")
            (cache / "ready").touch()
    return cache / "lib"


def _fetch(folder: Path) -> None:
    if shutil.which("mvn") is None:
        raise Neo4jMissingError("mvn (Maven), which fetches Neo4j's jars, is missing")
    command = ["mvn", "-q", "-B", "-f", str(POM), "dependency:copy-dependencies"]
    command += [f"-DoutputDirectory={folder}", "-DincludeScope=runtime"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        reason = next((line for line in done.stdout.splitlines() if "ERROR" in line), "no reason given")
        raise Neo4jMissingError(f"mvn could not fetch Neo4j's jars: {reason.strip()[:200]}")


def _archive(folder: Path) -> None:
    """Keep the classes of a server at work, which halves what a start of the next ones takes; another Java than the one
    that wrote it passes the archive over."""
    server = OwnServer(folder, options=(*JVM_OPTIONS, f"-XX:ArchiveClassesAtExit={folder / ARCHIVE}"))
    try:
        Neo4jStore.open(server.url).close()
        server.shut_down()
    finally:
        server.stop()


def _engine() -> str | None:
    for engine in ("docker", "podman"):
        if shutil.which(engine) and not subprocess.run([engine, "info"], capture_output=True, check=False).returncode:
            return engine
    return None


@functools.cache
def server() -> Server:
    """The one server of this process. Raises Neo4jMissingError."""
    given = os.environ.get("WHOGRAPH_TEST_NEO4J_URI")
    if given:
        return GivenServer(given)
    try:
        return OwnServer(jars(), heap=os.environ.get("WHOGRAPH_TEST_NEO4J_HEAP", "1g"))
    except Neo4jMissingError as missing:
        engine = _engine()
        if engine is None:
            raise Neo4jMissingError(f"{missing}, and no container engine answers") from missing
        return ContainerServer(engine)


if __name__ == "__main__":
    try:
        print(jars())
    except Neo4jMissingError as missing:
        sys.exit(f"no Neo4j for tests: {missing}")
