"""``routewright generate``: problems from the generators, their parameters as options."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from routewright.errors import InputError, Issue

from . import options as o
from .convert import refuse_target, save_problem

if TYPE_CHECKING:
    from routewright.instances.generators import Generator, Parameter, Value


# The parameters of a generator are options that only the generator knows.
@click.command(
    add_help_option=False,
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True},
)
@click.argument("name", metavar="NAME", required=False)
@click.option("-o", "--output", metavar="FILE", help="File to write; default: standard output.")
@click.option("--to", "target", metavar="FORMAT", help="Format; default: by the suffix of FILE.")
@click.option("--list", "list_all", is_flag=True, help="List the generators.")
@click.option("-h", "--help", "help_wanted", is_flag=True, help="Show the parameters of NAME.")
@o.quiet
@click.pass_context
def generate(
    context: click.Context,
    name: str | None,
    output: str | None,
    target: str | None,
    list_all: bool,
    help_wanted: bool,
    quiet: bool,
) -> None:
    """Generate a problem; --list names the generators.

    NAME --help shows the parameters of one, which are options of their own.
    """
    from routewright.instances.generators import GENERATORS

    if list_all or (name is None and not help_wanted):
        _print_generators()
        return
    if name is None or name.startswith("-"):
        print(context.get_help())
        return
    if name not in GENERATORS:
        known = ", ".join(GENERATORS)
        message = f"{name!r} is not a generator; choose from {known}"
        raise InputError([Issue("", "NAME", message)])
    generator = GENERATORS[name]
    if help_wanted:
        print(context.get_help())
        _print_parameters(generator)
        return
    out = output or "-"
    if output is None and target is None:
        target = "routewright"
    values = _values(generator, context.args)
    refuse_target(out, target, "--to")
    save_problem(generator.generate(**values), out, target, quiet=quiet)


def _print_generators() -> None:
    from routewright.instances.generators import GENERATORS

    from .tables import listing, show

    rows = [[name, generator.summary] for name, generator in GENERATORS.items()]
    show(listing(["generator", "makes"], rows, "ll"))
    print("\nIts parameters: routewright generate NAME --help")


def _print_parameters(generator: Generator) -> None:
    from .tables import listing, show

    rows = [
        [f"--{_option(name)}", str(p.default), _meaning(p)]
        for name, p in generator.parameters.items()
    ]
    print(f"\nParameters of {generator.name}, {generator.summary}:\n")
    show(listing(["option", "default", "meaning"], rows, "lll"))


def _meaning(parameter: Parameter) -> str:
    choices = f" ({', '.join(parameter.choices)})" if parameter.choices else ""
    return f"{parameter.help}{choices}"


def _option(parameter: str) -> str:
    return parameter.replace("_", "-")


def _values(generator: Generator, words: list[str]) -> dict[str, Value]:
    """Read ``--name value`` and ``--name=value``; what is wrong is raised together."""
    values: dict[str, Value] = {}
    issues: list[Issue] = []
    rest = iter(words)
    for word in rest:
        if not word.startswith("--"):
            issues.append(Issue("", f"{word!r}", "is not an option; parameters are --name value"))
            continue
        option, given, text = word.partition("=")
        text = text if given else next(rest, "")
        name = option[2:].replace("-", "_")
        parameter = generator.parameters.get(name)
        if parameter is None:
            known = ", ".join(f"--{_option(p)}" for p in generator.parameters)
            issues.append(
                Issue("", option, f"generator {generator.name} has no such option; it has {known}")
            )
            continue
        try:
            values[name] = parameter.type(text)
        except ValueError:
            kind = "whole number" if parameter.type is int else "number"
            issues.append(Issue("", option, f"{text!r} is not a {kind}"))
    if issues:
        raise InputError(issues)
    return values
