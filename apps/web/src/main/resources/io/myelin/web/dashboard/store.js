/**
 * What the node has told, and who wants to know when it changes. Views read it and draw themselves
 * anew; nothing but this file writes it.
 */
import {get, list, token} from './api.js';
import {Stream} from './stream.js';

/** Readings of utilisation that are kept of each link. */
const HISTORY = 180;
const TENANTS_EVERY_MS = 5_000;
const MAX_DECISIONS = 500;
const MAX_EVENTS = 2_000;

export const DOWN = 1;
export const DRAINED = 2;
export const SLOWED = 4;

export const fabric = {
  name: '',
  etag: '',
  conditions: [],
  /** @type {Map<string, any>} */ devices: new Map(),
  /** @type {Map<string, any>} */ endpoints: new Map(),
  /** @type {Map<string, any>} */ links: new Map(),
  /** Links in the order of utilisation. @type {string[]} */ order: [],
  /** @type {Map<string, number>} */ number: new Map(),
  utilisation: new Float32Array(0),
  /** What is wrong with each link, the same order: DOWN, DRAINED, SLOWED. @type {number[]} */ flags: [],
  /** Held by leases, as a share of capacity, the same order. @type {number[]} */ reserved: [],
  /** Times of the readings, seconds since 1970, oldest first. @type {number[]} */ times: [],
  /** Readings, the same order. @type {Float32Array[]} */ readings: [],
  /** Raised when switches, links or endpoints come or go. */
  shape: 0,
  complete: false,
};

/** @type {Map<string, any>} */
export const leases = new Map();
/** @type {Map<string, any>} */
export const jobs = new Map();
/** The last event of each queue. @type {Map<string, any>} */
export const queues = new Map();
/** Times and kinds of what was told since the page is open. @type {{at: number, hot: boolean, decision: boolean}[]} */
export const events = [];
/** Newest first. @type {any[]} */
export let decisions = [];
export let tenants = [];
export let caller = null;
export const connection = {connected: false, begun: false, problem: '', retryAt: 0, signIn: false, synced: new Set()};

/** @type {Map<string, Set<() => void>>} */
const listeners = new Map();

/**
 * @param {'fabric'|'heat'|'leases'|'jobs'|'congestion'|'connection'|'caller'|'tenants'} topic
 * @param {() => void} listener
 * @returns {() => void} ends it
 */
export function on(topic, listener) {
  if (!listeners.has(topic)) {
    listeners.set(topic, new Set());
  }
  listeners.get(topic).add(listener);
  return () => listeners.get(topic).delete(listener);
}

function tell(topic) {
  listeners.get(topic)?.forEach(l => l());
}

/** Whether the caller may call a method, such as LeaseService/CreateLease. */
export const may = method => caller?.methods?.includes('myelin.v1.' + method) ?? false;

const worker = new Worker(new URL('fabric-worker.js', import.meta.url), {type: 'module'});

worker.onmessage = ({data}) => {
  switch (data.type) {
    case 'reset':
      fabric.devices.clear();
      fabric.endpoints.clear();
      fabric.links.clear();
      fabric.number.clear();
      fabric.order = [];
      fabric.flags = [];
      fabric.reserved = [];
      fabric.times = [];
      fabric.readings = [];
      fabric.utilisation = new Float32Array(0);
      fabric.shape++;
      fabric.complete = false;
      tell('fabric');
      break;
    case 'records':
      records(data.kind, data.records);
      break;
    case 'estimates':
      fabric.utilisation = data.utilisation;
      fabric.times.push(data.at / 1000);
      fabric.readings.push(data.utilisation.slice());
      if (fabric.times.length > HISTORY) {
        fabric.times.shift();
        fabric.readings.shift();
      }
      tell('heat');
      break;
    case 'meta':
      Object.assign(fabric, {name: data.name, etag: data.etag, conditions: data.conditions});
      tell('fabric');
      break;
    case 'complete':
      if (!fabric.complete) {
        fabric.complete = true;
        tell('fabric');
      }
      break;
    case 'state':
      state(data);
      break;
  }
};

function records(kind, all) {
  const map = fabric[kind];
  let grown = false;
  for (const r of all) {
    grown ||= !map.has(r.name);
    if (kind === 'links') {
      if (!map.has(r.name)) {
        fabric.number.set(r.name, fabric.order.length);
        fabric.order.push(r.name);
      }
      const n = fabric.number.get(r.name);
      fabric.flags[n] = (r.up ? 0 : DOWN) | (r.drained ? DRAINED : 0) | (r.slowed ? SLOWED : 0);
      fabric.reserved[n] = Number(r.reservedBps ?? 0) / Number(r.capacityBps ?? 1);
      if (n < fabric.utilisation.length && r.estimate) {
        fabric.utilisation[n] = r.estimate.utilisation ?? 0;
      }
    }
    map.set(r.name, r);
  }
  if (grown) {
    fabric.shape++;
  }
  tell('fabric');
}

function state(s) {
  const came = s.connected && !connection.connected && connection.begun;
  connection.connected = s.connected;
  connection.begun ||= s.connected;
  connection.problem = s.problem;
  connection.signIn = s.signIn;
  connection.retryAt = s.retryMs ? Date.now() + s.retryMs : 0;
  tell('connection');
  if (came) {
    identify().catch(() => {});
  }
}

/** @param {string[]} names of a device or links of which everything is wanted, counters too */
export function watchDetails(names) {
  worker.postMessage({type: 'watch', names});
}

/** Asks who calls. */
export async function identify() {
  caller = await get('/v1/caller');
  tell('caller');
  await readTenants();
}

export async function readTenants() {
  tenants = may('AccessService/ListTenants') ? await list('/v1/tenants', 'tenants') : [];
  tell('tenants');
}

const parent = () => caller?.tenant || 'tenants/-';

/** A watch whose messages make a map. */
function watch(topic, path, map, field) {
  return new Stream(
    path(),
    {
      restart: () => {
        map.clear();
        connection.synced.delete(topic);
        tell(topic);
      },
      message: m => {
        if (m.type === 'TYPE_REMOVED') {
          map.delete(m[field].name);
        } else if (m[field]) {
          map.set(m[field].name, m[field]);
        } else if (m.type === 'TYPE_SYNCED') {
          connection.synced.add(topic);
        }
        tell(topic);
      },
      state: () => {},
    },
    token,
  );
}

function watchCongestion() {
  return new Stream(
    '/v1/congestion:watch',
    {
      restart: () => {
        queues.clear();
        decisions = [];
        tell('congestion');
      },
      message: m => {
        const at = Date.now() / 1000;
        if (m.event) {
          const key = `${m.event.device}/${m.event.port ?? 0}/${m.event.queue ?? 0}`;
          queues.set(key, m.event);
          events.push({at: new Date(m.event.eventTime).getTime() / 1000 || at, hot: !!m.event.hot, decision: false});
        } else if (m.decision) {
          const i = decisions.findIndex(d => d.id === m.decision.id);
          if (i >= 0) {
            decisions[i] = m.decision;
          } else {
            decisions.unshift(m.decision);
            decisions.length = Math.min(decisions.length, MAX_DECISIONS);
            events.push({at: new Date(m.decision.decideTime).getTime() / 1000, hot: false, decision: true});
          }
        }
        if (events.length > MAX_EVENTS) {
          events.splice(0, events.length - MAX_EVENTS);
        }
        tell('congestion');
      },
      state: () => {},
    },
    token,
  );
}

const STREAMS = {
  leases: () => may('LeaseService/WatchLeases') && watch('leases', () => `/v1/${parent()}/leases:watch`, leases, 'lease'),
  jobs: () => may('JobService/WatchJobs') && watch('jobs', () => `/v1/${parent()}/jobs:watch`, jobs, 'job'),
  congestion: () => may('TelemetryService/WatchCongestion') && watchCongestion(),
};

/** @type {Map<string, Stream>} */
const streams = new Map();
let wanted = new Set();
let asleep = false;

/**
 * Opens these watches and ends others: browsers have six connections to a host, over all tabs.
 *
 * @param {string[]} topics
 */
export function want(topics) {
  wanted = new Set(topics);
  apply();
}

function apply() {
  for (const [topic, open] of Object.entries(STREAMS)) {
    if (wanted.has(topic) && !asleep && !streams.has(topic)) {
      const s = open();
      if (s) {
        streams.set(topic, s);
      }
    }
    const s = streams.get(topic);
    if (s && wanted.has(topic) && !asleep) {
      s.start();
    } else {
      s?.stop();
    }
  }
}

function wake() {
  asleep = document.hidden;
  worker.postMessage(asleep ? {type: 'stop'} : {type: 'start', bearer: token()});
  apply();
}

/** Begins to read, as whoever the token says. */
export async function begin() {
  streams.forEach(s => s.stop());
  streams.clear();
  leases.clear();
  jobs.clear();
  connection.signIn = false;
  try {
    await identify();
  } finally {
    wake();
  }
}

document.addEventListener('visibilitychange', wake);
setInterval(() => {
  if (!asleep && connection.connected && wanted.has('tenants')) {
    readTenants().catch(() => {});
  }
}, TENANTS_EVERY_MS);
