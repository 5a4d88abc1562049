"""``routewright schema``: the JSON Schemas of our own documents."""

from __future__ import annotations

import json
from typing import Literal

import click


@click.command()
@click.argument("document", type=click.Choice(["problem", "result"]), default="problem")
def schema(document: Literal["problem", "result"]) -> None:
    """Print the JSON Schema of a problem or of a result."""
    from routewright.instances.documents.native_schema import schema as schema_of

    print(json.dumps(schema_of(document), indent=2))
