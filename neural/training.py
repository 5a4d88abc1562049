"""The training of a policy: one loop, whatever it minimizes.

Every step draws its problems and its samples from random numbers that depend on the seed
and the number of the step alone. So a training that was killed goes on from its last
state as if nothing had happened.

References
----------
Zhou, J. et al. (2023). Towards omni-generalizable neural methods for vehicle routing
problems. *ICML* (arXiv:2305.19587): meta-updates over sizes and distributions, here in
the first-order form of Nichol, A. et al. (2018), Reptile (arXiv:1803.02999).
"""

from __future__ import annotations

import copy
import json
import math
import platform
import random
import threading
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from routewright.errors import InputError, Issue

from . import objectives
from .cards import Card
from .checkpoint import read_tensors, save_policy, write_tensors
from .decoding import greedy, roll_out
from .devices import find_device
from .features import ranged_features, unit_cost
from .generator import Drawn, draw
from .objectives import Judge, RewardScale
from .optimizer import Steps
from .options import Moment, Options
from .policies import as_planned, policy_class
from .provenance import commit, versions
from .teacher import Labels
from .workers import Workers
from .zoo.names import is_zoo

#: Name of the checkpoint, and of what a later call goes on from, in the folder.
POLICY_FILE, STATE_FILE = "policy.safetensors", "state.safetensors"
_STATE_FORMAT = "routewright/training/1"
#: Steps until the learning rate is full, and the share of it that is left at the end.
_WARM, _LEFT = 200, 0.02
#: How often the loss is looked at, in steps: looking waits for the device.
_LOOK = 20


class Trainer:
    """One training, in a folder of its own.

    Parameters
    ----------
    options
        What to do.
    folder
        Where the checkpoint and the state are kept.
    watch
        Called every few steps.
    interrupt
        Ends the training early, with a checkpoint, once it is set.
    """

    def __init__(
        self,
        options: Options,
        folder: Path,
        watch: Callable[[Moment], None] | None = None,
        interrupt: threading.Event | None = None,
    ) -> None:
        self.options, self.folder = options, folder
        self.watch = watch or (lambda _: None)
        self.interrupt = interrupt or threading.Event()
        self.device = find_device(options.device)
        if self.device.type == "cuda":
            torch.set_float32_matmul_precision("high")
        self.policy = self._new_policy()
        is_imitation = options.objective == "imitation"
        self.workers = Workers(self.policy, options.threads if is_imitation else 1)
        self.optimizer = Steps(
            self.policy,
            options.weight_decay,
            with_muon=is_imitation and not is_zoo(options.policy),
        )
        self.judge = Judge(
            options.starts,
            RewardScale.on(self.device),
            budget=1 << (25 if self.device.type == "cuda" else 20),
            share=options.share,
            after_epoch=self._update,
        )
        if options.objective == "rollout":
            self.judge.baseline = copy.deepcopy(self.policy).eval()
        labels = Labels.read(Path(options.labels)) if options.labels else None
        self.labels = labels and labels.kept_on(self.device)
        self.anchor: list[Tensor] = []
        self.step, self.problems, self.seconds = 0, 0, 0.0
        self.curve: list[dict[str, float]] = []

    @classmethod
    def resume(cls, folder: Path, **others: Any) -> Trainer:
        """Return the training of a folder as it was when its state was last written.

        Raises
        ------
        InputError
            If there is none, or it cannot be read.
        """
        file = folder / STATE_FILE
        tensors, header = read_tensors(file)
        if header.get("format") != _STATE_FORMAT:
            raise InputError(f"is not a training of this version ({_STATE_FORMAT})", str(file))
        options = Options.of(json.loads(header["options"]))
        from .trainers import trainer_type

        trainer = trainer_type(options)(options, folder, **others)
        trainer.restore(tensors, json.loads(header["progress"]))
        return trainer

    def run(self) -> Card:
        """Train until the end, and return the card of the last checkpoint.

        Raises
        ------
        InputError
            If the loss is no number any more; the last checkpoint is kept.
        """
        saved = self.seconds
        begin = time.perf_counter() - self.seconds
        while self._fraction() < 1.0 and not self.interrupt.is_set():
            try:
                cost = self._one_step()
            except FloatingPointError as error:
                raise InputError(self._failure()) from error
            self.step += 1
            self.seconds = time.perf_counter() - begin
            if self.step % _LOOK == 0 or self.step == 1:
                self._look(cost)
            due = self.options.every_steps
            if self.step % due == 0 if due else self.seconds - saved >= self.options.every:
                self._look(cost)
                self.save()
                saved = self.seconds
        return self.card() if self._is_saved() else self.save()

    def _is_saved(self) -> bool:
        return bool(self.curve) and self.curve[-1]["step"] == self.step

    def _one_step(self) -> Tensor:
        """Take one step of the optimizer; return the mean cost, still on the device."""
        source = torch.Generator(self.device).manual_seed(self._seed("step"))
        torch.manual_seed(self._seed("noise"))  # of networks that have some
        is_mixed = self.options.precision == "bfloat16"
        if self.options.reptile and self.step % self.options.reptile == 0:
            self._meta_update()
        self.policy.train()
        with torch.autocast(self.device.type, torch.bfloat16, enabled=is_mixed):
            cost = self._learn(source)
        self._update()
        return cost

    def _learn(self, source: torch.Generator) -> Tensor:
        """Compute gradients on fresh problems."""
        o = self.options
        if self.labels is not None:
            batch, actions = self.labels.draw(
                o.batch,
                self._seed("labels"),
                self.device,
                backward=self.policy.plans_backward,
                in_parts=self.policy.plans_in_parts,
            )
            self.problems += batch.size
            return self.workers.imitation(batch, actions, self.judge, source)
        drawn = self._problems(source)
        drawn = drawn._replace(batch=as_planned(self.policy, drawn.batch))
        self.problems += drawn.batch.size
        objective = {
            "pomo": objectives.pomo,
            "rollout": objectives.rollout,
            "ppo": objectives.ppo,
        }[o.objective]
        return objective(self.policy, drawn, self.judge, source)

    def _problems(self, source: torch.Generator) -> Drawn:
        """Draw problems of one size, the fewer the larger they are."""
        o = self.options
        turn = self.step // o.reptile if o.reptile else self.step
        clients = random.Random(f"{o.seed} size {turn}").randint(*o.mixture.sizes)
        self.judge.starts = min(o.starts, clients)
        self.judge.is_forced = self.step % 2 == 0
        share = (100 / clients) ** 2 * min(o.starts, 100) / self.judge.starts
        count = max(2, min(round(o.batch * share), 8 * o.batch))
        return draw(o.mixture, clients, count, source)

    def _update(self) -> None:
        nn.utils.clip_grad_norm_(self.policy.parameters(), 1.0)
        self.optimizer.take(self.options.learning_rate * self._rate())

    @torch.no_grad()
    def _meta_update(self) -> None:
        """Move from where the inner steps began toward where they ended (Reptile)."""
        weights = list(self.policy.parameters())
        if self.anchor:
            for anchor, weight in zip(self.anchor, weights, strict=True):
                weight.copy_(torch.lerp(anchor, weight, 0.5 + 0.5 * self._fraction()))
        self.anchor = [weight.detach().clone() for weight in weights]

    def _seed(self, use: str) -> int:
        return random.Random(f"{self.options.seed} {use} {self.step}").getrandbits(62)

    def _fraction(self) -> float:
        o = self.options
        done = self.step / o.steps if o.steps else 0.0
        return max(done, self.seconds / (60 * o.minutes) if o.minutes else 0.0)

    def _rate(self) -> float:
        """Learning rate as a share of the full one: warm up, then fall by a cosine."""
        fall = _LEFT + (1 - _LEFT) * 0.5 * (1 + math.cos(math.pi * min(1.0, self._fraction())))
        return min(1.0, (self.step + 1) / _WARM) * fall

    def _look(self, cost: Tensor) -> None:
        value = float(cost)
        if not math.isfinite(value):
            raise InputError(self._failure())
        self.watch(Moment(self.step, self.seconds, self._fraction(), value))

    def _failure(self) -> list[Issue]:
        kept = self.curve[-1]["step"] if self.curve else None
        file = self.folder / POLICY_FILE
        state = f"{file} holds step {kept:.0f}" if kept else "no checkpoint was written yet"
        message = f"the loss is no number at step {self.step}; {state}; try a smaller rate"
        return [Issue("", "learning_rate", message)]

    # What is kept -------------------------------------------------------------

    def save(self) -> Card:
        """Measure the policy, and write the checkpoint and the state.

        Raises
        ------
        InputError
            If its weights are no numbers any more; what was written before is kept.
        """
        if not all(bool(torch.isfinite(p).all()) for p in self.policy.parameters()):
            raise InputError(self._failure())
        measured = self.validate()
        moment = {"step": float(self.step), "seconds": round(self.seconds, 1), **measured}
        self.curve.append(moment)
        if self.judge.baseline is not None:
            self._renew_baseline()
        card = self.card()
        save_policy(self.policy, card, self.folder / POLICY_FILE)
        tensors, progress = self._state()
        header = {
            "format": _STATE_FORMAT,
            "options": json.dumps(asdict(self.options)),
            "progress": json.dumps(progress),
        }
        write_tensors(tensors, header, self.folder / STATE_FILE)
        cost = sum(measured.values()) / max(1, len(measured))
        self.watch(Moment(self.step, self.seconds, self._fraction(), cost, measured))
        return card

    def card(self) -> Card:
        """Describe the policy as it is now."""
        o = self.options
        return Card(
            name=self.policy.name,
            config=asdict(self.policy.config),
            kinds=o.mixture.kinds,
            sizes=o.mixture.sizes,
            # Where these were when it was trained says nothing to others.
            training={**asdict(o), "labels": Path(o.labels).name, "start": Path(o.start).name},
            steps=self.step,
            problems=self.problems,
            seconds=round(self.seconds, 1),
            device=torch.cuda.get_device_name()
            if self.device.type == "cuda"
            else platform.machine(),
            commit=commit(),
            versions=versions("rl4co") if is_zoo(self.policy.name) else versions(),
            ranges=self._ranges(),
            curve=tuple(self.curve),
            note=o.note,
        )

    def _ranges(self) -> dict[str, list[float]]:
        """Lowest and highest values of features, by name, of many problems of the training."""
        found: dict[str, list[float]] = {}
        if is_zoo(self.policy.name) or not self.options.mixture.kinds:  # none can be drawn
            return found
        for clients in self._measured_sizes():
            for name, values in ranged_features(self._held_out(clients).batch).items():
                low, high = found.get(name, (float("inf"), float("-inf")))
                found[name] = [min(low, float(values.min())), max(high, float(values.max()))]
        return found

    def _measured_sizes(self) -> list[int]:
        low, high = self.options.mixture.sizes
        return sorted({low, (low + high) // 2, high})

    @torch.no_grad()
    def validate(self) -> dict[str, float]:
        """Greedy costs on held-out problems of three sizes, in units of the problems.

        The mean is geometric, so that an equal gain counts the same for every kind.
        """
        self.policy.eval()
        measured = {}
        for clients in self._measured_sizes():
            batch = self._held_out(clients).batch
            shown = as_planned(self.policy, batch)
            cost = unit_cost(batch, roll_out(self.policy, shown, greedy).cost)
            mean = cost.clamp(min=1e-3).log().mean().exp()
            measured[f"n={clients}"] = round(float(mean), 5)
        return measured

    def _held_out(self, clients: int, count: int = 256) -> Drawn:
        """Problems that no step of training draws: their seeds are of another kind."""
        seed = random.Random(f"held out {clients}").getrandbits(62)
        few = count if self.device.type == "cuda" else count // 4
        source = torch.Generator(self.device).manual_seed(seed)
        return draw(self.options.mixture, clients, few, source)

    @torch.no_grad()
    def _renew_baseline(self) -> None:
        """Take over the policy as the baseline if it is better for sure (one-sided, 5 %)."""
        seed = self._seed("baseline")
        source = torch.Generator(self.device).manual_seed(seed)
        clients = self.options.mixture.sizes[1]
        batch = draw(self.options.mixture, clients, 256, source).batch
        ours, theirs = (
            unit_cost(batch, roll_out(p, as_planned(p, batch), greedy).cost)[:, 0]
            for p in (self.policy.eval(), self.judge.baseline)
        )
        better = theirs - ours
        if float(better.mean() / (better.std() / len(better) ** 0.5 + 1e-12)) > 1.645:
            self.judge.baseline = copy.deepcopy(self.policy).eval()

    def _state(self) -> tuple[dict[str, Tensor], dict[str, Any]]:
        tensors = {f"policy.{k}": t for k, t in self.policy.state_dict().items()}
        tensors.update({f"optimizer.{k}": t for k, t in self.optimizer.state().items()})
        tensors["reward_scale"] = self.judge.scale.mean
        tensors.update({f"anchor.{i}": t for i, t in enumerate(self.anchor)})
        if self.judge.baseline is not None:
            state = self.judge.baseline.state_dict()
            tensors.update({f"baseline.{k}": t for k, t in state.items()})
        progress = {
            "step": self.step,
            "problems": self.problems,
            "seconds": self.seconds,
            "curve": self.curve,
        }
        return tensors, progress

    def restore(self, tensors: dict[str, Tensor], progress: dict[str, Any]) -> None:
        """Take over the state that another trainer of the same options has written."""
        here = {k: t.to(self.device) for k, t in tensors.items()}
        self.policy.load_state_dict(_under(here, "policy."))
        self.optimizer.restore(_under(tensors, "optimizer."))
        self.judge.scale.mean = here["reward_scale"]
        anchors = _under(here, "anchor.")
        self.anchor = [anchors[str(i)] for i in range(len(anchors))]
        if self.judge.baseline is not None:
            self.judge.baseline.load_state_dict(_under(here, "baseline."))
        self.step, self.problems = progress["step"], progress["problems"]
        self.seconds, self.curve = progress["seconds"], progress["curve"]

    def _new_policy(self) -> Any:
        o = self.options
        if o.start:
            from .checkpoint import load_policy
            from .policies.biased import BiasedPolicy, with_all_features

            policy, _ = load_policy(Path(o.start))
            if isinstance(policy, BiasedPolicy):
                policy = with_all_features(policy)
            return policy.to(self.device)
        torch.manual_seed(o.seed)
        kind = policy_class(o.policy)
        return kind(kind.config_type(**o.config)).to(self.device)


def _under(tensors: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {k.removeprefix(prefix): t for k, t in tensors.items() if k.startswith(prefix)}
