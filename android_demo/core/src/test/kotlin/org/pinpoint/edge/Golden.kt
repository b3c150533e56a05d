package org.pinpoint.edge

import java.io.File
import java.nio.ByteBuffer
import java.nio.ByteOrder
import javax.imageio.ImageIO
import org.junit.Assert.assertEquals
import org.pinpoint.edge.bundle.Json
import org.pinpoint.edge.bundle.hexDigest
import org.pinpoint.edge.vision.Plane

/** The golden files of `tests/golden`, which docs/golden.md describes; the system property `golden` names the folder. */
internal class Golden(folder: String, file: String = "cases.json") {
    private val folder = File(System.getProperty("golden"), folder)
    private val root = Json.parse(File(this.folder, file).readBytes(), file)

    val cases: Case get() = Case(root)

    fun bytes(name: String): ByteArray = File(folder, name).readBytes()

    fun file(name: String): File = File(folder, name)

    fun floats(name: String): FloatArray {
        val buffer = ByteBuffer.wrap(bytes(name)).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer()
        return FloatArray(buffer.remaining()).also { buffer.get(it) }
    }

    fun ints(name: String): IntArray {
        val buffer = ByteBuffer.wrap(bytes(name)).order(ByteOrder.LITTLE_ENDIAN).asIntBuffer()
        return IntArray(buffer.remaining()).also { buffer.get(it) }
    }

    /** A map of probabilities, byte / 255. */
    fun plane(name: String, width: Int, height: Int): Plane {
        val bytes = bytes(name)
        return Plane(width, height, FloatArray(bytes.size) { (bytes[it].toInt() and 255) / 255f })
    }

    /** A picture of raw bytes, of the shape (height, width, channels). */
    fun pixels(name: String, shape: List<Int>): Pixels = Pixels(shape[1], shape[0], shape[2], bytes(name))
}

/** A value of a golden file with the kinds that it is taken for. */
internal class Case(val value: Any?) {
    operator fun get(name: String): Case = Case((value as Map<*, *>).let { check(name in it) { name }; it[name] })

    operator fun get(index: Int): Case = Case((value as List<*>)[index])

    fun has(name: String): Boolean = (value as Map<*, *>)[name] != null

    val all: List<Case> get() = (value as List<*>).map(::Case)
    val entries: List<Pair<String, Case>> get() = (value as Map<*, *>).map { (key, item) -> key as String to Case(item) }
    val text: String get() = value as String
    val bool: Boolean get() = value as Boolean
    val double: Double get() = (value as Number).toDouble()
    val float: Float get() = double.toFloat()
    val int: Int get() = (value as Long).toInt()
    val ints: List<Int> get() = all.map { it.int }
    val doubles: List<Double> get() = all.map { it.double }
    val texts: List<String> get() = all.map { it.text }
    val rows: List<List<Int>> get() = all.map { it.ints }

    /** Numbers of any nesting as one array. */
    val floats: FloatArray get() = flat(value).map { it.toFloat() }.toFloatArray()

    val quad: Quad get() = Quad(floats)
}

private fun flat(value: Any?): List<Double> =
    if (value is List<*>) value.flatMap(::flat) else listOf((value as Number).toDouble())

/** A decoded picture in RGB. */
internal fun rgb(file: File): Pixels {
    val image = ImageIO.read(file)
    return Pixels.ofColours(image.width, image.height, image.getRGB(0, 0, image.width, image.height, null, 0, image.width))
}

/** A decoded picture in grey, of the values that the file holds. */
internal fun grey(file: File): Pixels {
    val image = ImageIO.read(file)
    val data = ByteArray(image.width * image.height)
    for (y in 0 until image.height) {
        for (x in 0 until image.width) data[y * image.width + x] = image.raster.getSample(x, y, 0).toByte()
    }
    return Pixels(image.width, image.height, 1, data)
}

internal fun digest(bytes: ByteArray): String = hexDigest(bytes)

internal fun assertClose(expected: Case, actual: FloatArray, within: Double) {
    val wanted = expected.floats
    assertEquals(wanted.size, actual.size)
    for (i in wanted.indices) assertEquals("value $i", wanted[i].toDouble(), actual[i].toDouble(), within)
}
