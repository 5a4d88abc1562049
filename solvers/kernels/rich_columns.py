"""Columns of the arrays of the general search (see `rich_types`), and their codes."""

from __future__ import annotations

#: Cost of what is not possible.
NEVER = 1 << 61

# Columns of RichProblem.node: what is known of a node.
EARLY, LATE, SERVICE, RELEASE, PRIZE, REQUIRED, KIND, GROUP, PARTNER, IS_PICKUP = range(10)
NODE_COLUMNS = 10
#: Bits of KIND.
LINEHAUL, BACKHAUL = 1, 2

# Columns of RichProblem.kind: what is known of a vehicle type.
(
    AVAILABLE,
    START,
    END,
    SHIFT_EARLY,
    SHIFT_LATE,
    MAX_DISTANCE,
    MAX_DURATION,
    MAX_OVERTIME,
    MAX_STOPS,
    MAX_RELOADS,
    FIXED,
    PER_DISTANCE,
    PER_DURATION,
    PER_OVERTIME,
    PROFILE,
    HEAVY,  # whether the duration of a route matters beyond time windows
    FAMILY,  # types that differ in capacity and costs alone are of one family
) = range(17)
KIND_COLUMNS = 17

# Columns of RichState.visit: a client in its trip.
# ABOARD: shipments that are on board on leaving.
# MISSES: how often it was missing. LEFT_OUT_AT: its place in the list of what is left out.
(
    PREV,
    NEXT,
    TRIP,
    POSITION,
    READY,
    LATEST,
    ARC,
    FLAGS,
    ABOARD,
    MISSES,
    LEFT_OUT_AT,
    QUEUED,
    BEST_NEXT,
) = range(13)
VISIT_COLUMNS = 13
#: TRIP of a client that no route visits, and of one that belongs to another search.
ABSENT, FOREIGN = -1, -2

# Columns of RichState.trip.
(
    HEAD,
    TAIL,
    SIZE,
    ROUTE,
    FROM,  # depot, or -1 where the route begins at its first client
    TO,
    BEFORE,  # trip
    AFTER,
    LEAVES,  # earliest departure from FROM, goods aboard
    RETURNS,  # latest arrival at TO
    LAST_ARC,
    READY_GOODS,  # largest release time of its clients
    LINEHAULS,
    BACKHAULS,
    SEEN,
    BEST_HEAD,
    BEST_FROM,
    BEST_AFTER,
) = range(18)
TRIP_COLUMNS = 18

# Columns of RichState.route.
(
    FIRST,
    LAST,
    TRIPS,
    TYPE,
    STOPS,
    DISTANCE,
    DURATION,
    COST,
    FRESH,
    MARK,
    FEASIBLE,
    DIRTY,
    BEST_FIRST,
    BEST_TYPE,
) = range(14)
ROUTE_COLUMNS = 14

# Columns of RichState.fleet: vehicles of a type on routes, and that there may be.
USED, MOST = range(2)

# Rows of RichState.slots: stacks of what is free, and routes changed since the best plan.
ROUTE_STACK, TRIP_STACK, CHANGED = range(3)

# Rows of RichState.lists: visits of touched routes; units that no route visits; clients
# taken out and put in by this iteration; units to insert; clients whose surroundings
# changed; a route in the making; two routes as they are, and as a move would make them.
SAVED, LEFT_OUT, REMOVED, PLACED, REQUESTS, QUEUE, BUFFER, PLANS = range(8)
NUM_LISTS = 11

# Columns of RichState.touched: a route as it was before the iteration.
T_ROUTE, T_VISITS, T_COUNT, T_TRIPS, T_NUM_TRIPS, T_TYPE, T_COST = range(7)
TOUCHED_COLUMNS = 7

# Entries of RichState.ctl, the counters that helpers change.
(
    STAMP,
    NUM_TOUCHED,
    NUM_SAVED,
    NUM_SAVED_TRIPS,
    NUM_REMOVED,
    NUM_PLACED,
    FREE_ROUTES,
    FREE_TRIPS,
    NUM_ABSENT,
    MISSING,  # required clients and groups that are not visited
    ABSENCE,  # the same, weighted by how often each was missing
    LOST,  # prizes not collected
    NUM_ROUTES,
    ROUTE_LIMIT,
    CURRENT,  # cost of the current plan, lost prizes included
    BEST,
    BEST_MISSING,
    BEST_ROUTES,
    BLINK,
    NUM_DIRTY,
    ITERATIONS,
    ACCEPTED,
    SEARCHES,
    GENEROUS,  # whether optional units are inserted at any cost
    WHOLE,  # whether whole routes were taken out
    ONLY_KIND,  # type of all routes that open, or -1
    UPGRADES,  # whether full routes may get larger vehicles
    NUM_QUEUED,
    DESCENTS,
    MOVES,
    # As they were before the iteration:
    KEPT_MISSING,
    KEPT_ABSENCE,
    KEPT_LOST,
    KEPT_ROUTES,
    KEPT_FREE_ROUTES,
    KEPT_FREE_TRIPS,
) = range(36)
CTL_SIZE = 36
