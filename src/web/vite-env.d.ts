/// <reference types="vite/client" />

interface ImportMetaEnv {
  /** Where the API is; empty: the origin that served the page. */
  readonly VITE_API_URL?: string;
}
