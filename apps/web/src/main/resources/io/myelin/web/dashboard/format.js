/** Values as people read them. All units are those of the API: bits per second, nanoseconds. */

const PREFIXES = ['', 'k', 'M', 'G', 'T', 'P'];

/** Three digits at most. */
function short(value) {
  const abs = Math.abs(value);
  return value.toFixed(abs >= 100 || Number.isInteger(value) ? 0 : abs >= 10 ? 1 : 2).replace(/\.0+$|(\.\d*?)0+$/, '$1');
}

/** @param {number|string|undefined} value */
export function si(value, unit = '') {
  let v = Number(value ?? 0);
  let i = 0;
  while (Math.abs(v) >= 1000 && i < PREFIXES.length - 1) {
    v /= 1000;
    i++;
  }
  return `${short(v)}${unit || i ? ' ' : ''}${PREFIXES[i]}${unit}`;
}

/** Bits per second. */
export const rate = bps => si(bps, 'b/s');

export const count = n => Number(n ?? 0).toLocaleString('en');

export const bytes = n => si(n, 'B');

/** Nanoseconds. */
export function duration(ns) {
  const v = Number(ns ?? 0);
  for (const [unit, size] of [['s', 1e9], ['ms', 1e6], ['µs', 1e3]]) {
    if (Math.abs(v) >= size) {
      return `${short(v / size)} ${unit}`;
    }
  }
  return `${short(v)} ns`;
}

/** A share of 1. */
export function percent(share) {
  return share === undefined || Number.isNaN(share) ? '–' : `${short(share * 100)} %`;
}

/** How long ago, in words that stay short. */
export function ago(ms) {
  const s = Math.max(0, Math.round(ms / 1000));
  if (s < 60) {
    return `${s} s`;
  }
  if (s < 3600) {
    return `${Math.floor(s / 60)} min`;
  }
  return s < 86_400 ? `${Math.floor(s / 3600)} h ${Math.floor(s / 60) % 60} min` : `${Math.floor(s / 86_400)} d`;
}

/** A time of today as a clock shows it, others with the date. */
export function time(timestamp) {
  if (!timestamp) {
    return '–';
  }
  const t = new Date(timestamp);
  if (Number.isNaN(t.getTime())) {
    return String(timestamp);
  }
  const clock = t.toLocaleTimeString('en-GB');
  return t.toDateString() === new Date().toDateString() ? clock : `${t.toISOString().slice(0, 10)} ${clock}`;
}

/** LEASE_STATE_ACTIVE, prefix LEASE_STATE_: "active". */
export function word(value, prefix = '') {
  return (value ?? '').replace(prefix, '').replaceAll('_', ' ').toLowerCase();
}

/** The last part of a resource name. */
export const leaf = name => (name ?? '').split('/').pop();

/** The tenant of a resource name. */
export const tenantOf = name => (name ?? '').split('/')[1] ?? '';

/**
 * Reads a rate such as 10M, 2.5 Gb/s or 400000.
 *
 * @returns {number} bits per second; NaN: it is none
 */
export function parseRate(text) {
  const m = /^\s*([0-9]+(?:\.[0-9]+)?)\s*([kKMGTP]?)(?:b\/s|bps|bit\/s|b)?\s*$/.exec(text ?? '');
  if (!m) {
    return NaN;
  }
  const power = m[2] ? PREFIXES.indexOf(m[2].replace('K', 'k')) : 0;
  return Math.round(Number(m[1]) * 1000 ** power);
}

/** The shortest text that parseRate reads as the same. */
export function rateText(bps) {
  let v = Number(bps ?? 0);
  let i = 0;
  while (v >= 1000 && i < PREFIXES.length - 1) {
    v /= 1000;
    i++;
  }
  return v + PREFIXES[i];
}

/** Compares names so that leaf2 is before leaf10. */
export const byName = new Intl.Collator('en', {numeric: true}).compare;
