package org.pinpoint.edge.vision

import kotlin.math.max
import kotlin.math.min

/** The numbers below [count], each a group of its own at first: a union-find whose groups are named by their least. */
internal class DisjointSets(count: Int) {
    private val above = IntArray(count) { it }

    /** The least number of a number's group. */
    fun least(number: Int): Int {
        var at = number
        while (above[at] != at) {
            above[at] = above[above[at]]
            at = above[at]
        }
        return at
    }

    /** Makes one group of those of two numbers. */
    fun join(number: Int, other: Int) {
        val one = least(number)
        val two = least(other)
        above[max(one, two)] = min(one, two)
    }
}
