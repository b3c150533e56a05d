/// An upright box in pixels of the source page.
public struct Box: Sendable, Hashable {
    /// The left edge.
    public let x0: Double
    /// The upper edge.
    public let y0: Double
    /// The right edge.
    public let x1: Double
    /// The lower edge.
    public let y1: Double

    /// A box by its edges.
    public init(x0: Double, y0: Double, x1: Double, y1: Double) {
        self.x0 = x0
        self.y0 = y0
        self.x1 = x1
        self.y1 = y1
    }
}

/// Four corners of a line of text, clockwise from the top left of the text, however it is turned on the page.
public struct Quad: Sendable, Hashable {
    /// x0 y0 x1 y1 x2 y2 x3 y3 in pixels of the source page.
    public let corners: [Float]

    /// A quad by its corners; throws ``PinPointError/option(_:)`` unless there are four finite ones.
    public init(corners: [Float]) throws {
        guard corners.count == 8, corners.allSatisfy(\.isFinite) else {
            throw PinPointError.option("A quad of \(corners.count) numbers was given; pass four finite corners.")
        }
        self.corners = corners
    }

    init(_ corners: [Float]) {
        self.corners = corners
    }

    /// The upright bounds.
    public var bounds: Box { boundsOf(corners.map(Double.init)) }
}

/// The kinds of answers; the raw value is the name in JSON.
public enum Kind: String, Sendable {
    /// Words of the page.
    case span
    /// Yes.
    case yes
    /// No.
    case no
    /// A number that the page does not print.
    case count
    /// The page does not answer the question.
    case notFound = "not-found"
}

/// One region that the answer was read from.
public struct Evidence: Sendable, Hashable {
    /// Its transcription.
    public let text: String
    /// Its bounds.
    public let box: Box
    /// The page that it is on, from 0.
    public let page: Int
    /// Its share of the relevance, 0 to 1.
    public let relevance: Double
    /// The mean probability of its characters, 0 to 1.
    public let probability: Double
}

/// Tokens that entered and left the language model.
public struct TokenCount: Sendable, Hashable {
    /// Transcriptions, separators and visual tokens of the evidence: what ``budget`` limits.
    public let evidence: Int
    /// The visual tokens among them.
    public let visual: Int
    /// All that entered.
    public let prompt: Int
    /// All that left, the end token too.
    public let answer: Int
    /// The most that the evidence may have.
    public let budget: Int
    /// The evidence that the whole page would be.
    public let pageEstimate: Int
    /// Relevant regions that the budget left out.
    public let dropped: Int

    /// Evidence as a share of the whole page's tokens.
    public var share: Double { pageEstimate > 0 ? Double(evidence) / Double(pageEstimate) : 0 }
}

/// The certainty of each part of the pipeline, 0 to 1; parts that did not run are sure.
public struct Signals: Sendable, Hashable {
    /// The geometric mean of the chosen tokens' probabilities.
    public var decode = 1.0
    /// The smallest of these.
    public var least = 1.0
    /// The smallest probability of a character of the answer.
    public var reader = 1.0
    /// The aligner's probability that nothing answers.
    public var nothing = 1.0
    /// The language model's probability, as it began, of answering "not found".
    public var notFound = 1.0
    /// The relevance of the most relevant region.
    public var focus = 1.0
    /// That of the answer's best region, divided by ``focus``.
    public var support = 1.0
    /// The mean probability of the characters of the evidence.
    public var legible = 1.0
    /// The best literal match of the question and a rough text.
    public var label = 1.0
}

/// The answer to one question on a document.
public struct Answer: Sendable, Hashable {
    /// The words; nil when the document does not answer the question.
    public let text: String?
    /// Whether it does.
    public var found: Bool { text != nil }
    /// What kind of answer it is.
    public let kind: Kind
    /// How likely the answer is right, 0 to 1; it covers reading and answering.
    public internal(set) var confidence: Double
    /// The page of the answer, from 0.
    public let page: Int?
    /// Where the words are, one quad a region that they run through; quads follow tilted text.
    public let quads: [Quad]
    /// The same as upright boxes.
    public var boxes: [Box] { quads.map(\.bounds) }
    /// The regions that were read, in reading order.
    public let evidence: [Evidence]
    /// Tokens that were used.
    public let tokens: TokenCount
    /// The parts of the confidence.
    public let signals: Signals
    /// Milliseconds by step.
    public internal(set) var timings: [Timing]

    /// The answer as one line of JSON; the keys are those of docs/bundle.md, "Results as JSON".
    public func json() -> String { answerJson(self) }
}

/// The milliseconds of one step.
public struct Timing: Sendable, Hashable {
    /// Its name, such as `refine`.
    public let step: String
    /// Wall-clock time.
    public var milliseconds: Double
}
