"""Run as a program: `sdist.py REQUIREMENT FOLDER` downloads a source distribution, nothing else.

`pip download` of a source distribution runs the package's build system to learn its metadata, and
no option forbids that. So this asks pip for its index, its best candidate and its network session,
with all that the user configured (indexes, proxies, certificates, logins), and stops there.

Prints JSON: `file` the path, or `error` one line. It runs in a process of its own because pip's
insides are meant for pip alone: whatever they do or no longer do ends here.
"""

import hashlib
import json
import shutil
import sys
from pathlib import Path
from typing import Any

MAX_BYTES = 512 << 20
_CHUNK_BYTES = 1 << 20


class _NotToBeHad(Exception):
    """Why there is no file."""


def main(requirement: str, folder: Path) -> dict[str, str]:
    """Download the best match into `folder`: the answer to print."""
    try:
        return {"file": str(_download(requirement, folder))}
    except _NotToBeHad as error:
        return {"error": str(error)}
    except (ImportError, AttributeError, TypeError) as error:
        return {"error": f"this pip is not understood ({error}); pip 23 to 26 are: upgrade pip"}
    except Exception as error:  # noqa: BLE001 - pip's and its libraries' errors share no base
        return {"error": (str(error).strip() or repr(error)).splitlines()[0]}


def _download(requirement: str, folder: Path) -> Path:
    from pip._internal.commands import create_command  # noqa: PLC0415 - may be missing or changed
    from pip._vendor.packaging.requirements import Requirement  # noqa: PLC0415

    wanted = Requirement(requirement)
    command: Any = create_command("download")
    with command.main_context():
        options, _ = command.parse_args(["--no-deps", "--no-binary", ":all:", requirement])
        session = command.get_default_session(options)
        finder = command._build_package_finder(  # noqa: SLF001 - see above
            options=options, session=session, ignore_requires_python=True
        )
        best = finder.find_best_candidate(wanted.name, wanted.specifier).best_candidate
        if best is None:
            raise _NotToBeHad("the index has no source distribution of it")
        return _fetch(session, best.link, folder)


def _fetch(session: Any, link: Any, folder: Path) -> Path:  # noqa: ANN401 - pip's
    path = folder / Path(link.filename).name
    if link.is_file:
        shutil.copyfile(link.file_path, path)
    else:
        with (
            session.get(link.url, headers={"Accept-Encoding": "identity"}, stream=True) as response,
            path.open("wb") as file,
        ):
            response.raise_for_status()
            for chunk in response.iter_content(_CHUNK_BYTES):
                file.write(chunk)
                if file.tell() > MAX_BYTES:
                    raise _NotToBeHad(f"over {MAX_BYTES >> 20} MiB")
    if link.hash_name:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, link.hash_name).hexdigest()
        if digest != link.hash:
            raise _NotToBeHad(f"{path.name} is not what the index promised ({link.hash_name})")
    return path


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1], Path(sys.argv[2]))))  # noqa: T201 - its answer
