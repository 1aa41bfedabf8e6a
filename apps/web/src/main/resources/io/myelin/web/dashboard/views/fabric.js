/** The map, and beside it what is known of whatever was picked. */
import {html, nothing} from '../webjars/lit-html/lit-html.js';
import {chart} from '../chart.js';
import {byName, bytes, count, duration, leaf, percent, rate, tenantOf, word} from '../format.js';
import {FabricMap} from '../map/map.js';
import {connection, fabric, leases, watchDetails} from '../store.js';
import {badge, bar, empty, facts, pathFacts, redraw} from '../ui.js';
import {drainButtons} from './drain.js';
import {lives, useOf} from './usage.js';

export const topics = ['leases'];

const LISTED = 12;
const MATCHES = 12;
const HOTTEST = 8;

/** @type {{kind: string, names: string[]}|null} */
let selection = null;
let shownLease = '';
let search = '';
let heatBy = 'utilisation';
let path = [];

const map = new FabricMap(pick => go(pick ? (pick.kind === 'cell' ? {kind: 'several', names: pick.names} : {kind: pick.kind, names: [pick.name]}) : null));

/** @param {boolean} dark */
export const theme = dark => map.theme(dark);

/** Selects something, so that the address names it. */
function go(to) {
  if (to?.kind === 'several') {
    selection = to;
    shownLease = '';
    apply();
    return;
  }
  const next = to ? `#/fabric?${to.kind}=${encodeURIComponent(to.names[0])}` : '#/fabric';
  if (location.hash === next) {
    selection = to;
    apply();
  } else {
    location.hash = next;
  }
}

/** @param {URLSearchParams} query */
export function routed(query) {
  selection = null;
  shownLease = query.get('lease') ?? '';
  path = query.getAll('via');
  for (const kind of ['device', 'link', 'host']) {
    if (query.get(kind)) {
      selection = {kind, names: [query.get(kind)]};
    }
  }
  apply();
}

function apply() {
  const devices = selection?.kind === 'device' ? selection.names : selection?.kind === 'several' ? selection.names.filter(n => fabric.devices.has(n)) : [];
  const links = selection?.kind === 'link' ? cable(selection.names[0]) : selection?.kind === 'host' ? accessLinks(selection.names[0]) : selection?.kind === 'several' ? selection.names.filter(n => fabric.links.has(n)) : [];
  map.select(devices, links);
  watchDetails(selection?.kind === 'several' ? [] : [...devices, ...links, ...devices.flatMap(linksOf)]);
  redraw();
}

export function drawn() {
  const place = document.querySelector('.map-place');
  if (place && map.canvas.parentElement !== place) {
    place.prepend(map.canvas);
    map.open();
  }
  const lease = leases.get(shownLease);
  const links = path.length ? path : lease ? (lease.paths ?? []).flatMap(p => (p.links ?? []).map(l => l.link)) : [];
  if (links.join() !== map.path.join()) {
    map.showPath(links);
  }
}

export function close() {
  map.close();
  map.canvas.remove();
  watchDetails([]);
}

const portDevice = port => port.slice(0, port.lastIndexOf('/'));

/** Both directions of a cable. */
function cable(name) {
  const l = fabric.links.get(name);
  const opposite = l && [...fabric.links.values()].find(x => x.from === l.to && x.to === l.from);
  return opposite ? [name, opposite.name] : [name];
}

const accessLinks = host => [...fabric.links.values()].filter(l => l.from === host || l.to === host).map(l => l.name);

const linksOf = device => [...fabric.links.values()].filter(l => portDevice(l.from) === device || portDevice(l.to) === device).map(l => l.name);

const heat = name => fabric.utilisation[fabric.number.get(name)];

function linkState(l) {
  return !l.up ? 'DOWN' : l.drained ? 'DRAINED' : l.slowed ? 'SLOWED' : 'UP';
}

const toLink = name => html`<a href="#/fabric?link=${encodeURIComponent(name)}">${name.replace('>', ' → ')}</a>`;
const toDevice = name => html`<a href="#/fabric?device=${encodeURIComponent(name)}">${name}</a>`;
const toLease = name => html`<a href="#/leases?name=${encodeURIComponent(name)}">${leaf(name)}</a>`;

function linkList(names, most = LISTED) {
  const sorted = names
    .map(n => fabric.links.get(n))
    .filter(Boolean)
    .sort((a, b) => (a.up === b.up ? 0 : a.up ? 1 : -1) || (heat(b.name) || 0) - (heat(a.name) || 0) || byName(a.name, b.name));
  return html`<ul class="rows">${sorted.slice(0, most).map(l => html`<li>
      <span class="grow">${toLink(l.name)}</span>${linkState(l) === 'UP' ? nothing : badge(linkState(l))}${l.up && !l.drained ? bar(heat(l.name)) : nothing}</li>`)}
    </ul>${sorted.length > most ? html`<p class="muted">and ${count(sorted.length - most)} more</p>` : nothing}`;
}

function users(links) {
  const all = useOf(links);
  return html`<h3>Leases that use it <span class="count">${all.length}</span></h3>
    ${all.length
      ? html`<ul class="rows">${all.slice(0, LISTED).map(l => html`<li>
          <button type="button" class="link" aria-pressed=${shownLease === l.name} @click=${() => {
            shownLease = shownLease === l.name ? '' : l.name;
            path = [];
            redraw();
          }}>${leaf(l.name)}</button>
          <span class="muted grow">${tenantOf(l.name)} · ${l.source} → ${l.destination}</span>
          <span class="number">${rate(l.grantedBandwidthBps)}</span></li>`)}</ul>
          ${all.length > LISTED ? html`<p class="muted">and ${count(all.length - LISTED)} more</p>` : nothing}`
      : html`<p class="muted">None.</p>`}`;
}

function dropTable(title, drops) {
  return drops?.length
    ? html`<h3>${title}</h3><table class="dense"><thead><tr><th>Reason</th><th class="num">Packets</th><th class="num">Bytes</th></tr></thead>
        <tbody>${drops.map(d => html`<tr><th scope="row">${word(d.reason)}</th><td class="num">${count(d.packets)}</td><td class="num">${d.bytes ? bytes(d.bytes) : '–'}</td></tr>`)}</tbody></table>`
    : nothing;
}

function conditions(all) {
  return all?.length
    ? html`<ul class="troubles">${all.map(c => html`<li><strong>${word(c.type, 'CONDITION_TYPE_')}</strong> ${c.message}</li>`)}</ul>`
    : nothing;
}

/** Utilisation of up to two links since the page is open. */
function history(names) {
  const known = names.filter(n => fabric.number.has(n));
  if (fabric.times.length < 2) {
    return html`<p class="muted">The estimates are drawn from the second reading on.</p>`;
  }
  return chart({
    label: `Utilisation of ${known.join(' and ')}`,
    names: known.map(n => n.replace('>', ' → ')),
    times: fabric.times,
    values: known.map(n => {
      const i = fabric.number.get(n);
      return fabric.readings.map(r => (i < r.length && !Number.isNaN(r[i]) ? r[i] : null));
    }),
    unit: percent,
    least: 1,
    height: 110,
  });
}

const share = (part, whole) => (Number(whole) ? Number(part ?? 0) / Number(whole) : undefined);

function direction(l) {
  const e = l.estimate;
  return html`<section class="direction" aria-label=${l.name}>
    <h3>${l.from} <span aria-hidden="true">→</span><span class="hidden">to</span> ${l.to} ${badge(linkState(l))}</h3>
    ${facts([
      ['Utilisation', bar(heat(l.name))],
      ['Reserved', bar(share(l.reservedBps, l.capacityBps), `${rate(l.reservedBps)} of ${rate(l.capacityBps)}`)],
      ['Free for leases', rate(l.freeBps)],
      ['Queueing', e ? duration(e.queueingNs) : 'not known'],
      ['Lost', e ? percent(e.lossShare ?? 0) : 'not known'],
      ['Marked CE', e ? percent(e.markedShare ?? 0) : 'not known'],
      ['Latency', l.latencyNs === undefined ? 'not known' : duration(l.latencyNs) + (Number(l.measuredLatencyNs) ? `, measured ${duration(l.measuredLatencyNs)}` : '')],
      ['Confidence', e ? `${percent(e.confidence ?? 0)}, ${duration(Number(e.ageMs ?? 0) * 1e6)} old` : ''],
    ])}
    <details><summary>Counters</summary>${facts([
      ['Packets', count(l.packets)],
      ['Bytes', bytes(l.bytes)],
      ['Marked CE', count(l.markedPackets)],
      ['CNP', count(l.cnpPackets)],
      ['Not sent', count(l.unsentPackets)],
      ['Medium', word(l.medium, 'MEDIUM_')],
      ['Encryption', word(l.encryption, 'ENCRYPTION_')],
      ['Regions', l.regions?.join(', ')],
      ['SRLGs', l.srlgs?.join(', ')],
    ])}</details>
    ${conditions(l.conditions)}
  </section>`;
}

function linkPanel(name) {
  const l = fabric.links.get(name);
  if (!l) {
    return empty(fabric.complete ? `There is no link ${name}.` : 'Reading the fabric …');
  }
  const names = cable(name);
  return html`<h2>${l.from} ↔ ${l.to}</h2>
    <p class="muted">${[l.from, l.to].map(portDevice).filter(d => fabric.devices.has(d)).map((d, i) => html`${i ? ' · ' : ''}${toDevice(d)}`)}</p>
    ${drainButtons({link: name})}
    ${history(names)}
    ${names.map(n => direction(fabric.links.get(n)))}
    ${users(names)}`;
}

function hostPanel(name) {
  const e = fabric.endpoints.get(name);
  if (!e) {
    return empty(`There is no host ${name}.`);
  }
  const names = accessLinks(name);
  return html`<h2>${name}</h2>
    ${facts([
      ['Switch', html`${toDevice(e.device)} port ${e.port}`],
      ['Tenant', e.tenant],
      ['Host', e.host],
      ['Rack', e.rack],
      ['Address', html`<code>${e.ip}</code>`],
      ['MAC', html`<code>${e.mac}</code>`],
    ])}
    ${names.length ? drainButtons({link: names[0]}) : nothing}
    ${history(names.slice(0, 2))}
    ${names.map(n => direction(fabric.links.get(n)))}
    ${users(names)}`;
}

function devicePanel(name) {
  const d = fabric.devices.get(name);
  if (!d) {
    return empty(fabric.complete ? `There is no switch ${name}.` : 'Reading the fabric …');
  }
  const links = linksOf(name);
  return html`<h2>${name}</h2>
    <p>${badge((d.state ?? '').replace('STATE_', ''))} ${d.drained ? badge('DRAINED') : nothing} <span class="muted">${d.role}${d.site || d.region ? ` in ${[d.site, d.region].filter(Boolean).join(', ')}` : ''}</span></p>
    ${d.reason ? html`<p class="problem">${d.reason}</p>` : nothing}
    ${drainButtons({device: name})}
    ${facts([
      ['Address', html`<code>${d.address}</code>`],
      ['Device id', d.deviceId],
      ['Table entries', count(d.tableEntries)],
    ])}
    ${conditions(d.conditions)}
    ${dropTable('Dropped by its pipeline', d.drops)}
    ${dropTable('Frames the controller did not believe', d.rejected)}
    <h3>Links <span class="count">${links.length}</span></h3>
    ${linkList(links)}
    ${users(links)}`;
}

function severalPanel(names) {
  const devices = names.filter(n => fabric.devices.has(n));
  const links = devices.length ? [...new Set(devices.flatMap(linksOf))] : names;
  return html`<h2>${devices.length ? `${count(devices.length)} switches` : `${count(names.length)} links`}</h2>
    <p><button type="button" @click=${() => map.goTo(devices.length ? devices : names.flatMap(n => [portDevice(fabric.links.get(n).from), portDevice(fabric.links.get(n).to)]))}>Zoom to them</button></p>
    ${devices.length ? html`<ul class="tags">${devices.slice(0, 40).map(d => html`<li>${toDevice(d)}</li>`)}</ul>` : nothing}
    <h3>${devices.length ? 'Their links' : 'Links'}, hottest first</h3>${linkList(links, 20)}`;
}

function leaseOnMap() {
  const l = leases.get(shownLease);
  return l
    ? html`<section class="card"><h2>Path of ${leaf(l.name)}</h2>
        <p>${badge((l.state ?? '').replace('LEASE_STATE_', ''))} <span class="muted">${l.source} → ${l.destination}, ${rate(l.grantedBandwidthBps)} of ${rate(l.bandwidthBps)}</span></p>
        ${pathFacts(l.paths?.[0])}
        <p>${toLease(l.name)}</p></section>`
    : nothing;
}

const livingLeases = () => [...leases.values()].filter(lives).length;

/** The links that are used most, without sorting all of them. */
function hottestLinks(most) {
  const top = [];
  fabric.utilisation.forEach((u, i) => {
    if (u > 0.01 && (top.length < most || u > top.at(-1)[0])) {
      top.push([u, fabric.order[i]]);
      top.sort((a, b) => b[0] - a[0]);
      top.length = Math.min(top.length, most);
    }
  });
  return top.map(([, name]) => name);
}

/** What is wrong, and what is hot: the same in words that the map shows. */
function summary() {
  const down = [];
  const drained = [];
  for (const l of fabric.links.values()) {
    if (!l.up) {
      down.push(l.name);
    } else if (l.drained) {
      drained.push(l.name);
    }
  }
  const notReady = [...fabric.devices.values()].filter(d => d.state !== 'STATE_READY');
  const hottest = hottestLinks(HOTTEST);
  return html`<h2>${fabric.name || 'Fabric'}</h2>
    <div class="tiles">
      <div class="tile"><b>${count(fabric.devices.size)}</b> ${fabric.devices.size === 1 ? 'switch' : 'switches'}<br>${notReady.length ? html`<span class="bad">${count(notReady.length)} not ready</span>` : html`<span class="muted">all ready</span>`}</div>
      <div class="tile"><b>${count(fabric.links.size)}</b> links<br>${down.length ? html`<span class="bad">${count(down.length)} down</span>` : html`<span class="muted">all up</span>`}${drained.length ? html`, ${count(drained.length)} drained` : nothing}</div>
      <div class="tile"><b>${count(fabric.endpoints.size)}</b> NICs<br><span class="muted">${count(livingLeases())} leases</span></div>
    </div>
    ${conditions(fabric.conditions)}
    ${notReady.length ? html`<h3>Switches that are not ready</h3><ul class="rows">${notReady.slice(0, LISTED).map(d => html`<li><span>${toDevice(d.name)}</span>${badge((d.state ?? '').replace('STATE_', ''))}<span class="muted grow">${d.reason}</span></li>`)}</ul>` : nothing}
    ${down.length ? html`<h3>Links that are down</h3>${linkList(down)}` : nothing}
    ${drained.length ? html`<h3>Links that are drained</h3>${linkList(drained)}` : nothing}
    <h3>Hottest links</h3>
    ${hottest.length ? linkList(hottest) : html`<p class="muted">No link is used by more than 1 %.</p>`}`;
}

function panel() {
  if (selection) {
    const back = html`<p class="back"><a href="#/fabric">← Whole fabric</a></p>`;
    const name = selection.names[0];
    const body = {device: devicePanel, link: linkPanel, host: hostPanel}[selection.kind];
    return html`${back}${body ? body(name) : severalPanel(selection.names)}`;
  }
  return html`${leaseOnMap()}${summary()}`;
}

function found() {
  const text = search.toLowerCase();
  const matches = [];
  for (const [kind, all] of [['device', fabric.devices], ['host', fabric.endpoints], ['link', fabric.links]]) {
    for (const name of all.keys()) {
      if (name.toLowerCase().includes(text)) {
        matches.push({kind, name});
        if (matches.length >= MATCHES) {
          return matches;
        }
      }
    }
  }
  return matches;
}

function show(match) {
  search = '';
  const devices = match.kind === 'device' ? [match.name]
    : match.kind === 'host' ? [fabric.endpoints.get(match.name).device]
      : [fabric.links.get(match.name).from, fabric.links.get(match.name).to].map(portDevice);
  map.goTo(devices);
  go({kind: match.kind, names: [match.name]});
}

function searchBox() {
  const matches = search ? found() : [];
  return html`<form class="search" role="search" @submit=${e => {
    e.preventDefault();
    matches.length && show(matches[0]);
  }}>
    <label><span class="hidden">Find a switch, link or host</span>
      <input type="search" placeholder="Find a switch, link or host" .value=${search} autocomplete="off" @input=${e => {
        search = e.target.value;
        redraw();
      }} @keydown=${e => {
        if (e.key === 'Escape') {
          search = '';
          redraw();
        }
      }}></label>
    <div class="matches" aria-live="polite">${search
      ? matches.length
        ? html`<ul>${matches.map(m => html`<li><button type="button" @click=${() => show(m)}>${m.name} <span class="muted">${m.kind === 'device' ? 'switch' : m.kind}</span></button></li>`)}</ul>`
        : html`<p class="muted">Nothing is called so.</p>`
      : nothing}</div>
  </form>`;
}

const legend = () => html`<div class="legend">
  <span class="scale" aria-hidden="true">${[0, 20, 40, 60, 80, 100].map(p => html`<i class="heat-${p}"></i>`)}</span>
  <span>0 to 100 % ${heatBy === 'utilisation' ? 'used' : 'reserved'}</span>
  <span><svg class="sample down" viewBox="0 0 24 8" aria-hidden="true"><path d="M0 4h24"></path></svg>× down</span>
  <span><svg class="sample drained" viewBox="0 0 24 8" aria-hidden="true"><path d="M0 4h24"></path></svg>‖ drained</span>
  <span>≈ slowed</span>
</div>`;

export function view() {
  return html`<h1 class="hidden">Fabric</h1>
    <div class="fabric-layout">
      <div class="map">
        <div class="map-place">
          <div class="map-tools">
            ${searchBox()}
            <label><span class="hidden">Colour links by</span><select @change=${e => {
              heatBy = e.target.value;
              map.colourBy(heatBy);
              redraw();
            }}><option value="utilisation" ?selected=${heatBy === 'utilisation'}>Utilisation</option><option value="reserved" ?selected=${heatBy === 'reserved'}>Reserved</option></select></label>
            <div class="zoom" role="group" aria-label="Zoom">
              <button type="button" aria-label="Zoom in" @click=${() => map.zoom(1.5)}>+</button>
              <button type="button" aria-label="Zoom out" @click=${() => map.zoom(1 / 1.5)}>−</button>
              <button type="button" aria-label="Show all" @click=${() => map.fit()}>⤢</button>
            </div>
          </div>
          ${shownLease || path.length ? html`<div class="map-note">Path of ${shownLease ? leaf(shownLease) : 'a request'} <button type="button" @click=${() => {
            shownLease = '';
            path = [];
            redraw();
          }}>Hide</button></div>` : nothing}
          ${legend()}
          ${fabric.devices.size ? nothing : html`<p class="map-empty" role="status">${connection.connected || !connection.problem ? 'Reading the fabric …' : ''}</p>`}
        </div>
      </div>
      <aside class="panel" aria-label="Details">${panel()}</aside>
    </div>`;
}
