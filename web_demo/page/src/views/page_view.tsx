/** The page with the boxes of an answer; wheel, pinch and keys zoom, dragging and keys pan. */

import { useEffect, useRef, useState } from "preact/hooks";

import type { State } from "../reading.js";
import { fill, texts } from "../texts/texts.js";
import { Viewport, type Place } from "./viewport.js";

const STEP = 1.25; // of one zoom
const PAN = 60; // pixels of one key

export function PageView({ state, onPage }: { state: State; onPage: (page: number) => void }) {
  const { pictures, page, shown, opened } = state;
  const picture = pictures[page]!;
  const surface = useRef<HTMLDivElement>(null);
  const frame = useRef<HTMLDivElement>(null);
  const [place, setPlace] = useState<Place>({ scale: 1, x: 0, y: 0 });
  const viewport = useRef(new Viewport(setPlace));
  const boxes = shown?.answer.page === page ? shown.answer.quads : [];
  const evidence = shown?.answer.evidence.filter((region) => region.page === page) ?? [];

  useEffect(() => {
    surface.current!.replaceChildren(picture.canvas);
  }, [picture]);

  useEffect(() => {
    const fit = () => viewport.current.fit(frame.current!, picture);
    fit();
    const observer = new ResizeObserver(fit);
    observer.observe(frame.current!);
    return () => observer.disconnect();
  }, [picture]);

  useEffect(() => viewport.current.listen(frame.current!), []);

  function key(event: KeyboardEvent): void {
    const moves: Record<string, () => void> = {
      "+": () => viewport.current.zoom(STEP),
      "=": () => viewport.current.zoom(STEP),
      "-": () => viewport.current.zoom(1 / STEP),
      "0": () => viewport.current.fit(frame.current!, picture),
      ArrowLeft: () => viewport.current.pan(PAN, 0),
      ArrowRight: () => viewport.current.pan(-PAN, 0),
      ArrowUp: () => viewport.current.pan(0, PAN),
      ArrowDown: () => viewport.current.pan(0, -PAN),
    };
    const move = moves[event.key];
    if (!move) return;
    event.preventDefault();
    move();
  }

  const name = fill(texts.pageOf, { number: page + 1, count: pictures.length });
  const transform = `translate(${place.x}px, ${place.y}px) scale(${place.scale})`;
  return (
    <section class="page" aria-label={name}>
      <div class="buttons">
        {pictures.length > 1 && (
          <>
            <button type="button" aria-label={texts.pagePrevious} disabled={page === 0} onClick={() => onPage(page - 1)}>
              ‹
            </button>
            <span>{name}</span>
            <button type="button" aria-label={texts.pageNext} disabled={page === pictures.length - 1} onClick={() => onPage(page + 1)}>
              ›
            </button>
          </>
        )}
        <button type="button" aria-label={texts.zoomOut} onClick={() => viewport.current.zoom(1 / STEP)}>
          −
        </button>
        <button type="button" aria-label={texts.zoomIn} onClick={() => viewport.current.zoom(STEP)}>
          +
        </button>
        <button type="button" onClick={() => viewport.current.fit(frame.current!, picture)}>
          {texts.zoomFit}
        </button>
        {opened && <span class="count">{fill(texts.pageRegions, { count: opened.regions })}</span>}
      </div>
      <div class="frame" ref={frame} tabIndex={0} role="group" aria-label={`${name}: ${picture.name}`} onKeyDown={key}>
        <div class="paper" style={{ transform, width: `${picture.width}px`, height: `${picture.height}px` }}>
          <div ref={surface} />
          <svg viewBox={`0 0 ${picture.width} ${picture.height}`} aria-hidden="true">
            {evidence.map(({ box: [x0, y0, x1, y1] }, number) => (
              <rect key={number} class="evidence" x={x0} y={y0} width={x1 - x0} height={y1 - y0} />
            ))}
            {boxes.map((quad, number) => (
              <polygon key={number} class="answer" points={quad.map((point) => point.join(",")).join(" ")} />
            ))}
          </svg>
        </div>
      </div>
    </section>
  );
}
