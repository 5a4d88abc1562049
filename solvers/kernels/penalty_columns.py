"""Columns of the arrays of the penalized search (see `penalty_types`)."""

from __future__ import annotations

# Columns of PenaltyState.visit: a client in its trip.
(
    PREV,
    NEXT,
    TRIP,  # -1 if no route visits it
    POSITION,
    CUM,  # distance from the start of the trip
    BACK,  # the same, driven backwards
    GOODS,  # largest release time up to it
    GOODS_ON,  # largest release time from it on
    FORBIDDEN,  # clients up to it that the vehicle may not serve
    TESTED,  # number of moves when its moves were tried last
    SEEN,  # stamp
    ORDER,  # row i: the client whose moves are tried as the i-th
    SERVED,  # row g: the client of group g that is visited, or -1
) = range(13)
#: Three best places for SWAP* (cost, after whom); segments of the trip up to it and from it
#: on; by dimension, delivery, change, and peak load of the trip up to it, and from it on.
PLACES, SEG, SEG_ON, LOADS = 13, 19, 24, 29

# Columns of PenaltyState.trip.
(
    HEAD,
    TAIL,
    SIZE,
    ROUTE,
    FROM,  # depot, or -1
    TO,
    BEFORE,  # trip, or -1
    AFTER,
    T_DISTANCE,
    T_LOAD_COST,
    T_FORBIDDEN,
    T_FREE,  # row i: the i-th trip that is free
    NEAR_TRIP,  # row i: the i-th trip in a list for a moment
) = range(13)
#: Segments of the route up to the departure on a trip, and from the arrival after it on.
DONE, REST = 13, 18
TRIP_COLUMNS = 23

# Columns of PenaltyState.route.
(
    FIRST,  # trip, or -1
    LAST,
    TRIPS,
    TYPE,
    STOPS,
    DISTANCE,
    LOAD_COST,
    HARDS,  # rules broken that no price is put on
    COST,  # with penalties
    SLACK,  # what of the cost is neither fixed nor distance
    BROKEN,  # bits below
    CHANGED,  # number of moves when it changed last
    SWAPPED,  # number of moves when SWAP* looked at it last
    R_FREE,  # row i: the i-th route that is free
    USED,  # row k: routes of type k
) = range(15)
ROUTE_COLUMNS = 15

#: Bits of BROKEN.
LOAD_BIT, TIME_BIT, DURATION_BIT, DISTANCE_BIT, STOPS_BIT, HARD_BIT = 1, 2, 4, 8, 16, 32

# Columns of PenaltyRules.node behind those of RichProblem; deliveries and changes follow.
GROUP_REQUIRED, NUM_WINDOWS, DELIVERY = 10, 11, 12
#: Column of PenaltyRules.kind behind those of RichProblem: capacities.
CAPACITY = 17

# Entries of PenaltyState.weight: cost per unit, in 1/256 of a unit of cost; dimensions follow.
W_TIME, W_DURATION, W_DISTANCE, W_STOPS, W_HARD, W_VEHICLE, W_LOAD = range(7)
#: Weights are multiples of 1 / 2 ** FINE.
FINE = 8

# Entries of PenaltyState.ctl.
(
    FREE_ROUTES,
    FREE_TRIPS,
    NUM_ROUTES,
    MISSING,
    LOST,
    STAMP,
    MOVES,
    PARTS,  # two entries: how many parts each of the two trips has
    PARTS_2,
    EVALUATIONS,
    CURSOR,
    LOOP,
    IMPROVED,
    BROKEN_PLAN,
    DIRTY_LOOP,
) = range(15)
CTL_SIZE = 15
