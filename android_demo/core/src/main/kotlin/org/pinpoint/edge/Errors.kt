package org.pinpoint.edge

/**
 * Base of every error that the library raises on purpose.
 *
 * Each message says what is wrong, where, and what to do. [code] is stable and the same as that of the Python package.
 *
 * ```
 * PinPointException
 * ├── PageException          a page cannot be read: empty, too large
 * ├── InstructionException   the question is empty or too long
 * ├── BundleException        a folder or file is no bundle, or not one that this version reads
 * │   └── IntegrityException a bundle's file does not match its digest
 * ├── BackendException       the runner does not run the bundle's target, or lacks a provider
 * ├── InferenceException     a stage fails while it runs: a broken graph, no memory left
 * │   └── CapacityException  the evidence and the question do not fit the language model's cache
 * ├── OptionException        an option or argument makes no sense
 * ├── OutputException        a file cannot be written: no space, no permission
 * └── CancelledException     the caller cancelled
 * ```
 */
public sealed class PinPointException(
    /** A stable name of the kind of error, fit for machines. */
    public val code: String,
    message: String,
    cause: Throwable? = null,
) : RuntimeException(message, cause)

/** An option or argument makes no sense. */
public class OptionException(message: String) : PinPointException("option", message)

/** A page cannot be read. */
public class PageException(message: String) : PinPointException("page", message)

/** The question is empty or too long. */
public class InstructionException(message: String) : PinPointException("instruction", message)

/** A folder or file is no bundle, or not one that this version reads. */
public open class BundleException internal constructor(code: String, message: String, cause: Throwable?) :
    PinPointException(code, message, cause) {
    public constructor(message: String, cause: Throwable? = null) : this("bundle", message, cause)
}

/** A file of the bundle does not match the digest or size in its manifest. */
public class IntegrityException(message: String, cause: Throwable? = null) :
    BundleException("integrity", message, cause)

/** The runner does not run the bundle's target, or a provider that it was told to use is not here. */
public class BackendException(message: String, cause: Throwable? = null) :
    PinPointException("backend", message, cause)

/** A stage failed while it ran. */
public open class InferenceException internal constructor(code: String, message: String, cause: Throwable?) :
    PinPointException(code, message, cause) {
    public constructor(message: String, cause: Throwable? = null) : this("inference", message, cause)
}

/** The language model's cache has no room for the evidence and the question. */
public class CapacityException(message: String) : InferenceException("capacity", message, null)

/** A file cannot be written. */
public class OutputException(message: String, cause: Throwable? = null) :
    PinPointException("output", message, cause)

/** The caller cancelled through its [Cancellation]; the reader can be asked again. */
public class CancelledException : PinPointException("cancelled", "The work was cancelled.")
