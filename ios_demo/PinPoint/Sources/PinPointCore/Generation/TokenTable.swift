/// Tokens by their bytes as a trie, made once a tokenizer.
final class TokenTable {
    /// The bytes of every id in order, empty for control tokens.
    let bytesTable: [[UInt8]]
    /// The token that ends an answer.
    let endId: Int

    // Children of a node lie between first[node] and first[node + 1], by rising byte.
    private var first: [Int32] = []
    private var labels: [UInt8] = [0]
    private var tokens: [Int32] = [-1]

    init(_ bytesTable: [[UInt8]], endId: Int) {
        self.bytesTable = bytesTable
        self.endId = endId
        let order = bytesTable.indices.filter { !bytesTable[$0].isEmpty }.sorted { one, other in
            let (a, b) = (bytesTable[one], bytesTable[other])
            return a == b ? one < other : a.lexicographicallyPrecedes(b)
        }
        // Breadth first: each node is a range of the sorted tokens that share its bytes.
        var ranges = [0..<order.count]
        var next: Int32 = 1
        var depth = 0
        while !ranges.isEmpty {
            var deeper: [Range<Int>] = []
            for range in ranges {
                first.append(next)
                var at = range.lowerBound
                while at < range.upperBound && bytesTable[order[at]].count <= depth { at += 1 }
                while at < range.upperBound {
                    let label = bytesTable[order[at]][depth]
                    var end = at
                    while end < range.upperBound && bytesTable[order[end]][depth] == label { end += 1 }
                    labels.append(label)
                    tokens.append(bytesTable[order[at]].count == depth + 1 ? Int32(order[at]) : -1)
                    deeper.append(at..<end)
                    next += 1
                    at = end
                }
            }
            ranges = deeper
            depth += 1
        }
        first.append(next)
    }

    /// The node one byte on from `node`; 0 is the root.
    func child(_ node: Int, _ byte: UInt8) -> Int? {
        var low = Int(first[node])
        var high = Int(first[node + 1]) - 1
        while low <= high {
            let middle = (low + high) / 2
            if labels[middle] == byte { return middle }
            if labels[middle] < byte { low = middle + 1 } else { high = middle - 1 }
        }
        return nil
    }

    /// The token that ends at a node.
    func token(_ node: Int) -> Int? { tokens[node] < 0 ? nil : Int(tokens[node]) }

    /// The longest token that begins a text.
    func longest(_ text: some Sequence<UInt8>) -> Int? {
        var node = 0
        var found: Int?
        for byte in text {
            guard let next = child(node, byte) else { break }
            node = next
            found = token(node) ?? found
        }
        return found
    }
}
