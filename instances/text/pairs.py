"""Rows of pickups and deliveries that name each other: Li-Lim and Sartori-Buriol."""

from __future__ import annotations

from collections.abc import Sequence

from routewright.instances.columns import Cells, Stop
from routewright.model import Model
from routewright.problem import Client, Problem

#: Columns after the service time.
PAIR_COLUMNS = ("pickup", "delivery")


def add_shipments(model: Model, clients: Sequence[Stop], cells: Cells) -> None:
    """Add a shipment for every pickup row and the delivery row that it names.

    A pickup row has 0 as its pickup, the number of its delivery row, and a demand of at
    least 0; the delivery row has the number of the pickup row, 0, and the negative of the
    demand.

    Parameters
    ----------
    model
        Holds the clients already, in the order of the rows.
    clients
        The rows without the depot; ``rest`` is the pickup and the delivery column.
    cells
        Collects the issues.
    """
    index = {stop.number: i for i, stop in enumerate(clients)}
    for i, stop in enumerate(clients):
        pickup, delivery = stop.rest
        if (pickup == 0) == (delivery == 0):
            message = (
                f"pickup {pickup} and delivery {delivery}: exactly one of them must be 0, "
                "and the other the number of the sibling"
            )
            cells.issue(stop.where, "pickup, delivery", message)
            continue
        name, number = ("pickup", pickup) if pickup else ("delivery", delivery)
        if number not in index:
            if number not in cells.seen or number == 0:
                cells.issue(stop.where, name, f"there is no row {number}")
            continue
        sibling = clients[index[number]]
        if _name_each_other(stop, sibling, name, cells) and delivery:
            _check_amounts(stop, sibling, cells)
            model.add_shipment(i, index[number], max(stop.demand, 0), where=stop.where)


def _name_each_other(stop: Stop, sibling: Stop, name: str, cells: Cells) -> bool:
    back = sibling.rest[1] if name == "pickup" else sibling.rest[0]
    if back != stop.number:
        other = "delivery" if name == "pickup" else "pickup"
        message = (
            f"names row {sibling.number} ({sibling.where}), whose {other} is {back}, "
            f"not {stop.number}"
        )
        cells.issue(stop.where, name, message)
    return back == stop.number


def _check_amounts(stop: Stop, sibling: Stop, cells: Cells) -> None:
    if stop.demand < 0:
        cells.issue(stop.where, "demand", f"{stop.demand} must not be negative at a pickup")
    elif sibling.demand != -stop.demand:
        message = (
            f"{sibling.demand} must cancel the {stop.demand} of its pickup, "
            f"row {stop.number} ({stop.where})"
        )
        cells.issue(sibling.where, "demand", message)


def siblings(problem: Problem, numbers: Sequence[int]) -> list[tuple[int, int, int]]:
    """Return amount (negative at deliveries), pickup, and delivery of every client's row.

    Parameters
    ----------
    problem
        Every client belongs to a shipment; see `unpaired`.
    numbers
        Row numbers of the clients.
    """
    columns = [(0, 0, 0)] * problem.num_clients
    for s in problem.shipments:
        amount = sum(s.amount) // problem.scale.load[0] if s.amount else 0
        columns[s.pickup] = (amount, 0, numbers[s.delivery])
        columns[s.delivery] = (-amount, numbers[s.pickup], 0)
    return columns


def unpaired(problem: Problem) -> list[str]:
    """Return the name of what the columns cannot express: clients outside of pairs."""

    def carries(client: Client) -> bool:
        return any(client.delivery) or any(client.pickup)

    lost = []
    if 2 * len(problem.shipments) != problem.num_clients:
        lost.append("clients without a sibling")
    if any(carries(c) for c in problem.clients):
        lost.append("amounts to or from the depot")
    return lost
