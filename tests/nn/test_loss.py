"""Values against formulas, gradients against differences, and what a batch must be."""

import copy
import itertools
import math

import numpy as np
import pytest
import torch
from scipy.special import logsumexp
from torch import nn

from skmine.core.bounds import OBJECTIVES, Objective, mine
from skmine.nn import MutualInfoLoss

ARCHITECTURES = ("joint", "separable", "concat")


class Given(nn.Module):
    """A critic whose scores of all pairs are parameters: rows are their own numbers."""

    def __init__(self, scores):
        super().__init__()
        self.scores = nn.Parameter(scores)

    def forward(self, x, y):
        return self.scores[x[:, 0].long(), y[:, 0].long()]


def rows(n):
    return torch.arange(n, dtype=torch.float64)[:, None]


def loss_of(scores, bound, **options):
    """A loss whose critic gives these scores, and its batch."""
    n = len(scores)
    return MutualInfoLoss(1, 1, bound, Given(scores), **options), rows(n), rows(n)


def formula(t, name):
    """The bounds as they are written, in numpy."""
    n = len(t)
    joint, marginal = np.diag(t), t[~np.eye(n, dtype=bool)]
    softplus = lambda v: np.logaddexp(0, v)  # noqa: E731
    log_mean = lambda v: logsumexp(v) - np.log(v.size)  # noqa: E731
    return {
        "dv": joint.mean() - log_mean(marginal),
        "mine": joint.mean() - log_mean(marginal),
        "nwj": joint.mean() - np.exp(marginal - 1).mean(),
        "js": -softplus(-joint).mean() - softplus(marginal).mean(),
        "smile": joint.mean() - log_mean(marginal.clip(-5, 5)),
        "infonce": (joint - 0.5 * (logsumexp(t, 1) + logsumexp(t, 0))).mean() + np.log(n),
    }[name]


@pytest.mark.parametrize("bound", OBJECTIVES)
def test_values_are_the_formulas(bound):
    t = 3 * np.random.default_rng(0).normal(size=(7, 7))
    loss, x, y = loss_of(torch.from_numpy(t), bound)
    assert loss(x, y).item() == pytest.approx(formula(t, bound), abs=1e-12)
    with torch.no_grad():
        assert loss(x, y).item() == pytest.approx(formula(t, bound), abs=1e-12)


@pytest.mark.parametrize("minimize", [False, True])
@pytest.mark.parametrize("bound", OBJECTIVES)
def test_the_value_does_not_depend_on_what_is_done_with_it(bound, minimize):
    t = torch.randn(6, 6, dtype=torch.float64)
    loss, x, y = loss_of(t, bound, minimize=minimize)
    assert loss(x, y).item() == pytest.approx(formula(t.numpy(), bound))


@pytest.mark.parametrize("bound", ["dv", "nwj", "js", "infonce"])
def test_gradients_are_the_values(bound):
    """All but "mine", which is corrected, and "smile", which is trained by "js"."""
    scores = torch.randn(5, 5, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda t: Objective(bound).evaluate_batches(t[None]), scores)
    allowed = torch.tensor([[True, True, False], [True, False, True], [False, False, True]])
    joint, marginal = (torch.randn(s, dtype=torch.float64, requires_grad=True) for s in ((3,), (3, 3)))
    assert torch.autograd.gradcheck(lambda j, m: Objective(bound).evaluate_partners(j, m, allowed), (joint, marginal))


@pytest.mark.parametrize("architecture", ARCHITECTURES)
@pytest.mark.parametrize("bound", ["dv", "nwj", "js", "infonce"])
def test_gradients_reach_the_rows(bound, architecture):
    loss = MutualInfoLoss(2, 3, bound, architecture, hidden_layer_sizes=(8, 8), generator=seeded()).double()
    x, y = torch.randn(4, 2).double().requires_grad_(), torch.randn(4, 3).double().requires_grad_()
    assert torch.autograd.gradcheck(loss, (x, y))


def test_mine_is_the_gradient_of_its_surrogate():
    """With the average frozen, d/dT of E_joint T - E_marginal exp T / average (Belghazi et al. 2018, eq. 12)."""
    joint = torch.randn(4, dtype=torch.float64, requires_grad=True)
    marginal = torch.randn(9, dtype=torch.float64, requires_grad=True)
    average = torch.tensor(0.7, dtype=torch.float64)

    def surrogate(j, m):
        return j.mean() - m.exp().mean() / average.exp()

    assert torch.autograd.gradcheck(surrogate, (joint, marginal))
    expected = torch.autograd.grad(surrogate(joint, marginal), (joint, marginal))
    found = torch.autograd.grad(mine(joint, marginal, average), (joint, marginal))
    for a, b in zip(found, expected, strict=True):
        torch.testing.assert_close(a, b)


def test_the_loss_follows_mines_formula_over_batches():
    t = torch.randn(5, 5, dtype=torch.float64)
    loss, x, y = loss_of(t.clone(), "mine", rate=0.25)
    off = ~torch.eye(5, dtype=torch.bool)
    average = t[off].exp().mean()
    for batch in range(3):
        with torch.no_grad():
            loss.critic.module.scores.copy_(t + batch)
        average = 0.75 * average + 0.25 * (t[off] + batch).exp().mean()
        (gradient,) = torch.autograd.grad(loss(x, y), loss.critic.module.scores)
        torch.testing.assert_close(gradient.diagonal(), torch.full((5,), 0.2).double())
        expected = -(t[off] + batch).exp() / 20 / average
        torch.testing.assert_close(
            gradient[off], expected, rtol=1e-5, atol=0
        )  # the average is kept in single precision


def test_plain_gradients_of_small_batches_are_biased_and_mines_less():
    """E of a batch's gradient against that of all rows together.

    T = s u v on pairs of rho = .8; its derivative by s is known for all rows together: the plain
    Donsker-Varadhan gradient of batches of 8 is a ratio of means, whose mean is not the ratio of the means.
    """
    draw = torch.Generator().manual_seed(0)
    rho, n_batches, size = 0.8, 4000, 8
    u, e = torch.randn(2, n_batches, size, generator=draw, dtype=torch.float64)
    v = rho * u + math.sqrt(1 - rho**2) * e
    product = u[:, :, None] * v[:, None]  # (batches, 8, 8)
    s = torch.tensor(0.8, dtype=torch.float64, requires_grad=True)
    # All rows together: E exp(s u v) = (1 - s^2)^-1/2 of independent u, v, and so d log E / ds = s / (1 - s^2).
    truth = rho - 0.8 / (1 - 0.64)
    gradients = {"dv": [], "mine": []}
    for name, out in gradients.items():
        objective = Objective(name, ema_weight=0.01)
        for batch in product:
            (gradient,) = torch.autograd.grad(objective.evaluate_batches((s * batch)[None]), s)
            out.append(gradient.item())
    settled = {name: np.array(out[500:]) for name, out in gradients.items()}
    bias = {name: out.mean() - truth for name, out in settled.items()}
    error = {name: out.std() / math.sqrt(len(out)) for name, out in settled.items()}
    assert bias["dv"] > 10 * error["dv"]  # far from chance
    assert abs(bias["mine"]) < 0.5 * bias["dv"]


@pytest.mark.parametrize("bound", OBJECTIVES)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_huge_scores_stay_finite(bound, dtype):
    for sign in itertools.product((-1e4, 0.0, 1e4), repeat=2):
        scores = torch.full((6, 6), sign[0], dtype=dtype)
        scores.fill_diagonal_(sign[1])
        loss, x, y = loss_of(torch.zeros(6, 6, dtype=dtype), bound)
        loss(x, y)  # a moving average that is far from what comes
        with torch.no_grad():
            loss.critic.module.scores.copy_(scores)
        value = loss(x, y)
        value.backward()
        assert torch.isfinite(value)
        assert torch.isfinite(loss.critic.module.scores.grad).all()


def test_nwj_is_pushed_down_where_its_exponential_would_overflow():
    scores = torch.full((4, 4), 200.0)
    loss, x, y = loss_of(scores, "nwj")
    loss(x, y).backward()
    assert (loss.critic.module.scores.grad[~torch.eye(4, dtype=torch.bool)] < 0).all()


def test_smile_is_trained_by_jensen_shannon():
    t = torch.randn(5, 5, dtype=torch.float64)
    gradients = []
    for bound in ("smile", "js"):
        loss, x, y = loss_of(t.clone(), bound)
        gradients.append(torch.autograd.grad(loss(x, y), loss.critic.module.scores)[0])
    torch.testing.assert_close(*gradients)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_critics_score_pairs_alike_however_they_meet(architecture):
    """All pairs at once, or a few partners a row."""
    loss = MutualInfoLoss(2, 3, "dv", architecture, hidden_layer_sizes=(8, 6), generator=seeded()).double()
    x, y = torch.randn(5, 2).double(), torch.randn(5, 3).double()
    encoded = loss.critic.encode(x, y)
    every = loss.critic.meet(encoded[0][:, None], encoded[1][None])
    partners = torch.tensor([[0, 1], [1, 4], [2, 2], [3, 0], [4, 3]])
    few = loss.critic.meet(encoded[0][:, None], encoded[1][partners])
    torch.testing.assert_close(every.gather(1, partners), few)
    # A pair's score does not depend on the other rows.
    torch.testing.assert_close(
        loss.critic.meet(*(v[:2, None] if i == 0 else v[None, :2] for i, v in enumerate(encoded))), every[:2, :2]
    )


def test_negatives_are_other_rows():
    loss = MutualInfoLoss(1, 1, "dv", n_negatives=3, generator=seeded())
    partners = loss._partners(6, 3)
    assert torch.equal(partners[:, 0], torch.arange(6))
    assert all(len(set(row)) == 4 for row in partners.tolist())
    t = torch.arange(25, dtype=torch.float64).reshape(5, 5) / 10
    with_all = loss_of(t, "dv", n_negatives=4)
    assert with_all[0](*with_all[1:]).item() == pytest.approx(formula(t.numpy(), "dv"))
    # Two others a row: of scores that are 1 for itself and 0 for all others, log(3 e / (e + 2)).
    few = loss_of(torch.eye(5, dtype=torch.float64), "infonce", n_negatives=2)
    assert few[0](*few[1:]).item() == pytest.approx(math.log(3 * math.e / (math.e + 2)))


def test_given_labels_pairs_stay_within_a_class():
    t = np.random.default_rng(1).normal(size=(6, 6))
    labels = np.array([0, 1, 0, 1, 1, 2])  # the last one has no partner
    same = (labels[:, None] == labels) & ~np.eye(6, dtype=bool)
    weights = same / np.maximum(same.sum(1, keepdims=True), 1) / 5
    expected = np.diag(t)[:5].mean() - np.log((weights * np.exp(t)).sum())
    loss, x, y = loss_of(torch.from_numpy(t), "dv", n_classes=3)
    assert loss(x, y, torch.from_numpy(labels)).item() == pytest.approx(expected)


def test_conditioned_on_what_couples_them_two_sides_share_nothing():
    """X and Y shift with the class and are independent within it: I(X; Y) > 0 = I(X; Y | class)."""
    found = {}
    for n_classes in (None, 2):
        torch.manual_seed(0)
        loss = MutualInfoLoss(1, 1, "infonce", "separable", hidden_layer_sizes=(16,), n_classes=n_classes)
        optimizer = torch.optim.Adam(loss.parameters(), 1e-2)
        values = []
        for _ in range(200):
            labels = torch.randint(2, (128,))
            x, y = (5.0 * labels[:, None] + torch.randn(128, 1) for _ in range(2))
            values.append(float(loss.train_critic(optimizer, x, y, *([labels] if n_classes else []))))
        found[n_classes] = np.mean(values[-50:])
    # Cut in the middle, either side errs on .6 % and they differ on 1.2 % of the labels: log 2 - H(.012) = .63 or more.
    assert found[None] > 0.4
    assert abs(found[2]) < 0.05


@pytest.mark.parametrize("bound", ["mine", "infonce", "js"])
def test_minimize_turns_the_rows_gradient_and_not_the_critics(bound):
    x = torch.randn(8, 2, requires_grad=True)
    y = torch.randn(8, 2)
    up = MutualInfoLoss(2, 2, bound, hidden_layer_sizes=(8,), generator=seeded())
    down = MutualInfoLoss(2, 2, bound, hidden_layer_sizes=(8,), minimize=True, generator=seeded())
    plain = torch.autograd.grad(-up(x, y), [x, *up.parameters()])
    turned = torch.autograd.grad(down(x, y), [x, *down.parameters()])
    torch.testing.assert_close(turned[0], -plain[0])  # x is moved to lower the value
    for a, b in zip(turned[1:], plain[1:], strict=True):  # the critic to raise it, as ever
        torch.testing.assert_close(a, b)


def test_a_critic_of_its_own_optimiser_leaves_the_rows_alone():
    encoder = nn.Linear(3, 1)
    loss = MutualInfoLoss(1, 1, hidden_layer_sizes=(8,), generator=seeded())
    optimizer = torch.optim.SGD(loss.parameters(), 0.1)
    before = copy.deepcopy(loss.state_dict())
    value = loss.train_critic(optimizer, encoder(torch.randn(16, 3)), torch.randn(16, 1), n_steps=2)
    assert value.shape == ()
    assert not value.requires_grad
    assert all(p.grad is None for p in [*encoder.parameters(), *loss.parameters()])
    assert any(not torch.equal(before[k], v) for k, v in loss.state_dict().items())


def test_state_goes_round():
    loss = MutualInfoLoss(2, 2, "mine", hidden_layer_sizes=(8,), generator=seeded())
    x, y = torch.randn(2, 8, 2)
    loss(x, y)
    again = MutualInfoLoss(2, 2, "mine", hidden_layer_sizes=(8,))
    again.load_state_dict(loss.state_dict())
    assert torch.isfinite(again.objective.log_average)
    for one in (loss, again):
        one(x, 2 * y)
    for (name, a), b in zip(loss.state_dict().items(), again.state_dict().values(), strict=True):
        assert torch.equal(a, b), name


def test_evaluation_says_the_value_and_leaves_the_average_alone():
    t = np.random.default_rng(0).normal(size=(6, 6))
    loss, x, y = loss_of(torch.from_numpy(t.copy()), "mine")
    assert loss.eval()(x, y).item() == pytest.approx(formula(t, "mine"))  # before any training
    assert torch.isnan(loss.objective.log_average)
    loss.train()(x, y)
    before = loss.objective.log_average.clone()
    with torch.no_grad():
        loss.critic.module.scores.mul_(500)  # far from the average
    value = loss.eval()(x, y)
    value.backward()
    assert value.item() == pytest.approx(formula(500 * t, "mine"))
    assert torch.isfinite(loss.critic.module.scores.grad).all()
    assert torch.equal(loss.objective.log_average, before)


def test_one_infinite_batch_does_not_spoil_the_average():
    loss, x, y = loss_of(torch.zeros(4, 4), "mine")
    loss(x, y)
    with torch.no_grad():
        loss.critic.module.scores.fill_(math.inf)
    loss(x, y)
    assert loss.objective.log_average.item() == pytest.approx(0, abs=1e-6)


def test_a_class_of_one_row_says_nothing():
    """X and Y are independent, and labels mostly rare: what rows without a partner say would be the label's."""
    torch.manual_seed(0)
    for bound in ("dv", "mine", "infonce"):
        loss = MutualInfoLoss(1, 1, bound, hidden_layer_sizes=(16,), n_classes=101, generator=seeded())
        optimizer = torch.optim.Adam(loss.parameters(), 1e-2)
        values = []
        for _ in range(60):
            labels = torch.where(torch.rand(64) < 0.5, 0, torch.randint(1, 101, (64,)))
            values.append(float(loss.train_critic(optimizer, *torch.randn(2, 64, 1), labels)))
        # A batch's value has an error of about .05, that of 20 of them .01; with those rows it is .2.
        assert abs(np.mean(values[-20:])) < 0.05


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_a_critic_that_starts_far_outside_comes_back(architecture):
    loss = MutualInfoLoss(3, 3, "mine", architecture, generator=seeded())
    x = (1e4 * torch.randn(32, 3)).requires_grad_()
    value = loss(x, 1e4 * torch.randn(32, 3))
    value.backward()
    assert torch.isfinite(value)
    assert all(p.grad.abs().sum() > 0 for name, p in loss.named_parameters() if "offset" not in name)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_half_precision_stays_finite(architecture, dtype):
    loss = MutualInfoLoss(4, 4, "mine", architecture, generator=seeded())
    x = (300 * torch.randn(64, 4)).requires_grad_()
    with torch.autocast("cpu", dtype):
        value = loss(x, 300 * torch.randn(64, 4))
    value.backward()
    assert value.dtype == torch.float32
    assert torch.isfinite(value)
    assert torch.isfinite(x.grad).all()
    assert (x.grad != 0).float().mean() > 0.9


@pytest.mark.parametrize(
    "options",
    [
        *({"architecture": name} for name in ARCHITECTURES),
        {"n_negatives": 4},
        {"minimize": True, "bound": "smile"},
        {"n_classes": 3},
        {"n_classes": 3, "bound": "infonce"},
        {"architecture": nn.Bilinear(2, 2, 1)},
    ],
    ids=str,
)
def test_compiled_it_says_the_same(options):
    """Traced as one graph; the compiler behind it would need a C++ compiler, which not every machine has."""
    loss = MutualInfoLoss(2, 2, hidden_layer_sizes=(8,), **options)
    twin = copy.deepcopy(loss)
    compiled = torch.compile(twin, backend="eager", fullgraph=True)
    given = [torch.arange(16) % 3] if "n_classes" in options else []
    for seed in range(2):
        x, y = torch.randn(2, 16, 2)
        values = []
        for one in (compiled, loss):
            torch.manual_seed(seed)
            values.append(one(x, y, *given))
        torch.testing.assert_close(*values)


def test_compiled_with_a_generator_of_its_own():
    loss = MutualInfoLoss(2, 2, n_negatives=4, hidden_layer_sizes=(8,), generator=seeded())
    assert torch.isfinite(torch.compile(loss, backend="eager", fullgraph=True)(*torch.randn(2, 16, 2)))


def test_batches_of_a_loader_couple_two_views():
    """Three lines, and the information of a pair of normals is found: -1/2 log(1 - .81) = .83."""
    torch.manual_seed(0)
    x = torch.randn(4096, 1)
    y = 0.9 * x + math.sqrt(0.19) * torch.randn(4096, 1)
    loader = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(x, y), batch_size=128, shuffle=True)
    mi = MutualInfoLoss(1, 1, n_negatives=16, hidden_layer_sizes=(32, 32))
    optimizer = torch.optim.Adam(mi.parameters(), 3e-3)
    values = []
    for _ in range(8):
        for batch in loader:
            loss = -mi(*batch)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            values.append(-loss.item())
    # The spread of a batch's value is about .1, of the mean of 64 batches .013; 4 of them, and what is not learned yet.
    assert np.mean(values[-64:]) == pytest.approx(0.83, abs=0.1)


def test_a_module_of_the_callers_sees_all_pairs():
    class Scores(nn.Module):
        def forward(self, x, y):
            return -(x - y).square().sum(1, keepdim=True)

    x, y = torch.randn(2, 5, 3, dtype=torch.float64)
    t = -np.square(x.numpy()[:, None] - y.numpy()[None]).sum(2)
    assert MutualInfoLoss(3, 3, "infonce", Scores())(x, y).item() == pytest.approx(formula(t, "infonce"))


def test_images_are_flattened():
    x, y = torch.randn(6, 1, 4, 4), torch.randn(6, 3)
    loss = MutualInfoLoss(16, 3, "dv", hidden_layer_sizes=(8,), generator=seeded())
    assert torch.equal(loss(x, y), loss(x.flatten(1), y))


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_on_a_gpu(architecture):
    loss = MutualInfoLoss(2, 2, "mine", architecture, n_negatives=4).cuda()
    x, y = torch.randn(2, 32, 2, device="cuda")
    for _ in range(2):
        value = loss(x, y)
    assert value.device.type == "cuda"
    assert torch.isfinite(value)


X, Y = torch.randn(4, 2), torch.randn(4, 3)


@pytest.mark.parametrize(
    ("x", "y", "kind", "words"),
    [
        (X[:1], Y[:1], ValueError, "at least 2 rows"),
        (X, Y[:3], ValueError, "as many rows"),
        (X.long(), Y, TypeError, "x must be a tensor of floats"),
        (X, Y.numpy(), TypeError, "y must be a tensor of floats"),
        (X, Y[:, :2], ValueError, r"y must have shape \(n, 3\)"),
        (X.double(), Y, TypeError, "x must be torch.float32, as the critic is, got torch.float64"),
        (X, Y.half(), TypeError, "y must be torch.float32"),
        (X[:0], Y[:0], ValueError, "at least 2 rows"),
        (X[:, 0], Y, ValueError, r"x must have shape \(n, 2\)"),
        (torch.full_like(X, math.nan), Y, ValueError, "x must be finite"),
        (X, torch.full_like(Y, math.inf), ValueError, "y must be finite"),
    ],
)
def test_what_is_no_batch_is_refused_in_one_sentence(x, y, kind, words):
    loss = MutualInfoLoss(2, 3, hidden_layer_sizes=(4,))
    with pytest.raises(kind, match=words):
        loss(x, y)
    with pytest.raises(kind, match=words):
        loss.train_critic(torch.optim.SGD(loss.parameters()), x, y)
    assert torch.isnan(loss.objective.log_average)  # nothing has happened


@pytest.mark.parametrize(
    ("labels", "words"),
    [
        (None, "no labels and n_classes=2"),
        (torch.zeros(4), "labels must be ints"),
        (torch.zeros(3, dtype=torch.long), r"labels must be ints of shape \(4,\)"),
        (torch.tensor([0, 1, 2, 0]), "labels must be from 0 to n_classes - 1 = 1, got 0 to 2"),
    ],
)
def test_wrong_labels_are_refused(labels, words):
    with pytest.raises(ValueError, match=words):
        MutualInfoLoss(2, 3, n_classes=2)(X, Y, labels)


def test_labels_of_other_kinds():
    loss = MutualInfoLoss(2, 3, n_classes=2)
    for given in ([0, 1, 0, 1], np.array([0, 1, 0, 1])):
        with pytest.raises(TypeError, match="labels must be a tensor of ints"):
            loss(X, Y, given)
    assert torch.isfinite(loss(X, Y, torch.tensor([0, 1, 0, 1], dtype=torch.int8)))


def test_numpy_ints_and_one_width_are_sizes():
    assert torch.isfinite(MutualInfoLoss(np.int64(2), np.int64(3), hidden_layer_sizes=8)(X, Y))


def test_training_of_the_critic_is_checked_and_works_without_gradients():
    loss = MutualInfoLoss(2, 3, hidden_layer_sizes=(4,))
    optimizer = torch.optim.SGD(loss.parameters(), 0.1)
    with pytest.raises(ValueError, match="n_steps must be an int of at least 1, got 0"):
        loss.train_critic(optimizer, X, Y, n_steps=0)
    before = copy.deepcopy(loss.state_dict())
    with torch.no_grad():
        loss.train_critic(optimizer, X, Y)
    assert any(not torch.equal(before[k], v) for k, v in loss.state_dict().items() if "critic" in k)


def test_the_default_device_does_not_split_a_module():
    with torch.device("meta"):
        loss = MutualInfoLoss(2, 3, "mine", "separable", n_negatives=2, generator=seeded())
    assert {v.device.type for v in loss.state_dict().values()} == {"cpu"}
    with torch.device("meta"):
        assert loss._partners(4, 2).device.type == "cpu"


def test_labels_without_a_pair_are_refused():
    with pytest.raises(ValueError, match="some class twice"):
        MutualInfoLoss(2, 3, n_classes=4)(X, Y, torch.arange(4))
    with pytest.raises(ValueError, match="labels and n_classes=None"):
        MutualInfoLoss(2, 3)(X, Y, torch.arange(4))


@pytest.mark.parametrize("shape", [(16, 2), (15,), ()])
def test_a_critic_of_the_wrong_shape_is_refused(shape):
    class Wrong(nn.Module):
        def forward(self, x, y):
            return torch.zeros(shape)

    with pytest.raises(ValueError, match=r"scores of shape \(16,\) or \(16, 1\), got"):
        MutualInfoLoss(2, 3, "dv", Wrong())(X, Y)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"bound": "kl"}, "bound must be one of"),
        ({"architecture": "deep"}, "architecture must be one of"),
        ({"dim_x": 0}, "dim_x must be an int of at least 1, got 0"),
        ({"dim_y": 1.5}, "dim_y must be an int"),
        ({"n_negatives": 0}, "n_negatives must be an int of at least 1"),
        ({"n_classes": 1}, "n_classes must be an int of at least 2"),
        ({"n_classes": 2, "n_negatives": 4}, "does not go with"),
        ({"hidden_layer_sizes": ()}, "hidden_layer_sizes must hold at least one width"),
        ({"hidden_layer_sizes": (8, 0)}, "hidden_layer_sizes must be an int of at least 1, got 0"),
        ({"activation": "step"}, "activation must be one of"),
        ({"rate": 1.0}, "rate must be between 0 and 1"),
        ({"rate": None}, "rate must be between 0 and 1"),
        ({"dim_x": None}, "dim_x must be an int"),
    ],
)
def test_wrong_arguments_are_refused(options, words):
    with pytest.raises(ValueError, match=words):
        MutualInfoLoss(**{"dim_x": 2, "dim_y": 3, **options})


def test_the_global_generator_decides_the_weights():
    first, second = [], []
    for out in (first, second):
        torch.manual_seed(3)
        out += MutualInfoLoss(2, 2).parameters()
    assert all(torch.equal(a, b) for a, b in zip(first, second, strict=True))
    assert not torch.equal(first[0], next(MutualInfoLoss(2, 2).parameters()))


def seeded():
    return torch.Generator().manual_seed(0)
