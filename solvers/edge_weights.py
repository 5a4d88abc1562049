"""Weights of edges between clients, wherever they come from."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from routewright.travel import FloatArray, IntArray

#: From which weight on an edge is likely.
LIKELY = 0.1


class EdgeWeights(NamedTuple):
    """How much speaks for some pairs of nodes being next to each other; 0 for all others.

    Attributes
    ----------
    codes
        The pairs as ``low * span + high``, increasing, shape (E,).
    values
        Weights from 0 to 1, shape (E,).
    span
        More than any node.
    """

    codes: IntArray
    values: FloatArray
    span: int

    @classmethod
    def of(cls, pairs: IntArray, values: FloatArray) -> EdgeWeights:
        """Return the weights of pairs, (2, E); of a pair that is there twice, the mean."""
        span = int(pairs.max(initial=0)) + 1
        codes, place = np.unique(_codes(pairs, span), return_inverse=True)
        sums = np.bincount(place, values, len(codes))
        return cls(codes, sums / np.maximum(1, np.bincount(place, minlength=len(codes))), span)

    def at(self, pairs: IntArray) -> FloatArray:
        """Return the weights of pairs, shape (2, P), in any order of their nodes."""
        if not len(self.codes):
            return np.zeros(pairs.shape[1])
        codes = _codes(pairs, self.span)
        place = np.minimum(np.searchsorted(self.codes, codes), len(self.codes) - 1)
        known = (self.codes[place] == codes) & (pairs.max(axis=0, initial=0) < self.span)
        return np.where(known, self.values[place], 0.0)

    def likely_first(self, nodes: IntArray, near: IntArray) -> IntArray:
        """Return the order of lists of neighbors in which the likely ones come first.

        Parameters
        ----------
        nodes
            Whose neighbors these are, shape (N,).
        near
            Neighbors, shape (N, K).

        Returns
        -------
        IntArray
            Columns of ``near``, shape (N, K): those of weight ``LIKELY`` and more by weight,
            the others as they were.
        """
        own = np.broadcast_to(nodes[:, None], near.shape)
        weights = self.at(np.stack((own.ravel(), near.ravel()))).reshape(near.shape)
        weights[weights < LIKELY] = 0.0
        return np.argsort(-weights, axis=1, kind="stable")


def _codes(pairs: IntArray, span: int) -> IntArray:
    codes: IntArray = pairs.min(axis=0) * span + pairs.max(axis=0)
    return codes
