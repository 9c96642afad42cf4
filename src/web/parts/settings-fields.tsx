import type { CreateAnalysisRequest } from '../../api/schemas.js';
import { itemTitle } from '../../report/words.js';

/** As typed: an empty field leaves the choice to the server. */
export type Settings = {
  readonly name: string;
  readonly tag: string;
  readonly required: readonly string[];
  readonly everyNFrames: string;
  readonly imageSize: string;
  readonly minViolationSeconds: string;
  readonly recordedAt: string;
};

export const ITEMS = ['helmet', 'vest'] as const;
export const INITIAL_SETTINGS: Settings = {
  name: '',
  tag: '',
  required: ITEMS,
  everyNFrames: '',
  imageSize: '',
  minViolationSeconds: '',
  recordedAt: '',
};

export function toRequest(settings: Settings): CreateAnalysisRequest {
  const { name, tag, required, everyNFrames, imageSize, minViolationSeconds, recordedAt } = settings;
  return {
    ...(name.trim() === '' ? {} : { name: name.trim() }),
    ...(tag.trim() === '' ? {} : { tag: tag.trim() }),
    ...(everyNFrames === '' ? {} : { everyNFrames: Number(everyNFrames) }),
    ...(imageSize === '' ? {} : { imageSize: Number(imageSize) }),
    ...(recordedAt === '' ? {} : { recordedAt: withOffset(recordedAt) }),
    rules: {
      required: [...required],
      ...(minViolationSeconds === '' ? {} : { minViolationMs: Math.round(Number(minViolationSeconds) * 1000) }),
    },
  };
}

/** What a date field says is local time; the API wants the offset with it. */
export function withOffset(localTime: string): string {
  const minutes = -new Date(localTime).getTimezoneOffset();
  const sign = minutes < 0 ? '-' : '+';
  const pad = (value: number): string => String(value).padStart(2, '0');
  const seconds = localTime.length === 16 ? ':00' : '';
  return `${localTime}${seconds}${sign}${pad(Math.floor(Math.abs(minutes) / 60))}:${pad(Math.abs(minutes) % 60)}`;
}

type Props = {
  readonly settings: Settings;
  readonly onChange: (settings: Settings) => void;
  readonly disabled: boolean;
};

export function SettingsFields({ settings, onChange, disabled }: Props) {
  const field = (key: Exclude<keyof Settings, 'required'>) => ({
    value: settings[key],
    disabled,
    onChange: (event: { readonly target: { readonly value: string } }) =>
      onChange({ ...settings, [key]: event.target.value }),
  });
  return (
    <div className="fields">
      <RequiredField
        value={settings.required}
        disabled={disabled}
        onChange={(required) => onChange({ ...settings, required })}
      />
      <label>
        Name
        <input type="text" maxLength={200} placeholder="From the file" {...field('name')} />
      </label>
      <label>
        Tag
        <input type="text" maxLength={100} placeholder="For example site-north" {...field('tag')} />
      </label>
      <label>
        Every N-th frame
        <input type="number" min={1} max={10_000} placeholder="5" {...field('everyNFrames')} />
      </label>
      <label>
        Image size, px
        <input type="number" min={32} max={1920} step={32} placeholder="480" {...field('imageSize')} />
      </label>
      <label>
        Shortest violation, s
        <input type="number" min={0} max={3600} step={0.1} placeholder="1" {...field('minViolationSeconds')} />
      </label>
      <label>
        Recorded at
        <input type="datetime-local" step={1} {...field('recordedAt')} />
      </label>
    </div>
  );
}

type RequiredProps = {
  readonly value: readonly string[];
  readonly disabled: boolean;
  readonly onChange: (required: readonly string[]) => void;
};

export function RequiredField({ value, disabled, onChange }: RequiredProps) {
  const toggle = (item: string, on: boolean): void =>
    onChange(ITEMS.filter((known) => (known === item ? on : value.includes(known))));
  return (
    <fieldset disabled={disabled}>
      <legend>Required</legend>
      {ITEMS.map((item) => (
        <label key={item} className="check">
          <input
            type="checkbox"
            checked={value.includes(item)}
            onChange={(event) => toggle(item, event.target.checked)}
          />
          {itemTitle(item)}
        </label>
      ))}
    </fieldset>
  );
}
