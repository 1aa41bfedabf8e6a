"""The topologies that the lab knows by name. docs: mininet/README.md, "A topology of your own"."""
from __future__ import annotations

import inspect
from dataclasses import replace
from typing import Callable

from myelin_lab import quantity
from myelin_lab.topology import Link, Topology

MS = 1_000_000  # nanoseconds


_TENANTS = ('blue', 'red', 'green', 'yellow')


def leafspine(link: Link, leaves: int = 2, spines: int = 2, hosts: int = 1, tenants: int = 1) -> Topology:
    """Every leaf has a cable to every spine; hosts a leaf, with one NIC each, given to tenants in turn."""
    t = Topology('leafspine', link)
    for l in range(1, leaves + 1):
        t.add_switch(f'leaf{l}', 'leaf')
    for s in range(1, spines + 1):
        t.add_switch(f'spine{s}', 'spine')
    for l in range(1, leaves + 1):
        for s in range(1, spines + 1):
            t.connect(f'leaf{l}', f'spine{s}')
    for l in range(1, leaves + 1):
        for h in range(1, hosts + 1):
            t.attach(f'h{l}-{h}', f'leaf{l}', f'10.{l}.0.{h}', rack=f'rack{l}',
                     tenant=_TENANTS[(h - 1) % tenants])
    return t


def rail(link: Link, hosts: int = 2, nics: int = 2, spines: int = 1) -> Topology:
    """GPU hosts with several NICs: NIC r of every host is on rail switch r, spines join the rails."""
    t = Topology('rail', link)
    for r in range(nics):
        t.add_switch(f'rail{r}', 'leaf')
    for s in range(1, spines + 1):
        t.add_switch(f'spine{s}', 'spine')
    for r in range(nics):
        for s in range(1, spines + 1):
            t.connect(f'rail{r}', f'spine{s}')
    for r in range(nics):
        for h in range(1, hosts + 1):
            t.attach(f'g{h}', f'rail{r}', f'10.{r + 1}.0.{h}', rail=r, name=f'g{h}-r{r}', rack=f'rack{h}')
    return t


def fattree(link: Link, k: int = 4, hosts: int = 0) -> Topology:
    """Three tiers of k-port switches: k pods of k/2 leaves and k/2 spines, (k/2)^2 cores.

    hosts: a leaf; 0: k/2, as in the literature.
    """
    if k % 2:
        raise quantity.Bad('topo.k', k, 'an even number')
    half = k // 2
    t = Topology('fattree', link)
    for core in range(1, half * half + 1):
        t.add_switch(f'core{core}', 'core')
    for p in range(1, k + 1):
        for s in range(1, half + 1):
            spine = t.add_switch(f'spine{p}-{s}', 'spine')
            for c in range(1, half + 1):
                t.connect(spine, f'core{(s - 1) * half + c}')
        for l in range(1, half + 1):
            leaf = t.add_switch(f'leaf{p}-{l}', 'leaf')
            for s in range(1, half + 1):
                t.connect(leaf, f'spine{p}-{s}')
            for h in range(1, (hosts or half) + 1):
                t.attach(f'h{p}-{l}-{h}', leaf, f'10.{p}.{l}.{h}', rack=f'rack{p}-{l}')
    return t


# site: region, second octet of its addresses
_SITES = {'ams': ('eu-west', 1), 'fra': ('eu-central', 2), 'kir': ('eu-north', 3)}


def wan(link: Link, hosts: int = 1, fibre1: int = 4 * MS, fibre2: int = 12 * MS, leo: int = 32 * MS,
        jitter: int = 4 * MS) -> Topology:
    """Three sites, each a leaf and a border switch, in a triangle.

    ams-fra and fra-kir are fibre, ams-kir goes through a LEO constellation: cheaper, later, less
    even and less available. Delays are one way.
    """
    t = Topology('wan', link)
    for site, (region, octet) in _SITES.items():
        t.add_switch(f'{site}-leaf', 'leaf', region, site)
        t.add_switch(f'{site}-border', 'border', region, site)
        t.connect(f'{site}-leaf', f'{site}-border')
        for h in range(1, hosts + 1):
            t.attach(f'{site}{h}', f'{site}-leaf', f'10.{octet}.0.{h}', rack=site)
    fibre = replace(link, medium='fibre', availability=0.9999, cost_micros_per_gb=40_000)
    t.connect('ams-border', 'fra-border', replace(fibre, delay_ns=fibre1))
    t.connect('fra-border', 'kir-border', replace(fibre, delay_ns=fibre2))
    t.connect('ams-border', 'kir-border', replace(
        link, delay_ns=leo, jitter_ns=jitter, medium='leo', availability=0.99, cost_micros_per_gb=15_000))
    return t


# The lab's topologies by name: add yours here.
TOPOLOGIES: dict[str, Callable[..., Topology]] = {
    'leafspine': leafspine, 'rail': rail, 'fattree': fattree, 'wan': wan}

_LIMITS = {'leaves': (1, 64), 'spines': (1, 32), 'hosts': (0, 64), 'nics': (1, 16), 'tenants': (1, len(_TENANTS)), 'k': (2, 8)}


def parse(text: str, link: Link = Link(), where: str = 'topo') -> Topology:
    """A topology from NAME,key=value,…: leafspine,leaves=3,spines=2."""
    name, *arguments = [part.strip() for part in text.split(',')]
    if name not in TOPOLOGIES:
        raise quantity.Bad(where, name, ', '.join(TOPOLOGIES))
    build = TOPOLOGIES[name]
    known = [p for p in inspect.signature(build).parameters if p != 'link']
    values: dict[str, int] = {}
    for argument in arguments:
        key, equals, value = argument.partition('=')
        if key not in known or not equals:
            raise quantity.Bad(where, argument, ' '.join(f'{k}=…' for k in known) + f' for {name}')
        if key in _LIMITS:
            values[key] = quantity.whole(f'{where}.{key}', value, *_LIMITS[key])
        else:
            values[key] = quantity.time_ns(f'{where}.{key}', value)
    return build(link, **values).check()
