/** Members of the cluster as the one that answers sees them. */
import {html, nothing} from '../webjars/lit-html/lit-html.js';
import {get} from '../api.js';
import {ago, count, time, word} from '../format.js';
import {may, fabric} from '../store.js';
import {badge, empty, facts, redraw, refusal} from '../ui.js';

const EVERY_MS = 2_000;

export const topics = [];

let cluster = null;
let audit = null;
let problem = null;
let timer = 0;

async function read() {
  try {
    cluster = await get('/v1/cluster');
    audit = may('AuditService/GetAuditHead') ? await get('/v1/auditHead') : null;
    problem = null;
  } catch (e) {
    problem = e;
  }
  redraw();
}

export function open() {
  read();
  timer = setInterval(() => document.hidden || read(), EVERY_MS);
}

export function close() {
  clearInterval(timer);
}

/** What is wrong, in words; empty: nothing. */
function troubles(c) {
  const found = [];
  if (c.trouble) {
    found.push(`Member ${c.member} stopped: ${c.trouble}.`);
  }
  if (!c.leader && c.members?.length) {
    found.push('Nobody leads, so nothing can be changed. A majority of the members is needed.');
  }
  if (!c.serving) {
    found.push(`Member ${c.member} does not serve.`);
  }
  if (Number(c.behindMs ?? 0) < 0) {
    found.push(`It is not known how old the state of ${c.member} is.`);
  } else if (Number(c.behindMs ?? 0) > 5_000) {
    found.push(`The state of ${c.member} is ${ago(Number(c.behindMs))} old.`);
  }
  return found;
}

export function view() {
  if (!cluster) {
    return problem ? refusal(problem) : empty('Reading the cluster …');
  }
  const c = cluster;
  const trouble = troubles(c);
  const conditions = [...(c.conditions ?? []), ...fabric.conditions.filter(f => !c.conditions?.some(x => x.type === f.type))];
  return html`<h1>Cluster</h1>
    ${problem ? refusal(problem) : nothing}
    <div class="columns">
      <section class="card" aria-labelledby="answers"><h2 id="answers">Member ${c.member}</h2>
        <p>${badge((c.role ?? '').replace('MEMBER_ROLE_', ''))} ${c.durable ? nothing : html`<span class="muted">state in memory only: it ends with the process</span>`}</p>
        ${facts([
          ['Leader', c.leader || (c.members?.length ? 'nobody' : c.member)],
          ['Term', c.term],
          ['Commands applied', count(c.appliedIndex)],
          ['Behind the leader by', Number(c.behindMs ?? 0) < 0 ? 'not known' : `${count(c.behindMs)} ms`],
          ['Newest command', time(c.logTime)],
          ['Cluster began', c.epoch && c.epoch !== '0' ? time(Number(c.epoch) * 1000) : ''],
          ['Audit log', audit ? `${count(audit.seq)} events, ends in ${(audit.hash ?? '').slice(0, 12) || 'nothing'}` : ''],
        ])}
      </section>
      <section class="card" aria-labelledby="trouble"><h2 id="trouble">What needs attention</h2>
        ${trouble.length + conditions.length === 0
          ? html`<p class="fine"><span aria-hidden="true">●</span> Nothing.</p>`
          : html`<ul class="troubles">${trouble.map(t => html`<li>${t}</li>`)}
              ${conditions.map(x => html`<li><strong>${word(x.type, 'CONDITION_TYPE_')}</strong> ${x.message} <span class="muted">since ${time(x.since)}</span></li>`)}</ul>`}
      </section>
    </div>
    <section aria-labelledby="members"><h2 id="members">Members</h2>
      ${c.members?.length
        ? html`<div class="scroll" tabindex="0" role="region" aria-labelledby="members"><table>
            <thead><tr><th>Member</th><th>Role</th><th>Between members</th><th>For clients</th></tr></thead>
            <tbody>${c.members.map(m => html`<tr>
              <th scope="row">${m.id}${m.id === c.member ? html` <span class="muted">answers</span>` : nothing}</th>
              <td>${badge(m.id === c.leader ? 'LEADER' : m.id === c.member ? (c.role ?? '').replace('MEMBER_ROLE_', '') : 'FOLLOWER')}</td>
              <td><code>${m.raftAddress}</code></td><td><code>${m.apiAddress || '–'}</code></td></tr>`)}</tbody></table></div>`
        : empty('This member is the only one.')}
    </section>`;
}
