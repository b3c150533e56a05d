/// Linear equations whose matrix is symmetric, positive and zero but for a band beside its diagonal.
///
/// Column k of a row is the product with the unknown k before the row's own, of `band` columns.
struct Banded {
    private let count: Int
    private let band: Int
    private var matrix: [Double]

    init(count: Int, band: Int) {
        self.count = count
        self.band = band
        matrix = [Double](repeating: 0, count: count * band)
    }

    /// Adds to the product of two unknowns, `other` not behind `own`.
    mutating func add(_ own: Int, _ other: Int, _ value: Double) { matrix[own * band + own - other] += value }

    /// Adds `weight` times the square of the difference of two unknowns, `other` behind `own`.
    mutating func tie(_ own: Int, _ other: Int, _ weight: Double) {
        add(other, own, -weight)
        add(own, own, weight)
        add(other, other, weight)
    }

    /// Solves them, once, by Cholesky's method, which stays within the band.
    mutating func solved(_ wanted: [Double]) -> [Double] {
        var solution = wanted
        // The lower factor takes the matrix's place; forward substitution goes along.
        for row in 0..<count {
            let own = row * band
            let most = min(band - 1, row)
            for back in stride(from: most, through: 0, by: -1) {
                let other = (row - back) * band
                var value = matrix[own + back]
                for k in stride(from: back + 1, through: most, by: 1) {
                    value -= matrix[own + k] * matrix[other + k - back]
                }
                matrix[own + back] = back > 0 ? value / matrix[other] : value.squareRoot()
            }
            var value = solution[row]
            for k in stride(from: 1, through: most, by: 1) { value -= matrix[own + k] * solution[row - k] }
            solution[row] = value / matrix[own]
        }
        for row in stride(from: count - 1, through: 0, by: -1) {
            var value = solution[row]
            for k in stride(from: 1, through: min(band - 1, count - 1 - row), by: 1) {
                value -= matrix[(row + k) * band + k] * solution[row + k]
            }
            solution[row] = value / matrix[row * band]
        }
        return solution
    }
}
