package org.pinpoint.edge.vision

import kotlin.math.abs
import kotlin.math.max
import kotlin.math.min
import kotlin.math.sqrt

/** A plane of float32 values, rows from the top. */
internal class Plane(val width: Int, val height: Int, val values: FloatArray)

/**
 * Pixels that touch, by side or corner.
 *
 * @property points x y x y …: the outer corners of its first and last pixel in every row, in pixel edges; all that its
 *   convex hull needs.
 * @property score mean of the map over it.
 * @property runs of its pixels, in rows from the top: row, first column, the column past the last, and so on.
 */
internal class Component(val points: DoubleArray, val score: Double, val runs: IntArray)

/**
 * The components of the pixels above [threshold], in the order of their first pixel (docs/bundle.md, step 4).
 *
 * Runs of pixels in a row are joined with the runs of the row above that they touch, by union-find.
 */
internal fun findComponents(plane: Plane, threshold: Float): List<Component> {
    val runs = Runs(plane, threshold)
    if (runs.count == 0) return emptyList()
    val label = runs.labels()
    val found = label.max() + 1
    val pixels = IntArray(found)
    val total = DoubleArray(found)
    val rowsOf = IntArray(found)
    val runsOf = IntArray(found)
    val lastRow = IntArray(found) { -1 }
    for (run in 0 until runs.count) {
        val own = label[run]
        pixels[own] += runs.end[run] - runs.start[run]
        runsOf[own]++
        val line = runs.row[run] * plane.width
        for (x in runs.start[run] until runs.end[run]) total[own] += plane.values[line + x].toDouble()
        if (lastRow[own] != runs.row[run]) {
            lastRow[own] = runs.row[run]
            rowsOf[own]++
        }
    }
    // Runs come in scan order, so of a row the first run of a component is leftmost and the last rightmost.
    val points = Array(found) { DoubleArray(8 * rowsOf[it]) }
    val parts = Array(found) { IntArray(3 * runsOf[it]) }
    val filled = IntArray(found)
    val copied = IntArray(found)
    lastRow.fill(-1)
    for (run in 0 until runs.count) {
        val own = label[run]
        val row = runs.row[run].toDouble()
        if (lastRow[own] != runs.row[run]) {
            lastRow[own] = runs.row[run]
            val at = 8 * filled[own]++
            val left = runs.start[run].toDouble()
            val part = points[own]
            part[at] = left
            part[at + 1] = row
            part[at + 3] = row
            part[at + 4] = left
            part[at + 5] = row + 1
            part[at + 7] = row + 1
        }
        val at = 8 * (filled[own] - 1)
        points[own][at + 2] = runs.end[run].toDouble()
        points[own][at + 6] = runs.end[run].toDouble()
        val next = 3 * copied[own]++
        parts[own][next] = runs.row[run]
        parts[own][next + 1] = runs.start[run]
        parts[own][next + 2] = runs.end[run]
    }
    return List(found) { Component(points[it], total[it] / pixels[it], parts[it]) }
}

/** Runs of pixels above a threshold, in scan order: row, first column, the column past the last. */
private class Runs(plane: Plane, threshold: Float) {
    var row = IntArray(1024)
    var start = IntArray(1024)
    var end = IntArray(1024)
    var count = 0

    init {
        for (y in 0 until plane.height) {
            val line = y * plane.width
            var x = 0
            while (x < plane.width) {
                if (plane.values[line + x] <= threshold) {
                    x++
                    continue
                }
                val first = x
                while (x < plane.width && plane.values[line + x] > threshold) x++
                add(y, first, x)
            }
        }
    }

    private fun add(y: Int, first: Int, stop: Int) {
        if (count == row.size) {
            row = row.copyOf(2 * count)
            start = start.copyOf(2 * count)
            end = end.copyOf(2 * count)
        }
        row[count] = y
        start[count] = first
        end[count++] = stop
    }

    /** Component of each run, numbered in the order of their first runs. */
    fun labels(): IntArray {
        val touching = DisjointSets(count)
        var above = 0
        for (run in 0 until count) {
            while (above < run && row[above] < row[run] - 1) above++
            // Those of the row above that end left of this one touch none of the row's further runs either.
            while (above < run && row[above] == row[run] - 1 && end[above] < start[run]) above++
            var other = above
            while (other < run && row[other] == row[run] - 1 && start[other] <= end[run]) {
                touching.join(other, run)
                other++
            }
        }
        val number = IntArray(count) { -1 }
        var next = 0
        return IntArray(count) {
            val root = touching.least(it)
            if (number[root] < 0) number[root] = next++
            number[root]
        }
    }
}

/** The smallest rectangle around points, clockwise; corner 0 to corner 1 is the side within 45° of the x axis. */
internal fun minimumRectangle(points: DoubleArray): DoubleArray {
    val hull = convexHull(points)
    val count = hull.size / 2
    var best = Double.POSITIVE_INFINITY
    val result = DoubleArray(8)
    for (i in 0 until count) {
        val next = (i + 1) % count
        var dx = hull[2 * next] - hull[2 * i]
        var dy = hull[2 * next + 1] - hull[2 * i + 1]
        if (dx == 0.0 && dy == 0.0) continue
        // Folded to within 45 degrees of the x axis, edges at right angles are one candidate.
        if (abs(dy) > abs(dx)) dx = dy.also { dy = -dx }
        if (dx < 0) {
            dx = -dx
            dy = -dy
        }
        val length = sqrt(dx * dx + dy * dy)
        val ax = dx / length
        val ay = dy / length
        var u0 = Double.POSITIVE_INFINITY
        var u1 = Double.NEGATIVE_INFINITY
        var v0 = Double.POSITIVE_INFINITY
        var v1 = Double.NEGATIVE_INFINITY
        for (j in 0 until count) {
            val x = hull[2 * j]
            val y = hull[2 * j + 1]
            val u = x * ax + y * ay
            val v = y * ax - x * ay
            u0 = min(u0, u)
            u1 = max(u1, u)
            v0 = min(v0, v)
            v1 = max(v1, v)
        }
        val size = (u1 - u0) * (v1 - v0)
        if (size < best) {
            best = size
            val us = doubleArrayOf(u0, u1, u1, u0)
            val vs = doubleArrayOf(v0, v0, v1, v1)
            for (corner in 0 until 4) {
                result[2 * corner] = us[corner] * ax - vs[corner] * ay
                result[2 * corner + 1] = us[corner] * ay + vs[corner] * ax
            }
        }
    }
    return result
}

/** Andrew's monotone chain; corners clockwise on the page from the leftmost, uppermost of equals. */
private fun convexHull(points: DoubleArray): DoubleArray {
    val order = (0 until points.size / 2).sortedWith(compareBy({ points[2 * it] }, { points[2 * it + 1] }))
        .distinctBy { points[2 * it] to points[2 * it + 1] }
    val hull = DoubleArray(4 * order.size + 4)
    var size = 0
    fun chain(path: List<Int>) {
        val base = size
        for (index in path) {
            val x = points[2 * index]
            val y = points[2 * index + 1]
            while (size - base > 1) {
                val ax = hull[2 * size - 4]
                val ay = hull[2 * size - 3]
                val bx = hull[2 * size - 2]
                val by = hull[2 * size - 1]
                if ((bx - ax) * (y - ay) - (by - ay) * (x - ax) > 0) break
                size--
            }
            hull[2 * size] = x
            hull[2 * size + 1] = y
            size++
        }
        size-- // it begins the other chain
    }
    chain(order)
    chain(order.asReversed())
    return hull.copyOf(2 * size)
}
