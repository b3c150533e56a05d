/** A PDF whose pages show one JPEG. */
export function pdfOf(jpeg: Buffer, width: number, height: number, pages: number): Buffer {
  const numbers = Array.from({ length: pages }, (_, n) => 4 + 2 * n);
  const content = `q ${width} 0 0 ${height} 0 0 cm /I Do Q`;
  const text = (value: string) => Buffer.from(value, "latin1");
  const stream = (dictionary: string, data: Buffer) =>
    Buffer.concat([text(`<<${dictionary}/Length ${data.length}>>stream\n`), data, text("\nendstream")]);
  const objects: Buffer[] = [
    text("<</Type/Catalog/Pages 2 0 R>>"),
    text(`<</Type/Pages/Count ${pages}/Kids[${numbers.map((n) => `${n} 0 R`).join(" ")}]>>`),
    stream(`/Type/XObject/Subtype/Image/Width ${width}/Height ${height}/ColorSpace/DeviceRGB/BitsPerComponent 8/Filter/DCTDecode`, jpeg),
  ];
  for (const number of numbers) {
    objects.push(
      text(`<</Type/Page/Parent 2 0 R/MediaBox[0 0 ${width} ${height}]/Resources<</XObject<</I 3 0 R>>>>/Contents ${number + 1} 0 R>>`),
      stream("", text(content)),
    );
  }
  const parts: Buffer[] = [text("%PDF-1.4\n")], offsets: number[] = [];
  let at = parts[0]!.length;
  objects.forEach((object, n) => {
    const whole = Buffer.concat([text(`${n + 1} 0 obj\n`), object, text("\nendobj\n")]);
    offsets.push(at);
    parts.push(whole);
    at += whole.length;
  });
  const rows = offsets.map((offset) => `${String(offset).padStart(10, "0")} 00000 n \n`).join("");
  const count = objects.length + 1;
  parts.push(text(`xref\n0 ${count}\n0000000000 65535 f \n${rows}trailer<</Size ${count}/Root 1 0 R>>\nstartxref\n${at}\n%%EOF\n`));
  return Buffer.concat(parts);
}
