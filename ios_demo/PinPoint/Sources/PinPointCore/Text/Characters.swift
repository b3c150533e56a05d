import Foundation

// Characters as docs/bundle.md counts and classes them: code points, by Unicode's categories.

extension Unicode.Scalar {
    /// Unicode's White_Space, and U+001C to U+001F.
    var isSpace: Bool {
        switch value {
        case 0x09...0x0D, 0x1C...0x20, 0x85, 0xA0, 0x1680, 0x2000...0x200A, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000: true
        default: false
        }
    }

    /// Unicode's categories L.
    var isLetter: Bool {
        if isASCII { return (65...90).contains(value & ~32) }
        switch properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter: return true
        default: return false
        }
    }

    /// Unicode's category Nd.
    var isDecimal: Bool { isASCII ? (48...57).contains(value) : properties.generalCategory == .decimalNumber }

    /// Unicode's categories N.
    var isNumber: Bool {
        if isASCII { return isDecimal }
        switch properties.generalCategory {
        case .decimalNumber, .letterNumber, .otherNumber: return true
        default: return false
        }
    }

    /// Unicode's categories M.
    var isMark: Bool {
        if isASCII { return false }
        switch properties.generalCategory {
        case .nonspacingMark, .spacingMark, .enclosingMark: return true
        default: return false
        }
    }

    var isLetterOrNumber: Bool { isLetter || isNumber }
}

typealias Points = [Unicode.Scalar]

extension String {
    var points: Points { Array(unicodeScalars) }

    /// The text of some code points.
    init(points: some Sequence<Unicode.Scalar>) {
        self.init(String.UnicodeScalarView(points))
    }

    /// The text without spaces at its ends.
    var stripped: String {
        let points = self.points
        guard let first = points.firstIndex(where: { !$0.isSpace }) else { return "" }
        return String(points: points[first...points.lastIndex { !$0.isSpace }!])
    }

    var isASCII: Bool { utf8.allSatisfy { $0 < 0x80 } }
}

/// Full case folding by Unicode, character by character.
///
/// Folding is the lower case of the full upper case, with three exceptions, and Cherokee, which folds upwards. This holds
/// for every code point of Unicode 13.
func foldCase(_ text: String) -> String {
    if text.isASCII { return text.lowercased() }
    var result = String.UnicodeScalarView()
    for point in text.unicodeScalars {
        switch point.value {
        case 0x130: result.append(contentsOf: "i\u{307}".unicodeScalars)
        case 0x131: result.append(point)
        case 0x1E9E: result.append(contentsOf: "ss".unicodeScalars)
        case 0x13A0...0x13FF, 0xAB70...0xABBF: result.append(contentsOf: point.properties.uppercaseMapping.unicodeScalars)
        default:
            for upper in point.properties.uppercaseMapping.unicodeScalars {
                result.append(contentsOf: upper.properties.lowercaseMapping.unicodeScalars)
            }
        }
    }
    return String(result)
}

/// The text in the form NFKC, case folded, without accents.
func withoutAccents(_ text: String) -> String {
    let folded = foldCase(text.precomposedStringWithCompatibilityMapping).precomposedStringWithCompatibilityMapping
    let bare = folded.decomposedStringWithCanonicalMapping.unicodeScalars.filter { !(0x300...0x36F).contains($0.value) }
    return String(bare).precomposedStringWithCanonicalMapping
}
