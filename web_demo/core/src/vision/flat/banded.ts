/** Linear equations whose matrix is symmetric, positive and zero but for a band beside its diagonal. */

/**
 * Solve them by Cholesky's method, which stays within the band.
 *
 * matrix: `band` columns a row; column k is the product with the unknown k before the row's own. It is
 * overwritten.
 */
export function solveBanded(matrix: Float64Array, wanted: Float64Array, band: number): Float64Array<ArrayBuffer> {
  const count = wanted.length;
  const solution = Float64Array.from(wanted);
  // The lower factor takes the matrix's place; forward substitution goes along.
  for (let row = 0; row < count; row++) {
    const own = row * band;
    for (let back = Math.min(band - 1, row); back >= 0; back--) {
      const other = (row - back) * band;
      let value = matrix[own + back]!;
      for (let k = back + 1; k < band && k <= row; k++) value -= matrix[own + k]! * matrix[other + k - back]!;
      matrix[own + back] = back ? value / matrix[other]! : Math.sqrt(value);
    }
    let value = solution[row]!;
    for (let k = 1; k < band && k <= row; k++) value -= matrix[own + k]! * solution[row - k]!;
    solution[row] = value / matrix[own]!;
  }
  for (let row = count - 1; row >= 0; row--) {
    let value = solution[row]!;
    for (let k = 1; k < band && row + k < count; k++) value -= matrix[(row + k) * band + k]! * solution[row + k]!;
    solution[row] = value / matrix[row * band]!;
  }
  return solution;
}
