package org.pinpoint.edge.bundle

import java.io.File
import java.io.IOException
import java.io.InputStream
import java.io.RandomAccessFile
import java.nio.ByteBuffer
import java.nio.ByteOrder
import java.util.zip.Inflater
import java.util.zip.InflaterInputStream
import org.pinpoint.edge.BundleException
import org.pinpoint.edge.IntegrityException

internal const val MAX_MEMBERS = 10_000
internal const val MAX_MEMBER_BYTES = 4L shl 30
internal const val MAX_TOTAL_BYTES = 8L shl 30
internal const val MAX_RATIO = 200
internal const val DISTRUST = "Do not use this file; get it again from a source that you trust."

private const val END_SIGNATURE = 0x06054b50
private const val CENTRAL_SIGNATURE = 0x02014b50
private const val LOCAL_SIGNATURE = 0x04034b50
private const val ZIP64_LOCATOR = 0x07064b50
private const val ZIP64_END = 0x06064b50
private const val END_SIZE = 22
private const val MAX_COMMENT = 65_535
private const val MAX_DIRECTORY_BYTES = 16L shl 20
private const val STORED = 0
private const val DEFLATED = 8
private const val LARGE = 0xFFFFFFFFL

/** One member of an archive as its directory describes it. */
internal class Member(
    val name: String,
    val flags: Int,
    val method: Int,
    val packedSize: Long,
    val size: Long,
    val mode: Int,
    val offset: Long,
)

/**
 * A ZIP file's directory and its members' bytes.
 *
 * Nothing in it is believed: the rules of docs/bundle.md, "Security", are checked before a member is read, and a member
 * gives no more bytes than it says.
 */
internal class Archive(private val file: File) : AutoCloseable {
    private val source = RandomAccessFile(file, "r")
    private val length = source.length()

    /** The members in the order of the directory. */
    val members: List<Member>

    init {
        try {
            members = directory()
            check()
        } catch (error: Throwable) {
            source.close()
            throw error
        }
    }

    private fun damaged(reason: String): Nothing =
        throw IntegrityException("$file is damaged: $reason; get the bundle again.")

    private fun read(at: Long, count: Int): ByteBuffer {
        if (at < 0 || count < 0 || at + count > length) damaged("it is cut short")
        val bytes = ByteArray(count)
        source.seek(at)
        source.readFully(bytes)
        return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN)
    }

    private fun directory(): List<Member> {
        val tail = read(maxOf(length - END_SIZE - MAX_COMMENT, 0), minOf(length, END_SIZE + MAX_COMMENT.toLong()).toInt())
        val end = (tail.limit() - END_SIZE downTo 0).firstOrNull { tail.getInt(it) == END_SIGNATURE }
            ?: throw BundleException(
                "$file is no bundle: neither a folder with $MANIFEST nor a .pinpoint file. If it was downloaded, it " +
                    "may be incomplete; get it again.",
            )
        var count = tail.getShort(end + 10).toLong() and 0xFFFF
        var size = tail.getInt(end + 12).toLong() and LARGE
        var offset = tail.getInt(end + 16).toLong() and LARGE
        val endAt = length - tail.limit() + end
        if (endAt >= 20 && (count == 0xFFFFL || size == LARGE || offset == LARGE)) {
            val locator = read(endAt - 20, 20)
            if (locator.getInt(0) == ZIP64_LOCATOR) {
                val record = read(locator.getLong(8), 56)
                if (record.getInt(0) != ZIP64_END) damaged("its ZIP64 record is broken")
                count = record.getLong(32)
                size = record.getLong(40)
                offset = record.getLong(48)
            }
        }
        if (count > MAX_MEMBERS || count < 0) throw BundleException("$file holds more than $MAX_MEMBERS members. $DISTRUST")
        if (size > MAX_DIRECTORY_BYTES || size < 0) damaged("its directory is too large")
        val bytes = read(offset, size.toInt())
        return List(count.toInt()) { member(bytes) }
    }

    private fun member(bytes: ByteBuffer): Member {
        if (bytes.remaining() < 46 || bytes.getInt(bytes.position()) != CENTRAL_SIGNATURE) damaged("its directory is broken")
        val at = bytes.position()
        fun short(offset: Int) = bytes.getShort(at + offset).toInt() and 0xFFFF
        fun int(offset: Int) = bytes.getInt(at + offset).toLong() and LARGE
        val nameLength = short(28)
        val extraLength = short(30)
        val total = 46 + nameLength + extraLength + short(32)
        if (bytes.remaining() < total) damaged("its directory is broken")
        val name = ByteArray(nameLength)
        bytes.position(at + 46)
        bytes.get(name)
        var packed = int(20)
        var size = int(24)
        var offset = int(42)
        if (packed == LARGE || size == LARGE || offset == LARGE) {
            var extra = at + 46 + nameLength
            val end = extra + extraLength
            while (extra + 4 <= end) {
                val id = bytes.getShort(extra).toInt() and 0xFFFF
                val own = bytes.getShort(extra + 2).toInt() and 0xFFFF
                var field = extra + 4
                extra = field + own
                if (id != 1 || extra > end) continue
                fun next(): Long {
                    if (field + 8 > extra) damaged("a ZIP64 field is cut short")
                    return bytes.getLong(field).also { field += 8 }
                }
                if (size == LARGE) size = next()
                if (packed == LARGE) packed = next()
                if (offset == LARGE) offset = next()
            }
        }
        bytes.position(at + total)
        if (packed < 0 || size < 0 || offset < 0) damaged("a size is negative")
        val mode = (int(38) shr 16).toInt()
        return Member(String(name, Charsets.ISO_8859_1), short(8), short(10), packed, size, mode, offset)
    }

    private fun check() {
        checkNames(members.map { it.name }, file.path)
        for (member in members) {
            val name = member.name
            val kind = member.mode and 0xF000
            if (kind != 0 && kind != 0x8000) {
                throw BundleException("$file: $name is a link or device, not a plain file. $DISTRUST")
            }
            if (member.flags and 1 != 0) throw BundleException("$file: $name is encrypted; a bundle is never. $DISTRUST")
            if (member.method != STORED && member.method != DEFLATED) {
                throw BundleException("$file: $name is compressed by a method that no bundle uses.")
            }
            if (member.size / MAX_RATIO > maxOf(member.packedSize, 1)) {
                throw BundleException("$file: $name unpacks to over $MAX_RATIO times its size. $DISTRUST")
            }
            if (member.size > MAX_MEMBER_BYTES) throw BundleException("$file holds a file above 4 GiB.")
        }
        if (members.sumOf { it.size } > MAX_TOTAL_BYTES) throw BundleException("$file holds more than 8 GiB.")
    }

    /** The bytes of a member, at most as many as it says and one more. */
    fun open(member: Member): InputStream {
        val local = read(member.offset, 30)
        if (local.getInt(0) != LOCAL_SIGNATURE) damaged("${member.name} is not where the directory says")
        val name = local.getShort(26).toInt() and 0xFFFF
        val extra = local.getShort(28).toInt() and 0xFFFF
        val start = member.offset + 30 + name + extra
        if (start + member.packedSize > length) damaged("${member.name} is cut short")
        val stored = Section(start, member.packedSize)
        return if (member.method == STORED) stored else InflaterInputStream(stored, Inflater(true), PIECE)
    }

    override fun close(): Unit = source.close()

    private inner class Section(private var at: Long, private var left: Long) : InputStream() {
        override fun read(): Int {
            val one = ByteArray(1)
            return if (read(one, 0, 1) < 0) -1 else one[0].toInt() and 255
        }

        override fun read(into: ByteArray, offset: Int, count: Int): Int {
            if (left == 0L) return -1
            source.seek(at)
            val got = source.read(into, offset, minOf(count.toLong(), left).toInt())
            if (got < 0) throw IOException("the file ends too early")
            at += got
            left -= got
            return got
        }
    }

    companion object {
        const val PIECE = 1 shl 16
    }
}
