/** The page: who is signed in, which view is open, whether the node answers. */
import {html, nothing, render} from './webjars/lit-html/lit-html.js';
import {setToken, token} from './api.js';
import {ago} from './format.js';
import * as store from './store.js';
import {dialogTemplate, drawnBy, redraw, saidTemplate, syncDialog} from './ui.js';
import {signIn} from './views/sign-in.js';
import * as audit from './views/audit.js';
import * as cluster from './views/cluster.js';
import * as congestion from './views/congestion.js';
import * as fabric from './views/fabric.js';
import * as jobs from './views/jobs.js';
import * as leases from './views/leases.js';
import * as tenants from './views/tenants.js';

/** Data draw the page anew no more often than this, milliseconds; what a person does, at once. */
const DATA_EVERY_MS = 250;
const THEME = 'myelin.theme';
const THEMES = ['auto', 'light', 'dark'];

/**
 * What a view module has: needs is a method without which it is of no use, topics the watches that
 * it reads, view draws it.
 */
const VIEWS = [
  {id: 'fabric', title: 'Fabric', needs: 'FabricService/WatchFabric', ...fabric},
  {id: 'leases', title: 'Leases', needs: 'LeaseService/WatchLeases', ...leases},
  {id: 'jobs', title: 'Jobs', needs: 'JobService/WatchJobs', ...jobs},
  {id: 'congestion', title: 'Congestion', needs: 'TelemetryService/WatchCongestion', ...congestion},
  {id: 'cluster', title: 'Cluster', needs: 'ClusterService/GetCluster', ...cluster},
  {id: 'audit', title: 'Audit', needs: 'AuditService/ListAuditEvents', ...audit},
  {id: 'tenants', title: 'Tenants', needs: 'AccessService/ListTenants', ...tenants},
];

let open = null;
let route = {id: '', query: new URLSearchParams()};

function readRoute() {
  const [path, query] = location.hash.replace(/^#\/?/, '').split('?');
  route = {id: path || 'fabric', query: new URLSearchParams(query ?? '')};
  const next = VIEWS.find(v => v.id === route.id) ?? VIEWS[0];
  if (next !== open) {
    open?.close?.();
    open = next;
    open.open?.();
    document.title = `${open.title} – Myelin`;
  }
  open.routed?.(route.query);
  store.want(open.topics);
  redraw();
}

let theme = localStorage.getItem(THEME) ?? 'auto';

/** @param {string} to auto: as the system says */
function setTheme(to) {
  theme = to;
  localStorage.setItem(THEME, to);
  showTheme();
}

const prefersDark = matchMedia('(prefers-color-scheme: dark)');

function showTheme() {
  document.documentElement.dataset.theme = theme;
  fabric.theme(theme === 'dark' || (theme === 'auto' && prefersDark.matches));
  redraw();
}

prefersDark.addEventListener('change', showTheme);

function connectionLine() {
  const c = store.connection;
  if (c.connected) {
    return html`<span class="connection good"><span aria-hidden="true">●</span> live</span>`;
  }
  if (!c.begun && !c.problem) {
    return html`<span class="connection"><span aria-hidden="true">◌</span> connecting</span>`;
  }
  return html`<span class="connection bad"><span aria-hidden="true">✕</span> not connected</span>`;
}

function banner() {
  const c = store.connection;
  return !c.connected && c.problem && !c.signIn
    ? html`<div class="banner" role="alert">Not connected: ${c.problem}. What is shown may be old; trying again${c.retryAt ? html` within ${ago(c.retryAt - Date.now() + 999)}` : nothing}.</div>`
    : nothing;
}

function page() {
  const caller = store.caller;
  if (store.connection.signIn) {
    return signIn(async bearer => {
      setToken(bearer);
      await begin();
    });
  }
  const views = VIEWS.filter(v => store.may(v.needs));
  return html`
    <a class="skip" href="#content" @click=${e => {
      e.preventDefault();
      document.getElementById('content').focus();
    }}>Skip to the content</a>
    <header class="top">
      <a class="brand" href="#/fabric"><img src="icon.svg" alt="" width="22" height="22"><span>Myelin</span></a>
      <span class="fabric-name">${store.fabric.name}</span>
      ${connectionLine()}
      <span class="who">${caller ? html`${caller.name} <span class="role">${caller.role}${caller.tenant ? ' · ' + caller.tenant.split('/')[1] : ''}</span>` : nothing}</span>
      <label class="theme"><span class="hidden">Theme</span><select .value=${theme} @change=${e => setTheme(e.target.value)}>
        ${THEMES.map(t => html`<option value=${t} ?selected=${t === theme}>${t}</option>`)}</select></label>
      ${token() ? html`<button type="button" @click=${() => {
        setToken('');
        begin();
      }}>Sign out</button>` : nothing}
    </header>
    <nav class="views" aria-label="Views">
      ${views.map(v => html`<a href="#/${v.id}" aria-current=${v === open ? 'page' : nothing}>${v.title}</a>`)}
    </nav>
    <main id="content" tabindex="0" class="view view-${open.id}" aria-label=${open.title}>
      ${banner()}
      ${caller && !store.may(open.needs) ? html`<p class="empty">${caller.name} as ${caller.role} may not see this view.</p>` : open.view(route.query)}
    </main>`;
}

let pending = 0;
let last = 0;

function draw() {
  pending = 0;
  last = performance.now();
  render(html`${page()}${dialogTemplate()}${saidTemplate()}`, document.getElementById('app'));
  syncDialog();
  open.drawn?.();
}

function drawSoon() {
  pending ||= setTimeout(draw, Math.max(0, last + DATA_EVERY_MS - performance.now()));
}

let queued = false;
drawnBy(() => {
  if (!queued) {
    queued = true;
    queueMicrotask(() => {
      queued = false;
      clearTimeout(pending);
      draw();
    });
  }
});

for (const topic of ['fabric', 'heat', 'leases', 'jobs', 'congestion', 'connection', 'caller', 'tenants']) {
  store.on(topic, drawSoon);
}
store.on('caller', () => store.want(open.topics));

async function begin() {
  try {
    await store.begin();
    open.routed?.(route.query);
  } catch (e) {
    store.connection.problem = e.message;
    store.connection.signIn = e.signInNeeded ?? false;
  }
  redraw();
}

addEventListener('hashchange', readRoute);
readRoute();
showTheme();
begin();
