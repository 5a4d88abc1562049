"""Solution files: routes, tours, numbers, costs, what is wrong with them, and round trips."""

from __future__ import annotations

from decimal import Decimal
from types import ModuleType

import pytest
from damage import damaged
from hypothesis import given
from hypothesis import strategies as st
from keyword_samples import CVRP, OP, PYVRP, SOP, TSP
from text_samples import edited

import routewright as rw
from routewright.instances.lib import sol, tour, tsplib, vrplib
from routewright.instances.lib.numbering import Numbering
from routewright.instances.lib.stated_costs import agrees, rounding_slack

PLAIN = vrplib.read(CVRP)
FLEET = vrplib.read(PYVRP)
CITIES = tsplib.read(TSP)
Routes = list[list[int]]


def visits(solution: rw.Solution) -> Routes:
    return [list(route.visits) for route in solution.routes]


def errors(module: ModuleType, problem: rw.Problem, text: str) -> list[str]:
    with pytest.raises(rw.InputError) as error:
        module.read(problem, text)
    return [str(issue) for issue in error.value.issues]


# Routes -----------------------------------------------------------------------------------

CVRPLIB = "Route #1: 3 1 \nRoute #2: 2 \nCost 36\n"
SINTEF = """\
Instance name :\tx
Authors       : A. Person, B. Person
Date          : 24.10.2003 16:51:15
Reference     : "On routes: a study", 2003
Solution
Route  1 : 3 1
Route 2 : 2
"""


@pytest.mark.parametrize(
    "text",
    [
        CVRPLIB,
        CVRPLIB.replace("\n", "\r\n"),
        SINTEF,
        "route #1:\t3\t1\nRoute #2: 2\nCost: 36\nOptimal: True\nTime 3.5\n",
        "Route #1: 0 3 1 0\nRoute #2: 0 2 0\n",  # depots at both ends
        "Route #7: 2\nRoute #7: 3 1\nRoute #8:\n",  # without meaning where vehicles are equal
    ],
)
def test_every_spelling_of_routes_is_the_same(text: str) -> None:
    assert sol.sniff(text)
    assert not tour.sniff(text)
    assert sol.read(PLAIN, text) == rw.Solution.from_visits([[2, 0], [1]])


def test_where_vehicles_differ_route_k_is_vehicle_k() -> None:
    text = "Route #1:\nRoute #2: 2\nRoute #3: 3\nRoute #4: 4 0 5\nCost 1\n"
    solution = sol.read(FLEET, text)
    assert [(r.vehicle_type, r.trips, r.reloads) for r in solution.routes] == [
        (1, ((0,),), ()),
        (2, ((1,),), ()),
        (0, ((2,), (3,)), (0,)),
    ]


def test_a_depot_inside_a_route_is_a_reload_there() -> None:
    (route,) = sol.read(FLEET, "Route #1: 2 1 3 0 0 4").routes
    assert route.trips == ((0,), (1,), (2,))
    assert route.reloads == (1, 0)
    # Only the very depot that the vehicle is at may be repeated.
    (route,) = sol.read(FLEET, "Route #1: 2 0 1 3").routes
    assert route.trips == ((0,), (), (1,))
    kinds = {v.kind for v in rw.check(FLEET, rw.Solution([route])).violations}
    assert rw.ViolationKind.EMPTY_TRIP in kinds


def test_names_of_clients_that_are_no_numbers(square: rw.Problem) -> None:
    solution = sol.read(square, "Route #1: ne se\nRoute #2: sw nw\nCost 1\n")
    assert visits(solution) == [[0, 1], [2, 3]]
    text = sol.write(square, solution)
    assert text.startswith("Route #1: ne se\nRoute #2: sw nw\nCost ")
    assert sol.read(square, text) == solution


def test_every_error_in_routes_is_named_with_its_line() -> None:
    text = "Route #1: 1 9 x\nRoute #2\nCost many\n5 3 2\nRoute #3: -1\n\x00\n"
    assert errors(sol, PLAIN, text) == [
        "line 1, route 1: there is no client 9",
        "line 1, route 1: there is no client x",
        "line 2: 'Route #2' is neither a route ('Route #1: 5 3 8') nor a remark",
        "line 3, cost: 'many' is not a number",
        "line 4: '5 3 2' is neither a route ('Route #1: 5 3 8') nor a remark",
        "line 5, route 3: there is no client -1",
        "line 6: '\\x00' is neither a route ('Route #1: 5 3 8') nor a remark",
    ]
    assert errors(sol, PLAIN, "Route #1: 1\nCost\nCost nan\n") == [
        "line 2, cost: \"''\" is not a number",
        "line 3, cost: 'nan' must be finite",
    ]


def test_vehicles_that_do_not_exist_or_have_a_route_are_named() -> None:
    text = "Route #2: 2\nRoute #2: 3\nRoute #5: 4\nRoute #6:\nRoute #0: 5\n"
    assert errors(sol, FLEET, text) == [
        "line 2, route 2: vehicle 2 has a route already, on line 1",
        "line 3, route 5: there is no vehicle 5; there are 4",
        "line 5, route 0: there is no vehicle 0; there are 4",
    ]


# Costs ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "cost"),
    [
        (CVRPLIB, "36"),
        ("Route #1: 1\nCost: 827.30\n", "827.30"),
        ("Cost : 1.5e3", "1.5e3"),
        ("Cost 911.980164 ", "911.980164"),
        (SINTEF, None),
        ("Cost none", None),
        ("Costs 5", None),
    ],
)
def test_the_stated_cost_keeps_its_digits(text: str, cost: str | None) -> None:
    assert sol.stated_cost(text) == (None if cost is None else Decimal(cost))
    assert str(sol.stated_cost(text)).lower() in (cost, "none", "1.5e+3")


@given(cost=st.floats(0, 1e5), digits=st.integers(0, 6), error=st.floats(0.6, 100))
def test_costs_agree_as_far_as_they_are_printed(cost: float, digits: int, error: float) -> None:
    stated = Decimal(f"{cost:.{digits}f}")
    assert agrees(stated, cost)
    assert not agrees(stated, float(stated) + error * 10**-digits)
    assert agrees(stated, float(stated) + error * 10**-digits, slack=error * 10**-digits)


def test_only_unrounded_distances_leave_room() -> None:
    for rounding, room in (("nint", False), ("exact", False), ("none", True)):
        p = vrplib.read(CVRP, rounding=rw.Rounding(rounding))
        report = rw.check(p, rw.Solution.from_visits([[0, 1], [2]]))
        assert (rounding_slack(p, report) > 0) == room
        assert rounding_slack(p, report) < 1e-5


def test_tours_state_their_length() -> None:
    for line in ("Length = 487305", "Cost = 0_487305", "length=487305"):
        assert tour.stated_cost(f"NAME : x\r\nCOMMENT : {line}\r\nTYPE : TOUR\r\n") == 487305
    assert tour.stated_cost("COMMENT : Cost = 3_487305\n") is None  # with a penalty
    assert tour.stated_cost("COMMENT : by hand\n") is None


# Tours ------------------------------------------------------------------------------------

TOUR = "NAME : x\nTYPE : TOUR\nDIMENSION : 5\nTOUR_SECTION\n1\n3\n4\n5\n2\n-1\nEOF\n"


@pytest.mark.parametrize(
    "text",
    [
        TOUR,
        TOUR.replace("\n", "\r\n"),
        edited(TOUR, ("1\n3\n4\n5\n2\n-1\nEOF\n", "4 5 2\n1 3")),  # starting elsewhere
        edited(TOUR, ("DIMENSION : 5\n", ""), ("-1\nEOF", "-1\n-1\nEOF")),
    ],
)
def test_a_tour_may_start_anywhere(text: str) -> None:
    assert tour.sniff(text)
    assert visits(tour.read(CITIES, text)) == [[1, 2, 3, 0]]


def test_lkh_joins_routes_by_copies_of_the_depot() -> None:
    text = "TYPE : TOUR\nDIMENSION : 6\nTOUR_SECTION\n4\n1\n2\n6\n3\n5\n-1\nEOF\n"
    assert visits(tour.read(PLAIN, text)) == [[0], [1], [2]]
    several = "TYPE : TOUR\nTOUR_SECTION\n1 2\n-1\n3 4 1\n-1\n-1\n"
    assert visits(tour.read(PLAIN, several)) == [[0], [1, 2]]


def test_oplib_solutions_name_the_cities_of_the_tour() -> None:
    p = tsplib.read(OP)
    text = """\
NAME : scores
TYPE : OP
DIMENSION : 4
COST_LIMIT : 12
ROUTE_SCORE : 9
NODE_SEQUENCE_SECTION
1
2
-1
DEPOT_SECTION
1
-1
EOF
"""
    assert sol.sniff(text)
    assert visits(sol.read(p, text)) == [[0]]
    assert sol.stated_cost(text) is None
    assert errors(sol, p, text.replace("2\n-1", "9\n-1")) == [
        "line 8, NODE_SEQUENCE_SECTION: there is no city 9"
    ]


@pytest.mark.parametrize(
    ("edit", "expected"),
    [
        (("3\n4", "9\nx\n4"), [
            "line 6, TOUR_SECTION: there is no city 9",
            "line 7: 'x' is neither a keyword nor numbers",
        ]),
        (("3\n4", "3\n4.5"), ["line 7, TOUR_SECTION: 4.5 must be a whole number"]),
        (("1\n3", "3"), ["line 4, TOUR_SECTION: the tour does not pass the depot (1)"]),
        ((" 5\n", " 7\n"), ["line 3, DIMENSION: is 7, but the problem has 5 cities"]),
        ((" 5\n", " some\n"), ["line 3, DIMENSION: 'some' is not a number"]),
    ],
)  # fmt: skip
def test_every_error_in_a_tour_is_named_with_its_line(
    edit: tuple[str, str], expected: list[str]
) -> None:
    assert errors(tour, CITIES, edited(TOUR, edit)) == expected


def test_tours_do_not_tell_vehicles_apart() -> None:
    assert errors(tour, FLEET, edited(TOUR, ("DIMENSION : 5\n", ""))) == [
        "line 3, TOUR_SECTION: tours do not say which vehicle runs a route; use a .sol file or JSON"
    ]
    with pytest.raises(rw.UnsupportedError) as error:
        tour.write(FLEET, rw.Solution([rw.Route(0, ((0,), (1,)), (0,))]))
    assert error.value.attributes == ("reloads", "several depots", "several vehicle types")


def test_a_path_begins_at_the_depot() -> None:
    p = tsplib.read(SOP)
    solution = rw.Solution.from_visits([[0, 1, 2]])
    text = tour.write(p, solution)
    assert "COMMENT : Length = 10\n" in text
    assert "\n1\n2\n3\n4\n-1\nEOF\n" in text
    assert tour.read(p, text) == solution


# Round trips ------------------------------------------------------------------------------


@st.composite
def splits(draw: st.DrawFn, clients: int, most: int = 9) -> Routes:
    """Some of the clients, in some order, cut into routes."""
    order = draw(st.permutations(range(clients)))[: draw(st.integers(0, clients))]
    routes: Routes = [[] for _ in range(min(most, clients))]
    for c in order:
        routes[draw(st.integers(0, len(routes) - 1))].append(c)
    return routes


@given(splits(3))
def test_plain_solutions_survive_both_forms(routes: Routes) -> None:
    solution = rw.Solution.from_visits(routes)
    for module in (sol, tour):
        text = module.write(PLAIN, solution)
        assert module.sniff(text)
        assert module.read(PLAIN, text) == solution
        stated = module.stated_cost(text)
        assert stated is not None
        assert agrees(stated, rw.check(PLAIN, solution).cost)


@given(splits(4, most=1))
def test_tours_survive(routes: Routes) -> None:
    solution = rw.Solution.from_visits(routes)
    assert tour.read(CITIES, tour.write(CITIES, solution)) == solution
    assert sol.read(CITIES, sol.write(CITIES, solution)) == solution


@given(splits(4, most=4), st.data())
def test_fleets_that_differ_survive(routes: Routes, data: st.DataObject) -> None:
    """Each route goes to a vehicle of its own; the first type may reload."""
    vehicles = data.draw(st.permutations([0, 0, 1, 2]))
    kept = []
    for kind, route in zip(vehicles, routes, strict=True):
        cut = data.draw(st.integers(1, len(route))) if kind == 0 and len(route) > 1 else 0
        trips = (
            [tuple(route)] if cut in (0, len(route)) else [tuple(route[:cut]), tuple(route[cut:])]
        )
        reloads = tuple(data.draw(st.integers(0, 1)) for _ in trips[1:])
        kept.append(rw.Route(kind, tuple(trips), reloads))
    solution = rw.Solution(kept)
    assert sol.read(FLEET, sol.write(FLEET, solution)) == solution


def test_vehicles_without_numbers_are_counted_by_type() -> None:
    model = rw.Model()
    model.add_depot(0, x=0, y=0)
    for c in (1, 2, 3):
        model.add_client(c, x=c, y=0, delivery=1)
    model.add_vehicle_type("van", count=2, capacity=2, vehicle_ids=["red", "blue"])
    model.add_vehicle_type("truck", capacity=5)
    p = model.problem()
    assert Numbering(p).vehicles == [0, 0, 1, 1, 1]
    solution = rw.Solution([rw.Route.of([0], 1), rw.Route.of([2], 0), rw.Route.of([1], 1)])
    text = sol.write(p, solution)
    assert text.startswith("Route #1: 3\nRoute #2:\nRoute #3: 1\nRoute #4: 2\nCost ")
    assert sol.read(p, text) == solution
    with pytest.raises(rw.UnsupportedError, match="more routes than vehicles"):
        sol.write(p, rw.Solution([rw.Route.of([c], 0) for c in range(3)]))


def test_an_empty_plan_is_a_solution() -> None:
    p = tsplib.read(OP)
    nothing = rw.Solution([])
    assert sol.read(p, sol.write(p, nothing)) == nothing
    assert sol.sniff(sol.write(p, nothing))
    assert tour.read(p, tour.write(p, nothing)) == nothing


def test_names_with_spaces_cannot_stand_in_a_file() -> None:
    model = rw.Model()
    model.add_depot("depot", x=0, y=0)
    model.add_client("Anna B", x=1, y=0)
    model.add_vehicle_type()
    with pytest.raises(rw.UnsupportedError, match="client ids with spaces"):
        sol.write(model.problem(), rw.Solution.from_visits([[0]]))


WORDS = [
    "Route #1:",
    "Route #2: 1",
    "Route",
    "Cost",
    "TOUR_SECTION",
    "-1 -1",
    "NODE_SEQUENCE_SECTION",
]


@given(data=st.data(), case=st.sampled_from(["plain", "fleet", "sintef", "tour"]))
def test_a_damaged_file_is_a_solution_or_an_input_error(data: st.DataObject, case: str) -> None:
    module, problem, text = {
        "plain": (sol, PLAIN, CVRPLIB),
        "fleet": (sol, FLEET, "Route #1: 2 0 3\nRoute #3:\nRoute #4: 4\nCost 12.5\n"),
        "sintef": (sol, PLAIN, SINTEF),
        "tour": (tour, CITIES, TOUR),
    }[case]
    text = data.draw(damaged(text, WORDS))
    module.sniff(text)
    module.stated_cost(text)
    try:
        solution = module.read(problem, text)
    except rw.InputError as error:
        found: object = error.issues
    else:
        found = rw.check(problem, solution)  # judges whatever was read
    assert found
