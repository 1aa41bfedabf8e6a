/** Pointer, wheel and keys on the map. */

/** @param {import('./map.js').FabricMap} map */
export function listen(map) {
  const c = map.canvas;
  const pointers = new Map();
  let moved = 0;
  let apart = 0;
  c.addEventListener('pointerdown', e => {
    c.setPointerCapture(e.pointerId);
    pointers.set(e.pointerId, [e.offsetX, e.offsetY]);
    moved = 0;
    apart = 0;
  });
  c.addEventListener('pointermove', e => {
    const from = pointers.get(e.pointerId);
    if (!from) {
      const at = map.at(e.offsetX, e.offsetY);
      c.title = at ? (at.names.length > 1 && at.kind === 'cell' ? `${at.names.length} of ${at.name} …` : at.name) : '';
      c.classList.toggle('picks', !!at);
      return;
    }
    const to = [e.offsetX, e.offsetY];
    moved += Math.abs(to[0] - from[0]) + Math.abs(to[1] - from[1]);
    pointers.set(e.pointerId, to);
    if (pointers.size === 2) {
      const [a, b] = [...pointers.values()];
      const now = Math.hypot(a[0] - b[0], a[1] - b[1]);
      if (apart) {
        map.zoom(now / apart, (a[0] + b[0]) / 2, (a[1] + b[1]) / 2);
      }
      apart = now;
    } else if (moved > 4) {
      map.pan(to[0] - from[0], to[1] - from[1]);
    }
  });
  c.addEventListener('pointerup', e => {
    pointers.delete(e.pointerId);
    if (moved <= 4) {
      map.onPick(map.at(e.offsetX, e.offsetY));
    }
  });
  c.addEventListener('pointercancel', e => pointers.delete(e.pointerId));
  c.addEventListener('wheel', e => {
    e.preventDefault();
    map.zoom(Math.exp(-e.deltaY * 0.0016), e.offsetX, e.offsetY);
  }, {passive: false});
  c.addEventListener('dblclick', e => map.zoom(2, e.offsetX, e.offsetY));
  const keys = {
    ArrowLeft: () => map.pan(60, 0),
    ArrowRight: () => map.pan(-60, 0),
    ArrowUp: () => map.pan(0, 60),
    ArrowDown: () => map.pan(0, -60),
    '+': () => map.zoom(1.3),
    '=': () => map.zoom(1.3),
    '-': () => map.zoom(1 / 1.3),
    0: () => map.fit(),
    Escape: () => map.onPick(null),
  };
  c.addEventListener('keydown', e => {
    if (keys[e.key]) {
      e.preventDefault();
      keys[e.key]();
    }
  });
}
