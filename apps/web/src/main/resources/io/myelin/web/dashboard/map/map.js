/** The fabric on a canvas: pan, zoom, pick. */
import {DOWN, DRAINED, SLOWED, fabric, on} from '../store.js';
import {count} from '../format.js';
import {listen} from './input.js';
import {Model} from './model.js';
import {SHADES, palette, shade} from './palette.js';
import {distance, shapePath} from './shapes.js';

/** Cells are not drawn closer to each other than this, pixels. */
const CELL_PX = 22;
const STEP = 40;
/** Names are written when there is so much room, pixels. */
const NAME_PX = 64;
const HOSTS_PX = 30;
const PICK_PX = 7;
const MAX_ZOOM_STEP_PX = 420;
/** Data changes are drawn no more often than this, milliseconds; a person's moves at once. */
const DATA_EVERY_MS = 100;
/** While the fabric is read, its plan is made anew no more often than this, milliseconds. */
const GROWS_EVERY_MS = 500;
const MAX_SYMBOLS = 400;
/** Beyond so many lines they are all one pixel wide, which takes a tenth of the time. */
const MANY_LINES = 400;
const FEW_SYMBOLS = 60;
/** The coldest beyond so many are left out, and counted, until one zooms in. */
const MAX_LINES = 1_500;
/** Rows are not named where names would lie over switches: here, pixels, and zoomed in. */
const NARROW_PX = 600;
const PAD = {left: 60, right: 46, top: 104, bottom: 70};

/** @typedef {{kind: 'device'|'link'|'cell'|'host', name: string, names: string[]}} Pick */

export class FabricMap {
  /** @param {(pick: Pick|null) => void} onPick */
  constructor(onPick) {
    this.onPick = onPick;
    this.canvas = document.createElement('canvas');
    this.canvas.className = 'map-canvas';
    this.canvas.tabIndex = 0;
    this.canvas.setAttribute('role', 'application');
    this.context = this.canvas.getContext('2d', {alpha: false});
    /** @type {Model|null} */
    this.model = null;
    this.shape = -1;
    this.builtMs = -GROWS_EVERY_MS;
    this.view = {x: 0, y: 0, scale: 1, panY: 0};
    this.fitted = true;
    this.heatBy = 'utilisation';
    /** @type {{devices: Set<string>, links: Set<string>}} */
    this.selected = {devices: new Set(), links: new Set()};
    /** Links of a path, in order. @type {string[]} */
    this.path = [];
    this.dark = false;
    this.colours = palette(false);
    this.frame = 0;
    this.dataTimer = 0;
    /** Links as drawn last, and for which view: moved and stretched until they are drawn anew. */
    this.layer = {canvas: document.createElement('canvas'), view: null, at: -1e9, costMs: 0, stale: true};
    listen(this);
  }

  /** Begins to draw; the canvas is in the page. */
  open() {
    this.resizing = new ResizeObserver(() => this.#resize());
    this.resizing.observe(this.canvas);
    this.ends = [on('fabric', () => this.#data()), on('heat', () => this.#data())];
    this.#resize();
  }

  close() {
    this.resizing.disconnect();
    this.ends.forEach(end => end());
  }

  /** @param {boolean} dark */
  theme(dark) {
    this.dark = dark;
    this.colours = palette(dark);
    this.#restyle();
  }

  /** @param {'utilisation'|'reserved'} by */
  colourBy(by) {
    this.heatBy = by;
    this.states = null;
    this.#restyle();
  }

  /** @param {string[]} devices @param {string[]} links */
  select(devices, links) {
    this.selected = {devices: new Set(devices), links: new Set(links)};
    this.#restyle();
  }

  /** @param {string[]} links */
  showPath(links) {
    this.path = links;
    this.#restyle();
  }

  /** Moves so that some switches are in the middle of the picture. */
  goTo(devices) {
    const m = this.#model();
    const nodes = devices.map(d => m?.nodes[m.index.get(d)]).filter(Boolean);
    if (!nodes.length) {
      return;
    }
    this.fitted = false;
    const xs = nodes.map(n => n.x);
    const ys = nodes.map(n => n.y);
    this.view.x = (Math.min(...xs) + Math.max(...xs)) / 2;
    this.view.y = (Math.min(...ys) + Math.max(...ys)) / 2;
    const spread = Math.max(...xs) - Math.min(...xs) + STEP * 4;
    this.view.scale = Math.max(this.#fitScale(), Math.min(3, (this.width * 0.8) / spread));
    this.invalidate();
  }

  fit() {
    this.fitted = true;
    this.invalidate();
  }

  /** @param {number} factor */
  zoom(factor, px = this.width / 2, py = this.height / 2) {
    this.#model();
    const before = this.#world(px, py);
    const least = this.#fitScale() * 0.8;
    this.view.scale = Math.max(least, Math.min(MAX_ZOOM_STEP_PX / STEP, this.view.scale * factor));
    this.fitted = false;
    const after = this.#world(px, py);
    this.view.x += before[0] - after[0];
    this.view.y += before[1] - after[1];
    this.invalidate();
  }

  pan(dx, dy) {
    this.fitted = false;
    this.view.x -= dx / this.view.scale;
    if (!this.model?.layout.rows) {
      this.view.y -= dy / this.view.scale;
    }
    this.invalidate();
  }

  #restyle() {
    this.layer.stale = true;
    this.invalidate();
  }

  invalidate() {
    this.frame ||= requestAnimationFrame(() => {
      this.frame = 0;
      this.#draw();
    });
  }

  #data() {
    this.dataTimer ||= setTimeout(() => {
      this.dataTimer = 0;
      this.states = null;
      this.#restyle();
    }, DATA_EVERY_MS);
  }

  #model() {
    const now = performance.now();
    if (this.shape !== fabric.shape && fabric.devices.size && (fabric.complete || now > this.builtMs + GROWS_EVERY_MS)) {
      this.builtMs = now;
      this.shape = fabric.shape;
      this.model = new Model(fabric);
      this.states = null;
      this.layer.stale = true;
      this.canvas.setAttribute(
        'aria-label',
        `Map of ${count(this.model.nodes.length)} switches and ${count(this.model.cables.length)} cables. Arrow keys move it, plus and minus zoom, 0 shows all. The search finds switches, links and hosts.`,
      );
    }
    return this.model;
  }

  #resize() {
    const box = this.canvas.getBoundingClientRect();
    this.width = box.width;
    this.height = box.height;
    this.ratio = Math.min(2, devicePixelRatio || 1);
    this.canvas.width = Math.max(1, Math.round(box.width * this.ratio));
    this.canvas.height = Math.max(1, Math.round(box.height * this.ratio));
    this.layer.canvas.width = this.canvas.width;
    this.layer.canvas.height = this.canvas.height;
    this.layer.stale = true;
    this.layer.at = -1e9;
    cancelAnimationFrame(this.frame);
    this.frame = 0;
    this.#draw();
  }

  #fitScale() {
    const l = this.model?.layout;
    if (!l) {
      return 1;
    }
    const x = (this.width - PAD.left - PAD.right) / l.width;
    const y = (this.height - PAD.top - PAD.bottom) / l.height;
    return Math.min(MAX_ZOOM_STEP_PX / STEP, l.rows ? x : Math.min(x, y));
  }

  #x(x) {
    return (x - this.view.x) * this.view.scale + this.width / 2;
  }

  #y(y) {
    return this.model.layout.rows
      ? PAD.top + y * (this.height - PAD.top - PAD.bottom - this.hostRoom)
      : (y - this.view.y) * this.view.scale + this.height / 2;
  }

  #world(px, py) {
    return [
      (px - this.width / 2) / this.view.scale + this.view.x,
      this.model?.layout.rows ? 0 : (py - this.height / 2) / this.view.scale + this.view.y,
    ];
  }

  #draw() {
    const g = this.context;
    g.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    g.fillStyle = this.colours.ground;
    g.fillRect(0, 0, this.width, this.height);
    const m = this.#model();
    if (!m || !this.width) {
      return;
    }
    if (this.fitted) {
      this.view.scale = this.#fitScale();
      this.view.x = m.layout.width / 2;
      this.view.y = m.layout.height / 2;
    }
    const step = STEP * this.view.scale;
    this.level = m.level(Math.max(0, Math.ceil(Math.log2(CELL_PX / step))));
    const most = Math.max(0, ...m.hostsOf.map(h => h.length));
    this.hostColumns = Math.max(1, Math.min(8, Math.floor(step / 12)));
    this.hosts = step >= HOSTS_PX && most > 0 && this.level.cells.length === m.nodes.length;
    this.hostRoom = this.hosts && m.layout.rows ? 26 + 11 * Math.min(8, Math.ceil(most / this.hostColumns)) : 0;
    this.xs = Float64Array.from(this.level.cells, c => this.#x(c.x));
    this.ys = Float64Array.from(this.level.cells, c => this.#y(c.y));
    this.#drawLayer(g, m);
    if (this.hosts) {
      this.#drawHosts(g, m);
    }
    this.#drawPath(g, m);
    this.#drawCells(g, m, step);
    this.#drawLabels(g, m);
  }

  /**
   * Links take most of the time. They are drawn on a canvas of their own, and no more often than
   * that a third of the time goes into it; in between that canvas is moved and stretched.
   */
  #drawLayer(g, m) {
    const {layer, view} = this;
    const begun = performance.now();
    const rest = layer.at + 2 * layer.costMs - begun;
    const moved = !layer.view || layer.view.x !== view.x || layer.view.y !== view.y || layer.view.scale !== view.scale;
    const anew = (layer.stale || moved) && rest <= 0;
    if (anew) {
      const on = layer.canvas.getContext('2d', {alpha: false});
      on.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
      on.fillStyle = this.colours.ground;
      on.fillRect(0, 0, this.width, this.height);
      this.#drawHalo(on, m);
      this.#drawBundles(on, m);
      Object.assign(layer, {view: {...view}, stale: false});
    } else if (layer.stale || moved) {
      setTimeout(() => this.invalidate(), rest);
    }
    g.imageSmoothingEnabled = false;
    const k = view.scale / layer.view.scale;
    const x = this.width / 2 + (layer.view.x - view.x) * view.scale - (this.width / 2) * k;
    if (m.layout.rows) {
      g.drawImage(layer.canvas, x, 0, this.width * k, this.height);
    } else {
      const y = this.height / 2 + (layer.view.y - view.y) * view.scale - (this.height / 2) * k;
      g.drawImage(layer.canvas, x, y, this.width * k, this.height * k);
    }
    if (anew) {
      layer.at = performance.now(); // lines become pixels only when the canvas is read
      layer.costMs = layer.at - begun;
    }
  }

  #outside(a, b) {
    const {xs, ys} = this;
    return (
      (xs[a] < 0 && xs[b] < 0) ||
      (xs[a] > this.width && xs[b] > this.width) ||
      (ys[a] < 0 && ys[b] < 0) ||
      (ys[a] > this.height && ys[b] > this.height)
    );
  }

  #drawBundles(g, m) {
    const {colours} = this;
    const byShade = Array.from({length: SHADES + 1}, () => []);
    const down = [];
    const drained = [];
    const slowed = [];
    const partly = [];
    if (!this.states || this.statesOf !== this.level) {
      this.states = m.states(this.level, this.heatBy);
      this.statesOf = this.level;
    }
    let drawn = 0;
    for (let i = 0; i < this.level.bundles.length; i++) {
      const bundle = this.level.bundles[i];
      if (this.#outside(bundle.a, bundle.b)) {
        continue;
      }
      drawn++;
      const s = this.states[i];
      if (s.down === bundle.cables.length) {
        down.push(bundle);
      } else if (s.drained === bundle.cables.length) {
        drained.push(bundle);
      } else {
        byShade[s.heat < 0 ? 0 : shade(s.heat) + 1].push(bundle);
        if (s.down || s.drained) {
          partly.push([bundle, s.down > 0]);
        }
        if (s.flags & SLOWED) {
          slowed.push(bundle);
        }
      }
    }
    const many = drawn > MANY_LINES;
    const symbols = many ? FEW_SYMBOLS : MAX_SYMBOLS;
    const dim = this.path.length > 0 || (many && this.selected.links.size > 0);
    g.globalAlpha = dim ? 0.3 : 1;
    let room = MAX_LINES - down.length - drained.length;
    for (let i = SHADES; i >= 0; i--) {
      byShade[i].length = Math.min(byShade[i].length, Math.max(0, room));
      room -= byShade[i].length;
    }
    this.omitted = Math.max(0, drawn - MAX_LINES);
    byShade.forEach((bundles, i) => {
      g.strokeStyle = i === 0 ? colours.unknown : colours.shades[i - 1];
      g.lineWidth = many ? 1 : 1.1 + (i / SHADES) * 2.4;
      // Among many lines the cold ones step back.
      g.globalAlpha = dim ? 0.3 : many ? 0.3 + 0.7 * (i / SHADES) : 1;
      this.#lines(g, bundles);
    });
    g.globalAlpha = dim ? 0.3 : 1;
    g.lineWidth = many ? 1 : 1.8;
    g.strokeStyle = colours.drained;
    g.setLineDash([9, 5]);
    this.#lines(g, drained);
    g.strokeStyle = colours.down;
    g.setLineDash([3, 4]);
    this.#lines(g, down);
    g.setLineDash([]);
    slowed.slice(0, symbols).forEach(b => this.#symbol(g, b, '≈', colours.text));
    drained.slice(0, symbols).forEach(b => this.#symbol(g, b, '‖', colours.drained));
    partly.slice(0, symbols).forEach(([b, isDown]) => this.#symbol(g, b, isDown ? '×' : '‖', isDown ? colours.down : colours.drained));
    down.slice(0, symbols).forEach(b => this.#symbol(g, b, '×', colours.down));
    g.globalAlpha = 1;
  }

  /** One path for all lines of a shade would take longer: overlaps are resolved within a path. */
  #lines(g, bundles) {
    const {xs, ys} = this;
    for (const b of bundles) {
      g.beginPath();
      g.moveTo(xs[b.a], ys[b.a]);
      g.lineTo(xs[b.b], ys[b.b]);
      g.stroke();
    }
  }

  #symbol(g, b, text, colour) {
    // Off the middle, where lines of a symmetric fabric cross each other.
    const x = this.xs[b.a] * 0.62 + this.xs[b.b] * 0.38;
    const y = this.ys[b.a] * 0.62 + this.ys[b.b] * 0.38;
    g.beginPath();
    g.arc(x, y, 7, 0, 7);
    g.fillStyle = this.colours.ground;
    g.fill();
    g.lineWidth = 1.2;
    g.strokeStyle = colour;
    g.stroke();
    g.fillStyle = colour;
    g.font = 'bold 11px system-ui, sans-serif';
    g.textAlign = 'center';
    g.textBaseline = 'middle';
    g.fillText(text, x, y + 0.5);
  }

  /** Where a host is drawn, by its number. */
  #hostAt(m, host) {
    const h = m.hosts[host];
    const column = h.slot % this.hostColumns;
    const row = Math.floor(h.slot / this.hostColumns);
    const inRow = Math.min(this.hostColumns, m.hostsOf[h.node].length - row * this.hostColumns);
    const gap = Math.min(40, (STEP * this.view.scale * 0.9) / this.hostColumns);
    return [
      this.#x(m.nodes[h.node].x) + (column - (inRow - 1) / 2) * gap,
      this.#y(m.nodes[h.node].y) + 30 + row * 11 + (gap > 16 ? 14 : 0),
    ];
  }

  #drawHosts(g, m) {
    for (let i = 0; i < m.hosts.length; i++) {
      const h = m.hosts[i];
      const x0 = this.#x(m.nodes[h.node].x);
      if (x0 < -200 || x0 > this.width + 200) {
        continue;
      }
      const [x, y] = this.#hostAt(m, i);
      const flags = m.flags(h.numbers);
      const heat = m.heat(h.numbers, this.heatBy);
      const chosen = h.links.some(l => this.selected.links.has(l) || this.path.includes(l));
      g.globalAlpha = this.path.length && !chosen ? 0.4 : 1;
      g.strokeStyle = flags & DOWN ? this.colours.down : flags & DRAINED ? this.colours.drained : heat < 0 ? this.colours.unknown : this.colours.shades[shade(heat)];
      g.lineWidth = heat > 0.5 ? 2 : 1;
      g.setLineDash(flags & DOWN ? [2, 3] : flags & DRAINED ? [5, 3] : []);
      g.beginPath();
      g.moveTo(x0, this.#y(m.nodes[h.node].y) + 8);
      g.lineTo(x, y);
      g.stroke();
      g.setLineDash([]);
      g.fillStyle = flags & DOWN ? this.colours.down : chosen ? this.colours.accent : this.colours.host;
      g.fillRect(x - 3, y - 3, 6, 6);
      g.globalAlpha = 1;
    }
  }

  /** Two ends of a link as drawn; null: it is within a cell. */
  #ends(m, link) {
    const cable = m.cableOf.get(link);
    if (cable !== undefined) {
      const a = this.level.cellOf[m.cables[cable].a];
      const b = this.level.cellOf[m.cables[cable].b];
      return a === b ? null : [this.xs[a], this.ys[a], this.xs[b], this.ys[b]];
    }
    const l = fabric.links.get(link);
    const host = l && (m.hostIndex.get(l.from) ?? m.hostIndex.get(l.to));
    if (host === undefined || !this.hosts) {
      return null;
    }
    const n = m.nodes[m.hosts[host].node];
    const [x, y] = this.#hostAt(m, host);
    return [this.#x(n.x), this.#y(n.y), x, y];
  }

  /** Around what is selected, so that its own colour stays in sight. */
  #drawHalo(g, m) {
    g.globalAlpha = 0.45;
    g.strokeStyle = this.colours.accent;
    g.lineWidth = 12;
    g.lineCap = 'round';
    this.selected.links.forEach(link => this.#stroke(g, this.#ends(m, link)));
    g.lineCap = 'butt';
    g.globalAlpha = 1;
  }

  #drawPath(g, m) {
    g.strokeStyle = this.colours.accent;
    g.lineWidth = 4.5;
    g.lineCap = 'round';
    this.path.forEach(link => this.#stroke(g, this.#ends(m, link)));
    g.lineCap = 'butt';
    if (this.level.bundles.length > MANY_LINES) {
      g.lineWidth = 2;
      this.selected.links.forEach(link => this.#stroke(g, this.#ends(m, link)));
    }
  }

  #stroke(g, ends) {
    if (ends) {
      g.beginPath();
      g.moveTo(ends[0], ends[1]);
      g.lineTo(ends[2], ends[3]);
      g.stroke();
    }
  }

  #drawCells(g, m, step) {
    const {colours, level, xs, ys} = this;
    const r = Math.max(5, Math.min(13, step * 0.22));
    g.textAlign = 'center';
    g.textBaseline = 'middle';
    for (let i = 0; i < level.cells.length; i++) {
      const c = level.cells[i];
      if (xs[i] < -60 || xs[i] > this.width + 60 || ys[i] < -60 || ys[i] > this.height + 60) {
        continue;
      }
      const devices = c.members.map(n => fabric.devices.get(m.nodes[n].name));
      const bad = devices.filter(d => d?.state !== 'STATE_READY').length;
      const drained = devices.filter(d => d?.drained).length;
      const chosen = devices.some(d => this.selected.devices.has(d?.name));
      const size = r * (c.members.length > 1 ? 1.35 : 1);
      shapePath(g, c.role, xs[i], ys[i], size);
      g.fillStyle = colours.node;
      g.fill();
      g.lineWidth = chosen ? 3 : 1.5;
      g.strokeStyle = chosen ? colours.accent : bad ? colours.down : drained === devices.length ? colours.drained : colours.nodeLine;
      g.setLineDash(bad ? [3, 2] : drained === devices.length ? [5, 3] : []);
      g.stroke();
      g.setLineDash([]);
      if (bad || drained === devices.length) {
        g.fillStyle = bad ? colours.down : colours.drained;
        g.font = `bold ${Math.round(size * 1.2)}px system-ui, sans-serif`;
        g.fillText(bad ? '!' : '‖', xs[i], ys[i] + 0.5);
      } else if (c.members.length > 1) {
        g.fillStyle = colours.text;
        g.font = '9px system-ui, sans-serif';
        g.fillText(String(c.members.length), xs[i], ys[i] + 0.5);
      }
      if (c.members.length === 1 && (step >= NAME_PX || chosen)) {
        g.fillStyle = colours.text;
        g.strokeStyle = colours.ground;
        g.lineWidth = 4;
        g.lineJoin = 'round';
        g.font = '11px system-ui, sans-serif';
        const below = this.hosts && m.hostsOf[c.members[0]].length > 0;
        const above = below || (m.layout.rows && c.y < 0.5);
        const y = ys[i] + (above ? -size - 10 : size + 11);
        g.strokeText(m.nodes[c.members[0]].name, xs[i], y);
        g.fillText(m.nodes[c.members[0]].name, xs[i], y);
      }
    }
  }

  #drawLabels(g, m) {
    g.font = '11px system-ui, sans-serif';
    g.fillStyle = this.colours.faint;
    if (this.omitted) {
      g.textAlign = 'right';
      g.fillText(`the hottest ${count(MAX_LINES)} of ${count(MAX_LINES + this.omitted)} lines; zoom in for all`, this.width - 14, this.height - 22);
    }
    for (const l of m.layout.labels) {
      if (m.layout.rows && (this.width < NARROW_PX || this.#x(0) < PAD.left - 1)) {
        continue;
      }
      if (m.layout.rows) {
        g.textAlign = 'left';
        g.fillText(l.text, 10, this.#y(l.y));
      } else if (this.view.scale * STEP > 8 || m.layout.labels.length < 40) {
        g.textAlign = 'center';
        g.fillText(l.text, this.#x(l.x), this.#y(l.y));
      }
    }
  }

  /** @returns {Pick|null} what is at a place of the canvas */
  at(px, py) {
    const m = this.#model();
    if (!m || !this.level) {
      return null;
    }
    for (let i = 0; i < this.level.cells.length; i++) {
      if (Math.hypot(this.xs[i] - px, this.ys[i] - py) < 14) {
        const names = this.level.cells[i].members.map(n => m.nodes[n].name);
        return {kind: names.length > 1 ? 'cell' : 'device', name: names[0], names};
      }
    }
    if (this.hosts) {
      for (let i = 0; i < m.hosts.length; i++) {
        const [x, y] = this.#hostAt(m, i);
        if (Math.abs(x - px) < 6 && Math.abs(y - py) < 6) {
          return {kind: 'host', name: m.hosts[i].name, names: m.hosts[i].links};
        }
      }
    }
    let best = null;
    let least = PICK_PX;
    for (const b of this.level.bundles) {
      const d = distance(px, py, this.xs[b.a], this.ys[b.a], this.xs[b.b], this.ys[b.b]);
      if (d < least) {
        least = d;
        best = b;
      }
    }
    if (!best) {
      return null;
    }
    const links = best.cables.flatMap(c => m.cables[c].links);
    return best.cables.length > 1
      ? {kind: 'cell', name: links[0], names: links}
      : {kind: 'link', name: links[0], names: links};
  }
}
