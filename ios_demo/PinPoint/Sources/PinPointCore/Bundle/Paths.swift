// Names of a bundle's files: relative, portable, and unable to leave the bundle's folder.

let manifestName = "manifest.json"
private let longestPath = 200
private let longestPart = 100
private let devices = Set(["con", "prn", "aux", "nul"] + (0...9).flatMap { ["com\($0)", "lpt\($0)"] })

/// Why a name is no safe file name of a bundle, or nil when it is one.
func problemOf(_ name: String) -> String? {
    let points = name.points
    if points.isEmpty { return "is empty" }
    if points.count > longestPath { return "is longer than \(longestPath) characters" }
    if points.contains("\\") { return "holds a backslash" }
    if points.count > 1 && points[1] == ":" && points[0].isASCII && points[0].isLetter {
        return "starts with a drive letter"
    }
    if points[0] == "/" { return "is an absolute path" }
    if points.last == "/" { return "is a folder" }
    return points.split(separator: "/", omittingEmptySubsequences: false).lazy.compactMap(problemOfPart).first
}

private func problemOfPart(_ part: ArraySlice<Unicode.Scalar>) -> String? {
    let text = String(points: part)
    if text == "." || text == ".." { return "holds '\(text)'" }
    let isPlain = part.allSatisfy { $0.isASCII && ($0.isLetterOrNumber || "_+-.".unicodeScalars.contains($0)) }
    if !isPlain || part.isEmpty || part.count > longestPart {
        return "holds a character other than ASCII letters, digits and _ + - ."
    }
    if part.last == "." { return "has a part that ends in a dot" }
    if devices.contains(text.prefix { $0 != "." }.lowercased()) { return "has a part that is a device name" }
    return nil
}

/// Refuses unsafe names, duplicates in any case, and a file that is also a folder; `place` names their source.
func checkNames(_ names: [String], _ place: String) throws {
    func refusal(_ reason: String) -> PinPointError {
        .bundle("\(place): \(reason). Do not use this bundle; get it again from a source that you trust.")
    }
    var seen: Set<String> = []
    for name in names {
        if let problem = problemOf(name) { throw refusal("the file name '\(name.prefix(80))' \(problem)") }
        guard seen.insert(name.lowercased()).inserted else {
            throw refusal("the file name '\(name.prefix(80))' has a duplicate")
        }
    }
    for name in seen {
        var parts = name.split(separator: "/").dropLast()
        while !parts.isEmpty {
            if seen.contains(parts.joined(separator: "/")) {
                throw refusal("'\(name.prefix(80))' lies inside a name that is itself a file")
            }
            parts.removeLast()
        }
    }
}
