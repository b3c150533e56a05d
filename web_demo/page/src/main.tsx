import { render } from "preact";

import { App } from "./app.js";
import "./style.css";
import { language, texts } from "./texts/texts.js";

document.documentElement.lang = language;
document.title = `${texts.title} · PinPoint Edge`;
render(<App />, document.getElementById("app")!);

if (import.meta.env.PROD && "serviceWorker" in navigator) {
  void navigator.serviceWorker.register("./sw.js");
}
