/**
 * Where switches are drawn.
 *
 * A fabric of tiers is drawn in rows: x is a position in the row, y a share of the height, and
 * zooming stretches x only, so that all tiers stay in view. A fabric of sites, or of switches that
 * are all alike, is drawn as a plan that zooms both ways.
 */
import {byName} from '../format.js';

const TIERS = ['border', 'core', 'spine', 'leaf'];
/** Between neighbours in a row. */
const STEP = 40;
const POD_GAP = 30;
/** Rounds of the forces between sites; so few since each looks at every pair. */
const ROUNDS = 120;
const SITE_STEP = 34;

/**
 * @typedef {{name: string, role: string, site: string, tier: number, x: number, y: number}} Node
 * @typedef {{nodes: Node[], rows: boolean, width: number, height: number, labels: {text: string, x: number, y: number}[]}} Layout
 */

/**
 * @param {any[]} devices
 * @param {[number, number][]} cables by number of device
 * @returns {Layout}
 */
export function layout(devices, cables) {
  const nodes = devices.map(d => ({
    name: d.name,
    role: d.role ?? 'leaf',
    site: d.site || d.region || '',
    tier: Math.max(0, TIERS.indexOf(d.role ?? 'leaf')),
    x: 0,
    y: 0,
  }));
  const sites = [...new Set(nodes.map(n => n.site))];
  const tiers = [...new Set(nodes.map(n => n.tier))].sort((a, b) => a - b);
  if (sites.length > 1) {
    return bySite(nodes, sites.sort(byName), cables);
  }
  return tiers.length > 1 ? byTier(nodes, tiers, cables) : byForce(nodes, cables);
}

/** Parts that hang together without the top tier: pods of a fat tree. */
function pods(nodes, cables, top) {
  const parent = nodes.map((_, i) => i);
  const find = i => {
    while (parent[i] !== i) {
      i = parent[i] = parent[parent[i]];
    }
    return i;
  };
  for (const [a, b] of cables) {
    if (nodes[a].tier !== top && nodes[b].tier !== top) {
      parent[find(a)] = find(b);
    }
  }
  return nodes.map((_, i) => find(i));
}

function byTier(nodes, tiers, cables) {
  const top = tiers[0];
  const pod = tiers.length > 2 ? pods(nodes, cables, top) : nodes.map(() => 0);
  const groups = new Map();
  nodes.forEach((n, i) => {
    if (n.tier !== top) {
      (groups.get(pod[i]) ?? groups.set(pod[i], []).get(pod[i])).push(i);
    }
  });
  const ordered = [...groups.values()]
    .map(members => members.sort((a, b) => byName(nodes[a].name, nodes[b].name)))
    .sort((a, b) => byName(nodes[a[0]].name, nodes[b[0]].name));
  let at = 0;
  for (const members of ordered) {
    const widest = Math.max(...tiers.map(t => members.filter(i => nodes[i].tier === t).length));
    const width = widest * STEP;
    for (const t of tiers) {
      spread(members.filter(i => nodes[i].tier === t).map(i => nodes[i]), at, width);
    }
    at += width + POD_GAP;
  }
  const tops = nodes.filter(n => n.tier === top).sort((a, b) => byName(a.name, b.name));
  const width = Math.max(at - POD_GAP, tops.length * STEP);
  spread(tops, 0, width);
  const last = tiers.length - 1;
  for (const n of nodes) {
    n.y = last ? tiers.indexOf(n.tier) / last : 0.5;
  }
  const labels = tiers.map((t, i) => ({text: TIERS[t], x: 0, y: i / last}));
  return {nodes, rows: true, width, height: 1, labels};
}

function spread(row, from, width) {
  row.forEach((n, i) => {
    n.x = from + ((i + 0.5) * width) / row.length;
  });
}

/** Sites as circles apart from each other; within a site, its tiers in rows. */
function bySite(nodes, sites, cables) {
  const index = new Map(sites.map((s, i) => [s, i]));
  const of = nodes.map(n => index.get(n.site));
  const joined = new Map();
  for (const [a, b] of cables) {
    if (of[a] !== of[b]) {
      const key = [of[a], of[b]].sort((x, y) => x - y).join();
      joined.set(key, (joined.get(key) ?? 0) + 1);
    }
  }
  const members = sites.map((_, s) => nodes.filter((n, i) => of[i] === s));
  const widest = Math.max(...members.map(m => Math.max(...TIERS.map((_, t) => m.filter(n => n.tier === t).length))));
  const size = Math.max(3, widest) * SITE_STEP;
  const places = forces(sites.length, [...joined.keys()].map(k => k.split(',').map(Number)), size * 2.2);
  members.forEach((m, s) => {
    const tiers = [...new Set(m.map(n => n.tier))].sort((a, b) => a - b);
    tiers.forEach((t, row) => {
      const inRow = m.filter(n => n.tier === t).sort((a, b) => byName(a.name, b.name));
      spread(inRow, places[s][0] - (inRow.length * SITE_STEP) / 2, inRow.length * SITE_STEP);
      inRow.forEach(n => {
        n.y = places[s][1] + (row - (tiers.length - 1) / 2) * SITE_STEP * 1.3;
      });
    });
  });
  const labels = sites.map((text, s) => ({
    text,
    x: places[s][0],
    y: Math.min(...members[s].map(n => n.y)) - SITE_STEP * 0.9,
  }));
  return framed(nodes, labels);
}

function byForce(nodes, cables) {
  const places = forces(nodes.length, cables, STEP * 2);
  nodes.forEach((n, i) => ([n.x, n.y] = places[i]));
  return framed(nodes, []);
}

function framed(nodes, labels) {
  const all = [...nodes, ...labels];
  const minX = Math.min(...all.map(n => n.x));
  const minY = Math.min(...all.map(n => n.y));
  all.forEach(n => {
    n.x -= minX;
    n.y -= minY;
  });
  return {
    nodes,
    rows: false,
    width: Math.max(1, ...all.map(n => n.x)),
    height: Math.max(1, ...all.map(n => n.y)),
    labels,
  };
}

/** Places that keep what is joined together and the rest apart (Fruchterman and Reingold 1991). */
function forces(n, edges, apart) {
  const at = Array.from({length: n}, (_, i) => {
    const angle = (2 * Math.PI * i) / n - Math.PI / 2;
    const r = (apart * n) / (2 * Math.PI) + (n > 1 ? apart / 3 : 0);
    return [r * Math.cos(angle) * 1.5, r * Math.sin(angle)];
  });
  if (n <= 8) {
    return at; // a polygon is the clearest picture of a few
  }
  for (let round = 0; round < ROUNDS; round++) {
    const reach = apart * 2 * (1 - round / ROUNDS);
    const move = at.map(() => [0, 0]);
    for (let i = 0; i < n; i++) {
      for (let j = i + 1; j < n; j++) {
        const dx = at[i][0] - at[j][0];
        const dy = at[i][1] - at[j][1];
        const f = (apart * apart) / Math.max(1, dx * dx + dy * dy);
        move[i][0] += dx * f;
        move[i][1] += dy * f;
        move[j][0] -= dx * f;
        move[j][1] -= dy * f;
      }
    }
    for (const [i, j] of edges) {
      const dx = at[i][0] - at[j][0];
      const dy = at[i][1] - at[j][1];
      const f = Math.hypot(dx, dy) / apart;
      move[i][0] -= dx * f;
      move[i][1] -= dy * f;
      move[j][0] += dx * f;
      move[j][1] += dy * f;
    }
    move.forEach(([dx, dy], i) => {
      const d = Math.hypot(dx, dy) || 1;
      at[i][0] += (dx / d) * Math.min(d, reach);
      at[i][1] += (dy / d) * Math.min(d, reach);
    });
  }
  return at;
}
