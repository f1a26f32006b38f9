"""What tests/nn/test_processes.py runs on each of two processes: each function returns what its rank found."""

import torch
import torch.distributed as dist
import torch.multiprocessing as mp
from torch import nn
from torch.nn.parallel import DistributedDataParallel

from skmine.nn import MutualInfoLoss, backward_clipped, gather_rows

N = 12


def make_pair(**options):
    """An encoder and a loss, the same in every process that calls this."""
    encoder = nn.Linear(3, 2, dtype=torch.float64)
    with torch.no_grad():
        encoder.weight.copy_(torch.arange(6.0).reshape(2, 3) / 6)
        encoder.bias.zero_()
    given = {"hidden_layer_sizes": (8,), **options}
    return encoder, MutualInfoLoss(2, 1, generator=torch.Generator().manual_seed(0), **given).double()


def draw_rows(n=2 * N):
    draw = torch.Generator().manual_seed(1)
    x = torch.randn(n, 3, generator=draw, dtype=torch.float64)
    return x, x[:, :1] + 0.5 * torch.randn(n, 1, generator=draw, dtype=torch.float64)


def take_own(rows, sizes=(N, N)):
    start = sum(sizes[: dist.get_rank()])
    return rows[start : start + sizes[dist.get_rank()]]


def train_critic_and_clipped(bound, n_negatives=None):
    """Twenty steps of a critic and of an encoder, on rows of each process's own."""
    encoder, mi = make_pair(bound=bound, n_negatives=n_negatives)
    torch.manual_seed(dist.get_rank())  # other draws on each process
    mi, encoder = DistributedDataParallel(mi), DistributedDataParallel(encoder)
    of_critic, of_encoder = (torch.optim.Adam(m.parameters(), 1e-2) for m in (mi, encoder))
    values = []
    for _ in range(20):
        x = torch.randn(N, 3, dtype=torch.float64)
        y = x[:, :1]
        values.append(mi.module.train_critic(of_critic, encoder(x), y, n_steps=2))
        z = encoder(x)
        values.append(backward_clipped(z.square().mean(), -mi(z, y), encoder.parameters()))
        of_encoder.step()
    state = {**mi.module.state_dict(), **encoder.module.state_dict()}
    state.pop("generator_state")  # the processes draw from what they share
    return state, torch.stack(values)


def differentiate_gathered(bound, sizes, **options):
    """Gradients of the gathered batch by DistributedDataParallel."""
    encoder, mi = make_pair(bound=bound, **options)
    encoder, mi = DistributedDataParallel(encoder), DistributedDataParallel(mi)
    x, y = (take_own(v, sizes) for v in draw_rows())
    groups = take_own(torch.arange(2 * N) // 3, sizes)
    value = mi(gather_rows(encoder(x)), gather_rows(y), groups=gather_rows(groups))
    (-value).backward()
    return value.detach(), [p.grad for m in (encoder, mi) for p in m.parameters()]


def differentiate_joined(bound, **options):
    """The same by one process."""
    encoder, mi = make_pair(bound=bound, **options)
    x, y = draw_rows()
    value = mi(encoder(x), y, groups=torch.arange(2 * N) // 3)
    (-value).backward()
    return value.detach(), [p.grad for m in (encoder, mi) for p in m.parameters()]


def clip_gathered():
    """Gradients of `backward_clipped`, of the gathered batch, and after a step of the critic."""
    encoder, mi = make_pair(bound="dv")
    optimizer = torch.optim.SGD(mi.parameters(), 0.1)
    x, y = (take_own(v) for v in draw_rows())
    mi.train_critic(optimizer, gather_rows(encoder(x).detach()), gather_rows(y))
    z = encoder(x)
    scale = backward_clipped(z.square().mean(), -mi(gather_rows(z), gather_rows(y)), encoder.parameters())
    return scale, [p.grad for p in encoder.parameters()], list(mi.state_dict().values())


def clip_joined():
    encoder, mi = make_pair(bound="dv")
    optimizer = torch.optim.SGD(mi.parameters(), 0.1)
    x, y = draw_rows()
    mi.train_critic(optimizer, encoder(x).detach(), y)
    z = encoder(x)
    scale = backward_clipped(z.square().mean(), -mi(z, y), encoder.parameters())
    return scale, [p.grad for p in encoder.parameters()], list(mi.state_dict().values())


def fail(of):
    """The message of what cannot be."""
    torch.manual_seed(dist.get_rank())
    try:
        if of == "weights":
            mi = MutualInfoLoss(2, 1)
            mi.train_critic(torch.optim.SGD(mi.parameters()), torch.randn(4, 2), torch.randn(4, 1))
        else:
            gather_rows(torch.randn(4, 1 + dist.get_rank()))
    except ValueError as error:
        return str(error)
    return None


def train_alone():
    """Critics that each process trains alone."""
    torch.manual_seed(dist.get_rank())
    mi = MutualInfoLoss(2, 1, process_group=None)
    if dist.get_rank() == 0:  # nobody waits for the other
        mi.train_critic(torch.optim.SGD(mi.parameters()), torch.randn(4, 2), torch.randn(4, 1))
    return True


def run_all(calls, folder):
    """Run calls on two processes; what each of them returned on each rank."""
    mp.spawn(_work, (calls, str(folder)), nprocs=2)
    return [torch.load(f"{folder}/{rank}.pt", weights_only=False) for rank in range(2)]


def _work(rank, calls, folder):
    torch.set_num_threads(1)
    dist.init_process_group("gloo", init_method=f"file://{folder}/meet", rank=rank, world_size=2)
    torch.save(
        {key: globals()[name](*given, **options) for key, (name, given, options) in calls.items()},
        f"{folder}/{rank}.pt",
    )
    dist.barrier()
    dist.destroy_process_group()
