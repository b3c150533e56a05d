/** A question, suggestions, and sets of questions for a kind of document. */

import { useState } from "preact/hooks";

import type { Actions } from "../reading.js";
import { SUGGESTIONS, TEMPLATES } from "../templates.js";
import { textOf, texts } from "../texts/texts.js";

export function QuestionPanel({ busy, onAsk }: { busy: boolean; onAsk: Actions["ask"] }) {
  const [question, setQuestion] = useState("");
  const ask = (text: string) => void onAsk([{ field: "", question: text }]);

  function submit(event: Event): void {
    event.preventDefault();
    if (question.trim() && !busy) ask(question);
  }

  return (
    <section class="questions" aria-labelledby="ask-title">
      <h2 id="ask-title">{texts.askTitle}</h2>
      <form class="ask" onSubmit={submit}>
        <label>
          {texts.askLabel}
          <input
            type="text"
            lang="en"
            maxLength={2000}
            enterkeyhint="send"
            autocomplete="off"
            value={question}
            onInput={(event) => setQuestion(event.currentTarget.value)}
          />
        </label>
        <button type="submit" class="primary" disabled={busy || !question.trim()}>
          {texts.askButton}
        </button>
      </form>
      <h3>{texts.askSuggestions}</h3>
      <div class="buttons chips">
        {SUGGESTIONS.map((text) => (
          <button key={text} type="button" lang="en" disabled={busy} onClick={() => ask(text)}>
            {text}
          </button>
        ))}
      </div>
      <h3>{texts.askTemplates}</h3>
      <div class="buttons chips">
        {TEMPLATES.map(({ key, fields }) => (
          <button
            key={key}
            type="button"
            disabled={busy}
            onClick={() =>
              void onAsk(Object.entries(fields).map(([field, text]) => ({ field: textOf("field", field), question: text })))
            }
          >
            {textOf("template", key)}
          </button>
        ))}
      </div>
    </section>
  );
}
