"""What every store keeps to, in memory and in a real Redis, and what each has of its own."""

from __future__ import annotations

import logging
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from redis import Redis
from redis.exceptions import ReadOnlyError
from redis.exceptions import TimeoutError as TookTooLong

from data.clock import Clock
from data.connect import open_store
from data.events import Channel, listen
from data.window_cache.redis_store import (
    DOWN_SECONDS,
    MOST_BYTES,
    STORE_SECONDS,
    TIME_SECONDS,
    RedisStore,
    _Line,
)
from data.window_cache.store import MemoryStore, Store
from tests.edge.processes import Processes, free_port
from tests.edge.redis_server import RedisServer
from tests.embeds import HandClock

MEGABYTE = 1 << 20
REDIS = pytest.param("redis", marks=pytest.mark.process)
Heard = list[tuple[str, dict[str, object]]]


@pytest.fixture(scope="module")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    with Processes(tmp_path_factory.mktemp("redis")) as processes:
        yield RedisServer(processes)


@pytest.fixture
def own_redis(tmp_path: Path) -> Iterator[Callable[..., RedisServer]]:
    """Starts one for this test alone."""
    with Processes(tmp_path) as processes:
        yield lambda *options: RedisServer(processes, *options)


@pytest.fixture
def heard() -> Iterator[Heard]:
    found: Heard = []
    stop = listen(lambda event, fields: found.append((event, dict(fields))))
    yield found
    stop()


@pytest.fixture(params=["memory", REDIS])
def stores(request: pytest.FixtureRequest) -> Iterator[tuple[Store, Store]]:
    """Two users of the same store: two threads of a process, or two processes."""
    if request.param == "memory":
        store = MemoryStore(MEGABYTE, Clock())
        yield store, store
        return
    url = request.getfixturevalue("redis").url
    both = open_store(url, Clock(), limit_bytes=0), open_store(url, Clock(), limit_bytes=0)
    both[0].clear()
    yield both


def test_what_one_puts_the_other_gets(stores: tuple[Store, Store]) -> None:
    one, other = stores
    one.put("bb:a", b"\x00\xffa", seconds=60)
    one.put("bb:b", b"", seconds=60)
    assert other.get(["bb:b", "bb:nothing", "bb:a", "bb:a"]) == [b"", None, b"\x00\xffa", b"\x00\xffa"]
    other.put("bb:a", b"again", seconds=60)
    assert one.get(["bb:a"]) == [b"again"]
    assert one.get([]) == []


def test_after_its_seconds_a_value_is_gone(stores: tuple[Store, Store]) -> None:
    one, _ = stores
    one.put("bb:short", b"1", seconds=0.05)
    one.put("bb:long", b"1", seconds=60)
    until = time.monotonic() + 10
    while one.get(["bb:short"]) != [None] and time.monotonic() < until:
        time.sleep(0.01)
    assert one.get(["bb:short", "bb:long"]) == [None, b"1"]


def test_clear_forgets_everything(stores: tuple[Store, Store]) -> None:
    one, other = stores
    for number in range(50):
        one.put(f"bb:{number}", b"1", seconds=60)
    one.clear()
    assert other.get([f"bb:{number}" for number in range(50)]) == [None] * 50
    assert one.size() == (0, 0)


def test_time_goes_forward_and_is_the_same_for_both(stores: tuple[Store, Store]) -> None:
    one, other = stores
    told = [store.time() for _ in range(200) for store in (one, other)]
    assert all(later - earlier > -0.1 for earlier, later in pairwise(told))
    assert 0 <= told[-1] - told[0] < 60


def test_one_holder_at_a_time(stores: tuple[Store, Store]) -> None:
    one, other = stores
    with one.alone("bb:k", hold=30, wait=1) as first, other.alone("bb:k", hold=30, wait=0.05) as second:
        assert (first, second) == (True, False)
        with other.alone("bb:other", hold=30, wait=0) as third:
            assert third
    with other.alone("bb:k", hold=30, wait=0) as after:
        assert after


def test_who_waits_long_enough_is_next(stores: tuple[Store, Store]) -> None:
    """Twenty threads, never two at once, each in turn, although every fourth fails meanwhile."""
    inside, most, got = [0], [0], []

    def work(number: int) -> None:
        with stores[number % 2].alone("bb:turns", hold=30, wait=30) as mine:
            inside[0] += 1
            most[0] = max(most[0], inside[0])
            time.sleep(0.002)
            inside[0] -= 1
            got.append(mine)
            if number % 4 == 0:
                raise KeyError(number)

    def run(number: int) -> None:
        with pytest.raises(KeyError) if number % 4 == 0 else ExitStack():
            work(number)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert (got, most) == ([True] * 20, [1])


def test_threads_that_put_and_get_the_same_keys_see_whole_values(stores: tuple[Store, Store]) -> None:
    wrong: list[bytes] = []

    def work(number: int) -> None:
        store = stores[number % 2]
        for turn in range(60):
            key = f"bb:{turn % 7}"
            store.put(key, bytes([number]) * 2000, seconds=60)
            (value,) = store.get([key])
            if value is not None and (len(value) != 2000 or len(set(value)) != 1):
                wrong.append(value)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert wrong == []


# In memory


def test_memory_is_bounded_and_what_was_not_asked_for_the_longest_goes_first() -> None:
    store = MemoryStore(10_000, Clock())
    for number in range(4):
        store.put(f"bb:{number}", b"x" * 2_000, seconds=60)
    assert store.get(["bb:0"]) != [None]
    store.put("bb:4", b"x" * 2_000, seconds=60)
    kept = [number for number in range(5) if store.get([f"bb:{number}"]) != [None]]
    assert kept == [0, 2, 3, 4]
    entries, held = store.size()
    assert entries == 4
    assert 8_000 < held <= 10_000


def test_a_value_larger_than_all_room_is_not_kept_and_drives_nothing_out() -> None:
    store = MemoryStore(10_000, Clock())
    store.put("bb:small", b"x", seconds=60)
    store.put("bb:large", b"x", seconds=60)
    store.put("bb:large", b"x" * 10_000, seconds=60)
    assert store.get(["bb:small", "bb:large"]) == [b"x", None]


def test_memory_goes_by_the_clock_that_it_is_given_and_frees_what_is_over() -> None:
    clock = HandClock()
    store = MemoryStore(MEGABYTE, clock)
    store.put("bb:a", b"x" * 1000, seconds=60)
    clock.move(59.9)
    assert store.get(["bb:a"]) == [b"x" * 1000]
    clock.move(0.2)
    assert store.get(["bb:a"]) == [None]
    assert store.size() == (0, 0)


def test_memory_tells_how_much_it_holds(heard: Heard) -> None:
    store = MemoryStore(MEGABYTE, Clock())
    store.put("bb:a", b"x" * 1000, seconds=60)
    assert heard[-1][0] == "cache_size"
    assert heard[-1][1] == dict(zip(("entries", "bytes"), store.size(), strict=True))
    store.clear()
    assert heard[-1][1] == {"entries": 0, "bytes": 0}


def test_memory_is_what_one_gets_without_an_address() -> None:
    assert isinstance(open_store("memory://", Clock(), limit_bytes=1), MemoryStore)


# In Redis


@pytest.mark.process
def test_redis_time_is_redis_own_whatever_the_clock_here_says(redis: RedisServer) -> None:
    wrong = Clock(datetime(2001, 1, 1, tzinfo=UTC))
    with Redis.from_url(redis.url) as client:
        seconds, _ = client.time()
    assert abs(RedisStore(redis.url, wrong).time() - seconds) < 30


@pytest.mark.process
def test_redis_time_is_asked_now_and_then_and_carried_on_in_between(redis: RedisServer) -> None:
    clock = HandClock(datetime.now(UTC) - timedelta(days=1))
    store = RedisStore(redis.url, clock)
    first = store.time()
    clock.move(10)
    assert store.time() == first + 10  # by the clock at hand
    clock.move(TIME_SECONDS)
    assert abs(store.time() - first) < 10  # by Redis, where hardly any time has passed


@pytest.mark.process
def test_a_holder_that_dies_holds_no_longer_than_it_said(redis: RedisServer) -> None:
    with Redis.from_url(redis.url) as dying:
        dying.set("bb:dies:alone", "nobody's", px=200)
    other = RedisStore(redis.url, Clock())
    with other.alone("bb:dies", hold=30, wait=20) as second:
        assert second
    with other.alone("bb:dies", hold=30, wait=0) as free:
        assert free


@pytest.mark.process
def test_a_holder_that_lives_holds_for_as_long_as_it_takes(redis: RedisServer) -> None:
    one, other = RedisStore(redis.url, Clock()), RedisStore(redis.url, Clock())
    with one.alone("bb:lives", hold=1.0, wait=0) as first, other.alone("bb:lives", hold=1.0, wait=2.5) as second:
        assert (first, second) == (True, False)
    with other.alone("bb:lives", hold=1.0, wait=0) as free:
        assert free


@pytest.mark.process
def test_clear_leaves_what_others_keep_in_the_same_redis(redis: RedisServer) -> None:
    store = RedisStore(redis.url, Clock())
    with Redis.from_url(redis.url) as client:
        client.set("burnboard:link:used", 1)
        store.put("bb:a", b"1", seconds=60)
        store.clear()
        assert client.get("burnboard:link:used") == b"1"
        assert client.get("bb:a") is None
        store.put("bb:a", b"1", seconds=60)
        assert 0 < client.ttl("bb:a") <= 60  # nothing stays for ever


def lines_of(log: pytest.LogCaptureFixture, event: str) -> list[logging.LogRecord]:
    return [record for record in log.records if record.getMessage() == event]


@pytest.mark.process
def test_without_redis_everything_is_a_miss_at_once_and_told_once(
    own_redis: Callable[..., RedisServer], heard: Heard, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, Channel.APP)
    server, clock = own_redis(), HandClock()
    store = RedisStore(server.url, clock)
    store.put("bb:a", b"1", seconds=600)
    assert store.get(["bb:a"]) == [b"1"]
    server.stop()
    for _ in range(3):
        assert store.get(["bb:a", "bb:b"]) == [None, None]
        store.put("bb:a", b"2", seconds=60)
        with store.alone("bb:a", hold=5, wait=5) as mine:
            assert not mine
        clock.move(DOWN_SECONDS + 1)
    assert store.time() > 0
    assert len(lines_of(caplog, "store_down")) == 1
    assert [event for event, _ in heard].count("store_down") == 4  # one for each time that it was tried
    server.start()
    clock.move(DOWN_SECONDS + 1)
    store.put("bb:a", b"3", seconds=60)
    assert store.get(["bb:a"]) == [b"3"]
    assert len(lines_of(caplog, "store_back")) == 1


def test_what_is_too_large_is_not_sent_and_that_is_told_once(heard: Heard, caplog: pytest.LogCaptureFixture) -> None:
    store = RedisStore(f"redis://127.0.0.1:{free_port()}/0", HandClock())
    for _ in range(3):
        store.put("bb:a", bytes(MOST_BYTES + 1), seconds=60)
    assert heard == [("store_down", {"error": "TooLarge"})] * 3
    assert len(lines_of(caplog, "store_down")) == 1


def test_a_redis_that_refuses_after_an_outage_is_back(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, Channel.APP)
    clock, failures = HandClock(), iter([TookTooLong(), ReadOnlyError()])
    line = _Line(clock)

    def question() -> str:
        raise next(failures)

    assert line.ask(question, "none") == "none"
    clock.move(DOWN_SECONDS)
    assert line.ask(question, "none") == "none"
    assert line.ask(lambda: "an answer", "none") == "an answer"
    assert len(lines_of(caplog, "store_back")) == 1


@pytest.mark.process
def test_a_large_value_over_a_slow_line_does_not_end_it(redis: RedisServer) -> None:
    with slow_line(urlsplit(redis.url).port or 0) as port:
        store = RedisStore(f"redis://127.0.0.1:{port}/0", Clock())
        store.put("bb:large", bytes(MOST_BYTES), seconds=60)
        store.put("bb:small", b"1", seconds=60)
        assert store.get(["bb:small"]) == [b"1"]


@contextmanager
def slow_line(port: int) -> Iterator[int]:
    """A port that hands connections on to ``port``, some 8 MB a second upwards."""

    def pump(source: socket.socket, target: socket.socket, pause: float) -> None:
        with suppress(OSError), target:
            while data := source.recv(65_536):
                time.sleep(pause * len(data) / 65_536)
                target.sendall(data)

    def serve() -> None:
        with suppress(OSError):
            while True:
                near, far = listening.accept()[0], socket.create_connection(("127.0.0.1", port))
                for ends in ((near, far, 0.008), (far, near, 0.0)):
                    threading.Thread(target=pump, args=ends, daemon=True).start()

    with socket.socket() as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65_536)
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        threading.Thread(target=serve, daemon=True).start()
        yield listening.getsockname()[1]
        listening.shutdown(socket.SHUT_RDWR)


@pytest.mark.process
def test_a_redis_that_hangs_is_waited_for_once(own_redis: Callable[..., RedisServer]) -> None:
    server = own_redis()
    store = RedisStore(server.url, Clock())
    store.put("bb:a", b"1", seconds=60)
    with Redis.from_url(server.url) as client:
        client.execute_command("CLIENT", "PAUSE", 3000, "ALL")
    began = time.monotonic()
    assert [store.get(["bb:a"]) for _ in range(200)] == [[None]] * 200
    assert time.monotonic() - began < 10 * STORE_SECONDS


@pytest.mark.process
def test_a_full_redis_still_answers(
    own_redis: Callable[..., RedisServer], heard: Heard, caplog: pytest.LogCaptureFixture
) -> None:
    server = own_redis("--maxmemory", "4mb", "--maxmemory-policy", "noeviction")
    store = RedisStore(server.url, Clock())
    store.put("bb:a", b"1", seconds=60)
    for number in range(5):
        store.put(f"bb:{number}", b"x" * MEGABYTE, seconds=60)
    assert store.get(["bb:a", "bb:4"]) == [b"1", None]
    assert heard.count(("store_down", {"error": "OutOfMemoryError"})) >= 2
    assert len(lines_of(caplog, "store_down")) == 1


@pytest.mark.process
def test_a_password_opens_redis_and_is_told_to_nobody(
    own_redis: Callable[..., RedisServer], heard: Heard, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    server = own_redis("--requirepass", "opensesame")
    port = urlsplit(server.url).port
    store = RedisStore(f"redis://default:opensesame@127.0.0.1:{port}/0", Clock())
    store.put("bb:a", b"1", seconds=60)
    assert store.get(["bb:a"]) == [b"1"]
    for url in (f"redis://default:not-opensesame@127.0.0.1:{port}/0", "redis://u:opensesame@127.0.0.1:1/0"):
        locked = RedisStore(url, Clock())
        assert locked.get(["bb:a"]) == [None]
        assert "opensesame" not in repr(locked) + repr(vars(locked))
    assert "opensesame" not in caplog.text + repr(heard)
    assert len(lines_of(caplog, "store_down")) == 2


@pytest.mark.process
def test_redis_is_reached_through_tls(
    own_redis: Callable[..., RedisServer], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    certificate, key = own_certificate(tmp_path)
    port = free_port()
    tls = ("--tls-port", str(port), "--tls-cert-file", certificate, "--tls-key-file", key, "--tls-auth-clients", "no")
    own_redis(*tls)
    url = f"rediss://127.0.0.1:{port}/0"
    store = RedisStore(f"{url}?ssl_ca_certs={certificate}", Clock())
    store.put("bb:a", b"1", seconds=60)
    assert store.get(["bb:a"]) == [b"1"]
    assert RedisStore(url, Clock()).get(["bb:a"]) == [None]  # signed by nobody known


def own_certificate(folder: Path) -> tuple[str, str]:
    """Paths of a certificate for 127.0.0.1, signed by itself, and of its key."""
    from ipaddress import ip_address

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    plain = serialization.NoEncryption()
    (folder / "redis.crt").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / "redis.key").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    )
    return str(folder / "redis.crt"), str(folder / "redis.key")
