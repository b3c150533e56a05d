/** What is going on, how far it is, and a way to end it. */

import type { State } from "../reading.js";
import { textOf, texts } from "../texts/texts.js";

export function ProgressLine({ state, onCancel }: { state: State; onCancel: () => void }) {
  const { busy, progress } = state;
  if (!busy) return null;
  const isBytes = progress?.kind === "bytes";
  const label = progress?.kind === "step" ? textOf("step", progress.step) : texts.bundleLoading;
  const share = progress && (isBytes ? progress.done / progress.total : progress.share);
  const megabytes = (bytes: number) => Math.round(bytes / 1e6);
  return (
    <div class="progress">
      <label>
        <span role="status">{busy === "load" ? texts.bundleLoading : label}</span>
        {isBytes && ` ${megabytes(progress.done)} / ${megabytes(progress.total)} MB`}
        <progress value={share} max={1} />
      </label>
      <button type="button" onClick={onCancel}>
        {texts.cancel}
      </button>
    </div>
  );
}
