/**
 * Reads the fabric beside the page, so that large answers never hold up a picture: one answer with
 * 30,000 links is 12 MB of JSON.
 *
 * The watch begins with everything, piece by piece, so that a picture grows from the first; then it
 * tells at once of what fails, comes back or is reserved. It does not tell of estimates: these are
 * read again and again, the less often the longer an answer takes. What the page gets are records
 * that differ, in pieces, and all utilisations as one array.
 */
import {ApiError, call} from './api.js';
import {Stream} from './stream.js';

const POLL_MS = 1_000;
/** Share of the time that is spent on reading. */
const POLL_DUTY = 0.1;
/** Reading counters asks every switch: so long for each of them lies between two readings. */
const COUNTERS_MS_A_SWITCH = 10;
const COUNTERS = ['packets', 'bytes', 'markedPackets', 'cnpPackets', 'unsentPackets', 'drops', 'rejected'];
const PIECE = 1_500;
const BATCH_MS = 50;

/** What the page is told of: by the name of the record. */
const seen = {devices: new Map(), endpoints: new Map(), links: new Map()};
/** Links in the order in which the page has them. */
let order = [];
let pending = {devices: new Map(), endpoints: new Map(), links: new Map()};
let flushTimer = 0;
let pollTimer = 0;
let bearer = '';
let watched = new Set();
let stream;
let running = false;
let polling = false;
let countersAt = -Infinity;
/** Whether everything was told once: what is missing from an answer then is gone. */
let synced = false;
let meta = '';

/** What a person sees change, apart from estimates and counters. */
function mark(kind, r) {
  if (kind === 'links') {
    return `${r.up}|${r.drained}|${r.reservedBps}|${r.leases}|${r.slowed}|${r.capacityBps}|${r.discovered}|${r.conditions?.length}`;
  }
  return kind === 'devices' ? JSON.stringify([r.state, r.reason, r.drained, r.tableEntries, r.role, r.site, r.conditions]) : JSON.stringify(r);
}

/** @param {boolean} counted whether the record has counters; else those of the last reading stay */
function take(kind, record, counted) {
  const m = mark(kind, record);
  const known = seen[kind].get(record.name);
  const details = watched.has(record.name);
  if (details && known && !counted) {
    for (const name of COUNTERS) {
      record[name] ??= known.record[name];
    }
  }
  if (details || known?.mark !== m) {
    pending[kind].set(record.name, record);
  }
  if (known) {
    known.mark = m;
    known.record = record;
  } else {
    seen[kind].set(record.name, {mark: m, record});
    if (kind === 'links') {
      order.push(record.name);
    }
  }
}

function flush() {
  flushTimer = 0;
  const from = pending;
  pending = {devices: new Map(), endpoints: new Map(), links: new Map()};
  for (const kind of ['devices', 'endpoints', 'links']) {
    const all = [...from[kind].values()];
    for (let i = 0; i < all.length; i += PIECE) {
      postMessage({type: 'records', kind, records: all.slice(i, i + PIECE)});
    }
  }
}

function flushSoon() {
  flushTimer ||= setTimeout(flush, BATCH_MS);
}

function forget() {
  for (const kind of Object.keys(seen)) {
    seen[kind].clear();
    pending[kind].clear();
  }
  order = [];
  meta = '';
  postMessage({type: 'reset'});
}

function estimates() {
  const utilisation = new Float32Array(order.length);
  order.forEach((name, i) => {
    utilisation[i] = seen.links.get(name).record.estimate?.utilisation ?? NaN;
  });
  postMessage({type: 'estimates', utilisation, at: Date.now()}, [utilisation.buffer]);
}

/** Whether something that the page has is gone. */
function shrunk(fabric) {
  const names = new Set();
  for (const kind of ['devices', 'endpoints', 'links']) {
    fabric[kind]?.forEach(r => names.add(kind + r.name));
  }
  return Object.entries(seen).some(([kind, all]) => [...all.keys()].some(name => !names.has(kind + name)));
}

/** One reading at a time. */
async function poll() {
  clearTimeout(pollTimer);
  if (polling) {
    return;
  }
  polling = true;
  try {
    const wait = await read();
    if (running && wait) {
      pollTimer = setTimeout(poll, wait);
    }
  } finally {
    polling = false;
  }
}

/** @returns {Promise<number>} when to read again, milliseconds; 0: not by itself */
async function read() {
  const begun = performance.now();
  const as = bearer;
  try {
    const counters = watched.size > 0 && begun - countersAt > seen.devices.size * COUNTERS_MS_A_SWITCH;
    if (counters) {
      countersAt = begun;
    }
    const answer = await call('GET', '/v1/fabric', {bearer, query: counters ? {readCounters: true} : {}});
    if (!running || bearer !== as) {
      return POLL_MS; // the page was hidden meanwhile, or somebody else signed in
    }
    const fabric = answer.fabric;
    if (shrunk(fabric)) {
      forget();
    }
    fabric.devices?.forEach(d => take('devices', d, counters));
    fabric.endpoints?.forEach(e => take('endpoints', e, counters));
    fabric.links?.forEach(l => take('links', l, counters));
    const m = JSON.stringify([fabric.name, fabric.inventoryEtag, fabric.conditions]);
    if (m !== meta) {
      meta = m;
      postMessage({type: 'meta', name: fabric.name ?? '', etag: fabric.inventoryEtag, conditions: fabric.conditions ?? []});
    }
    flush();
    estimates();
    postMessage({type: 'complete'});
    return Math.max(POLL_MS, (performance.now() - begun) / POLL_DUTY);
  } catch (e) {
    if (!(e instanceof ApiError)) {
      throw e;
    }
    if (e.signInNeeded) {
      postMessage({type: 'state', connected: false, signIn: true, problem: e.message, retryMs: 0});
      return 0;
    }
    return Math.max(POLL_MS * 2, e.retryAfterMs);
  }
}

function message(m) {
  const [kind, record] = m.device ? ['devices', m.device] : m.link ? ['links', m.link] : ['endpoints', m.endpoint];
  if (record) {
    take(kind, record, false);
    if (kind === 'links' && record.estimate) {
      pending.links.set(record.name, record);
    }
    flushSoon();
  } else if (m.type === 'TYPE_SYNCED') {
    flush();
    postMessage({type: 'complete'});
    synced = true;
    poll();
  }
}

function start() {
  running = true;
  stream = new Stream(
    '/v1/fabric:watch',
    {
      message,
      restart: () => {},
      state: (error, retryMs) => {
        postMessage({
          type: 'state',
          connected: !error,
          signIn: error?.signInNeeded ?? false,
          problem: error?.message ?? '',
          retryMs: retryMs ?? 0,
        });
        if (!error && synced) {
          poll();
        }
      },
    },
    () => bearer,
  );
  stream.start();
}

function stop() {
  running = false;
  stream?.stop();
  clearTimeout(pollTimer);
}

onmessage = ({data}) => {
  if (data.type === 'start') {
    if (bearer !== data.bearer) {
      forget(); // another caller may see less
      synced = false;
    }
    bearer = data.bearer;
    stop();
    start();
  } else if (data.type === 'stop') {
    stop();
  } else if (data.type === 'watch') {
    const more = data.names.some(n => !watched.has(n));
    watched = new Set(data.names);
    countersAt = more ? -Infinity : countersAt;
    if (more && running && synced) {
      poll();
    }
  }
};
