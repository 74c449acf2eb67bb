"""Makes the tables of the sample workspace: `python -m tools.transfer.sample.generate [FOLDER]`.

Seed and reference date are fixed, so that the files are the same on every machine. The Markdown documents
beside them are written by hand.
"""

from __future__ import annotations

import sys
from pathlib import Path
from random import Random

from tools.transfer.sample import activity, parties
from tools.transfer.sample.words import Words
from tools.transfer.sample.world import World

SEED = 20261120


def generate(folder: Path) -> None:
    """Write all tables of the sample workspace to a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    world = World(Random(SEED), Words.load())  # noqa: S311 -- a repeatable sample, no secret
    parties.make_employees(world, folder)
    parties.make_products(world, folder)
    parties.make_accounts(world, folder)
    parties.make_contacts(world, folder)
    parties.make_deals(world, folder)
    activity.make_interactions(world, folder)
    activity.make_business(world, folder)
    activity.make_tickets_and_tasks(world, folder)
    activity.make_leads(world, folder)
    activity.make_usage(world, folder)


if __name__ == "__main__":
    generate(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent / "files")
