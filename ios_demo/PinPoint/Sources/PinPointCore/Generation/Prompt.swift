// The prompt: evidence first, question last, so that everything before the question can be cached
// (docs/bundle.md, step 10).

let startToken = "<|im_start|>"
let endToken = "<|im_end|>"
let notFoundText = "not found"
private let longestQuestion = 2000

/// One region of the evidence.
struct Piece {
    let region: Int
    let text: String
    var page = 0
    var cell = 0
    var table = -1
}

/// The input of the language model.
struct Prompt {
    /// Token ids; `vocabulary + k` is the slot of visual token k.
    var ids: [Int32] = []
    /// The region of each visual token, in slot order.
    var visualOrder: [Int] = []
    /// Positions in ``ids`` of each region, in slot order.
    var spans: [Range<Int>] = []
    /// Ids at the start that are the same in every prompt.
    var prefixLength = 0
    /// The position where the question begins.
    var questionStart = 0
}

extension Unicode.Scalar {
    fileprivate var isLineBreak: Bool {
        switch value {
        case 0x0A...0x0D, 0x85, 0x2028, 0x2029: true
        default: false
        }
    }
}

/// The text with each line break as one space, so that offsets stay what they were.
func oneLine(_ text: String) -> String {
    guard text.unicodeScalars.contains(where: \.isLineBreak) else { return text }
    return String(points: text.unicodeScalars.map { $0.isLineBreak ? " " : $0 })
}

/// The question stripped and on one line; throws ``PinPointError/instruction(_:)`` when it is empty or too long.
func checkQuestion(_ question: String) throws -> String {
    let text = oneLine(question).stripped
    if text.isEmpty {
        throw PinPointError.instruction("The question is empty: ask for something that is on the page.")
    }
    let length = text.unicodeScalars.count
    if length > longestQuestion {
        throw PinPointError.instruction(
            "The question has \(length) characters, at most \(longestQuestion) are read: shorten it or ask several "
                + "questions.")
    }
    return text
}

extension Tokenizer {
    /// Ids of a region's transcription, without its visual slot; none when it is empty.
    private func regionIds(_ text: String) -> [Int32] { text.isEmpty ? [] : encode(" " + oneLine(text)) }

    /// Upper bound of the tokens that a region adds: visual slot, text, and a separator.
    func regionCost(_ text: String) -> Int { 2 + regionIds(text).count }

    /// The prompt of a question over rows of regions in reading order; rows without a piece are left out.
    func prompt(_ question: String, _ rows: [[Piece]]) throws -> Prompt {
        let tail = encode("\nQuestion: \(try checkQuestion(question))\nAnswer:")
        var prompt = Prompt(ids: [Int32(try controlId(startToken))] + encode("Page:\n"))
        prompt.prefixLength = prompt.ids.count
        var before: Piece?
        for row in rows where !row.isEmpty {
            if let before {
                prompt.ids += encode(areTogether(before, row[0]) ? "\n" : "\n\n")
                if row[0].page != before.page { prompt.ids += encode("Page \(row[0].page + 1):\n") }
            }
            for (place, piece) in row.enumerated() {
                if place > 0 && piece.cell != row[place - 1].cell { prompt.ids += encode(" |") }
                let start = prompt.ids.count
                prompt.ids.append(Int32(vocabulary + prompt.visualOrder.count))
                prompt.ids += regionIds(piece.text)
                prompt.visualOrder.append(piece.region)
                prompt.spans.append(start..<prompt.ids.count)
            }
            before = row.last
        }
        prompt.questionStart = prompt.ids.count
        prompt.ids += tail
        return prompt
    }
}

/// Whether two rows are of one cell or table, or of two pages.
private func areTogether(_ above: Piece, _ below: Piece) -> Bool {
    above.page != below.page || above.cell == below.cell || (above.table >= 0 && above.table == below.table)
}
