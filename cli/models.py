"""``routewright models``: which trained policies are here, and which one is used."""

from __future__ import annotations

import click


@click.group()
def models() -> None:
    """List trained policies, show one, or choose the one that is used."""


@models.command("list")
def list_models() -> None:
    """List the models that are here."""
    from routewright.neural.cards import is_scorer, read_card
    from routewright.neural.models import available, default_name

    from .messages import note
    from .tables import listing, show

    rows = []
    for name, file in available().items():
        card = read_card(file)
        sizes = f"{card.sizes[0]} to {card.sizes[1]}"
        mark = "yes" if name == default_name(is_scorer(card)) else ""
        solver = _user(is_scorer(card))
        rows.append([name, solver, mark, sizes, str(len(card.kinds)), str(file)])
    if rows:
        show(listing(["model", "solver", "used", "clients", "kinds", "file"], rows, "lllrrl"))
    else:
        note("no model is here; routewright train makes one")


@models.command()
@click.argument("name", metavar="[MODEL]", default="")
@click.option("--json", "as_json", is_flag=True, help="Print the whole card as JSON.")
def info(name: str, as_json: bool) -> None:
    """Show what a model says about itself; MODEL is a name or a file."""
    from routewright.neural.cards import read_card
    from routewright.neural.models import default_name, find_file

    from .tables import facts, heading, show

    file = find_file(name or default_name())
    card = read_card(file)
    if as_json:
        print(card.to_json())
        return
    last = card.curve[-1] if card.curve else {}
    rows = [
        ("file", str(file)),
        ("policy", f"{card.name} {card.config}"),
        ("kinds", ", ".join(card.kinds)),
        ("clients", f"{card.sizes[0]} to {card.sizes[1]}"),
        ("training", f"{card.steps} steps, {card.problems} problems, {card.seconds:.0f} s"),
        ("on", f"{card.device}, {card.versions}"),
        ("commit", card.commit or "unknown"),
        ("held out", ", ".join(f"{k} {v:g}" for k, v in last.items())),
        ("beyond", f"other problems: {card.beyond}"),
        ("note", card.note),
    ]
    show(heading(file.stem), facts([(k, v) for k, v in rows if v]))


@models.command()
@click.argument("name", metavar="MODEL")
def use(name: str) -> None:
    """Let the solver neural, or edges, use a model; MODEL is a name or a file."""
    from routewright.neural.cards import is_scorer, read_card
    from routewright.neural.models import find_file, use_model

    used = use_model(name)
    print(f"the solver {_user(is_scorer(read_card(find_file(used))))} uses {used}")


def _user(scorer: bool) -> str:
    """The solver that uses such models."""
    return "edges" if scorer else "neural"
