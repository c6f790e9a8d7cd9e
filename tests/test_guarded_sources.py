"""Whatever a model names, nothing outside the allowed folders is read and no machine of a private network is asked."""

import asyncio
import socket
import threading
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from nemotron_vl_integrations.chat import Media, MediaPolicy, MediaReader
from nemotron_vl_integrations.errors import InputError, InvalidRequestError
from nemotron_vl_integrations.guarded_sources import (
    AllowedPaths,
    UrlPolicy,
    fetch_url,
    is_url,
    list_documents,
)
from nemotron_vl_integrations.messages import TextPart
from tests.source_attacks import INSIDE, OUTSIDE, build_ground
from tests.web_server import LIMIT, Server, resolve_names, serving

LOOPBACK = "127.0.0.0/8"


def read_outcome(allowed: AllowedPaths, attack: str) -> bytes | None:
    try:
        return allowed.read(attack, max_bytes=LIMIT).data
    except InvalidRequestError:
        return None


@pytest.mark.parametrize(
    "name",
    [
        "letter.pdf",
        "./deep//letter.pdf",
        "deep/../letter.pdf",
        "deep/deeper/../../letter.pdf",
        "{root}/letter.pdf",
        "file://{root}/deep/letter.pdf",
        "file:{root}/deep%2Fletter.pdf",
        "within.pdf",
        "deep/within",
        "absolute-within/letter.pdf",
    ],
)
def test_what_lies_inside_is_read_by_any_name(tmp_path: Path, name: str) -> None:
    ground = build_ground(tmp_path)
    (ground.root / "within.pdf").symlink_to("deep/../letter.pdf")
    (ground.root / "deep" / "within").symlink_to("../within.pdf")
    (ground.root / "absolute-within").symlink_to(ground.root / "deep")
    allowed = AllowedPaths((ground.root,))
    assert allowed.read(name.format(root=ground.root), max_bytes=LIMIT).data == INSIDE


def test_a_relative_name_may_begin_at_the_current_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ground = build_ground(tmp_path)
    monkeypatch.chdir(tmp_path)
    read = AllowedPaths((Path("allowed"),)).read("allowed/deep/letter.pdf", max_bytes=LIMIT)
    assert (read.name, read.data) == ("deep/letter.pdf", INSIDE)
    assert AllowedPaths((ground.around / "missing", ground.root)).read("letter.pdf", max_bytes=LIMIT)


def test_a_file_that_is_allowed_itself_is_read_and_no_other(tmp_path: Path) -> None:
    ground = build_ground(tmp_path)
    only = ground.root / "letter.pdf"
    allowed = AllowedPaths((only,))
    assert allowed.read(str(only), max_bytes=LIMIT).name == "letter.pdf"
    assert read_outcome(allowed, str(ground.root / "deep/letter.pdf")) is None
    only.unlink()
    only.symlink_to("deep/letter.pdf")
    assert read_outcome(AllowedPaths((only,)), str(only)) == INSIDE, "the link that the caller allowed"


def test_what_lies_outside_is_refused_alike_whether_it_exists_or_not(tmp_path: Path) -> None:
    ground = build_ground(tmp_path)
    messages = set[str]()
    for name in ("secret.pdf", "nothing.pdf"):
        with pytest.raises(InvalidRequestError) as refusal:
            AllowedPaths((ground.root,)).read(f"../{name}", max_bytes=LIMIT)
        messages.add(refusal.value.message.replace(name, "NAME"))
    assert len(messages) == 1


@pytest.mark.parametrize("name", ["pipe", "plug", "deep", "loop"])
def test_a_name_that_is_no_regular_file_is_refused_at_once(tmp_path: Path, name: str) -> None:
    with pytest.raises(InvalidRequestError, match=r"folder|device, pipe or socket|links"):
        AllowedPaths((build_ground(tmp_path).root,)).read(name, max_bytes=LIMIT)


def test_a_file_over_the_limit_is_refused(tmp_path: Path) -> None:
    (tmp_path / "large.pdf").write_bytes(bytes(LIMIT + 1))
    with pytest.raises(InvalidRequestError, match="more than the limit of 1,000"):
        AllowedPaths((tmp_path,)).read("large.pdf", max_bytes=LIMIT)


@contextmanager
def swapping(first: Callable[[], None], second: Callable[[], None]) -> Generator[None]:
    """Swap what a name means, as fast as it goes."""
    stop = threading.Event()

    def swap() -> None:
        while not stop.is_set():
            first()
            second()

    thread = threading.Thread(target=swap)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


@pytest.mark.parametrize("name", ["swapped/letter.pdf", "deep/swapped/../letter.pdf", "swapped-file.pdf"])
def test_a_name_that_changes_between_check_and_opening_never_leads_out(tmp_path: Path, name: str) -> None:
    ground = build_ground(tmp_path)
    (ground.around / "letter.pdf").write_bytes(OUTSIDE)
    place = ground.root / name.split("/..")[0].removesuffix("/letter.pdf")
    good, bad = place.with_name("good"), place.with_name("bad")
    if place.suffix:
        good.write_bytes(INSIDE)
        bad.symlink_to(ground.around / "secret.pdf")
    else:
        good.mkdir()
        (good / "letter.pdf").write_bytes(INSIDE)
        bad.symlink_to(ground.around)
    good.rename(place)

    def exchange() -> None:
        place.rename(good)
        bad.rename(place)

    def exchange_back() -> None:
        place.rename(bad)
        good.rename(place)

    allowed = AllowedPaths((ground.root,))
    with swapping(exchange, exchange_back):
        outcomes = [read_outcome(allowed, name) for _ in range(1000)]
    assert set(outcomes) <= {None, INSIDE}
    assert INSIDE in outcomes


def test_documents_are_listed_without_links_and_hidden_files(tmp_path: Path) -> None:
    ground = build_ground(tmp_path)
    (ground.root / ".hidden.pdf").write_bytes(INSIDE)
    (ground.root / "notes.txt").write_bytes(INSIDE)
    names = [document.name for document in list_documents(ground.root, limit=100)]
    assert names == ["letter.pdf", "deep/letter.pdf", "deep/deeper/letter.pdf"]
    assert len(list_documents(ground.root, limit=2)) == 2
    assert [d.media_type for d in list_documents(ground.root / "letter.pdf", limit=2)] == ["application/pdf"]


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as server:
        yield server


def allow_loopback(server: Server, **limits: float) -> UrlPolicy:
    return UrlPolicy(
        hosts=("*", f"*:{server.server_port}"),
        networks=(LOOPBACK,),
        max_bytes=LIMIT,
        seconds=limits.get("seconds", 10.0),
    )


def fetch(server: Server, path: str, policy: UrlPolicy | None = None) -> bytes:
    url = f"http://127.0.0.1:{server.server_port}/{path}"
    return asyncio.run(fetch_url(url, policy or allow_loopback(server)))


def test_a_name_is_looked_up_once_so_that_it_cannot_change_its_meaning(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    resolve_names(monkeypatch, {"rebinding.example": [["127.0.0.1"], ["10.0.0.1"]]})
    url = f"http://rebinding.example:{server.server_port}/picture"
    assert asyncio.run(fetch_url(url, allow_loopback(server))) == INSIDE
    with pytest.raises(InvalidRequestError, match="private network"):
        asyncio.run(fetch_url(url, allow_loopback(server)))


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        ("http://10.0.0.1/", "private network"),
        ("http://[::ffff:169.254.169.254]/", "private network"),
        ("ftp://127.0.0.1/", "only http and https"),
        ("file:///etc/passwd", "only http and https"),
        ("http://127.0.0.1:25/", "nothing is fetched from there"),
        ("http://user@127.0.0.1/", "names a user"),
        ("//10.0.0.1/", "private network"),
        ("/to/" * 9 + "x", "more than 3 redirects"),
        ("/missing", "answers 404 Not Found"),
    ],
)
def test_each_redirect_is_checked(server: Server, target: str, reason: str) -> None:
    with pytest.raises(InvalidRequestError, match=reason):
        fetch(server, f"to/{target}")


def test_a_redirect_is_followed_where_that_is_allowed(server: Server) -> None:
    assert fetch(server, "to//picture") == INSIDE


@pytest.mark.parametrize(
    ("path", "reason"),
    [("large", "more than the limit of 1,000"), ("packed", "coding 'gzip'"), ("slow", "longer than 0.5 s")],
)
def test_size_form_and_time_of_an_answer_are_bounded(server: Server, path: str, reason: str) -> None:
    with pytest.raises(InputError, match=reason):
        fetch(server, path, allow_loopback(server, seconds=0.5))


@pytest.mark.parametrize(
    ("hosts", "good", "bad"),
    [
        (("Example.org",), ["https://EXAMPLE.org/"], ["https://www.example.org/", "https://example.org.evil.example/"]),
        (("*.example.org",), ["http://a.b.example.org/"], ["http://example.org/", "http://badexample.org/"]),
        (("localhost:8000",), ["http://localhost:8000/"], ["http://localhost/", "http://localhost:80/"]),
        (("[::1]",), ["http://[::1]/"], ["http://[::2]/", "http://127.0.0.1/"]),
        (("*",), ["http://example.org/", "https://example.org:443/"], ["http://example.org:8080/"]),
        ((), [], ["http://example.org/"]),
    ],
)  # fmt: skip
def test_only_the_named_hosts_are_asked(hosts: tuple[str, ...], good: list[str], bad: list[str]) -> None:
    policy = UrlPolicy(hosts=hosts)
    assert [policy.check(url).target for url in good] == ["/"] * len(good)
    for url in bad:
        with pytest.raises(InvalidRequestError, match="nothing is fetched from there"):
            policy.check(url)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_this_machine_is_asked_where_it_is_named_as_such(server: Server, host: str) -> None:
    policy = UrlPolicy(hosts=(f"{host}:{server.server_port}",))
    assert asyncio.run(fetch_url(f"http://{host}:{server.server_port}/picture", policy)) == INSIDE


def test_this_machine_is_asked_on_no_other_port_than_the_one_that_was_named(server: Server) -> None:
    policy = UrlPolicy(hosts=("*", "localhost:9", f"*:{server.server_port}"))
    with pytest.raises(InvalidRequestError, match="private network"):
        asyncio.run(fetch_url(f"http://localhost:{server.server_port}/picture", policy))
    assert server.visited == []


@pytest.mark.parametrize("target", ["http://[::1/", "//[", "http://[zz]/"])
def test_a_redirect_that_cannot_be_read_is_refused(server: Server, target: str) -> None:
    server.targets = [target]
    with pytest.raises(InvalidRequestError, match="cannot be read"):
        fetch(server, "target/0")


def test_a_name_that_is_allowed_does_not_come_to_mean_this_machine(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    resolve_names(monkeypatch, {})
    policy = UrlPolicy(hosts=(f"scans.example:{server.server_port}",))
    with pytest.raises(InvalidRequestError, match="private network"):
        asyncio.run(fetch_url(f"http://scans.example:{server.server_port}/picture", policy))
    assert server.visits == 0


@pytest.mark.parametrize(
    "host", ["", "http://example.org", "a b", "example.org:0", "example.org:70000", "*.*", "user@example.org"]
)
def test_what_is_no_host_is_refused_by_name(host: str) -> None:
    with pytest.raises(InvalidRequestError, match=r"host|port"):
        UrlPolicy(hosts=(host,))


def test_a_message_may_name_an_address_of_an_allowed_host(server: Server) -> None:
    policy = MediaPolicy(allowed_hosts=(f"localhost:{server.server_port}",))
    media = Media(f"http://localhost:{server.server_port}/picture")
    assert asyncio.run(MediaReader(policy=policy).read(media)) == (TextPart(INSIDE.decode()),)
    with pytest.raises(InvalidRequestError, match="nothing is fetched"):
        asyncio.run(MediaReader().read(media))


def test_a_closed_port_is_an_error_with_the_name_of_the_host() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with pytest.raises(InvalidRequestError, match=r"'127.0.0.1' cannot be asked"):
        asyncio.run(fetch_url(f"http://127.0.0.1:{port}/", UrlPolicy(hosts=(f"127.0.0.1:{port}",))))


def test_addresses_and_paths_are_told_apart() -> None:
    assert [is_url(text) for text in ("http:x", "s3://x", " https://x")] == [True] * 3
    assert [is_url(text) for text in ("a:b.pdf", "/http://x", "data:x", "file:///x", "")] == [False] * 5
