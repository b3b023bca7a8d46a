"""What a lake asks of Google's store, as the documentation of its XML API has it, in memory.

A stand-in, since no emulator that can be had knows the conditions of these requests: `PUT` under
`x-goog-if-generation-match`, where 0 means that there is no such object, ranges, lists, parts.

`google_server.py PORT` serves every bucket that is named.
"""

import sys
import threading
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape


@dataclass(frozen=True)
class Stored:
    content: bytes
    generation: int
    at: datetime

    def headers(self) -> dict[str, str]:
        return {
            "ETag": f'"{self.generation:x}"',
            "x-goog-generation": str(self.generation),
            "Last-Modified": format_datetime(self.at, usegmt=True),
            "Content-Length": str(len(self.content)),
        }


class Store:
    """Objects by bucket and key, and parts of those that are being written."""

    def __init__(self) -> None:
        self.objects: dict[str, Stored] = {}
        self.parts: dict[str, dict[int, bytes]] = {}
        self.numbers = count(1)
        self.lock = threading.Lock()

    def put(self, name: str, content: bytes, match: str | None) -> Stored | None:
        """Write an object; None where its generation is not the one that has to be there."""
        with self.lock:
            present = self.objects.get(name)
            if match is not None and int(match) != (present.generation if present else 0):
                return None
            made = Stored(content, next(self.numbers), datetime.now(UTC))
            self.objects[name] = made
            return made

    def listing(self, bucket: str, asked: dict[str, str]) -> str:
        prefix, after = asked.get("prefix", ""), asked.get("start-after", "")
        found: dict[str, str] = {}
        with self.lock:
            for name, stored in sorted(self.objects.items()):
                key = name.removeprefix(f"{bucket}/")
                if not name.startswith(f"{bucket}/{prefix}") or key <= after:
                    continue
                rest, slash, _ = key.removeprefix(prefix).partition("/")
                if slash and "delimiter" in asked:
                    one = f"{prefix}{rest}/"
                    found[one] = f"<CommonPrefixes><Prefix>{escape(one)}</Prefix></CommonPrefixes>"
                else:
                    at = stored.at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
                    found[key] = (
                        f"<Contents><Key>{escape(key)}</Key><LastModified>{at}</LastModified>"
                        f"<ETag>{stored.generation:x}</ETag><Size>{len(stored.content)}</Size>"
                        "</Contents>"
                    )
        return f"<ListBucketResult>{''.join(found.values())}</ListBucketResult>"


STORE = Store()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *_: object) -> None:
        pass

    def split(self) -> tuple[str, dict[str, str]]:
        """Bucket and key, and what is asked beside."""
        parts = urlsplit(self.path)
        asked = parse_qs(parts.query, keep_blank_values=True)
        return unquote(parts.path).strip("/"), {name: all_[0] for name, all_ in asked.items()}

    def answer(self, status: int, content: bytes = b"", **headers: str) -> None:
        self.send_response(status)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        for name, value in ({"Content-Length": str(len(content))} | named).items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def body(self) -> bytes:
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def do_PUT(self) -> None:
        name, asked = self.split()
        content = self.body()
        if "uploadId" in asked:
            STORE.parts[asked["uploadId"]][int(asked["partNumber"])] = content
            self.answer(200, ETag=f'"{asked["partNumber"]}"')
            return
        made = STORE.put(name, content, self.headers.get("x-goog-if-generation-match"))
        if made is None:
            self.answer(412, b"<Error><Code>PreconditionFailed</Code></Error>")
        else:
            self.answer(200, **(made.headers() | {"Content-Length": "0"}))

    def do_POST(self) -> None:
        name, asked = self.split()
        self.body()
        if "uploads" in asked:
            upload = str(next(STORE.numbers))
            STORE.parts[upload] = {}
            said = f"<UploadId>{upload}</UploadId>"
            said = f"<InitiateMultipartUploadResult>{said}</InitiateMultipartUploadResult>"
            self.answer(200, said.encode())
            return
        parts = STORE.parts.pop(asked["uploadId"])
        made = STORE.put(name, b"".join(parts[number] for number in sorted(parts)), None)
        assert made is not None
        tag = made.headers()["ETag"]
        said = f"<CompleteMultipartUploadResult><ETag>{tag}</ETag></CompleteMultipartUploadResult>"
        self.answer(200, said.encode(), x_goog_generation=str(made.generation))

    def do_GET(self) -> None:
        name, asked = self.split()
        if "/" not in name:
            self.answer(200, STORE.listing(name, asked).encode())
            return
        stored = STORE.objects.get(name)
        if stored is None:
            self.answer(404, b"<Error><Code>NoSuchKey</Code></Error>")
            return
        headers, size = stored.headers(), len(stored.content)
        wanted = self.headers.get("Range")
        if wanted is None:
            self.answer(200, stored.content, **headers)
            return
        first, _, last = wanted.removeprefix("bytes=").partition("-")
        start = int(first) if first else size - int(last)
        end = min(int(last) + 1, size) if first and last else size
        piece = {"Content-Range": f"bytes {start}-{end - 1}/{size}"}
        piece["Content-Length"] = str(end - start)
        self.answer(206, stored.content[start:end], **(headers | piece))

    do_HEAD = do_GET  # noqa: N815

    def do_DELETE(self) -> None:
        name, _ = self.split()
        with STORE.lock:
            gone = STORE.objects.pop(name, None)
        self.answer(404 if gone is None else 204)


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
