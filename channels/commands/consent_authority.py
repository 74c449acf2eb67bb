"""`guanxi consent-authority`: the process that asks people and signs their grants, apart from the CRM."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from channels.commands.invocation import Command, Invocation

if TYPE_CHECKING:
    from knowledge_graph.sovereignty.key_files import KeyPairOfTwo
    from knowledge_graph.stores.local_home import HomeFolder

PORT = 8421


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's own arguments."""
    parser.add_argument("folder", type=Path, help="the authority's own folder: key, store, outbox")
    parser.add_argument("--port", type=int, default=PORT, help=f"on 127.0.0.1; default {PORT}")
    parser.add_argument(
        "--pin", action="store_true", help="only make the workspace of --home trust this authority"
    )


async def run(call: Invocation) -> int:
    """Return the exit status after serving until stopped, or after pinning.

    Raises:
        BadInputError: The folder lies inside the workspace, which would hold the key then.
    """
    from knowledge_graph.errors import BadInputError
    from knowledge_graph.sovereignty.key_files import open_keys
    from knowledge_graph.stores.local_home import HomeFolder

    folder, home = call.options.folder.expanduser().resolve(), HomeFolder.at(call.settings().home)
    if folder == home.root or home.root in folder.parents:
        raise BadInputError(
            "the authority's folder may not lie in the workspace: the CRM would hold its key."
            " Nothing was started"
        )
    keys = open_keys(folder / "keys.json")
    if call.options.pin:
        return _pin(home, keys, call.options.port)
    await _serve(call, folder, keys)
    return 0


def _pin(home: HomeFolder, keys: KeyPairOfTwo, port: int) -> int:
    """Write the authority's address and public keys where the workspace looks for them."""
    from knowledge_graph.sovereignty.key_files import public_text

    home.prepare()
    home.trust.parent.mkdir(mode=0o700, exist_ok=True)
    content = {"url": f"http://127.0.0.1:{port}", "keys": public_text(keys.public)}
    home.trust.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    print(f"{home.root} trusts {keys.thumbprint[:16]}… at {content['url']}")
    return 0


async def _serve(call: Invocation, folder: Path, keys: KeyPairOfTwo) -> None:
    import uvicorn

    from channels.authority.app import build_authority
    from knowledge_graph.sovereignty.authority.desk import AuthorityDesk
    from knowledge_graph.sovereignty.authority.letters import FolderPost

    desk = AuthorityDesk(folder / "authority.db", keys, call.clock(), FolderPost(folder / "outbox"))
    try:
        config = uvicorn.Config(
            build_authority(desk, keys),
            host="127.0.0.1",
            port=call.options.port,
            log_level="warning",
            access_log=False,
        )
        print(f"consent authority 授权机构 · http://127.0.0.1:{call.options.port}", flush=True)
        print(f"  letters to people 信件: {folder / 'outbox'}", flush=True)
        sys.stdout.flush()
        await uvicorn.Server(config).serve()
    finally:
        desk.close()


COMMAND = Command(
    name="consent-authority",
    help="ask people and sign their grants 授权机构",
    arguments=arguments,
    run=run,
)
