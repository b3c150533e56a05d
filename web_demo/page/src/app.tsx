/** The whole page. */

import { useEffect } from "preact/hooks";

import { useReading } from "./reading.js";
import { language, LANGUAGES, texts } from "./texts/texts.js";
import { BundlePanel } from "./views/bundle_panel.js";
import { OpenPanel } from "./views/open_panel.js";
import { PageView } from "./views/page_view.js";
import { ProgressLine } from "./views/progress_line.js";
import { QuestionPanel } from "./views/question_panel.js";
import { ResultsTable } from "./views/results_table.js";

export function App() {
  const [state, actions] = useReading();
  const { loaded, opened, pictures, busy } = state;

  useEffect(() => {
    const paste = (event: ClipboardEvent) => {
      const files = [...(event.clipboardData?.files ?? [])];
      if (files.length && loaded) void actions.openFiles(files);
    };
    const over = (event: DragEvent) => event.preventDefault();
    const drop = (event: DragEvent) => {
      event.preventDefault();
      if (loaded) void actions.openFiles([...(event.dataTransfer?.files ?? [])]);
    };
    addEventListener("paste", paste);
    addEventListener("dragover", over);
    addEventListener("drop", drop);
    return () => {
      removeEventListener("paste", paste);
      removeEventListener("dragover", over);
      removeEventListener("drop", drop);
    };
  }, [loaded]);

  return (
    <>
      <header>
        <h1>{texts.title}</h1>
        <p>{texts.lead}</p>
        <nav aria-label={texts.language}>
          {Object.entries(LANGUAGES).map(([tag, { language: name }]) => (
            <a key={tag} href={`?lang=${tag}`} lang={tag} aria-current={tag === language ? "true" : undefined}>
              {name}
            </a>
          ))}
        </nav>
      </header>
      <main>
        <div class="left">
          <BundlePanel state={state} actions={actions} />
          {loaded && <OpenPanel state={state} actions={actions} />}
          <ProgressLine state={state} onCancel={actions.cancel} />
          <p class="message" role="alert">
            {state.message}
          </p>
          {opened && <QuestionPanel busy={busy !== undefined} onAsk={actions.ask} />}
          {opened && <ResultsTable state={state} actions={actions} />}
        </div>
        {pictures.length > 0 && <PageView state={state} onPage={actions.showPage} />}
      </main>
      <footer>{texts.privacy}</footer>
    </>
  );
}
