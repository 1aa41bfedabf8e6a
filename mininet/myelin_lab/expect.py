"""Conditions over figures: "data.lost_packets <= 20", "a.goodput_bps + b.goodput_bps >= 1.3 * c.goodput_bps".

A condition compares two sums of terms; a term is a number (with k, M or G), a figure, or
`number * figure`. A figure is NAME.FIGURE; `all` stands for every flow: counts and goodputs are
added, of times the longest is taken, of rate_min_bps the least.
"""
from __future__ import annotations

import operator
import re
from collections.abc import Callable
from dataclasses import dataclass

from myelin_lab.quantity import Bad

FLOW_FIGURES = (
    'posted', 'completed', 'completed_bytes', 'sent', 'sent_bytes', 'retransmits', 'timeouts',
    'naks_received', 'cnps_received', 'goodput_bps', 'duration_ms', 'mct_p50_ms', 'mct_p99_ms', 'mct_max_ms',
    'rate_min_bps', 'rate_now_bps', 'done', 'arrived', 'goodput_bytes', 'messages', 'out_of_order',
    'duplicates', 'reordered', 'ce_marks', 'cnps_sent', 'naks_sent', 'missing', 'delay_min_ms',
    'delay_p50_ms', 'delay_p99_ms', 'delay_max_ms', 'gap_max_ms', 'lost_packets')
LEASE_FIGURES = ('active', 'degraded', 'granted_bps', 'moved', 'switches', 'latency_ms', 'setup_ms')
COUNT_FIGURES = ('on_path_min', 'off_path_max')
ATTACK_FIGURES = ('sent', 'delivered', 'dropped')
FABRIC_FIGURES = ('ready', 'ready_s', 'switches_not_ready', 'links_down')

_OPERATORS: dict[str, Callable[[float, float], bool]] = {
    '<=': operator.le, '>=': operator.ge, '==': operator.eq, '!=': operator.ne, '<': operator.lt,
    '>': operator.gt}
_UNITS = {'': 1, 'k': 1e3, 'M': 1e6, 'G': 1e9}
_TOKEN = re.compile(r'\s*(?:(?P<number>[0-9]+(?:\.[0-9]+)?)(?P<unit>[kMG]?)(?![\w.])'
                    r'|(?P<figure>[a-z][a-z0-9_]*\.[a-z0-9_]+)|(?P<sign>[-+*]))')
_GRAMMAR = 'SUM OP SUM, e.g. data.lost_packets <= 20 or a.goodput_bps >= 1.5 * b.goodput_bps'


@dataclass(frozen=True)
class Term:
    factor: float
    figure: str  # '': the factor alone


@dataclass(frozen=True)
class Condition:
    text: str
    left: tuple[Term, ...]
    operator: str
    right: tuple[Term, ...]

    def holds(self, figure: Callable[[str], float]) -> bool:
        return _OPERATORS[self.operator](value(self.left, figure), value(self.right, figure))

    def explain(self, figure: Callable[[str], float]) -> str:
        """The condition with the values that its sides have."""
        return f'{self.text}   [{value(self.left, figure):g} {self.operator} {value(self.right, figure):g}]'


def value(terms: tuple[Term, ...], figure: Callable[[str], float]) -> float:
    return sum(t.factor * (figure(t.figure) if t.figure else 1) for t in terms)


def parse(where: str, text: object, figures: dict[str, tuple[str, ...]]) -> Condition:
    """A condition; figures: those of every name that may stand in it."""
    sides = re.split(r'(<=|>=|==|!=|<|>)', str(text))
    if not isinstance(text, str) or len(sides) != 3:
        raise Bad(where, text, _GRAMMAR)
    return Condition(text, _sum(where, text, sides[0], figures), sides[1],
                     _sum(where, text, sides[2], figures))


def _sum(where: str, text: str, side: str, figures: dict[str, tuple[str, ...]]) -> tuple[Term, ...]:
    tokens, at = [], 0
    side = side.rstrip()
    while at < len(side):
        match = _TOKEN.match(side, at)
        if not match:
            raise Bad(where, text, _GRAMMAR)
        tokens.append(match)
        at = match.end()
    terms: list[Term] = []
    sign: float | None = 1.0
    factor: float | None = None  # a number that a '*' may still follow
    pending = False              # ... and did
    for token in tokens:
        if token['number']:
            if sign is None:
                raise Bad(where, text, _GRAMMAR)
            factor, sign = sign * float(token['number']) * _UNITS[token['unit']], None
        elif token['figure']:
            if (factor is not None and not pending) or (factor is None and sign is None):
                raise Bad(where, text, _GRAMMAR)
            _known(where, token['figure'], figures)
            terms.append(Term(factor if factor is not None else sign or 1.0, token['figure']))
            factor, sign, pending = None, None, False
        elif token['sign'] == '*':
            if factor is None or pending:
                raise Bad(where, text, _GRAMMAR)
            pending = True
        else:
            if pending or (factor is None and not terms) or sign is not None:
                raise Bad(where, text, _GRAMMAR)
            if factor is not None:
                terms.append(Term(factor, ''))
            factor, sign = None, 1.0 if token['sign'] == '+' else -1.0
    if pending or sign is not None:
        raise Bad(where, text, _GRAMMAR)
    if factor is not None:
        terms.append(Term(factor, ''))
    return tuple(terms)


def _known(where: str, figure: str, figures: dict[str, tuple[str, ...]]) -> None:
    name, _, key = figure.partition('.')
    if name not in figures:
        raise Bad(where, name, 'one of ' + ', '.join(figures))
    if key not in figures[name]:
        raise Bad(where, figure, ', '.join(f'{name}.{k}' for k in figures[name]))


def over_all(key: str, flows: list[dict]) -> float:
    """A figure of all flows together."""
    values = [f[key] for f in flows if key in f] or [0]
    if key in ('rate_min_bps', 'done'):
        return min(values)
    return max(values) if key.endswith('_ms') else sum(values)
