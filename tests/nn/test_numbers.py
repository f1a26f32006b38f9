"""Half precision, scalers, compiled graphs, chunks, and critics of other kinds."""

import copy
import math
import subprocess
import sys

import pytest
import torch
from torch import nn
from torch._dynamo.testing import CompileCounter

from skmine.core.bounds import OBJECTIVES
from skmine.nn import ConditionalLoss, MutualInfoLoss, ViewsLoss, backward_clipped, backward_in_chunks
from tests.nn.given import ARCHITECTURES, X, Y, seeded


@pytest.mark.parametrize("architecture", [*ARCHITECTURES, "cosine"])
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
@pytest.mark.parametrize("bound", [*OBJECTIVES, "club", "loo"])
def test_half_precision_has_finite_gradients(bound, dtype, architecture):
    """At scales from .01 to 1,000, of the rows, of an encoder before the loss, and of the critic."""
    upper = bound in ("club", "loo")
    if upper and architecture != "joint":
        pytest.skip("upper bounds have models of their own")
    for scale in (0.01, 1.0, 100.0, 1000.0):
        loss = MutualInfoLoss(4, 4, bound, "auto" if upper else architecture, minimize=upper, generator=seeded())
        encoder = nn.Linear(4, 4)
        x, y = (scale * torch.randn(32, 4, generator=seeded())).requires_grad_(), scale * torch.randn(32, 4)
        for _ in range(2):  # the second time with a moving average of the first
            with torch.autocast("cpu", dtype):
                value = loss(encoder(x), y)
            value.backward()
        parameters = [p.grad for m in (loss, encoder) for p in m.parameters()]
        assert value.dtype == torch.float32
        assert all(torch.isfinite(v).all() for v in (value, x.grad, *parameters))
        assert any(p.abs().sum() > 0 for p in parameters)


@pytest.mark.parametrize("clipped", [False, True])
def test_a_scaler_skips_a_step_as_for_any_loss(clipped):
    encoder, loss = nn.Linear(4, 2), MutualInfoLoss(2, 4, "nwj", generator=seeded())
    optimizer = torch.optim.SGD(encoder.parameters(), 0.1)
    scaler = torch.amp.GradScaler("cpu", init_scale=2.0**60)
    before = copy.deepcopy(encoder.state_dict())
    x = torch.randn(32, 4)
    with torch.autocast("cpu", torch.float16):
        z = encoder(x)
        coupling, task = -loss(z, x), z.float().square().mean()
    if clipped:
        backward_clipped(scaler.scale(task), scaler.scale(coupling), encoder.parameters())
    else:
        scaler.scale(task + coupling).backward()
    scaler.step(optimizer)
    scaler.update()
    assert scaler.get_scale() < 2.0**60
    assert all(torch.equal(before[k], v) for k, v in encoder.state_dict().items())


def test_what_overflowed_before_the_loss_is_left_to_the_scaler():
    loss, w = MutualInfoLoss(2, 3, generator=seeded()), nn.Parameter(torch.ones(1))
    with torch.autocast("cpu", torch.float16):
        coupling = loss(X.half() * 6e4 * w * 100, Y)
    assert not torch.isfinite(coupling)
    backward_clipped(w.sum(), coupling, [w], scaler=torch.amp.GradScaler("cpu"))
    assert not torch.isfinite(w.grad).all()


@pytest.mark.parametrize(("dynamic", "most"), [(True, 1), (None, 2)])
@pytest.mark.parametrize(
    "options", [{}, {"bound": "infonce"}, {"n_classes": 2}, {"minimize": True, "bound": "club"}], ids=str
)
def test_one_compiled_graph_serves_all_batch_sizes(options, dynamic, most):
    """With torch's own choice the first size is compiled alone, then all others together."""
    torch._dynamo.reset()
    loss, counter = MutualInfoLoss(2, 3, hidden_layer_sizes=(8,), generator=seeded(), **options), CompileCounter()
    compiled = torch.compile(loss, backend=counter, fullgraph=True, dynamic=dynamic)
    for n in range(16, 28):
        x, y = torch.randn(n, 2), torch.randn(n, 3)
        compiled(x, y, *([torch.arange(n) % 2] if "n_classes" in options else []))
    assert counter.frame_count <= most


@pytest.mark.parametrize("bound", OBJECTIVES)
def test_chunks_have_the_value_and_the_gradients_of_the_whole(bound):
    found = []
    groups = torch.arange(13) // 2
    positives = torch.eye(13, dtype=torch.bool) | (torch.rand(13, 13, generator=seeded()) < 0.1)
    for size in (None, 1, 5, 13, 50):
        loss = MutualInfoLoss(2, 3, bound, hidden_layer_sizes=(8,), chunk_size=size, generator=seeded()).double()
        rows = [torch.randn(n, d, generator=seeded(), dtype=torch.float64) for n, d in ((13, 2), (13, 3), (4, 3))]
        rows = [r.requires_grad_() for r in rows]
        value = loss(*rows[:2], groups=groups, positives=positives, negatives=rows[2])
        found.append([value, *torch.autograd.grad(value, [*rows, *loss.parameters()])])
    for other in found[1:]:
        for a, b in zip(other, found[0], strict=True):
            torch.testing.assert_close(a, b, atol=1e-10, rtol=1e-10)


@pytest.mark.slow
def test_8192_rows_take_less_than_two_gigabytes():
    """Evaluated by the default critic, the process and all of torch included."""
    code = (
        "import resource, torch; from skmine.nn import MutualInfoLoss; torch.manual_seed(0); torch.set_num_threads(1)\n"
        "with torch.no_grad(): v = MutualInfoLoss(16, 16).eval()(*torch.randn(2, 8192, 16))\n"
        "assert torch.isfinite(v); print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert int(done.stdout) * (1 if sys.platform == "darwin" else 1024) < 2**31


def test_gradients_cached_over_chunks_are_those_of_the_whole():
    x, y = torch.randn(30, 4, dtype=torch.float64), torch.randn(30, 3, dtype=torch.float64)
    found = []
    for cached in (False, True):
        torch.manual_seed(0)
        parts = nn.Linear(4, 2).double(), nn.Linear(3, 2).double()
        loss = MutualInfoLoss(2, 2, "dv", hidden_layer_sizes=(8,), generator=seeded()).double()
        if cached:
            value = backward_in_chunks(lambda a, b, mi=loss: -mi(a, b), parts, (x, y), 7)
        else:
            value = -loss(parts[0](x), parts[1](y))
            value.backward()
        found.append([value.detach(), *(p.grad for m in (*parts, loss) for p in m.parameters())])
    for a, b in zip(*found, strict=True):
        torch.testing.assert_close(a, b, atol=1e-12, rtol=1e-9)


def test_random_layers_draw_the_same_in_both_passes():
    torch.manual_seed(0)
    encoder = nn.Sequential(nn.Dropout(0.5), nn.Linear(4, 1, bias=False))
    seen = []
    encoder[1].register_forward_pre_hook(lambda _, given: seen.append(given[0].detach().clone()))
    x, other = torch.randn(10, 4), torch.randn(9, 4)
    backward_in_chunks(lambda z, w: z.sum() + w.sum(), [encoder, encoder], [x, other], 4)
    for first, again in zip(seen[:6], seen[6:], strict=True):
        assert torch.equal(first, again)
    with pytest.raises(ValueError, match="chunk_size must be an int"):
        backward_in_chunks(lambda z: z.sum(), [encoder], [x], 0)
    with pytest.raises(ValueError, match="encoders and inputs must be as many"):
        backward_in_chunks(lambda z: z.sum(), [encoder], [x, x], 2)


def test_the_cosine_critic_is_a_cosine_over_a_temperature():
    loss = MutualInfoLoss(3, 3, "infonce", "cosine", hidden_layer_sizes=(), temperature=0.2)
    x, y = torch.randn(5, 3), torch.randn(5, 3)
    t = nn.functional.cosine_similarity(x[:, None], y[None], dim=-1) / 0.2
    expected = (t.diagonal() - 0.5 * (t.logsumexp(0) + t.logsumexp(1))).mean() + math.log(5)
    torch.testing.assert_close(loss(x, y), expected)
    assert loss.critic.log_temperature.requires_grad
    with pytest.raises(ValueError, match="temperature must be a positive number"):
        MutualInfoLoss(3, 3, "infonce", "cosine", temperature=0)
    with pytest.raises(ValueError, match="hidden_layer_sizes must contain at least one width"):
        MutualInfoLoss(2, 3, "infonce", "cosine", hidden_layer_sizes=())


class Product(nn.Module):
    """Encodes each row once, and counts how many it encoded."""

    def __init__(self):
        super().__init__()
        self.x, self.y, self.n_encoded = nn.Linear(2, 4), nn.Linear(3, 4), 0

    def encode(self, x, y):
        self.n_encoded += len(x) + len(y)
        return self.x(x), self.y(y)

    def meet(self, x, y):
        return (x * y).sum(-1)

    def forward(self, x, y):
        return self.meet(*self.encode(x, y))


@pytest.mark.parametrize("n_negatives", [None, 2])
def test_a_critic_of_the_callers_may_encode_each_row_once(n_negatives):
    critic = Product()
    found = MutualInfoLoss(2, 3, "dv", critic, n_negatives=n_negatives, generator=seeded())(X, Y)
    assert critic.n_encoded == 8
    plain = nn.Module()
    plain.forward, plain.inner = critic.forward, critic
    torch.testing.assert_close(
        found, MutualInfoLoss(2, 3, "dv", plain, n_negatives=n_negatives, generator=seeded())(X, Y)
    )
    critic.meet = lambda x, y: (x * y).sum(-1, keepdim=True)
    with pytest.raises(ValueError, match=r"architecture.meet must return values of shape \(4, 4\)"):
        MutualInfoLoss(2, 3, "dv", critic)(X, Y)
    critic.encode = lambda x, y: (x[:2], y)
    with pytest.raises(ValueError, match=r"architecture.encode must return one encoded row"):
        MutualInfoLoss(2, 3, "dv", critic)(X, Y)


def test_a_generators_state_is_saved_and_goes_on():
    x, y = torch.randn(16, 1), torch.randn(16, 1)
    loss = MutualInfoLoss(1, 1, "dv", n_negatives=3, hidden_layer_sizes=(8,), generator=seeded())
    loss(x, y)
    for generator in (None, torch.Generator().manual_seed(9)):
        again = MutualInfoLoss(1, 1, "dv", n_negatives=3, hidden_layer_sizes=(8,), generator=generator)
        again.load_state_dict(loss.state_dict())
        twin = copy.deepcopy(loss)
        assert [again(x, y).item() for _ in range(3)] == [twin(x, y).item() for _ in range(3)]
    alone = MutualInfoLoss(1, 1)  # without a generator there is no state, and none is needed
    assert alone.load_state_dict(MutualInfoLoss(1, 1).state_dict()).missing_keys == []


def train(loss, draw_batch, n_steps=300, last=60):
    optimizer = torch.optim.Adam(loss.parameters(), 1e-2)
    draw = seeded()
    values = [float(loss.train_critic(optimizer, *draw_batch(draw))) for _ in range(n_steps)]
    return sum(values[-last:]) / last


SMALL = {"bound": "infonce", "architecture": "separable", "hidden_layer_sizes": (16,)}


def test_given_numbers_that_cause_both_two_sides_share_what_is_left():
    """X = Z + A, Y = Z + B with A, B of correlation r: I(X; Y | Z) = -1/2 log(1 - r^2), and 0 for r = 0."""
    for r in (0.0, 0.8):
        torch.manual_seed(0)

        def batch(draw, r=r):
            z, a, e = torch.randn(3, 128, 1, generator=draw)
            return z + a, z + r * a + math.sqrt(1 - r * r) * e, z

        found = train(ConditionalLoss(1, 1, 1, bound="infonce", hidden_layer_sizes=(32,)), batch)
        # The mean of 60 batches has an error of .01; critics trained for 300 steps lack up to .05 each.
        assert found == pytest.approx(-0.5 * math.log(1 - r * r), abs=0.1)


def test_total_correlation_and_pairs_of_three_views():
    """V_k = S + E_k with equal variances: correlations of 1/2; TC = -1/2 log det, pairs -3/2 log(3/4)."""
    corr = 0.5 * torch.eye(3, dtype=torch.float64) + 0.5
    truth = {"total": -0.5 * corr.logdet().item(), "pairs": -1.5 * math.log(0.75)}

    def batch(draw):
        s = torch.randn(128, 1, generator=draw)
        return ([s + torch.randn(128, 1, generator=draw) for _ in range(3)],)

    for kind, expected in truth.items():
        torch.manual_seed(0)
        assert train(ViewsLoss([1, 1, 1], kind, **SMALL), batch) == pytest.approx(expected, abs=0.1)


def test_views_move_up_or_down_and_take_partners():
    views = [torch.randn(6, 2, requires_grad=True) for _ in range(3)]
    groups = torch.arange(6) // 2
    found = []
    for minimize in (False, True):
        loss = ViewsLoss([2, 2, 2], "total", minimize=minimize, bound="dv", generator=seeded())
        value = loss(views, groups=groups)
        found.append(
            [
                value.detach(),
                *torch.autograd.grad(value, views),
                *torch.autograd.grad(loss(views, groups=groups), list(loss.parameters())),
            ]
        )
    for k, (a, b) in enumerate(zip(*found, strict=True)):
        torch.testing.assert_close(a, -b if k > 3 else b)  # critics always rise
    with pytest.raises(ValueError, match="sides must be 3 tensors with the same number of rows"):
        loss(views[:2])
    with pytest.raises(ValueError, match="at least two views"):
        ViewsLoss([2])
    with pytest.raises(ValueError, match="kind must be one of"):
        ViewsLoss([2, 2], "sum")
    with pytest.raises(ValueError, match="bound must be a lower bound"):
        ConditionalLoss(1, 1, 1, bound="club", minimize=True)
