/** Geometry of the map. */

/** A shape of its own for each role: leaf square, spine circle, core hexagon, border diamond. */
export function shapePath(g, role, x, y, r) {
  g.beginPath();
  if (role === 'leaf') {
    g.roundRect(x - r, y - r * 0.8, 2 * r, 1.6 * r, 3);
  } else if (role === 'border' || role === 'core') {
    const corners = role === 'border' ? 4 : 6;
    for (let i = 0; i < corners; i++) {
      const angle = (2 * Math.PI * i) / corners;
      g.lineTo(x + 1.15 * r * Math.cos(angle), y + 1.15 * r * Math.sin(angle));
    }
    g.closePath();
  } else {
    g.arc(x, y, r, 0, 7);
  }
}

/** From a point to a line between two points. */
export function distance(px, py, ax, ay, bx, by) {
  const dx = bx - ax;
  const dy = by - ay;
  const t = Math.max(0, Math.min(1, ((px - ax) * dx + (py - ay) * dy) / (dx * dx + dy * dy || 1)));
  return Math.hypot(px - ax - t * dx, py - ay - t * dy);
}
