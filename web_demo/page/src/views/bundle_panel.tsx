/** The bundle: loaded once, kept on this device, removed on demand. */

import type { Actions, State } from "../reading.js";
import { fill, texts } from "../texts/texts.js";
import { FileButton } from "./file_button.js";

export function BundlePanel({ state, actions }: { state: State; actions: Actions }) {
  const { loaded, busy } = state;
  if (busy === "load") return null;
  if (!loaded) {
    return (
      <section aria-labelledby="bundle-title">
        <h2 id="bundle-title">{texts.bundleTitle}</h2>
        <p>{texts.bundleMissing}</p>
        <div class="buttons">
          <button type="button" class="primary" onClick={() => void actions.load()}>
            {texts.bundleLoad}
          </button>
          <FileButton accept=".pinpoint" label={texts.bundleFile} onFiles={([file]) => void actions.load(file)} />
        </div>
      </section>
    );
  }
  return (
    <details class="bundle">
      <summary>{fill(texts.bundleReady, { megabytes: Math.round(loaded.bytes / 1e6) })}</summary>
      <p>
        {loaded.name} · {loaded.model} · {fill(texts.bundleThreads, { threads: loaded.threads })}
        <br />
        <code>{loaded.digest.slice(0, 16)}</code>
      </p>
      <p>{loaded.licences.map(({ component, licence }) => `${component}: ${licence}`).join(" · ")}</p>
      <button type="button" disabled={busy !== undefined} onClick={() => void actions.clearBundle()}>
        {texts.bundleClear}
      </button>
    </details>
  );
}
