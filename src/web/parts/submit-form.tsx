import { useRef, useState, type DragEvent, type SubmitEvent } from 'react';
import type { AnalysisView, CreateAnalysisRequest } from '../../api/schemas.js';
import { createAnalysis, uploadFile } from '../api/client.js';
import { messageOf } from '../hooks/use-analysis.js';
import { Problem } from './problem.js';
import { SettingsFields, INITIAL_SETTINGS, toRequest, type Settings } from './settings-fields.js';

type Sending =
  { readonly kind: 'idle' } | { readonly kind: 'uploading'; readonly fraction: number } | { readonly kind: 'posting' };

/** A video by its address or as a file, with settings that all have a default. */
export function SubmitForm({ onCreated }: { readonly onCreated: (view: AnalysisView) => void }) {
  const [url, setUrl] = useState('');
  const [file, setFile] = useState<File>();
  const [settings, setSettings] = useState<Settings>(INITIAL_SETTINGS);
  const [sending, setSending] = useState<Sending>({ kind: 'idle' });
  const [error, setError] = useState<string>();
  const busy = sending.kind !== 'idle';

  async function send(): Promise<void> {
    setError(undefined);
    try {
      const view = await createAnalysis({ ...(await source()), ...toRequest(settings) });
      onCreated(view);
    } catch (thrown) {
      setError(messageOf(thrown));
    }
    setSending({ kind: 'idle' });
  }

  async function source(): Promise<CreateAnalysisRequest> {
    if (file === undefined) {
      setSending({ kind: 'posting' });
      return { videoUrl: url };
    }
    setSending({ kind: 'uploading', fraction: 0 });
    const upload = await uploadFile(file, (fraction) => setSending({ kind: 'uploading', fraction }));
    setSending({ kind: 'posting' });
    return { uploadId: upload.id };
  }

  const onSubmit = (event: SubmitEvent): void => {
    event.preventDefault();
    void send();
  };
  return (
    <form className="submit" onSubmit={onSubmit} aria-labelledby="submit-title">
      <h1 id="submit-title">Check a video</h1>
      <p className="quiet">Who wears helmet and vest, who does not, and the evidence for it.</p>
      <div className="source">
        <FileField file={file} onFile={setFile} disabled={busy} />
        {file === undefined && <UrlField url={url} onUrl={setUrl} disabled={busy} />}
        <button type="submit" className="primary" disabled={busy}>
          {sendWords(sending)}
        </button>
      </div>
      {error !== undefined && <Problem message={error} />}
      <details>
        <summary>Settings</summary>
        <SettingsFields settings={settings} onChange={setSettings} disabled={busy} />
      </details>
    </form>
  );
}

function sendWords(sending: Sending): string {
  if (sending.kind === 'uploading') return `Uploading ${Math.floor(sending.fraction * 100)} %`;
  return sending.kind === 'posting' ? 'Sending …' : 'Analyse';
}

type UrlFieldProps = { readonly url: string; readonly onUrl: (url: string) => void; readonly disabled: boolean };

function UrlField({ url, onUrl, disabled }: UrlFieldProps) {
  return (
    <>
      <span className="or">or</span>
      <input
        type="url"
        required
        value={url}
        disabled={disabled}
        placeholder="https://… address of the video"
        aria-label="Address of the video"
        onChange={(event) => onUrl(event.target.value)}
      />
    </>
  );
}

type FileFieldProps = {
  readonly file: File | undefined;
  readonly onFile: (file: File | undefined) => void;
  readonly disabled: boolean;
};

function FileField({ file, onFile, disabled }: FileFieldProps) {
  const [over, setOver] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  const onDrop = (event: DragEvent): void => {
    event.preventDefault();
    setOver(false);
    onFile(event.dataTransfer.files[0]);
  };
  const onDragOver = (event: DragEvent): void => {
    event.preventDefault();
    setOver(true);
  };
  if (file !== undefined)
    return (
      <span className="picked">
        <span className="clip">{file.name}</span>
        <span className="quiet">{(file.size / 1e6).toFixed(1)} MB</span>
        <button type="button" className="link" disabled={disabled} onClick={() => onFile(undefined)}>
          Remove
        </button>
      </span>
    );
  return (
    <label
      className={over ? 'drop over' : 'drop'}
      onDragOver={onDragOver}
      onDragLeave={() => setOver(false)}
      onDrop={onDrop}
    >
      <input
        ref={input}
        type="file"
        accept="video/*,.mkv,.ts,.avi"
        disabled={disabled}
        onChange={(event) => onFile(event.target.files?.[0])}
      />
      <span>
        <b>Choose a video</b>
        <span className="quiet only-wide"> or drop it here</span>
      </span>
    </label>
  );
}
