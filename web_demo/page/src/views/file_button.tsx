/** A button that opens the device's choice of files. */

import { useRef } from "preact/hooks";

interface Properties {
  readonly label: string;
  readonly accept: string;
  readonly multiple?: boolean;
  readonly disabled?: boolean;
  readonly primary?: boolean;
  readonly onFiles: (files: File[]) => void;
}

export function FileButton({ label, accept, multiple = false, disabled = false, primary = false, onFiles }: Properties) {
  const input = useRef<HTMLInputElement>(null);
  const choose = () => {
    const files = [...(input.current?.files ?? [])];
    if (input.current) input.current.value = ""; // the same file may be chosen again
    if (files.length) onFiles(files);
  };
  return (
    <>
      <button type="button" class={primary ? "primary" : ""} disabled={disabled} onClick={() => input.current?.click()}>
        {label}
      </button>
      <input ref={input} type="file" hidden accept={accept} multiple={multiple} aria-label={label} onChange={choose} />
    </>
  );
}
