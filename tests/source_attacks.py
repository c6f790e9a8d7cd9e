"""Paths and addresses that a hostile model might name, generated, and the folder that they attack."""

import os
import random
import socket
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from urllib.parse import quote

INSIDE = b"inside the folder"
OUTSIDE = b"SECRET outside the folder"
WALKS = 500


@dataclass(frozen=True, slots=True)
class Ground:
    """A folder that may be read, and what lies around it."""

    around: Path
    root: Path


def build_ground(around: Path) -> Ground:
    """Make an allowed folder between secrets, with every kind of link and special file in it."""
    root = around / "allowed"
    (root / "deep" / "deeper").mkdir(parents=True)
    for name in ("letter.pdf", "deep/letter.pdf", "deep/deeper/letter.pdf"):
        (root / name).write_bytes(INSIDE)
    for name in ("secret.pdf", "allowed-too/secret.pdf", "Allowed/letter.pdf", "deep/secret.pdf"):
        (around / name).parent.mkdir(exist_ok=True)
        (around / name).write_bytes(OUTSIDE)
    secret = around / "secret.pdf"
    links = {
        "absolute.pdf": secret,
        "relative.pdf": Path("../secret.pdf"),
        "deep/relative.pdf": Path("../../secret.pdf"),
        "deep/up": Path("../.."),
        "up": Path(".."),
        "around": around,
        "top": Path("/"),
        "self": Path("/proc/self"),
        "chain": Path("chain-2"),
        "chain-2": Path("chain-3"),
        "chain-3": Path("../secret.pdf"),
        "into-out": Path("deep/up/secret.pdf"),
        "double": Path("up"),
        "loop": Path("loop"),
        "loop-a": Path("loop-b"),
        "loop-b": Path("loop-a"),
        "neighbour": around / "allowed-too",
        "dots": Path("deep/deeper/../../../secret.pdf"),
        "device": Path("/dev/zero"),
        "prefixed": root / "../secret.pdf",
        "prefixed-deep": root / "deep/../../secret.pdf",
        "twin": Path(f"{root}-too/secret.pdf"),
        "descriptors": Path("/proc/self/fd"),
        "threads": Path("/proc/thread-self/root"),
    }
    for name, target in links.items():
        (root / name).symlink_to(target)
    os.mkfifo(root / "pipe")
    with socket.socket(socket.AF_UNIX) as plug:
        plug.bind(str(root / "plug"))
    return Ground(around, root)


def generate_paths(ground: Ground) -> Iterator[str]:
    """Yield names that must never give what lies outside; some of them give what lies inside, by a detour."""
    secrets = ("secret.pdf", "allowed-too/secret.pdf", "Allowed/letter.pdf", "deep/secret.pdf")
    ups = (
        "..",
        "../..",
        "deep/../..",
        "deep/deeper/../../..",
        "./..",
        ".//..",
        "letter.pdf/../..",
        "missing/../..",
    )
    yield from (f"{up}/{secret}" for up, secret in product(ups, secrets))
    ways = (
        "up",
        "deep/up",
        "around",
        "double",
        "top" + str(ground.around),
        f"self/root{ground.around}",
        "self/cwd",
    )
    yield from (f"{way}/{secret}" for way, secret in product(ways, secrets))
    yield from _generate_links(ground)
    yield from _generate_absolute(ground)
    yield from _generate_disguised(ground)
    yield from _generate_file_addresses(ground)
    yield from _generate_walks(ground)


def _generate_links(ground: Ground) -> Iterator[str]:
    for name in (
        "absolute.pdf",
        "relative.pdf",
        "deep/relative.pdf",
        "chain",
        "into-out",
        "dots",
        "neighbour/secret.pdf",
        "prefixed",
        "prefixed-deep",
        "twin",
        f"threads{ground.around}/secret.pdf",
    ):
        yield from (
            name,
            f"./{name}",
            f"deep/../{name}",
            f"{ground.root}/{name}",
            f"{name}/",
            f"{name}/.",
            f"up/allowed/{name}",
        )
    for name in (
        "loop",
        "loop-a",
        "pipe",
        "plug",
        "device",
        "deep",
        "",
        ".",
        "/",
        "up",
        "self/environ",
        "self/fd/0",
        "self/mem",
        "descriptors/0",
        "/dev/fd/0",
        "/proc/self/fd/1",
    ):
        yield from (name, f"{ground.root}/{name}", f"deep/../{name}")


def _generate_walks(ground: Ground) -> Iterator[str]:
    """Ways at random, of steps that each may lead out, back, or nowhere."""
    chance = random.Random(7)
    steps = (
        "..", "..", "..", ".", "", "deep", "deep", "deeper", "up", "around", "top", "double", "self", "loop",
        "letter.pdf", "prefixed", "allowed", "Allowed", "allowed-too", "neighbour", "cwd", "root", "pipe",
        ground.around.name,
    )  # fmt: skip
    for _ in range(WALKS):
        way = "/".join(chance.choice(steps) for _ in range(chance.randint(1, 8)))
        start = chance.choice(
            ("", "", f"{ground.root}/", f"{ground.around}/", "/", "file:", f"file://{ground.root}/")
        )
        yield f"{start}{way}/{chance.choice(('secret.pdf', 'letter.pdf', 'allowed-too/secret.pdf'))}"


def generate_resources(ground: Ground) -> Iterator[str]:
    """Yield addresses of resources, in the ways that a client may write the path in them."""
    hidden = (
        ".hidden.pdf",
        ".git/letter.pdf",
        "token",
        "pages.ledger",
        "notes.txt",
        "deep/../token",
        "./token",
    )
    for path in (*generate_paths(ground), *hidden):
        with suppress(UnicodeEncodeError):
            yield f"document:///{quote(path)}"
    for path in ("../secret.pdf", "up/secret.pdf", f"{ground.around}/secret.pdf", *hidden):
        yield from (
            f"document:///{path}", f"document://{path}", f"document:{path}", f"DOCUMENT:///{path}",
            f"document:////{path}", f"document:///{quote(quote(path, safe=''))}", f"document://localhost/{path}",
            f"document:///{path}?x", f"document:///{path}#x", f"file:///{path}", path,
            f"document:///letter.pdf/../{path}", f"document:///{quote(path, safe='').replace('%2F', '%5C')}",
        )  # fmt: skip


def _generate_absolute(ground: Ground) -> Iterator[str]:
    root, around = str(ground.root), str(ground.around)
    for secret in (
        "/etc/passwd",
        "/etc/hostname",
        "/proc/self/environ",
        "/proc/self/root/etc/passwd",
        "/dev/zero",
        "/dev/stdin",
    ):
        yield from (secret, f"/{secret}", f"{root}{secret}", f"{root}/../{secret}", f"{root}/top{secret}")
    for name in ("secret.pdf", "allowed-too/secret.pdf", "Allowed/letter.pdf"):
        yield from (
            f"{around}/{name}", f"{root}/../{name}", f"{root}/deep/../../{name}", f"{root}//..//{name}",
            f"{root}/./../{name}", f"/proc/self/root{around}/{name}", f"/proc/{os.getpid()}/cwd/{name}",
        )  # fmt: skip
    # Names that begin like the folder, and the folder in other cases.
    for twin in (
        "allowed-too",
        "allowed.",
        "allowed ",
        "ALLOWED",
        "Allowed",
        "aLLowed",
        "allowed\u200b",
        "allowe\u0501",
    ):
        yield from (f"{around}/{twin}/secret.pdf", f"{around}/{twin}/letter.pdf", f"../{twin}/letter.pdf")


def _generate_disguised(ground: Ground) -> Iterator[str]:
    dots = (
        "..\\", "..%2f", "%2e%2e/", "%2e%2e%2f", "%252e%252e/", "..%c0%af", "..;/", "....//", ". ./",
        ".. /", "..\u2215",
        "..\uff0f", "\uff0e\uff0e/", "\u2024\u2024/", "..\x00/", "..\n/", "..\t/", "\ufeff../",
        "\u200b../", "\u202e../", "..\ud800/",
        "~/", "~root/", "$HOME/", "${HOME}/", "$(pwd)/", "`pwd`/", "|", "<", "C:\\", "\\\\localhost\\",
        "//localhost/", "\\\\?\\",
    )  # fmt: skip
    for dot, count in product(dots, (1, 3)):
        yield from (f"{dot * count}secret.pdf", f"deep/{dot * count}secret.pdf")
    for tail in (
        "\x00",
        "\x00.pdf",
        "\n",
        " ",
        "/..",
        "#",
        "?",
        "%00",
        ";",
        "::$DATA",
        ":secret",
        "/../../secret.pdf",
    ):
        yield from (f"{ground.around}/secret.pdf{tail}", f"../secret.pdf{tail}", f"absolute.pdf{tail}")
    yield from (
        "../" * 200 + "etc/passwd",
        "up/" * 200 + "secret.pdf",
        "deep/../" * 300 + "../secret.pdf",
        "a" * 300,
        "a/" * 3000,
    )
    yield from ("loop/" * 100 + "secret.pdf", "\ud800", "\udc80/../../secret.pdf", "x" * 5000)


def _generate_file_addresses(ground: Ground) -> Iterator[str]:
    secret, root = f"{ground.around}/secret.pdf", str(ground.root)
    heads = (
        "file://",
        "file:",
        "FILE://",
        "file://localhost",
        "file://LOCALHOST",
        "file://evil.example",
        "file:////",
        "file://127.0.0.1",
    )
    paths = (
        secret,
        f"{root}/../secret.pdf",
        f"{root}/%2e%2e/secret.pdf",
        f"{root}/%2e%2e%2fsecret.pdf",
        quote(secret),
        f"{root}/up/secret.pdf",
    )
    yield from (f"{head}{path}" for head, path in product(heads, paths))
    yield from (
        f"file://{secret}?x",
        f"file://{secret}#x",
        "file:",
        "file://",
        "file:///",
        "file:../secret.pdf",
        "file:///%00",
        "file://[::1",
    )


_HOSTS = """
    127.0.0.1 127.1 127.0.1 2130706433 0x7f000001 0x7f.0.0.1 0177.0.0.1 017700000001 127.0.0.1. 0.0.0.0 0
    10.0.0.1 10.255.255.255 172.16.0.1 172.31.255.255 192.168.0.1 192.168.255.255 169.254.169.254
    100.64.0.1 192.0.0.1 192.0.2.1 198.18.0.1 198.51.100.1 203.0.113.1 224.0.0.1 240.0.0.1
    255.255.255.255 [::1] [::] [::ffff:127.0.0.1] [::ffff:7f00:1] [::ffff:10.0.0.1] [::127.0.0.1]
    [0:0:0:0:0:0:0:1] [fe80::1] [fc00::1] [fd12:3456::1] [fec0::1] [ff02::1] [2001:db8::1]
    [64:ff9b::7f00:1] [64:ff9b::10.0.0.1] [2002:7f00:1::] [2002:a00:1::1] [64:ff9b:1::7f00:1]
    [2001:0:7f00:1::] [::ffff:0:127.0.0.1] [0:0:0:0:0:ffff:127.0.0.1] [::ffff:169.254.169.254]
    [64:ff9b::169.254.169.254] [100::1] [2001:10::1] [fe80::1%25lo] [::1%25lo] [ff05::1] [fd00:ec2::254]
    [2002:a9fe:a9fe::] [2001:0:0:0:0:0:80ff:fffe] 0.0.0.1 127.255.255.254 169.254.170.2 100.100.100.200
    localhost LOCALHOST localhost. sub.localhost
"""
PRIVATE_HOSTS = _HOSTS.split()
"""Hosts of this machine and of private networks, written in every way that a resolver takes."""


def generate_urls(port: int) -> Iterator[str]:
    """Yield addresses that must never be connected to; `port` is one where a listener waits."""
    yield from (f"{scheme}://{host}:{port}/" for host, scheme in product(PRIVATE_HOSTS, ("http", "https")))
    yield from (f"http://{host}/latest/meta-data/" for host in PRIVATE_HOSTS)
    schemes = (
        "ftp",
        "gopher",
        "dict",
        "ldap",
        "ws",
        "jar",
        "unix",
        "s3",
        "gs",
        "hf",
        "data+http",
        "javascript",
        "HTTP+UNIX",
        "view-source:http",
    )
    yield from (f"{scheme}://127.0.0.1:{port}/" for scheme in schemes)
    for rest in (
        "public.example@127.0.0.1", "127.0.0.1@public.example", "user:password@public.example",
        "public.example\\@127.0.0.1",
        "public.example#@127.0.0.1", "public.example?@127.0.0.1", "127.0.0.1 .public.example",
        "127.0.0.1\t", "127.0.0.1\n", "127.0.0.1%00",
        "\u2460\u2461\u2466.0.0.1", "127\u30020\u30020\u30021", "\uff11\uff12\uff17.0.0.1", "[::1", "::1",
        "", "/", "//127.0.0.1", "..", "%31%32%37.0.0.1",
        "rebinding.example", "mixed.example", "private.example", "metadata.example",
    ):  # fmt: skip
        yield from (f"http://{rest}:{port}/", f"https://{rest}:{port}/a.png", f"http:{rest}:{port}/")


def generate_redirects(port: int) -> Iterator[str]:
    """Yield where a server that may be asked can send somebody who must not go there."""
    for attack in generate_urls(port):
        # The server itself may be asked by the name that was allowed.
        if attack.isascii() and attack.isprintable() and "localhost:" not in attack.lower():
            yield attack
    for host in (f"127.0.0.1:{port}", "10.0.0.1", "169.254.169.254", f"[::1]:{port}"):
        yield from (f"//{host}/x", f"///{host}/x", f"/\\{host}/x", f"\\\\{host}/x", f"http:\\\\{host}/x")
        yield from (
            f"http:{host}/x",
            f"http:/{host}/x",
            f"http:///{host}/x",
            f"HtTp://{host}/x",
            f"http://.{host}/",
        )
    yield from (
        "file:///etc/passwd",
        "data:,x",
        "unix:/run/x",
        "http+unix://%2Frun%2Fx/",
        "javascript:0",
        "about:blank",
    )
