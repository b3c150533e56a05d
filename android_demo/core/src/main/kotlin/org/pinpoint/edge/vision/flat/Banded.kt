package org.pinpoint.edge.vision.flat

import kotlin.math.min
import kotlin.math.sqrt

/**
 * Linear equations whose matrix is symmetric, positive and zero but for a band beside its diagonal.
 *
 * Column k of a row is the product with the unknown k before the row's own, of [band] columns.
 */
internal class Banded(private val count: Int, private val band: Int) {
    private val matrix = DoubleArray(count * band)

    /** Adds to the product of two unknowns, [other] not behind [own]. */
    fun add(own: Int, other: Int, value: Double) {
        matrix[own * band + own - other] += value
    }

    /** Adds [weight] times the square of the difference of two unknowns, [other] behind [own]. */
    fun tie(own: Int, other: Int, weight: Double) {
        add(other, own, -weight)
        add(own, own, weight)
        add(other, other, weight)
    }

    /** Solves them, once, by Cholesky's method, which stays within the band. */
    fun solved(wanted: DoubleArray): DoubleArray {
        val solution = wanted.copyOf()
        // The lower factor takes the matrix's place; forward substitution goes along.
        for (row in 0 until count) {
            val own = row * band
            val most = min(band - 1, row)
            for (back in most downTo 0) {
                val other = (row - back) * band
                var value = matrix[own + back]
                for (k in back + 1..most) value -= matrix[own + k] * matrix[other + k - back]
                matrix[own + back] = if (back > 0) value / matrix[other] else sqrt(value)
            }
            var value = solution[row]
            for (k in 1..most) value -= matrix[own + k] * solution[row - k]
            solution[row] = value / matrix[own]
        }
        for (row in count - 1 downTo 0) {
            var value = solution[row]
            for (k in 1..min(band - 1, count - 1 - row)) value -= matrix[(row + k) * band + k] * solution[row + k]
            solution[row] = value / matrix[row * band]
        }
        return solution
    }
}
