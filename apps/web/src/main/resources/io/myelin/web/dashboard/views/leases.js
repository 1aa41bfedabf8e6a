/** Leases: what was asked for, what is granted, where it goes, what it carries. */
import {html, nothing} from '../webjars/lit-html/lit-html.js';
import {get} from '../api.js';
import {chart} from '../chart.js';
import {byName, bytes, count, duration, leaf, rate, tenantOf, time, word} from '../format.js';
import {caller, connection, leases, may} from '../store.js';
import {badge, bar, empty, facts, pathFacts, pathLine, redraw} from '../ui.js';
import {createLease, releaseLease, updateLease} from './lease-dialogs.js';
import {lives} from './usage.js';

export const topics = ['leases'];

const LISTED = 200;
/** The node reads the counters of leases every 10 s. */
const USAGE_EVERY_MS = 5_000;
const READINGS = 240;

let chosen = '';
let tenant = '';
let job = '';
let filter = '';
let ended = false;
let listed = LISTED;
let timer = 0;

/** Rates between readings of the chosen lease's usage. @type {{name: string, at: number[], bps: number[], last: any}} */
let usage = {name: '', at: [], bps: [], last: null};

/** @param {URLSearchParams} query */
export function routed(query) {
  chosen = query.get('name') ?? '';
  tenant = query.get('tenant') ?? tenant;
  job = query.get('job') ?? '';
  if (usage.name !== chosen) {
    usage = {name: chosen, at: [], bps: [], last: null};
    readUsage();
  }
}

export function open() {
  timer = setInterval(readUsage, USAGE_EVERY_MS);
}

export function close() {
  clearInterval(timer);
}

async function readUsage() {
  const name = chosen;
  if (!name || !caller || document.hidden) {
    return;
  }
  let lease;
  try {
    lease = (await get('/v1/' + name)).lease;
  } catch {
    return; // the connection's state tells, and the watch tells of leases that are gone
  }
  if (usage.name !== name || !lease.usage?.readTime) {
    return;
  }
  const now = {at: new Date(lease.usage.readTime).getTime() / 1000, bytes: Number(lease.usage.bytes ?? 0)};
  if (usage.last && now.at > usage.last.at) {
    usage.at.push(now.at);
    usage.bps.push(((now.bytes - usage.last.bytes) * 8) / (now.at - usage.last.at));
    if (usage.at.length > READINGS) {
      usage.at.shift();
      usage.bps.shift();
    }
  }
  if (!usage.last || now.at > usage.last.at) {
    usage.last = {...now, packets: lease.usage.packets};
  }
  redraw();
}

const state = l => (l.state ?? '').replace('LEASE_STATE_', '');

/** Granted of asked. */
function granted(l) {
  const asked = Number(l.bandwidthBps ?? 0);
  const has = Number(l.grantedBandwidthBps ?? 0);
  return html`<span class="granted ${has < asked && lives(l) ? 'short' : ''}">${bar(asked ? has / asked : 0, `${rate(has)} of ${rate(asked)}`)}</span>`;
}

function shown() {
  const text = filter.toLowerCase();
  return [...leases.values()]
    .filter(l => (ended || lives(l)) && (!tenant || tenantOf(l.name) === tenant) && (!job || l.job === job))
    .filter(l => !text || `${l.name} ${l.source} ${l.destination} ${l.state} ${l.job ?? ''} ${l.reason ?? ''}`.toLowerCase().includes(text))
    .sort((a, b) => byName(a.name, b.name));
}

const toLease = name => `#/leases?name=${encodeURIComponent(name)}`;

function table(all) {
  return html`<div class="scroll" tabindex="0" role="region" aria-label="Leases"><table class="leases">
    <thead><tr><th>Lease</th><th>State</th><th>From → to</th><th>Granted of asked</th><th>Path</th></tr></thead>
    <tbody>${all.slice(0, listed).map(l => html`<tr class=${l.name === chosen ? 'chosen' : ''}>
      <th scope="row"><a href=${toLease(l.name)} aria-current=${l.name === chosen ? 'true' : nothing}>${leaf(l.name)}</a> <span class="muted">${tenantOf(l.name)}</span></th>
      <td>${badge(state(l))}</td>
      <td>${l.source} → ${l.destination}</td>
      <td>${granted(l)}</td>
      <td>${pathLine(l.paths?.[0])}</td></tr>`)}</tbody></table></div>
    ${all.length > listed ? html`<p><button type="button" @click=${() => {
      listed += LISTED;
      redraw();
    }}>Show more</button> <span class="muted">${count(listed)} of ${count(all.length)}</span></p>` : nothing}`;
}

function usageChart(l) {
  if (usage.at.length < 2) {
    return html`<p class="muted">${l.usage ? `${bytes(l.usage.bytes)} in ${count(l.usage.packets)} packets so far. ` : 'It has carried nothing that was counted yet. '}The rate is drawn from the second reading on; switches are read every 10 s.</p>`;
  }
  return html`<p class="muted">${bytes(usage.last.bytes)} in ${count(usage.last.packets)} packets</p>${chart({
    label: `Rate of ${leaf(l.name)}`,
    names: ['carried', 'granted'],
    times: usage.at,
    values: [usage.bps, usage.at.map(() => Number(l.grantedBandwidthBps ?? 0))],
    unit: v => rate(v),
    least: Number(l.bandwidthBps ?? 0),
    height: 120,
  })}`;
}

function constraints(c) {
  return c
    ? facts([
        ['Latency at most', c.maxLatencyNs ? duration(c.maxLatencyNs) : ''],
        ['Jitter at most', c.maxJitterNs ? duration(c.maxJitterNs) : ''],
        ['Loss at most', c.maxLossPpb ? `${count(c.maxLossPpb)} of 10⁹` : ''],
        ['Switches at most', c.maxHops],
        ['Only regions', c.allowedRegions?.join(', ')],
        ['Not regions', c.deniedRegions?.join(', ')],
        ['Encryption', c.encryption?.map(e => word(e, 'ENCRYPTION_')).join(' or ')],
        ['Not media', c.excludedMedia?.map(m => word(m, 'MEDIUM_')).join(', ')],
        ['Avoid', [...(c.avoid?.devices ?? []), ...(c.avoid?.links ?? []), ...(c.avoid?.srlgs ?? [])].join(', ')],
        ['Via', c.via?.join(', ')],
      ])
    : nothing;
}

function traffic(t) {
  if (t?.kind === 'KIND_ALL') {
    return 'all packets';
  }
  return t?.destQps?.length ? `RoCE to queue pairs ${t.destQps.join(', ')}` : t?.qpClasses > 1 ? `RoCE, class ${t.qpClass ?? 0} of ${t.qpClasses}` : 'all RoCE';
}

function detail(name) {
  const l = leases.get(name);
  if (!l) {
    return html`<aside class="panel" aria-label="Lease">${empty(connection.synced.has('leases') ? `There is no lease ${leaf(name)}.` : 'Reading leases …')}</aside>`;
  }
  const free = lives(l) && l.state !== 'LEASE_STATE_RELEASING';
  return html`<aside class="panel" aria-label="Lease">
    <p class="back"><a href="#/leases">← All leases</a></p>
    <h2>${leaf(l.name)}</h2>
    <p>${badge(state(l))} <span class="muted">${tenantOf(l.name)} · ${l.source} → ${l.destination}</span></p>
    ${l.reason ? html`<p class="problem">${l.reason}</p>` : nothing}
    <p class="actions">
      ${l.paths?.length ? html`<a class="button" href="#/fabric?lease=${encodeURIComponent(l.name)}">Show on the map</a>` : nothing}
      ${free && !l.job && may('LeaseService/UpdateLease') ? html`<button type="button" @click=${() => updateLease(l)}>Change …</button>` : nothing}
      ${free && !l.job && may('LeaseService/ReleaseLease') ? html`<button type="button" @click=${() => releaseLease(l)}>Release …</button>` : nothing}
    </p>
    ${facts([
      ['Granted of asked', granted(l)],
      ['At least', l.minBandwidthBps && l.minBandwidthBps !== '0' ? rate(l.minBandwidthBps) : ''],
      ['Burst up to', l.burstBandwidthBps && l.burstBandwidthBps !== '0' ? rate(l.burstBandwidthBps) : ''],
      ['Traffic', traffic(l.traffic)],
      ['Chosen for', word(l.objective, 'OBJECTIVE_')],
      ['If room is short', word(l.degradation, 'DEGRADATION_')],
      ['Job', l.job ? html`<a href="#/jobs?name=${encodeURIComponent(l.job)}">${leaf(l.job)}</a>` : ''],
      ['Begins', l.startTime ? time(l.startTime) : ''],
      ['Ends', l.expireTime ? time(l.expireTime) : 'never by itself'],
      ['Made', time(l.createTime)],
    ])}
    ${constraints(l.constraints)}
    <h3>Path</h3>${l.paths?.length ? l.paths.map(pathFacts) : html`<p class="muted">None.</p>`}
    ${l.backup ? html`<h3>Backup</h3>${pathFacts(l.backup)}` : nothing}
    <h3>Use</h3>${usageChart(l)}
  </aside>`;
}

export function view() {
  const all = shown();
  const states = new Map();
  all.forEach(l => states.set(state(l), (states.get(state(l)) ?? 0) + 1));
  return html`<div class="split ${chosen ? 'has-panel' : ''}">
    <div class="list">
      <div class="title"><h1>Leases</h1>
        <p class="states">${[...states].map(([s, n]) => html`<span>${badge(s)} ${count(n)}</span>`)}</p>
        ${may('LeaseService/CreateLease') ? html`<button type="button" class="main" @click=${() => createLease()}>New lease …</button>` : nothing}</div>
      <div class="tools">
        <label class="field inline"><span>Search</span><input type="search" placeholder="name, host, state, reason" .value=${filter} @input=${e => {
          filter = e.target.value;
          redraw();
        }}></label>
        ${tenant || job ? html`<button type="button" @click=${() => {
          tenant = '';
          job = '';
          redraw();
        }}>${job ? `Of job ${leaf(job)}` : `Of tenant ${tenant}`} ✕</button>` : nothing}
        <label class="check"><input type="checkbox" .checked=${ended} @change=${e => {
          ended = e.target.checked;
          redraw();
        }}> ended ones too</label>
      </div>
      ${all.length ? table(all) : empty(!connection.synced.has('leases') ? 'Reading leases …' : leases.size ? 'None of them is as asked for.' : 'There are no leases.')}
    </div>
    ${chosen ? detail(chosen) : nothing}
  </div>`;
}
