/** Where a picture lies in its frame: zoomed about a point, panned, never lost from sight. */

export interface Place {
  readonly scale: number;
  readonly x: number;
  readonly y: number;
}

interface Size {
  readonly width: number;
  readonly height: number;
}

const MOST = 8; // screen pixels a page pixel
const MARGIN = 40; // screen pixels of the picture that stay in the frame

export class Viewport {
  private place: Place = { scale: 1, x: 0, y: 0 };
  private frame: Size = { width: 1, height: 1 };
  private picture: Size = { width: 1, height: 1 };
  private least = 0.01;

  constructor(private readonly changed: (place: Place) => void) {}

  /** Show the whole picture. */
  fit(frame: Pick<Element, "clientWidth" | "clientHeight">, picture: Size): void {
    this.frame = { width: frame.clientWidth, height: frame.clientHeight };
    this.picture = { width: picture.width, height: picture.height };
    const scale = Math.min(this.frame.width / picture.width, this.frame.height / picture.height) || 1;
    this.least = scale / 2;
    this.move(scale, (this.frame.width - picture.width * scale) / 2, (this.frame.height - picture.height * scale) / 2);
  }

  /** Zoom about a point of the frame, its middle by default. */
  zoom(factor: number, x = this.frame.width / 2, y = this.frame.height / 2): void {
    const scale = Math.min(Math.max(this.place.scale * factor, this.least), MOST);
    const by = scale / this.place.scale;
    this.move(scale, x - (x - this.place.x) * by, y - (y - this.place.y) * by);
  }

  pan(x: number, y: number): void {
    this.move(this.place.scale, this.place.x + x, this.place.y + y);
  }

  private move(scale: number, x: number, y: number): void {
    const held = (at: number, frame: number, length: number) =>
      Math.min(Math.max(at, MARGIN - length * scale), frame - MARGIN);
    this.place = {
      scale,
      x: held(x, this.frame.width, this.picture.width),
      y: held(y, this.frame.height, this.picture.height),
    };
    this.changed(this.place);
  }

  /** Follow the wheel and up to two fingers; returns what ends it. */
  listen(element: HTMLElement): () => void {
    const points = new Map<number, { x: number; y: number }>();
    const spread = () => {
      const [a, b] = [...points.values()];
      return a && b ? Math.hypot(a.x - b.x, a.y - b.y) : 0;
    };
    const local = (event: MouseEvent) => {
      const { left, top } = element.getBoundingClientRect();
      return { x: event.clientX - left, y: event.clientY - top };
    };
    const wheel = (event: WheelEvent) => {
      event.preventDefault();
      const { x, y } = local(event);
      this.zoom(Math.exp(-event.deltaY / 400), x, y);
    };
    const down = (event: PointerEvent) => {
      element.setPointerCapture(event.pointerId);
      points.set(event.pointerId, local(event));
    };
    const move = (event: PointerEvent) => {
      const before = points.get(event.pointerId);
      if (!before) return;
      const wide = spread(), at = local(event);
      points.set(event.pointerId, at);
      if (points.size === 1) this.pan(at.x - before.x, at.y - before.y);
      else if (wide) this.zoom(spread() / wide, at.x, at.y);
    };
    const up = (event: PointerEvent) => points.delete(event.pointerId);
    element.addEventListener("wheel", wheel, { passive: false });
    element.addEventListener("pointerdown", down);
    element.addEventListener("pointermove", move);
    element.addEventListener("pointerup", up);
    element.addEventListener("pointercancel", up);
    return () => {
      element.removeEventListener("wheel", wheel);
      element.removeEventListener("pointerdown", down);
      element.removeEventListener("pointermove", move);
      element.removeEventListener("pointerup", up);
      element.removeEventListener("pointercancel", up);
    };
  }
}
