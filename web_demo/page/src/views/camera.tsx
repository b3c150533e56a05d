/** A photo of a page by the device's camera. */

import { useEffect, useRef } from "preact/hooks";

import { blank, contextOf, type Picture } from "../pictures.js";
import { fill, texts } from "../texts/texts.js";

interface Properties {
  readonly onPicture: (picture: Picture) => void;
  readonly onFailure: (message: string) => void;
  readonly onClose: () => void;
}

const WANTED: MediaStreamConstraints = {
  audio: false,
  video: { facingMode: "environment", width: { ideal: 3840 }, height: { ideal: 2160 } },
};

export function Camera({ onPicture, onFailure, onClose }: Properties) {
  const video = useRef<HTMLVideoElement>(null);

  useEffect(() => {
    let stream: MediaStream | undefined;
    let gone = false;
    const stop = () => stream?.getTracks().forEach((track) => track.stop());
    const start = async () => {
      stream = await navigator.mediaDevices.getUserMedia(WANTED);
      if (gone) return stop();
      video.current!.srcObject = stream;
      await video.current!.play();
    };
    start().catch((error: Error) => gone || onFailure(fill(texts.cameraFailed, { reason: error.message })));
    return () => {
      gone = true;
      stop();
    };
  }, []);

  function take(): void {
    const { videoWidth, videoHeight } = video.current!;
    const picture = blank(texts.openCamera, videoWidth, videoHeight);
    contextOf(picture).drawImage(video.current!, 0, 0);
    onPicture(picture);
  }

  return (
    <section class="camera" aria-label={texts.openCamera}>
      <video ref={video} playsInline muted />
      <div class="buttons">
        <button type="button" class="primary" onClick={take}>
          {texts.cameraTake}
        </button>
        <button type="button" onClick={onClose}>
          {texts.cameraCancel}
        </button>
      </div>
    </section>
  );
}
