/** PDF files, drawn by pdf.js at 144 dpi. */

import * as pdfjs from "pdfjs-dist";
import workerAddress from "pdfjs-dist/build/pdf.worker.min.mjs?url";

import { blank, type Picture } from "./pictures.js";

const SCALE = 144 / 72;
const MOST_PAGES = 50;

pdfjs.GlobalWorkerOptions.workerSrc = workerAddress;

export async function readPdf(file: File): Promise<Picture[]> {
  const folder = (name: string) => new URL(`pdfjs/${name}/`, document.baseURI).href;
  const loading = pdfjs.getDocument({
    data: new Uint8Array(await file.arrayBuffer()),
    cMapUrl: folder("cmaps"),
    standardFontDataUrl: folder("standard_fonts"),
    wasmUrl: folder("wasm"),
    enableXfa: false,
  });
  const pdf = await loading.promise;
  try {
    const pictures: Picture[] = [];
    for (let number = 1; number <= Math.min(pdf.numPages, MOST_PAGES); number++) {
      const page = await pdf.getPage(number);
      const viewport = page.getViewport({ scale: SCALE });
      const name = pdf.numPages > 1 ? `${file.name} · ${number}` : file.name;
      const picture = blank(name, Math.ceil(viewport.width), Math.ceil(viewport.height));
      await page.render({ canvas: picture.canvas, viewport, background: "#fff" }).promise;
      pictures.push(picture);
    }
    return pictures;
  } finally {
    await loading.destroy();
  }
}
