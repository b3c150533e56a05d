/** Ways to open a page: drop, paste, choose, photograph, or an example. */

import { useState } from "preact/hooks";

import type { Actions, State } from "../reading.js";
import { texts } from "../texts/texts.js";
import { Camera } from "./camera.js";
import { FileButton } from "./file_button.js";

const EXAMPLE = "./example.jpg";

export function OpenPanel({ state, actions }: { state: State; actions: Actions }) {
  const [camera, setCamera] = useState(false);
  const busy = state.busy !== undefined;

  async function openExample(): Promise<void> {
    const blob = await (await fetch(EXAMPLE)).blob();
    await actions.openFiles([new File([blob], "example.jpg", { type: blob.type })]);
  }

  if (camera) {
    const close = () => setCamera(false);
    return (
      <Camera
        onPicture={(picture) => (close(), void actions.openPictures([picture]))}
        onFailure={(message) => (close(), actions.say(message))}
        onClose={close}
      />
    );
  }
  return (
    <section aria-labelledby="open-title" class={state.pictures.length ? "open slim" : "open"}>
      <h2 id="open-title">{texts.openTitle}</h2>
      <p class="drop">{texts.openDrop}</p>
      <div class="buttons">
        <FileButton
          primary={state.pictures.length === 0}
          label={texts.openChoose}
          accept="image/*,application/pdf"
          multiple
          disabled={busy}
          onFiles={(files) => void actions.openFiles(files)}
        />
        <button type="button" disabled={busy} onClick={() => setCamera(true)}>
          {texts.openCamera}
        </button>
        {state.pictures.length === 0 ? (
          <button type="button" disabled={busy} onClick={() => void openExample()}>
            {texts.openExample}
          </button>
        ) : (
          <button type="button" disabled={busy} onClick={actions.closePage}>
            {texts.openClose}
          </button>
        )}
      </div>
    </section>
  );
}
