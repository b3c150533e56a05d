/** Groups of numbers that grow together: a union-find whose groups are named by their least one. */

/** The numbers below `count`, each a group of its own at first. */
export class DisjointSets {
  readonly #above: number[];

  constructor(count: number) {
    this.#above = Array.from({ length: count }, (_, number) => number);
  }

  /** The least number of a number's group. */
  least(number: number): number {
    const above = this.#above;
    while (above[number] !== number) number = above[number] = above[above[number]!]!;
    return number;
  }

  /** Make one group of those of two numbers. */
  join(number: number, other: number): void {
    const one = this.least(number), two = this.least(other);
    this.#above[Math.max(one, two)] = Math.min(one, two);
  }

  /** The groups by their least numbers, each ascending. */
  groups(): number[][] {
    const found = new Map<number, number[]>();
    this.#above.forEach((_, number) => {
      const least = this.least(number);
      const group = found.get(least);
      if (group) group.push(number);
      else found.set(least, [number]);
    });
    return [...found.values()];
  }
}
