"""Steps of a training: which weights go to which optimizer, and that a state goes on."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402
from torch.optim import AdamW, Muon  # noqa: E402

from routewright.neural.optimizer import Steps  # noqa: E402


def network() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(6, 64), nn.ReLU(), nn.Linear(64, 80), nn.Linear(80, 3))


def taught(net: nn.Module, steps: Steps, turns: range) -> float:
    loss = torch.zeros(())
    for turn in turns:
        x = torch.randn(32, 6, generator=torch.Generator().manual_seed(turn))
        loss = ((net(x) - x[:, :3].abs()) ** 2).mean()
        loss.backward()
        steps.take(0.01)
    return float(loss.detach())


def test_large_matrices_go_to_muon_and_everything_else_to_adam() -> None:
    net = network()
    (adam, one), (muon, longer) = Steps(net, 0.0, with_muon=True).parts
    assert (type(adam), type(muon)) == (AdamW, Muon)
    assert one == 1.0 < longer
    of = [[w for group in o.param_groups for w in group["params"]] for o in (adam, muon)]
    assert [tuple(w.shape) for w in of[1]] == [(80, 64)]
    assert len(of[0]) == 5
    [(alone, _)] = Steps(net, 0.0, with_muon=False).parts
    assert type(alone) is AdamW
    assert len([w for group in alone.param_groups for w in group["params"]]) == 6


@pytest.mark.parametrize("with_muon", [False, True])
def test_steps_go_downhill_and_on_from_a_state(with_muon: bool) -> None:
    whole, parted = network(), network()
    steps = Steps(whole, 0.01, with_muon=with_muon)
    first = taught(whole, steps, range(1))
    assert taught(whole, steps, range(1, 60)) < 0.5 * first
    before = Steps(parted, 0.01, with_muon=with_muon)
    taught(parted, before, range(25))
    kept = {name: value.clone() for name, value in before.state().items()}
    resumed = network()
    resumed.load_state_dict(parted.state_dict())
    later = Steps(resumed, 0.01, with_muon=with_muon)
    later.restore(kept)
    taught(resumed, later, range(25, 60))
    for ours, theirs in zip(whole.parameters(), resumed.parameters(), strict=True):
        assert torch.equal(ours, theirs)


def test_the_rate_is_that_of_the_step() -> None:
    net = network()
    steps = Steps(net, 0.0, with_muon=True)
    before = [w.detach().clone() for w in net.parameters()]
    net(torch.randn(4, 6)).sum().backward()
    steps.take(0.0)
    assert all(torch.equal(a, b) for a, b in zip(before, net.parameters(), strict=True))
    assert all(w.grad is None for w in net.parameters())
