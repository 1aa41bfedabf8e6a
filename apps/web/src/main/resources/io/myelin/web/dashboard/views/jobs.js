/** Jobs: the leases of a collective, granted all or none. */
import {html, nothing} from '../webjars/lit-html/lit-html.js';
import {patch, post} from '../api.js';
import {byName, count, leaf, percent, rate, rateText, tenantOf, time, word} from '../format.js';
import {connection, fabric, jobs, leases, may} from '../store.js';
import {badge, bar, empty, facts, field, redraw, say} from '../ui.js';
import {checkedForm, confirmRelease, options, ownTenants, rateOf} from './lease-dialogs.js';
import {lives} from './usage.js';

export const topics = ['jobs', 'leases'];

const LISTED = 200;
const OVER = new Set(['JOB_STATE_RELEASED', 'JOB_STATE_EXPIRED', 'JOB_STATE_FAILED']);
const KINDS = [['COLLECTIVE_KIND_RING', 'ring'], ['COLLECTIVE_KIND_TREE', 'double binary tree'], ['COLLECTIVE_KIND_ALL_TO_ALL', 'all to all']];

let chosen = '';
let ended = false;

/** @param {URLSearchParams} query */
export function routed(query) {
  chosen = query.get('name') ?? '';
}

const state = j => (j.state ?? '').replace('JOB_STATE_', '');

const who = j => j.members?.length ? `${count(j.members.length)} hosts` : `${count(j.pairs?.length)} pairs`;

/** How much of the job's leases is granted, of those that are known. */
function grantedShare(j) {
  const own = [...leases.values()].filter(l => l.job === j.name && lives(l));
  const asked = own.reduce((sum, l) => sum + Number(l.bandwidthBps ?? 0), 0);
  const has = own.reduce((sum, l) => sum + Math.min(Number(l.grantedBandwidthBps ?? 0), Number(l.bandwidthBps ?? 0)), 0);
  return asked ? has / asked : undefined;
}

function granted(j) {
  const share = grantedShare(j);
  return html`<span class="granted ${share < 1 ? 'short' : ''}">${bar(share)}</span>`;
}

function placed({job}) {
  return facts([
    ['Bandwidth', rate(job.bandwidthBps)],
    ['Leases', count(job.leaseCount)],
    ['Highest utilisation', job.placement ? `${percent(job.placement.highestUtilisation ?? 0)}, least possible ${percent(job.placement.lowerBound ?? 0)}` : ''],
    ['Others that would move', job.placement?.movedLeases ? `${job.placement.movedLeases} leases` : ''],
  ]);
}

function createJob() {
  const all = ownTenants();
  checkedForm({
    title: 'New job',
    verb: 'Create job',
    bandwidth: 'bandwidth',
    fields: () => html`<div class="grid">
      ${field('Tenant', html`<select name="tenant">${options(all.map(t => [t, t]), all[0])}</select>`)}
      ${field('Name', html`<input name="id" autocomplete="off" placeholder="chosen by the node">`)}
      ${field('Collective', html`<select name="kind">${options(KINDS, KINDS[0][0])}</select>`)}
      ${field('Bandwidth', html`<input name="bandwidth" aria-describedby="hint-bandwidth" required autocomplete="off" placeholder="10M">`, 'that the busiest NIC sends or receives', 'bandwidth')}
      ${field('Queue pairs a flow', html`<input name="qps" aria-describedby="hint-qps" type="number" min="1" max="64" autocomplete="off" placeholder="1">`, 'a power of two; each gets a path of its own', 'qps')}
      ${field('Ends after', html`<input name="ttl" aria-describedby="hint-ttl" type="number" min="1" step="1" autocomplete="off">`, 'minutes; empty: never by itself', 'ttl')}
      <div class="wide">${field('Hosts, in order of rank', html`<textarea name="members" aria-describedby="hint-members" rows="3" required spellcheck="false" placeholder=${[...new Set([...fabric.endpoints.values()].map(e => e.host || e.name))].slice(0, 4).join(' ')}></textarea>`, 'separated by spaces or commas', 'members')}</div>
    </div>`,
    read: form => {
      const v = name => form.elements[name].value.trim();
      return {
        parent: `tenants/${v('tenant')}`,
        id: v('id'),
        job: {
          kind: v('kind'),
          members: v('members').split(/[\s,]+/).filter(Boolean),
          bandwidthBps: String(rateOf(form, 'bandwidth')),
          ...(v('qps') ? {qpsPerPair: Number(v('qps'))} : {}),
          ...(v('ttl') ? {ttl: `${Number(v('ttl')) * 60}s`} : {}),
        },
      };
    },
    check: r => post(`/v1/${r.parent}/jobs`, r.job, {jobId: r.id, validateOnly: true}),
    commit: r => post(`/v1/${r.parent}/jobs`, r.job, {jobId: r.id}),
    preview: placed,
    done: ({job}) => {
      say(`Job ${leaf(job.name)} was created.`);
      location.hash = `#/jobs?name=${encodeURIComponent(job.name)}`;
    },
  });
}

function updateJob(j) {
  checkedForm({
    title: `Change ${leaf(j.name)}`,
    verb: 'Change job',
    bandwidth: 'bandwidth',
    fields: () => html`<p>Flows that stay keep their leases, and where they can their paths.</p><div class="grid">
      ${field('Bandwidth', html`<input name="bandwidth" aria-describedby="hint-bandwidth" required autocomplete="off" value=${rateText(j.bandwidthBps)}>`, 'that the busiest NIC sends or receives', 'bandwidth')}
      ${j.members?.length ? html`<div class="wide">${field('Hosts, in order of rank', html`<textarea name="members" rows="3" required spellcheck="false">${j.members.join(' ')}</textarea>`)}</div>` : nothing}
    </div>`,
    read: form => ({
      name: j.name,
      etag: j.etag,
      bandwidthBps: String(rateOf(form, 'bandwidth')),
      ...(form.elements.members ? {members: form.elements.members.value.trim().split(/[\s,]+/)} : {}),
    }),
    check: r => patch(`/v1/${r.name}`, r, {updateMask: mask(r), validateOnly: true}),
    commit: r => patch(`/v1/${r.name}`, r, {updateMask: mask(r)}),
    preview: placed,
    done: a => say(`Job ${leaf(a.job.name)} has ${rate(a.job.bandwidthBps)} now.`),
  });
}

const mask = r => (r.members ? 'bandwidthBps,members' : 'bandwidthBps');

function releaseJob(j) {
  confirmRelease('job', j, html`<p>All ${count(j.leaseCount)} leases of the job are given back. The packets go on without a reservation.</p>`);
}

function detail(name) {
  const j = jobs.get(name);
  if (!j) {
    return html`<aside class="panel" aria-label="Job">${empty(connection.synced.has('jobs') ? `There is no job ${leaf(name)}.` : 'Reading jobs …')}</aside>`;
  }
  const free = !OVER.has(j.state) && j.state !== 'JOB_STATE_RELEASING';
  return html`<aside class="panel" aria-label="Job">
    <p class="back"><a href="#/jobs">← All jobs</a></p>
    <h2>${leaf(j.name)}</h2>
    <p>${badge(state(j))} <span class="muted">${tenantOf(j.name)}</span></p>
    ${j.reason ? html`<p class="problem">${j.reason}</p>` : nothing}
    <p class="actions">
      ${free && may('JobService/UpdateJob') ? html`<button type="button" @click=${() => updateJob(j)}>Change …</button>` : nothing}
      ${free && may('JobService/ReleaseJob') ? html`<button type="button" @click=${() => releaseJob(j)}>Release …</button>` : nothing}
    </p>
    ${facts([
      ['Collective', word(j.kind, 'COLLECTIVE_KIND_')],
      ['Bandwidth of a NIC', rate(j.bandwidthBps)],
      ['Granted', granted(j)],
      ['Queue pairs a flow', j.qpsPerPair || 1],
      ['Leases', html`<a href="#/leases?job=${encodeURIComponent(j.name)}">${count(j.leaseCount)}</a> ${Object.entries(j.leasesByState ?? {}).map(([s, n]) => html`${badge(s)} ${n} `)}`],
      ['Highest utilisation', j.placement ? `${percent(j.placement.highestUtilisation ?? 0)}, least possible ${percent(j.placement.lowerBound ?? 0)}` : ''],
      ['Rails', j.rails?.join(', ')],
      ['Begins', j.startTime ? time(j.startTime) : ''],
      ['Ends', j.expireTime ? time(j.expireTime) : 'never by itself'],
      ['Made', time(j.createTime)],
    ])}
    <h3>${j.members?.length ? 'Hosts, in order of rank' : 'Pairs'}</h3>
    <ul class="tags">${(j.members ?? j.pairs?.map(p => `${p.source} → ${p.destination}`) ?? []).slice(0, LISTED).map(m => html`<li>${m}</li>`)}</ul>
  </aside>`;
}

export function view() {
  const all = [...jobs.values()].filter(j => ended || !OVER.has(j.state)).sort((a, b) => byName(a.name, b.name));
  return html`<div class="split ${chosen ? 'has-panel' : ''}">
    <div class="list">
      <div class="title"><h1>Jobs</h1>${may('JobService/CreateJob') ? html`<button type="button" class="main" @click=${createJob}>New job …</button>` : nothing}</div>
      <div class="tools"><label class="check"><input type="checkbox" .checked=${ended} @change=${e => {
        ended = e.target.checked;
        redraw();
      }}> ended ones too</label></div>
      ${all.length
        ? html`<div class="scroll" tabindex="0" role="region" aria-label="Jobs"><table>
            <thead><tr><th>Job</th><th>State</th><th>Collective</th><th>Who</th><th>Bandwidth</th><th>Granted</th><th>Leases</th></tr></thead>
            <tbody>${all.slice(0, LISTED).map(j => html`<tr class=${j.name === chosen ? 'chosen' : ''}>
              <th scope="row"><a href="#/jobs?name=${encodeURIComponent(j.name)}" aria-current=${j.name === chosen ? 'true' : nothing}>${leaf(j.name)}</a> <span class="muted">${tenantOf(j.name)}</span></th>
              <td>${badge(state(j))}</td><td>${word(j.kind, 'COLLECTIVE_KIND_')}</td><td>${who(j)}</td>
              <td class="nowrap">${rate(j.bandwidthBps)}</td><td>${granted(j)}</td><td class="num">${count(j.leaseCount)}</td></tr>`)}</tbody></table></div>`
        : empty(connection.synced.has('jobs') ? 'There are no jobs.' : 'Reading jobs …')}
    </div>
    ${chosen ? detail(chosen) : nothing}
  </div>`;
}
