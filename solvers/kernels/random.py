"""Random numbers for kernels: xorshift, one word of state per search.

References
----------
Marsaglia, G. (2003). Xorshift RNGs. *Journal of Statistical Software*, 8(14).
"""

from __future__ import annotations

import numpy as np

from . import kernel


@kernel
def uniform(rng):
    """Next number in [0, 1)."""
    x = rng[0]
    x ^= x << np.uint64(13)
    x ^= x >> np.uint64(7)
    x ^= x << np.uint64(17)
    rng[0] = x
    return (x >> np.uint64(11)) * (1.0 / 9007199254740992.0)


@kernel
def below(rng, n):
    """Next whole number in [0, n)."""
    return np.int64(uniform(rng) * n)
