/** The answers so far, to look at, to copy and to save. */

import { useState } from "preact/hooks";

import type { Actions, Result, State } from "../reading.js";
import { asCsv, asJson, asTable, download } from "../save.js";
import { fill, textOf, texts } from "../texts/texts.js";

export function ResultsTable({ state, actions }: { state: State; actions: Actions }) {
  const { results, shown } = state;
  const [copied, setCopied] = useState(false);

  async function copy(): Promise<void> {
    await navigator.clipboard.writeText(asTable(results));
    setCopied(true);
    setTimeout(() => setCopied(false), 2000);
  }

  return (
    <section class="results" aria-labelledby="results-title">
      <h2 id="results-title">{texts.resultsTitle}</h2>
      <div aria-live="polite">
        {results.length === 0 ? (
          <p>{texts.resultsEmpty}</p>
        ) : (
          <table>
            <thead>
              <tr>
                <th scope="col">{texts.resultQuestion}</th>
                <th scope="col">{texts.resultAnswer}</th>
                <th scope="col">{texts.resultConfidence}</th>
              </tr>
            </thead>
            <tbody>
              {results.map((result) => (
                <tr key={result.key} class={result === shown ? "shown" : ""}>
                  <th scope="row" lang="en">
                    {result.field || result.question}
                  </th>
                  <td>
                    <button type="button" class="answer" aria-pressed={result === shown} onClick={() => actions.show(result)}>
                      {result.answer.text ?? <em>{texts.notFound}</em>}
                    </button>
                  </td>
                  <td>
                    <meter min={0} max={1} value={result.answer.confidence} aria-label={texts.resultConfidence} />
                    {Math.round(result.answer.confidence * 100)} %
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </div>
      {results.length > 0 && (
        <div class="buttons">
          <button type="button" onClick={() => void copy()}>
            {copied ? texts.copied : texts.copy}
          </button>
          <button type="button" onClick={() => download("answers.json", "application/json", asJson(results))}>
            {texts.saveJson}
          </button>
          <button type="button" onClick={() => download("answers.csv", "text/csv", asCsv(results))}>
            {texts.saveCsv}
          </button>
          <button type="button" onClick={actions.clearResults}>
            {texts.clearResults}
          </button>
        </div>
      )}
      {shown && <Details result={shown} />}
    </section>
  );
}

function Details({ result }: { result: Result }) {
  const { answer, ms } = result;
  return (
    <details class="details">
      <summary>
        {texts.evidence} · {seconds(ms)}
      </summary>
      <ul>
        {answer.evidence.map((region, number) => (
          <li key={number} lang="en">
            {region.text}
          </li>
        ))}
      </ul>
      <p>{fill(texts.tokens, { evidence: answer.tokens.evidence, page: answer.tokens.page_estimate })}</p>
      <h3>{texts.timings}</h3>
      <dl>
        {Object.entries(answer.timings).map(([step, spent]) => (
          <div key={step}>
            <dt>{textOf("step", step)}</dt>
            <dd>{seconds(spent)}</dd>
          </div>
        ))}
      </dl>
    </details>
  );
}

function seconds(ms: number): string {
  return `${(ms / 1000).toLocaleString(undefined, { maximumFractionDigits: 2 })} s`;
}
