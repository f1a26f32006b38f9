"""Calls of the torch losses."""

from typing import Any

from benchmarks.same_numbers.calls.register import register


@register
def loss_of_every_bound_and_architecture() -> Any:
    import torch

    from skmine.nn import MutualInfoLoss

    out = []
    for bound in ("mine", "dv", "nwj", "js", "infonce", "smile"):
        for architecture in ("joint", "separable", "concat"):
            for options in ({}, {"n_negatives": 5}, {"n_classes": 3}, {"minimize": True}):
                draw = torch.Generator().manual_seed(0)
                x, y = torch.randn(32, 3, generator=draw), torch.randn(32, 2, generator=draw)
                labels = torch.arange(32) % 3 if "n_classes" in options else None
                loss = MutualInfoLoss(3, 2, bound, architecture, hidden_layer_sizes=(16, 16), generator=draw, **options)
                x.requires_grad_(True)
                value = loss(x, y, labels)
                value.backward()
                out.append([value, x.grad, [p.grad for p in loss.parameters()]])
    return out


@register
def loss_trained() -> Any:
    import torch

    from skmine.nn import MutualInfoLoss, backward_clipped, reversed_gradient

    torch.manual_seed(0)
    encoder, mi = torch.nn.Linear(4, 2), MutualInfoLoss(2, 1)
    optimizer = torch.optim.Adam(mi.parameters(), lr=1e-2)
    x = torch.randn(64, 4)
    values = [mi.train_critic(optimizer, encoder(x), x[:, :1], n_steps=5)]
    z = encoder(x)
    values.append(backward_clipped(z.square().mean(), -mi(z, x[:, :1]), encoder.parameters()))
    own = MutualInfoLoss(4, 1, "dv", torch.nn.Bilinear(4, 1, 1))
    v = x.clone().requires_grad_(True)
    reversed_gradient(v).sum().backward()
    return [values, [p.grad for p in encoder.parameters()], own(x, x[:, :1]), v.grad, mi.state_dict()]
