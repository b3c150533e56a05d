package org.pinpoint.edge.vision.layout

import org.pinpoint.edge.vision.DisjointSets

/** Pixels that rules of one grid may be apart. */
private const val TOUCH = 8

/** Rules that touch each other, and the box around them. */
internal class Grid(val box: UvBox, val rules: Rules)

/** The groups of rules that touch, three or more, of both directions, around two regions or more; by falling area. */
internal fun findGrids(rules: Rules, regions: List<UvBox>): List<Grid> {
    val levels = rules.level.size
    val touching = DisjointSets(levels + rules.upright.size)
    for ((number, level) in rules.level.withIndex()) {
        for ((other, upright) in rules.upright.withIndex()) {
            val near = upright.at >= level.start - TOUCH && upright.at <= level.stop + TOUCH &&
                level.at >= upright.start - TOUCH && level.at <= upright.stop + TOUCH
            if (near) touching.join(number, levels + other)
        }
    }
    return (0 until levels + rules.upright.size).groupBy(touching::least).toSortedMap().values.mapNotNull { mine ->
        val level = mine.filter { it < levels }.map { rules.level[it] }
        val upright = mine.filter { it >= levels }.map { rules.upright[it - levels] }
        if (level.isEmpty() || upright.isEmpty() || mine.size < 3) return@mapNotNull null
        val u = upright.map { it.at } + level.flatMap { listOf(it.start, it.stop) }
        val v = level.map { it.at } + upright.flatMap { listOf(it.start, it.stop) }
        Grid(UvBox(u.min(), v.min(), u.max(), v.max()), Rules(level, upright))
    }.filter { grid -> regions.count { innermost(it, listOf(grid)) == 0 } > 1 }
        .sortedWith(compareBy({ -it.box.width.toLong() * it.box.height }, { it.box }))
}

/** The number of the last of these grids that holds the middle of a box, -1 for none. */
internal fun innermost(box: UvBox, grids: List<Grid>): Int = grids.indexOfLast { grid ->
    box.middleU in 2 * grid.box.u0..2 * grid.box.u1 && box.middleV in 2 * grid.box.v0..2 * grid.box.v1
}
