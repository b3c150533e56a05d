/** Connected components of a map, and the smallest rectangle around one. */

import { DisjointSets } from "./disjoint_sets.js";
import type { Point, Quad } from "./geometry.js";

/** A map of float32 values, row by row. */
export interface Plane {
  readonly data: Float32Array;
  readonly width: number;
  readonly height: number;
}

/**
 * Pixels that touch, by side or corner.
 *
 * points: the outer corners of its first and last pixel in every row, in pixel edges: all that its
 * convex hull needs. score: mean of the map over its pixels. runs: of its pixels, in rows from the top.
 */
export interface Component {
  readonly points: Point[];
  readonly score: number;
  readonly runs: readonly Run[];
}

/** Pixels of a row, from the column `start` up to `end`, which is past the last. */
export interface Run {
  readonly row: number;
  readonly start: number;
  readonly end: number;
}

/** The components of the pixels above `threshold` (as float32), in the order of their first pixel. */
export function findComponents(plane: Plane, threshold: number): Component[] {
  const runs = runsOf(plane, Math.fround(threshold));
  const labels = label(runs);
  const groups: Run[][] = [];
  const sums: number[] = [], pixels: number[] = [];
  runs.forEach((run, number) => {
    const group = labels[number]!;
    (groups[group] ??= []).push(run);
    let sum = sums[group] ?? 0;
    const row = run.row * plane.width;
    for (let x = run.start; x < run.end; x++) sum += plane.data[row + x]!;
    sums[group] = sum;
    pixels[group] = (pixels[group] ?? 0) + run.end - run.start;
  });
  return groups.map((group, number) => ({
    points: outline(group),
    score: sums[number]! / pixels[number]!,
    runs: group,
  }));
}

/** Corners of the first and last pixel of every row; runs come in rows from the top. */
function outline(runs: readonly Run[]): Point[] {
  const points: Point[] = [];
  for (let first = 0; first < runs.length; ) {
    const { row, start } = runs[first]!;
    let end = 0;
    for (; first < runs.length && runs[first]!.row === row; first++) {
      end = Math.max(end, runs[first]!.end);
    }
    points.push([start, row], [end, row], [start, row + 1], [end, row + 1]);
  }
  return points;
}

function runsOf(plane: Plane, threshold: number): Run[] {
  const runs: Run[] = [];
  for (let row = 0; row < plane.height; row++) {
    const base = row * plane.width;
    for (let x = 0; x < plane.width; x++) {
      if (!(plane.data[base + x]! > threshold)) continue;
      const start = x;
      while (x < plane.width && plane.data[base + x]! > threshold) x++;
      runs.push({ row, start, end: x });
    }
  }
  return runs;
}

/** Component of each run, numbered in the order of their first runs: union-find from row to row. */
function label(runs: readonly Run[]): number[] {
  const touching = new DisjointSets(runs.length);
  let above = 0;
  runs.forEach((run, number) => {
    while (above < number && before(runs[above]!, run)) above++;
    for (let other = above; other < number && runs[other]!.row < run.row; other++) {
      if (runs[other]!.start > run.end) break;
      touching.join(other, number);
    }
  });
  const labels = new Array<number>(runs.length);
  touching.groups().forEach((group, component) => {
    for (const number of group) labels[number] = component;
  });
  return labels;
}

/** Whether a run lies too far up or left to touch another or any later one. */
function before(run: Run, other: Run): boolean {
  return run.row < other.row - 1 || (run.row === other.row - 1 && run.end < other.start);
}

/**
 * The smallest rectangle around points, clockwise from the top left.
 *
 * Rotating calipers: one side lies on an edge of the convex hull. Corner 0 to corner 1 is the side
 * within 45 degrees of the x axis; of equal rectangles the first edge's is taken.
 */
export function minimumRectangle(points: readonly Point[]): Quad {
  const hull = convexHull(points);
  let best: Quad | undefined, least = Infinity;
  hull.forEach((from, number) => {
    const to = hull[(number + 1) % hull.length]!;
    let x = to[0] - from[0], y = to[1] - from[1];
    if (x === 0 && y === 0) return;
    if (Math.abs(y) > Math.abs(x)) [x, y] = [y, -x];
    if (x < 0) [x, y] = [-x, -y];
    const length = Math.sqrt(x * x + y * y);
    const ax = x / length, ay = y / length;
    let u0 = Infinity, u1 = -Infinity, v0 = Infinity, v1 = -Infinity;
    for (const [px, py] of hull) {
      const u = px * ax + py * ay, v = px * -ay + py * ax;
      if (u < u0) u0 = u;
      if (u > u1) u1 = u;
      if (v < v0) v0 = v;
      if (v > v1) v1 = v;
    }
    const size = (u1 - u0) * (v1 - v0);
    if (size >= least) return;
    least = size;
    const corner = (u: number, v: number): Point => [u * ax + v * -ay, u * ay + v * ax];
    best = [corner(u0, v0), corner(u1, v0), corner(u1, v1), corner(u0, v1)];
  });
  return best!;
}

/** Andrew's monotone chain. */
function convexHull(points: readonly Point[]): Point[] {
  const ordered = [...points].sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  const chain = (path: readonly Point[]): Point[] => {
    const hull: Point[] = [];
    for (const point of path) {
      while (hull.length > 1) {
        const a = hull[hull.length - 2]!, b = hull[hull.length - 1]!;
        if ((b[0] - a[0]) * (point[1] - a[1]) - (b[1] - a[1]) * (point[0] - a[0]) > 0) break;
        hull.pop();
      }
      hull.push(point);
    }
    return hull.slice(0, -1);
  };
  const unique = ordered.filter(
    (point, n) => n === 0 || point[0] !== ordered[n - 1]![0] || point[1] !== ordered[n - 1]![1],
  );
  return [...chain(unique), ...chain([...unique].reverse())];
}
