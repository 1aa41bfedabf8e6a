/** Colours of the canvas; those of everything else are in app.css. */

const LIGHT = {
  ground: '#f4f6f8',
  node: '#ffffff',
  nodeLine: '#4a5b6b',
  text: '#24323f',
  faint: '#677887',
  unknown: '#c9d1d8',
  host: '#93a3b1',
  accent: '#0a5fb4',
  down: '#c4122f',
  drained: '#6b4fbb',
  stops: [[0, [176, 190, 201]], [0.05, [120, 160, 178]], [0.3, [28, 138, 152]], [0.6, [176, 136, 0]], [0.8, [222, 98, 0]], [1, [200, 16, 46]]],
};
const DARK = {
  ground: '#0e1317',
  node: '#1b242c',
  nodeLine: '#8fa1b0',
  text: '#d9e2ea',
  faint: '#8797a5',
  unknown: '#2c3741',
  host: '#5d6f7e',
  accent: '#5db2ff',
  down: '#ff5c6c',
  drained: '#b69cff',
  stops: [[0, [52, 67, 79]], [0.05, [60, 88, 104]], [0.3, [46, 150, 163]], [0.6, [205, 172, 54]], [0.8, [244, 132, 48]], [1, [255, 77, 77]]],
};

/** Shades of heat: the last is 100 % and more. */
export const SHADES = 12;

/** @param {boolean} dark */
export function palette(dark) {
  const p = dark ? DARK : LIGHT;
  return {...p, shades: Array.from({length: SHADES}, (_, i) => colour(p.stops, i / (SHADES - 1)))};
}

function colour(stops, share) {
  const i = Math.max(1, stops.findIndex(([at]) => at >= share));
  const [from, a] = stops[i - 1];
  const [to, b] = stops[i];
  const t = (share - from) / (to - from);
  return `rgb(${a.map((v, k) => Math.round(v + (b[k] - v) * t)).join()})`;
}

/** @param {number} heat share of capacity */
export const shade = heat => Math.max(0, Math.min(SHADES - 1, Math.round(heat * (SHADES - 1))));
